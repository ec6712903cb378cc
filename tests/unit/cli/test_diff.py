"""``paddlefx diff`` in this process: equal, the first mismatch, errors."""

from __future__ import annotations

import json
import sys

import pytest

from paddlefx.__main__ import main
from paddlefx.opcodes import table_for
from tests.support.interpreters import ROOT, VERSIONS
from tests.support.pyc_files import FILES

PLAIN = [FILES / f"plain.cpython-3{minor}.pyc" for _, minor in VERSIONS]
SAME = [*PLAIN[1:], *sorted(FILES.glob("traps.*.pyc"))]

ONE = """\
def first(x):
    return x + 1


def second(y):
    def inner():
        return y
    return inner


def third(x):
    if x:
        return 1
    return 2
"""

TWO = """\
# the same, but for the constants of first and third
def first(x):
    return x + 1.0


def second(y):
    def inner():
        return y
    return inner


def third(x):
    if x:
        return True
    return 2


def second_too(y):
    def inner():
        return y
    return inner
"""


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """The directory of one.py and two.py, as the working directory."""
    (tmp_path / "one.py").write_text(ONE, "utf-8")
    (tmp_path / "two.py").write_text(TWO, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("one", "two"):
        sys.modules.pop(name, None)
    return tmp_path


def diff(capsys, *arguments, status):
    """What the command prints: stdout, or stderr of an error."""
    assert main(["diff", *map(str, arguments)]) == status
    out, err = capsys.readouterr()
    assert (err == "") == (status != 2)
    return err if status == 2 else out


def test_equal(capsys, modules):
    text = diff(capsys, "one.py", "one.py", status=0)
    assert text.startswith("equal: one.py (Python ") and text.endswith(", 5 programs\n")
    assert "1 program\n" in diff(capsys, "one:second.<locals>.inner", "two:second.<locals>.inner", status=0)  # fmt: skip


def test_a_function_and_its_twin_of_another_name(capsys, modules):
    assert diff(capsys, "one:second", "two:second_too", status=0).startswith("equal: ")
    assert "differ in second: " in diff(capsys, "one:second", "two:first", status=1)


def test_the_first_mismatch_with_both_source_lines(capsys, modules):
    version = "%d.%d" % table_for().version
    assert diff(capsys, "one.py", "two.py", status=1).splitlines()[1:] == [
        f"  one.py:2, Python {version}",
        "      return x + 1",
        "      LOAD_CONST 1",
        f"  two.py:3, Python {version}",
        "      return x + 1.0",
        "      LOAD_CONST 1.0",
    ]
    text = diff(capsys, "one:third", "two:third", status=1)
    assert text.startswith("differ in third: operand: ")
    assert "return True" in text and "return 1" in text


def test_lines_count_when_asked(capsys, modules):
    assert diff(capsys, "one:second", "two:second", status=0)
    assert "differ in second: line" in diff(capsys, "one:second", "two:second", "--lines", status=1)


def test_json(capsys, modules):
    found = json.loads(diff(capsys, "one:third", "two:third", "--json", status=1))
    assert found["equal"] is False
    assert found["a"]["target"] == "one:third"
    assert found["mismatch"]["where"] == "third"
    assert found["mismatch"]["kind"] == "operand"
    assert found["mismatch"]["a"] == {"instruction": "LOAD_CONST 1", "line": 13, "source": "        return 1"}  # fmt: skip
    assert found["mismatch"]["b"]["instruction"] == "LOAD_CONST True"
    found = json.loads(diff(capsys, "one.py", "one.py", "--json", status=0))
    assert found["equal"] is True and found["mismatch"] is None


def test_a_different_number_of_definitions(capsys, modules):
    (modules / "three.py").write_text(ONE + ONE, "utf-8")
    text = diff(capsys, "one:third", "three:third", status=1)
    assert text == "differ: one:third has 1 definitions of that name, three:third 2\n"
    found = json.loads(diff(capsys, "one:third", "three:third", "--json", status=1))
    assert found["mismatch"]["what"].startswith("one:third has 1")


@pytest.mark.parametrize("path", SAME, ids=lambda path: path.stem)
def test_one_source_is_one_program_on_every_python(capsys, path):
    first = path.with_name(path.stem.split(".")[0] + ".cpython-38.pyc")
    assert diff(capsys, first, path, status=0).startswith("equal: ")


def test_annotations_are_evaluated_late_from_3_14_on(capsys):
    """PEP 649: what an annotation of plain.py gives there is a function's."""
    found = diff(capsys, PLAIN[0], FILES / "plain.cpython-314.pyc", status=1)
    assert "the code of __annotate__" in found


def test_as_decoded_the_versions_differ(capsys):
    found = diff(capsys, PLAIN[0], PLAIN[-1], "--as-decoded", status=1)
    assert found.startswith("differ in ")


def test_one_file_under_two_pythons(capsys, modules, monkeypatch):
    monkeypatch.chdir(ROOT)
    first, last = ("%d.%d" % version for version in (VERSIONS[0], VERSIONS[-1]))
    path = modules / "one.py"
    text = diff(capsys, path, "--python", first, "--python", last, status=0)
    assert text == f"equal: {path} (Python {first}), {path} (Python {last}), 5 programs\n"
    other = modules / "two.py"
    here = "%d.%d" % table_for().version
    found = diff(capsys, f"{path}@{here}", other, "--python", last, status=1)
    assert f"one.py:2, Python {here}" in found and f"two.py:3, Python {last}" in found


def test_errors(capsys, modules):
    def error(*arguments):
        text = diff(capsys, *arguments, status=2)
        assert text.startswith("paddlefx diff: ")
        return text

    assert "nothing to compare it with" in error("one.py")
    assert "--python 3.8 --python 3.13" in error("one.py", "--python", "3.8")
    assert "given twice" in error("one.py", *["--python", "3.8"] * 3)
    assert "no such file\n  at three.py" in error("one.py", "three.py")
    assert "no Python '2.7'" in error("one.py", "two.py@2.7")
