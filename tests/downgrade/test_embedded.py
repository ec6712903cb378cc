"""Code in notebooks, in Markdown and in docstrings."""

from __future__ import annotations

import doctest
import json
import pathlib
import re
import subprocess
import sys
import types
from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downgrade import Result, downgrade
from downgrade.cli import main
from downgrade.embedded import Lowered, lower_docstrings, lower_file
from downgrade.embedded.json_text import parse
from downgrade.embedded.magics import magic_lines


def lower(text: str) -> Result:
    """Lower a module in no package for 3.8."""
    return downgrade(text, (3, 8))


def notebook(*cells: Any, indent: Any = 1, **metadata: Any) -> str:
    """The JSON of a notebook, of the code of its cells, or of whole cells."""
    whole = [
        cell
        if isinstance(cell, dict)
        else {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["list[int]\n"]}],
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    data = {"cells": whole, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(data, indent=indent, ensure_ascii=False) + "\n"


def sources(text: str) -> List[str]:
    """The code of each cell."""
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def lowered(*cells: Any) -> List[str]:
    """The code of each cell of a notebook after lowering."""
    return sources(lower_file("notebooks", notebook(*cells), lower).text)


def test_cells_share_their_names() -> None:
    """An import is written where the first cell has it, and holds for all; each has its lines."""
    assert lowered(
        "import collections as c\n\nx: list[int] = []\nx",
        "class A[T]:\n    pass",
        "def f(a: c.deque[int]) -> A[int]: ...\nprint(f'{x!r:{'>'}10}')\n",
    ) == [
        (
            "import _downgrade; import typing as _typing\nimport collections as c\n\n"
            "x: _downgrade.List[int] = []\nx"
        ),
        (
            '_T_1 = _downgrade.TypeVar("_T_1"); _type_params_1 = _downgrade.type_params(_T_1)\n'
            "class A(_typing.Generic[_T_1]):\n    __type_params__ = _type_params_1; pass"
        ),
        "def f(a: _typing.Deque[int]) -> A[int]: ...\nprint(f'{x!r:{\">\"}10}')\n",
    ]


def test_a_lowered_notebook_runs() -> None:
    cells = [
        "x: list[int] = [1]",
        "class Box[T]:\n    def __init__(self, item: T) -> None:\n        self.item = item",
        "match Box(x).item:\n    case [int(a)]:\n        print(f'{'a'}={a}', Box.__type_params__)",
    ]
    codes = lowered(*cells)
    assert codes != cells
    program = "\n".join(["import downgrade.runtime as r, types, sys",
        "m = types.ModuleType('_downgrade'); sys.modules['_downgrade'] = m",
        "exec(r.assemble(r.homes()), m.__dict__)", "scope = {'__name__': '__main__'}",
        *(f"exec({code!r}, scope)" for code in codes)])  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, check=True,
        cwd=pathlib.Path(__file__).parents[2], universal_newlines=True,
    )  # fmt: skip
    assert done.stdout == "a=1 (T,)\n"


def test_magics_stay() -> None:
    """Line magics, commands, help and cells of other languages are no Python."""
    cells = [
        "%matplotlib inline\n!pip install x\nlist?\n?list\nx = list[int]",
        "%%time\nx = list[int]",
        "%%bash\nx = list[int]",
        "out = !ls {x}\nif x:\n    %timeit x\ns = '''\n%no\n'''\ny = (7\n%2, list[int])\n%cd \\\n  a\n",
        "a = %env HOME\nawait f(list[int])",
    ]
    after = lowered(*cells)
    for old, new in zip(cells, after):
        assert [line for line in new.split("\n") if "_downgrade" not in line] == [
            line for line in old.split("\n") if "list[int]" not in line or "%%bash" in old
        ]
        assert ("list[int]" in new) == ("%%bash" in old)
    assert after[1].startswith("%%time\n") and after[2] == cells[2]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("x = 5 \\\n%3\n%ls", {2}),
        ("f('a', # (\n%b)\n!c", {2}),
        ('"""a\n!b\n"""; c\n!d', {3}),
        ("'''a''' + '''\n!b'''\n  ?c", {2}),
        ("a.b?\na.b?? # c\na if b else c\nx != y", {0, 1}),
        ("a, b = !c\na == b\na[1] = %d e\n%x \\\n!y\nz", {0, 2, 3, 4}),
    ],
)
def test_where_magics_are(code: str, found: "set[int]") -> None:
    assert set(magic_lines(code.split("\n"))) == found


