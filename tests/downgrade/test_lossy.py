"""``--lossy``: what can't be lowered is left or loses something, and the report says what."""

from __future__ import annotations

import json
import pathlib
import typing

import pytest

from downgrade import build, downgrade
from downgrade.cli import main
from downgrade.lossy import downgrade_with_losses
from downgrade.syntax import parse

#: A text; what it says of it: line, and words of each loss; what may be read on 3.8 afterwards.
CASES = [
    (
        "import os\ntry: f()\nexcept os.login_tty: pass\nx = f'{a['b']}'\n",
        [(3, "os.login_tty came with Python 3.11, and nothing stands for it; it is left")],
        "import os\ntry: f()\nexcept os.login_tty: pass\nx = f'{a[\"b\"]}'\n",
    ),
    (
        "class A:\n    def f[T](self, x: T) -> T: return x\n    y = os.eventfd\nimport os\n",
        [(1, "a blank line is added above this one"), (3, "os.eventfd came with")],
        (
            'import _downgrade; _T_1 = _downgrade.TypeVar("_T_1")\n'
            "class A:\n    def f(self, x: _T_1) -> _T_1: return x\n"
            "    _downgrade.set_type_params(f, (_T_1,)); y = os.eventfd\nimport os\n"
        ),
    ),
    (
        "if 1:\r\n  for x in y:\r\n    class B:\r\n      def m[T: x](self, a: T): pass\r\n",
        [(3, "a blank line is added above this one")],
        (
            "if 1:\r\n  for x in y:\r\n"
            '    _T_1 = __import__("_downgrade").TypeVar("_T_1", bound="x"); '
            '__import__("_downgrade").lazily(_T_1, bound=lambda: x)\r\n'
            "    class B:\r\n      def m(self, a: _T_1): pass\r\n"
            '      __import__("_downgrade").set_type_params(m, (_T_1,))\r\n'
        ),
    ),
    (
        "\ndef f[T](x: T): print(f'{T=}')\n",
        [
            (2, "shown by '=' in an f-string, where another name is written"),
        ],
        (
            'import _downgrade; _T_1 = _downgrade.TypeVar("_T_1")\n'
            "def f(x: _T_1): print(f'{_T_1=}')\n_downgrade.set_type_params(f, (_T_1,))\n"
        ),
    ),
    (
        "\ndef f():\n    try: return g()\n    except* A: pass\n    finally: h()\n",
        [(3, "'return' passes over 'finally' of except*: it isn't run")],
        (
            "import _downgrade\ndef f():\n    with _downgrade.ExceptStar() as _star: return g()\n"
            "    with _star.block, _star(_star.active and A): pass\n"
            "    with _star.end, _star.cleanup: h()\n"
        ),
    ),
]


@pytest.mark.parametrize("text, losses, after", CASES)
def test_losses(text: str, losses: typing.List[typing.Tuple[int, str]], after: str) -> None:
    assert not downgrade(text, (3, 8)).ok, "without it this is an error"
    result = downgrade_with_losses(text, (3, 8))
    assert result.text == after and result.ok and result.changed
    parse(result.text, version=(3, 8))
    found = [(one.line, one.text) for one in result.messages if one.loss]
    assert len(found) == len(losses)
    for (line, said), (expected, words) in zip(found, losses):
        assert line == expected and words in said
    again = downgrade_with_losses(result.text, (3, 8))
    assert again.text == result.text, "twice is once"


def test_without_losses_it_is_the_same() -> None:
    text = "\ndef f[T](x: T): return x\n# downgrade: off\n"
    assert downgrade_with_losses(text, (3, 8)) == downgrade(text, (3, 8))
    assert downgrade_with_losses("x = 1\n") == downgrade("x = 1\n")
    with pytest.raises(SyntaxError):
        downgrade_with_losses("match x:\n")


def test_what_nothing_lowers_is_told_with_the_target() -> None:
    text = "\ndef f[T](x: T): pass  # downgrade: off\n"
    result = downgrade_with_losses(text, (3, 8))
    assert result.ok and not result.changed
    assert "Python 3.8 can't read the file" in result.messages[-1].text


@pytest.fixture(name="source")
def _source(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "src" / "new.py"
    path.parent.mkdir()
    path.write_text("import os\n\nx = os.login_tty\ny = a[*b]\n")
    return path


def test_the_command(source: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["src", "--no-cache"]) == 2
    assert "src/new.py:3:5: error: os.login_tty came" in capsys.readouterr().out
    assert main(["src", "--lossy"]) == 0
    out = capsys.readouterr().out
    assert "src/new.py:3:5: warning: os.login_tty came with Python 3.11" in out
    assert "1 changed, 0 could not be lowered, 1 with losses" in out
    built = pathlib.Path("build/downgrade/src/new.py").read_text()
    assert built == "import os\n\nx = os.login_tty\ny = a[(*b,)]\n"
    assert main(["src", "--lossy", "--dry-run"]) == 0, "from the cache, too"
    assert ": warning: " in capsys.readouterr().out
    assert main(["src", "--dry-run"]) == 2, "which knows the two apart"
    capsys.readouterr()
    assert main(["src", "--lossy", "--check"]) == 1
    capsys.readouterr()
    main(["src", "--lossy", "--report", "json"])
    (message,) = json.loads(capsys.readouterr().out)["files"][0]["messages"]
    assert (message["loss"], message["error"], message["line"]) == (True, False, 3)
    main(["src", "--lossy", "--report", "sarif"])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["level"] == "warning" and result["ruleId"] == "library-3.11"


def test_the_setting(source: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    pathlib.Path("pyproject.toml").write_text("[tool.downgrade]\nlossy = true\n")
    assert main(["src"]) == 0
    assert ": warning: " in capsys.readouterr().out


def test_examples_in_docstrings_keep_their_lines(
    source: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text('"""\n>>> import os\n>>> os.login_tty\n>>> a[*b]\n"""\n')
    assert main(["src", "--doctests"]) == 2
    capsys.readouterr()
    assert main(["src", "--doctests", "--lossy"]) == 0
    assert "src/new.py:3:1: warning: os.login_tty" in capsys.readouterr().out
    built = pathlib.Path("build/downgrade/src/new.py").read_text()
    assert built == '"""\n>>> import os\n>>> os.login_tty\n>>> a[(*b,)]\n"""\n'


def test_what_cannot_be_read_stays_an_error(
    source: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.write_text("match x:\n")
    assert main(["src", "--lossy"]) == 2
    assert "error: can't be read" in capsys.readouterr().out


def test_a_build_goes_on(
    source: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The wheel has what is left, and the build says so."""
    from tests.downgrade.test_build import BACKEND

    pathlib.Path("backend_of_losses.py").write_text(BACKEND, "utf-8")
    monkeypatch.syspath_prepend(str(pathlib.Path.cwd()))
    package = pathlib.Path("pkg")
    package.mkdir()
    (package / "__init__.py").write_text(source.read_text())
    settings = '[tool.downgrade]\ntarget = "3.8"\nbackend = "backend_of_losses"\nlossy = true\n'
    pathlib.Path("pyproject.toml").write_text(settings)
    build.build_wheel(str(pathlib.Path.cwd()))
    error = capsys.readouterr().err
    assert "pkg/__init__.py:3: warning: os.login_tty came with" in error
    assert "1 of 1 modules lowered to 3.8" in error
