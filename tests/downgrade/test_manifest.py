"""What pyproject.toml has to say of a lowered package, and how it is written there."""

from __future__ import annotations

import json
import pathlib
import textwrap
from typing import Any, Dict, List, Set

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downgrade.cli import main
from downgrade.configuration import toml_data
from downgrade.manifest import examine
from downgrade.toml_text import appended, elements, inserted, values

EVERYTHING = """\
# A package.
[build-system]
requires = ["setuptools"]  # "requires-python"
build-backend = "setuptools.build_meta"

[project]
name = "pack"   # [project]
description = \"\"\"
[tool.x]
requires-python = ">=3.12"
\"\"\"
requires-python = '>=3.12, <4'  # as it is written
classifiers = [
  "Typing :: Typed",
  # the versions:
  "Programming Language :: Python :: 3.12",
  "Programming Language :: Python :: 3 :: Only",
]
dependencies = [
    "rich>=13",   # tables, "and more"
    "attrs",      # no comma ] needed
]

[project.optional-dependencies]
dependencies = ["typing_extensions"]
"""
MENDED = (
    EVERYTHING.replace("'>=3.12, <4'", "'>=3.10, <4'")
    .replace(
        '  "Programming Language :: Python :: 3.12",',
        '  "Programming Language :: Python :: 3.10",\n'
        '  "Programming Language :: Python :: 3.11",\n'
        '  "Programming Language :: Python :: 3.12",',
    )
    .replace(
        "# no comma ] needed\n",
        "# no comma ] needed\n    \"exceptiongroup>=1.1; python_version < '3.11'\",\n"
        '    "typing_extensions>=4.13",\n',
    )
)


def examined(
    folder: pathlib.Path, text: str, needed: Set[str], minor: int = 8
) -> "tuple[List[str], str]":
    """The messages and the new text of a manifest (the old one if it is not written)."""
    path = folder / "pyproject.toml"
    path.write_bytes(textwrap.dedent(text).encode())
    found = examine(path, (3, minor), needed)
    after = path.read_bytes().decode() if found.text is None else found.text
    return [f"{one.line}: {one.text}" for one in found.messages], after


def test_all_that_is_wrong_is_said_and_mended(tmp_path: pathlib.Path) -> None:
    said, text = examined(tmp_path, EVERYTHING, {"typing_extensions", "exceptiongroup"}, 10)
    assert said == [
        "12: requires-python '>=3.12, <4' keeps Python 3.10 out: '>=3.10, <4'",
        "13: no classifiers for Python 3.10, 3.11",
        (
            "19: lowered code imports what isn't in dependencies: "
            '"exceptiongroup>=1.1; python_version < \'3.11\'", "typing_extensions>=4.13"'
        ),
    ]
    assert text == MENDED
    assert examined(tmp_path, text, {"typing_extensions", "exceptiongroup"}, 10) == ([], text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('dependencies = ["a", \'b\']', 'dependencies = ["a", \'b\', "typing_extensions>=4.13"]'),
        ("dependencies = []", 'dependencies = ["typing_extensions>=4.13"]'),
        ("dependencies = [ ] # x", 'dependencies = ["typing_extensions>=4.13" ] # x'),
        ('dependencies = [\n"a"\n]', 'dependencies = [\n"a",\n"typing_extensions>=4.13"\n]'),
        (
            'dependencies = [\r\n  "a", # x\r\n]',
            'dependencies = [\r\n  "a", # x\r\n  "typing_extensions>=4.13",\r\n]',
        ),
        ('dependencies = [\n  "a[x,y]"]', 'dependencies = [\n  "a[x,y]",\n  "typing_extensions>=4.13"]'),
        ('dependencies = ["Typing.Extensions~=4.1"]', 'dependencies = ["Typing.Extensions~=4.1"]'),
        ('dependencies = ["typing-extensions-x"]',
         'dependencies = ["typing-extensions-x", "typing_extensions>=4.13"]'),
        ('version = "1" # x\nx.y = 2', 'version = "1" # x\ndependencies = ["typing_extensions>=4.13"]\nx.y = 2'),
    ],
)  # fmt: skip
def test_dependencies(tmp_path: pathlib.Path, before: str, after: str) -> None:
    head = '[project]\nname = "p"\n'
    said, text = examined(tmp_path, f"{head}{before}\n", {"typing_extensions"})
    assert text == f"{head}{after}\n"
    assert bool(said) == (before != after)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('project.name = "p"\nproject.requires-python = ">=3.12"\n',
         ('project.name = "p"\nproject.requires-python = ">=3.8"\n'
         'project.dependencies = ["typing_extensions>=4.13"]\n')),
        ('["project"]\n"name" = "p"\n"requires-python" = "~=3.12.1"',
         ('["project"]\n"name" = "p"\n"requires-python" = ">=3.8,<3.13"\n'
         'dependencies = ["typing_extensions>=4.13"]')),
        (('[project]\nname = "p"\nclassifiers = ["Programming Language :: Python :: 3.9", "x"]\n'
         'dependencies = ["typing_extensions"]'),
         ('[project]\nname = "p"\nclassifiers = ["Programming Language :: Python :: 3.8", '
         '"Programming Language :: Python :: 3.9", "x"]\ndependencies = ["typing_extensions"]')),
    ],
)  # fmt: skip
def test_other_ways_to_write_it(tmp_path: pathlib.Path, text: str, after: str) -> None:
    assert examined(tmp_path, text, {"typing_extensions"})[1] == after


