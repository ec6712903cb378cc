"""``paddlefx dis`` in this process: listings, targets, errors."""

from __future__ import annotations

import json
import os
import pathlib
import shutil

import pytest

from paddlefx.__main__ import main
from paddlefx.decode import decode
from paddlefx.ir.instr import Instr
from paddlefx.opcodes import SUPPORTED, table_for
from paddlefx.pyc import read_pyc
from tests.support.interpreters import ROOT, VERSIONS
from tests.support.pyc_files import FILES, codes

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "golden" / "dis"
PLAIN = sorted(FILES.glob("plain.*.pyc"))

SOURCE = '''\
import contextlib
from os.path import join


def first(x):
    """Adds one."""
    def inner(y):
        return x + y
    return inner(1)


class Thing:
    @property
    def size(self):
        return 1

    @size.setter
    def size(self, value):
        self._size = value

    @contextlib.contextmanager
    def open(self):
        yield self


if contextlib:
    def twice():
        return 1
else:
    def twice():
        return 2

built = eval("lambda: 3")
number = 4
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The directory of ``sample.py``, as the working directory."""
    (tmp_path / "sample.py").write_text(SOURCE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def dis(capsys, *arguments, status=0):
    """What the command prints: stdout, or stderr where it is to fail."""
    assert main(["dis", *map(str, arguments)]) == status
    out, err = capsys.readouterr()
    assert (err == "") == (status == 0)
    assert (out == "") == (status != 0)
    return err if status else out


def heads(text):
    """The first line of each listing."""
    return [line.split("  ")[0] for line in text.splitlines() if "Python 3." in line]


# -- listings


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_golden_listings(capsys, monkeypatch, path):
    """The same on every interpreter; ``PADDLEFX_REFRESH=1`` writes them anew."""
    monkeypatch.chdir(FILES)
    text = dis(capsys, path.name, "--both")
    golden = GOLDEN / f"{path.stem}.txt"
    if os.environ.get("PADDLEFX_REFRESH"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_source_lines_stand_above_their_instructions(capsys, module):
    text = dis(capsys, "sample:first")
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0].startswith("first(x)  ") and "sample.py:5, Python 3." in lines[0]
    source = lines.index("9 |     return inner(1)")
    assert "CALL                 1" in lines[source:]
    assert heads(text) == ["first(x)", "first.<locals>.inner(y)"]


def test_a_file_lists_all_code_in_it(capsys, module):
    assert heads(dis(capsys, "sample.py")) == [
        "<module>()",
        "first(x)",
        "first.<locals>.inner(y)",
        "Thing()",
        "Thing.size(self)",
        "Thing.size(self, value)",
        "Thing.open(self)",
        "twice()",
        "twice()",
    ]


@pytest.mark.parametrize("path", sorted(FILES.glob("*.pyc")), ids=lambda path: path.stem)
def test_json_has_every_instruction_and_opcode(capsys, path):
    found = json.loads(dis(capsys, path, "--json"))
    pyc = read_pyc(path)
    assert found["python"] == "%d.%d" % pyc.table.version
    every = list(codes(pyc.code))
    assert len(found["programs"]) == len(every)
    for listed, code in zip(found["programs"], every):
        program = decode(code, pyc.table)
        assert [entry["op"] for entry in listed["body"] if "op" in entry] == [
            item.op.value for item in program.items if isinstance(item, Instr)
        ]
        labels = {entry["label"] for entry in listed["body"] if "label" in entry}
        handlers = {entry["handler"]["label"] for entry in listed["body"] if entry.get("handler")}
        assert handlers <= labels <= {f"L{number + 1}" for number in range(len(program.items))}
        assert [entry["line"] for entry in listed["body"] if "op" in entry] == [
            item.position.lineno for item in program.items if isinstance(item, Instr)
        ]
        shown = {o["offset"] for entry in listed["body"] for o in entry.get("opcodes", ())}
        rest = {o["offset"] for o in listed["opcodes_without_an_instruction"]}
        assert not shown & rest
        numbers = {name: table_for(pyc.table.version)[name].number for name in pyc.table.names}
        for opcode in (o for entry in listed["body"] for o in entry.get("opcodes", ())):
            assert code.co_code[opcode["offset"]] == numbers[opcode["name"]]


def test_both_shows_each_opcode_beside_its_instruction(capsys):
    text = dis(capsys, FILES / "plain.cpython-313.pyc", "--both")
    row = next(line for line in text.splitlines() if "LOAD_SUPER" in line or "super)" in line)
    left, right = row.split("|")
    assert left.split()[:2] == ["LOAD_GLOBAL", "super"]
    assert right.split()[1:] == ["LOAD_GLOBAL", "0", "(super)"]


def test_big_and_negative_integers_print_as_python_writes_them(capsys):
    for path in sorted(FILES.glob("traps.*.pyc")):
        text = dis(capsys, path)
        assert "-99999999999999999999" in text
        assert "99999999999999999999L" not in text


# -- targets


def test_a_pyc_file_shows_its_source_where_that_is_the_right_one(capsys, module):
    import py_compile

    target = py_compile.compile("sample.py", doraise=True)
    assert "| def first(x):" in dis(capsys, target)
    moved = shutil.copy(target, module / "moved.pyc")
    assert "| def first(x):" in dis(capsys, moved)
    (module / "sample.py").write_text("# other\n" + SOURCE, "utf-8")
    changed = dis(capsys, target)
    assert "def first" not in changed
    assert "    5 |\n" in changed


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("sample:first", ["first(x)", "first.<locals>.inner(y)"]),
        ("sample:first.<locals>.inner", ["first.<locals>.inner(y)"]),
        ("sample:Thing.size", ["Thing.size(self)", "Thing.size(self, value)"]),
        ("sample:Thing.open", ["Thing.open(self)"]),
        ("sample:Thing", ["Thing()", "Thing.size(self)", "Thing.size(self, value)", "Thing.open(self)"]),
        ("sample:twice", ["twice()", "twice()"]),
        ("sample:built", ["<lambda>()"]),
        ("sample:join", ["join(a, p)"]),
        ("sample:contextlib.ExitStack.close", ["ExitStack.close(self)"]),
    ],
)  # fmt: skip
def test_module_and_qualified_name(capsys, module, target, expected):
    found = heads(dis(capsys, target))
    assert found[: len(expected)] == expected


def test_a_name_in_a_file(capsys, module):
    assert heads(dis(capsys, "sample.py:first")) == ["first(x)", "first.<locals>.inner(y)"]
    assert heads(dis(capsys, "sample.py:twice")) == ["twice()", "twice()"]
    assert heads(dis(capsys, f"{FILES / 'plain.cpython-38.pyc'}:Outer.method.<locals>.inner")) == [
        "Outer.method.<locals>.inner(more)"
    ]
    error = dis(capsys, "sample.py:absent", status=2)
    assert "there is no 'absent' in it\n  at sample.py\n  hint: " in error


def test_a_frozen_module_shows_its_source(capsys):
    assert "return path" in dis(capsys, "os:path.join")


def test_the_module_itself(capsys, module):
    assert heads(dis(capsys, "sample:<module>"))[0] == "<module>()"


OTHER = next(version for version in VERSIONS if version != table_for().version)


@pytest.mark.parametrize("how", ["option", "suffix"])
def test_another_python_compiles_it(capsys, module, monkeypatch, how):
    monkeypatch.chdir(ROOT)
    path, version = str(module / "sample.py"), "%d.%d" % OTHER
    text = dis(
        capsys, *((path, "--python", version) if how == "option" else (f"{path}@{version}",)), "--both"
    )  # fmt: skip
    assert f"Python {version}\n" in text
    assert "| def first(x):" in text
    named = dis(capsys, f"json.decoder:JSONDecoder.decode@{version}")
    assert heads(named) == ["JSONDecoder.decode(self, s, _w)"]


# -- errors: what, where, what to do


def test_errors_of_targets(capsys, module):
    def error(*arguments):
        text = dis(capsys, *arguments, status=2)
        assert text.startswith("paddlefx dis: ")
        assert "Traceback" not in text
        return text

    assert "no such file\n  at nothing.py\n  hint: targets are" in error("nothing.py")
    assert "can't read it: No such file" in error("nothing.pyc")
    assert "can't read it: Is a directory" in error(".")
    assert "is no file, and no module:qualname" in error("sample:")
    assert "is no file, and no module:qualname" in error("a/b:c")
    assert "No module named 'absent'" in error("absent.sub:x").replace("no module", "No module")
    assert "hint: run the command where 'absent'" in error("absent:x")
    assert "module 'sample' has no 'Thing.absent'" in error("sample:Thing.absent")
    assert "<locals>" in error("sample:first.inner")
    assert "sample:number is a int without Python code" in error("sample:number")
    assert "math:sin is a builtin_function_or_method without" in error("math:sin")
    (module / "raises.py").write_text("1 / 0\n", "utf-8")
    assert "importing 'raises' raised ZeroDivisionError" in error("raises:x")
    (module / "broken.py").write_text("a = 1\nb = = 2\n", "utf-8")
    broken = error("broken.py")
    assert "broken.py:2\n" in broken and "--python X.Y" in broken
    assert "module 'broken' has no code" in error("broken:x")
    (module / "nul.py").write_bytes(b"a = 1\0")
    assert "nul.py" in error("nul.py")
    (module / "latin.py").write_bytes(b"a = '\xe9'\n")
    assert "latin.py" in error("latin.py")


def test_errors_of_pyc_files(capsys, module):
    (module / "text.pyc").write_text(SOURCE, "utf-8")
    assert "this is no .pyc file" in dis(capsys, "text.pyc", status=2)
    assert "at text.pyc" in dis(capsys, "text.pyc", status=2)
    (module / "old.pyc").write_bytes(b"\x42\x0d\r\n" + b"\0" * 60)
    old = dis(capsys, "old.pyc", status=2)
    assert "magic number 3394" in old and "3.8 (3413)" in old
    pyc = FILES / "plain.cpython-39.pyc"
    assert "is of Python 3.9, and can't become one of 3.8" in dis(
        capsys, pyc, "--python", "3.8", status=2
    )
    assert heads(dis(capsys, pyc, "--python", "3.9"))


def test_errors_of_other_pythons(capsys, module, monkeypatch):
    def error(version):
        return dis(capsys, "sample.py", "--python", version, status=2)

    known = ", ".join("%d.%d" % version for version in SUPPORTED)
    assert f"no Python '2.7' is known\n  hint: supported are {known}" in error("2.7")
    assert "no Python 'three' is known" in error("three")
    monkeypatch.setenv("PATH", str(module))
    version = "%d.%d" % OTHER
    assert f"there is no python{version} on PATH" in error(version)
    interpreter = module / f"python{version}"
    interpreter.write_text("#!/bin/sh\necho no such version >&2\nexit 127\n", "utf-8")
    interpreter.chmod(0o755)
    assert "failed: no such version\n  hint: python" in error(version)
    interpreter.write_text("#!/no/such/interpreter\n", "utf-8")
    assert "doesn't run" in error(version)


def test_a_syntax_that_the_other_python_lacks(capsys, module, monkeypatch):
    """The other interpreter's own error arrives, with its place."""
    monkeypatch.chdir(ROOT)
    path = module / "typed.py"
    path.write_text("x = 1\nmatch = = 3\n", "utf-8")
    version = "%d.%d" % OTHER
    text = dis(capsys, path, "--python", version, status=2)
    assert f"not valid in Python {version}." in text
    assert "typed.py:2" in text