@pytest.mark.parametrize("indent", [None, 1, 4, "\t"])
def test_the_rest_of_a_notebook_stays(indent: Any) -> None:
    """To the byte: only strings of lines that change are written anew."""
    text = notebook(
        {"cell_type": "markdown", "metadata": {}, "source": ["x = list[int]  # ä\n", "y"]},
        "a = 'ä\\u00e4' # ü\n\nb = list[int]",
        {"cell_type": "code", "metadata": {"vscode": {"languageId": "r"}}, "source": "list[int]"},
        {"cell_type": "code", "metadata": {}, "source": "import os\nx = list[int]", "outputs": []},
        indent=indent,
        kernelspec={"language": "python"},
    )
    after = lower_file("notebooks", text, lower).text
    gap = re.search(r'",(\s+)"\\n"', text)
    assert gap is not None
    first = json.dumps("a = 'ä\\u00e4' # ü\n", ensure_ascii=False)
    assert after == text.replace(first, f'"import _downgrade\\n",{gap.group(1)}{first}').replace(
        '"b = list[int]"', '"b = _downgrade.List[int]"'
    ).replace(r'"import os\nx = list[int]"', r'"import os\nx = _downgrade.List[int]"')
    assert json.loads(after)["cells"][0] == json.loads(text)["cells"][0]
    again = lower_file("notebooks", after, lower)
    assert (again.text, again.changed) == (after, False)
    plain = notebook("x = 1", "y", indent=indent)
    assert lower_file("notebooks", plain, lower) == Lowered(plain, False, (), {})


def test_other_languages_and_versions(tmp_path: pathlib.Path) -> None:
    text = notebook("x = list[int]", kernelspec={"language": "R"})
    assert not lower_file("notebooks", text, lower).changed
    with pytest.raises(ValueError, match="version 4"):
        lower_file("notebooks", '{"nbformat": 3, "worksheets": []}', lower)
    with pytest.raises(ValueError, match="isn't JSON"):
        lower_file("notebooks", '{"nbformat": 4,', lower)