def test_what_cannot_be_written_is_said(tmp_path: pathlib.Path) -> None:
    text = """\
    [project]
    name = "p"
    requires-python = "==3.12.*"
    dynamic = ["dependencies"]
    """
    said, after = examined(tmp_path, text, {"typing_extensions"})
    assert said == [
        "3: requires-python '==3.12.*' keeps Python 3.8 out",
        '2: lowered code imports what isn\'t in dependencies: "typing_extensions>=4.13"',
    ]
    assert after == textwrap.dedent(text)


def test_manifests_of_other_kinds_are_reported(tmp_path: pathlib.Path) -> None:
    (tmp_path / "setup.cfg").write_text("[options]\npython_requires = >=3.11\n")
    (tmp_path / "setup.py").write_text('setup(python_requires=">=3.7", install_requires=["tomli"])')
    poetry = '[tool.poetry.dependencies]\npython = "^3.12"\n'
    said, after = examined(tmp_path, poetry, {"tomli", "typing_extensions"})
    assert said == [
        "1: [tool.poetry.dependencies] python '^3.12' keeps Python 3.8 out; write it there by hand",
        "1: setup.cfg: python_requires '>=3.11' keeps Python 3.8 out; write it there by hand",
        '1: lowered code imports what has to be among the dependencies: "typing_extensions>=4.13"',
    ]
    assert after == poetry


def test_the_backend_says_all_that_in_the_wheel(tmp_path: pathlib.Path) -> None:
    text = (
        '[build-system]\nbuild-backend = "downgrade.build"\n[project]\nrequires-python = ">=3.12"'
    )
    assert examined(tmp_path, text, {"typing_extensions"}) == ([], text)


@pytest.fixture(name="project")
def _project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "m.py").write_text("from typing import Self\n\nx = 1\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "p"\nrequires-python = ">=3.12"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


LOWERED = (
    '[project]\nname = "p"\nrequires-python = ">=3.8"\ndependencies = ["typing_extensions>=4.13"]\n'
)


def test_it_is_written_on_request_only(
    project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (project / "pyproject.toml").read_text()
    assert main(["src", "--target", "3.8"]) == 0
    out = capsys.readouterr().out
    assert (
        "pyproject.toml:3:1: note: requires-python '>=3.12' keeps Python 3.8 out: '>=3.8'; "
        "--update-pyproject writes it [manifest]\n"
    ) in out
    assert not list((project / "build").rglob("*.toml"))
    assert main(["src", "--target", "3.8", "--update-pyproject"]) == 0
    assert (project / "build" / "downgrade" / "pyproject.toml").read_text() == LOWERED
    assert (project / "pyproject.toml").read_text() == before, "the source stays"
    assert main([".", "--target", "3.8", "--update-pyproject", "--out", "out"]) == 0
    assert (project / "out" / project.name / "pyproject.toml").read_text() == LOWERED


def test_it_is_written_in_place(project: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["src", "--target", "3.8", "--update-pyproject"]
    assert main([*call, "--diff"]) == 1
    assert '+requires-python = ">=3.8"' in capsys.readouterr().out
    assert main([*call, "--in-place", "--report", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["manifest"]["changed"] is True
    assert (project / "pyproject.toml").read_text() == LOWERED
    assert main([*call, "--in-place", "--check"]) == 0


def test_a_project_without_one_is_told_so(
    project: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "pyproject.toml").unlink()
    assert main(["src", "--update-pyproject"]) == 2
    assert "there is no pyproject.toml" in capsys.readouterr().err


STRINGS = st.text(st.sampled_from("ab ,#[]{}='.\n\\\""), max_size=6)


def quoted(text: str) -> str:
    """A basic string of TOML."""
    return json.dumps(text)


@given(
    st.dictionaries(STRINGS, st.lists(STRINGS, max_size=4), min_size=1, max_size=4),
    st.data(),
)
def test_only_the_one_array_changes(data: Dict[str, List[str]], draw: Any) -> None:
    """Arrays of any strings in any layout: an element more in one, and the rest as it was."""
    gaps = st.sampled_from(["", " ", "\n", "\n  ", " # [\n", "# ]'\"\n  "])
    lines = []
    for key, items in data.items():
        listed = ",".join(f"{draw.draw(gaps)}{quoted(one)}{draw.draw(gaps)}" for one in items)
        comma = "," if items and draw.draw(st.booleans()) else ""
        lines.append(f"{quoted(key)} = [{listed}{comma}{draw.draw(gaps)}] # x")
    text = "\n".join(lines) + "\n"
    path = pathlib.Path("x.toml")
    assert toml_data(text, path) == data
    chosen = draw.draw(st.sampled_from(sorted(data)))
    found = list(values(text))
    assert len(found) == len(data)
    start = found[list(data).index(chosen)].start
    assert len(elements(text, start)) == len(data[chosen])
    after = appended(text, start, '"new"')
    assert toml_data(after, path) == {**data, chosen: [*data[chosen], "new"]}
    if data[chosen]:
        place = elements(text, start)[0][0]
        after = inserted(text, place, ['"new"', '"er"'])
        assert toml_data(after, path) == {**data, chosen: ["new", "er", *data[chosen]]}
