"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import pathlib
import re
from typing import Iterator, Set, Tuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ("paddlefx", "downgrade")
MAX_LINES = 600
#: Who may ask for the interpreter's version: one file of each product and of the C code.
VERSION_READERS = {"paddlefx/opcodes/__init__.py"}
HEX_READERS = {"csrc/compat.h"}
#: Built from pieces, so that this file doesn't find itself.
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "common"}


def files(*patterns: str) -> Iterator[Tuple[str, pathlib.Path]]:
    """Each file of the checkout that matches, with its path from the root."""
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if "__pycache__" not in path.parts and ".nox" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path


SOURCES = list(files("paddlefx/**/*.py", "downgrade/**/*.py", "csrc/*.[ch]"))
TESTS = list(files("tests/**/*.py", "benchmarks/**/*.py", "examples/**/*.py"))


def names(path: pathlib.Path) -> Set[str]:
    """Every name, attribute and imported name in a Python file."""
    found: Set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.name)
    return found


def test_the_house_is_there() -> None:
    assert any(name == "paddlefx/errors.py" for name, _ in SOURCES)
    assert any(name.endswith(".c") for name, _ in SOURCES)


def test_one_reader_of_the_version() -> None:
    asked = {
        name: sorted(found)
        for name, path in [*files("paddlefx/**/*.py"), *files("setup.py")]
        if name not in VERSION_READERS
        for found in [names(path) & {"version_info", "hexversion", "python_version_tuple"}]
        if found
    }
    assert not asked


def test_one_reader_of_the_version_in_c() -> None:
    asked = [
        name
        for name, path in files("csrc/*.[ch]")
        if name not in HEX_READERS and "PY_VERSION_HEX" in path.read_text("utf-8")
    ]
    assert not asked
    versions = [
        name
        for name, path in files("csrc/*.[ch]")
        if name not in HEX_READERS
        and re.search(r"PY_(MAJOR|MINOR)_VERSION", path.read_text("utf-8"))
    ]
    assert not versions


def test_no_file_is_too_long() -> None:
    long = {
        name: lines
        for name, path in SOURCES + TESTS
        if not name.startswith("tests/golden/")
        for lines in [len(path.read_text("utf-8").splitlines())]
        if lines > MAX_LINES
    }
    assert not long, f"over {MAX_LINES} lines: {long}"


def test_nothing_is_marked_unfinished() -> None:
    marked = [
        f"{name}:{number}: {line.strip()}"
        for name, path in SOURCES + TESTS
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert not marked


def test_names_say_something() -> None:
    empty = [name for name, path in SOURCES + TESTS if EMPTY_NAMES & {path.stem, path.parent.name}]
    assert not empty


def test_every_module_says_what_it_is() -> None:
    silent = [
        name
        for name, path in SOURCES + TESTS
        if name.endswith(".py")
        and not path.read_text("utf-8").lstrip().startswith(('"""', 'r"""', "#!"))
    ]
    assert not silent


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    gap = re.compile(r"mark\.(skip|skipif|xfail)|pytest\.(skip|xfail|importorskip)")
    gaps = [
        f"{name}:{number}: {line.strip()}"
        for name, path in TESTS
        if path.name != "test_house.py"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if gap.search(line) and "house: " not in line
    ]
    assert not gaps, "say why in a comment 'house: ...' on that line, or mend it"


def test_every_python_is_tested_and_has_a_table() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    pythons = re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', text)
    assert pythons
    for minor in pythons:
        assert (ROOT / "paddlefx" / "opcodes" / f"py3{minor}" / "__init__.py").is_file()
    pyenv = (ROOT / ".python-version").read_text("utf-8").split()
    assert set(pyenv) == {f"3.{minor}" for minor in pythons}


def test_every_extra_is_used() -> None:
    """An extra that nothing uses is a promise that nobody keeps."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    body = text.split("[project.optional-dependencies]\n")[1].split("\n[")[0]
    extras = set(re.findall(r"^(\w+) = \[", body, re.MULTILINE))
    used = {path.stem for _, path in files("paddlefx/compiler/*.py", "paddlefx/frameworks/*.py")}
    used |= {path.parent.name for _, path in files("paddlefx/compiler/*/__init__.py")}
    assert extras - used <= {"test", "dev"}


def test_the_docs_link_to_files_that_exist() -> None:
    broken = []
    for name, path in files("*.md", "docs/**/*.md", "changelog.d/*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{name}: {target}")
    assert not broken


def test_every_decision_is_listed() -> None:
    """docs/adr/README.md links to each record, and the numbers have no gap."""
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    records = [path.name for _, path in files("docs/adr/[0-9]*.md")]
    assert all(record in index for record in records)
    assert [int(record[:4]) for record in records] == list(range(len(records)))