def test_messages_name_the_cell(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(notebook("x = 1", "%ls\ny = list[int]\nz = = 1"), "utf-8")
    assert main([str(path), "--check", "--no-cache"]) == 2
    assert f"{path}:3:5: error: can't be read: invalid syntax (cell 2)" in capsys.readouterr().out
    path.write_text(notebook("x = 1", "%ls\nimport compression.zstd"), "utf-8")
    assert main([str(path), "--check", "--no-cache"]) == 2
    said = "error: compression.zstd came with Python 3.14, and nothing stands for it"
    assert f"{path}:cell 2:2:1: {said} [library-3.14]\n" in capsys.readouterr().out
    main([str(path), "--check", "--no-cache", "--report", "sarif"])
    (one,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert one["message"]["text"].startswith("cell 2, line 2: compression.zstd came")
    assert "region" not in one["locations"][0]["physicalLocation"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_json_is_read_with_its_places(data: Any, indent: Any, escape: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=escape)

    def check(value: Any) -> Any:
        plain = value.value
        if isinstance(plain, dict):
            plain = {key: check(one) for key, one in plain.items()}
        elif isinstance(plain, list):
            plain = [check(one) for one in plain]
        assert json.loads(text[value.start : value.end]) == plain
        return plain

    assert check(parse(text)) == data


MARKDOWN = """\
# Title

```python
x = list[int]
```

1. In a list:

   ~~~py
   import os

   y = list[int]
   ~~~

```
z = list[int]
```

```console
$ list[int]
```

```python
not python: list[int] ...
```

<!-- downgrade: off -->

```python
w = list[int]
```

````{python} title="a"
```
v = list[int]
````

```pycon
>>> list[int]
list[int]
>>> def f[T](x: T) -> T:
...     return x
...
>>> f(list[int])
list[int]
```
"""


def test_blocks_of_markdown() -> None:
    result = lower_file("markdown", MARKDOWN.replace("\n", "\r\n"), lower)
    assert result.text.count("\r\n") == result.text.count("\n"), "line ends stay"
    after = result.text.replace("\r\n", "\n")
    assert after == MARKDOWN.replace(
        "```python\nx = list[int]\n", "```python\nimport _downgrade\nx = _downgrade.List[int]\n"
    ).replace(
        "   import os\n\n   y = list[int]\n",
        "   import _downgrade\n   import os\n\n   y = _downgrade.List[int]\n",
    ).replace(
        """\
>>> list[int]
list[int]
>>> def f[T](x: T) -> T:
...     return x
...
>>> f(list[int])
""",
        """\
>>> import _downgrade
>>> _downgrade.List[int]
list[int]
>>> _T_1 = _downgrade.TypeVar("_T_1")
>>> def f(x: _T_1) -> _T_1:
...     return x
...
>>> _downgrade.set_type_params(f, (_T_1,))
>>> f(_downgrade.List[int])
""",
    )
    notes = [(one.line, one.error, one.text[:14]) for one in result.messages]
    assert notes == [(24, False, "left as it is:"), (34, False, "left as it is:")]
    again = lower_file("markdown", after, lower)
    assert (again.text, again.changed) == (after, False)


DOCSTRING = '''"""A module.

>>> first([1])
1
>>> x = list[int]; x
list[int]
"""


def first[T](items: list[T]) -> T:
    r"""Its first one.

    Prose with a \\ in it.

    >>> match [1, 2]:
    ...     case [a, *_]:
    ...         print(f"{"\\n"!r}", a)
    '\\n' 1

    >>> class A[T]:
    ...     x: T
    ...
    >>> A.__type_params__
    (T,)
    """
    return items[0]


class B:
    def f(self):
        """
        Examples::

            >>> "a\\\\nb".removeprefix("a")
            '\\\\nb'
            >>> not python list[int]
        """
'''


def test_examples_in_docstrings() -> None:
    """They say on this Python what they say on the newest; no line moves."""
    module = lower(DOCSTRING)
    assert module.ok
    result = lower_docstrings(module.text, lower)
    assert result.text.count("\n") == DOCSTRING.count("\n")
    said = [(one.line, one.error, one.text) for one in result.messages]
    assert said == [(36, False, "left as it is: invalid syntax")]
    assert "\n    Prose with a \\ in it.\n    >>> import _downgrade; " in result.text
    after = result.text.replace("            >>> not python list[int]\n", "\n")
    scope = types.ModuleType("lowered_examples")
    import downgrade.runtime as runtime

    emitted = types.ModuleType("_downgrade")
    exec(runtime.assemble(runtime.homes()), emitted.__dict__)
    sys.modules["_downgrade"] = emitted
    try:
        exec(compile(after, "<examples>", "exec", dont_inherit=True), scope.__dict__)
        finder = doctest.DocTestFinder()
        found = [one for one in finder.find(scope, "m", False, scope.__dict__) if one.examples]
        runner = doctest.DocTestRunner()
        for one in found:
            runner.run(one)
        assert runner.failures == 0 and runner.tries >= 5
    finally:
        del sys.modules["_downgrade"]
    again = lower_docstrings(result.text, lower)
    assert not again.changed


@pytest.fixture(name="tree")
def _tree(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    files: Dict[str, str] = {
        "src/pack/__init__.py": '"""Doc.\n\n>>> list[int]\nlist[int]\n"""\n',
        "src/pack/n.ipynb": notebook("x = list[int]"),
        "src/README.md": "```python\nx = dict[int, str]\n```\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ([], []),
        (["--notebooks"], ["n.ipynb"]),
        (["--markdown"], ["README.md"]),
        (["--doctests"], ["__init__.py"]),
    ],
)
def test_they_are_lowered_on_request(
    tree: pathlib.Path,
    capsys: pytest.CaptureFixture[str],
    options: List[str],
    changed: List[str],
) -> None:
    assert main(["src", "--report", "json", *options]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [pathlib.Path(one["path"]).name for one in data["files"] if one["changed"]] == changed
    built = tree / "build" / "downgrade" / "src"
    assert (built / "README.md").read_text() == (
        "```python\nimport _downgrade\nx = _downgrade.Dict[int, str]\n```\n"
        if "README.md" in changed
        else "```python\nx = dict[int, str]\n```\n"
    )
    emitted = {one.relative_to(built).as_posix() for one in built.rglob("_downgrade.py")}
    wanted = {"n.ipynb": "pack/_downgrade.py", "README.md": "_downgrade.py"}
    assert emitted == {wanted.get(name, "pack/_downgrade.py") for name in changed}


def test_a_file_that_is_named_is_lowered_for_what_it_is(
    tree: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["src/README.md", "src/pack/n.ipynb", "--in-place"]) == 0
    assert "_downgrade.Dict" in (tree / "src/README.md").read_text()
    assert sources((tree / "src/pack/n.ipynb").read_text()) == [
        "import _downgrade\nx = _downgrade.List[int]"
    ]
    assert "2 changed" in capsys.readouterr().out
