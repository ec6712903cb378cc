"""A .pyc file of each version, read here, is what that version reads itself."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import sys

import pytest

from paddlefx.decode import decode
from paddlefx.errors import PycError
from paddlefx.ir.instr import Instr
from paddlefx.ir.verify import verify
from paddlefx.opcodes import SUPPORTED, table_for
from paddlefx.opcodes.raw import positions, read
from paddlefx.pyc import ForeignCode, loads, parse_pyc, read_pyc
from tests.support.pyc_files import FILES, codes, described

PYCS = sorted(FILES.glob("*.pyc"))


@pytest.mark.parametrize("path", PYCS, ids=lambda path: path.stem)
def test_every_field_and_constant(path):
    pyc = read_pyc(path)
    assert path.stem.endswith("%d%d" % pyc.table.version)
    assert pyc.source is None
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert described(pyc.code) == expected


@pytest.mark.parametrize("path", PYCS, ids=lambda path: path.stem)
def test_it_decodes(path):
    pyc = read_pyc(path)
    for code in codes(pyc.code):
        program = decode(code, pyc.table)
        verify(program)
        lines = [item.position.lineno for item in program.items if isinstance(item, Instr)]
        assert code.co_firstlineno <= max(line for line in lines if line is not None)


def test_each_version_has_a_file():
    assert {read_pyc(path).table.version for path in PYCS} == set(SUPPORTED)


def test_magic_numbers():
    assert table_for().traits["magic"] == int.from_bytes(importlib.util.MAGIC_NUMBER[:2], "little")
    assert len({table_for(version).traits["magic"] for version in SUPPORTED}) == len(SUPPORTED)


LIBRARY = pathlib.Path(json.__file__).parents[1]
MODULES = sorted(LIBRARY.glob("[a-z]*.py"))[::12] + [LIBRARY / "_pydecimal.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_against_this_versions_marshal(path, tmp_path):
    import marshal
    import py_compile

    target = tmp_path / "module.pyc"
    py_compile.compile(str(path), str(target), doraise=True)
    data = target.read_bytes()
    native = marshal.loads(data[16:])
    pyc = parse_pyc(data)
    assert pyc.table is table_for()
    assert pyc.source == (
        int(path.stat().st_mtime) & 0xFFFFFFFF,
        path.stat().st_size & 0xFFFFFFFF,
    )
    for ours, theirs in zip(codes(pyc.code), codes(native)):
        assert isinstance(ours, ForeignCode)
        assert ours.co_code == theirs.co_code
        raw = read(ours.co_code, pyc.table)
        assert positions(ours, raw) == positions(theirs, raw)
    assert described(pyc.code) == described(native)


@pytest.mark.parametrize("path", PYCS, ids=lambda path: path.stem)
def test_damaged_files_are_said_to_be_damaged(path, tmp_path):
    """Cut anywhere, a file is an error of ours, never one of struct or of an index."""
    data = path.read_bytes()
    for size in [*range(0, 40), *range(40, len(data), 23)]:
        with pytest.raises(PycError):
            parse_pyc(data[:size])


def test_what_is_no_pyc_file(tmp_path):
    def reason(data):
        path = tmp_path / "file.pyc"
        path.write_bytes(data)
        with pytest.raises(PycError) as caught:
            read_pyc(path)
        assert caught.value.filename == str(path)
        return str(caught.value)

    good = PYCS[0].read_bytes()
    assert "no .pyc file" in reason(b"")
    assert "no .pyc file" in reason(b"import os\n" * 10)
    foreign = reason((3394).to_bytes(2, "little") + good[2:])
    assert "magic number 3394" in foreign
    assert "3.8 (3413)" in foreign and "3.13 (3571)" in foreign
    assert "flags" in reason(good[:4] + b"\xff" + good[5:])
    assert "holds no code object, but a int" in reason(good[:16] + b"i\x01\x00\x00\x00")
    assert "no type '?'" in reason(good[:16] + b"?")
    assert "no object 7" in reason(good[:16] + b"r\x07\x00\x00\x00")
    assert "nested too deep" in reason(good[:16] + b")\x01" * 600 + b"N")
    assert "items in" in reason(good[:16] + b"(\xff\xff\xff\x7f")


def test_kinds_that_code_objects_hold_seldom():
    table = table_for()

    def read_back(data):
        return loads(data, table)

    assert read_back(b"[\x02\x00\x00\x00TF") == [True, False]
    assert read_back(b"{TNFT0") == {True: None, False: True}
    assert read_back(b"S") is StopIteration
    assert read_back(b":TNF") == slice(True, None, False)
    # a container's number comes before its items': 0 is the tuple, 1 the text
    assert read_back(b"\xa9\x03\xfa\x01xr\x01\x00\x00\x00N") == ("x", "x", None)
    # a set that refers to itself can't be
    with pytest.raises(PycError):
        read_back(b"\xa9\x01r\x00\x00\x00\x00")


@pytest.mark.parametrize(
    "path", [p for p in PYCS if p.stem.startswith("plain")], ids=lambda p: p.stem
)
def test_against_xdis(path):
    """An independent reader, as far as it goes (docs/adr/0007)."""
    from xdis.load import load_module

    theirs = load_module(str(path))[3]
    ours = read_pyc(path).code
    for mine, other in zip(codes(ours), codes(theirs)):
        for name in ("co_code", "co_names", "co_varnames"):
            assert tuple(getattr(mine, name)) == tuple(getattr(other, name)), name
        for name in ("co_name", "co_firstlineno", "co_flags", "co_argcount", "co_stacksize"):
            assert getattr(mine, name) == getattr(other, name), name
        # up to 3.10 xdis has these two the wrong way round
        assert {mine.co_cellvars, mine.co_freevars} == {
            tuple(other.co_cellvars),
            tuple(other.co_freevars),
        }


def test_a_running_codes_twin_decodes_the_same():
    """Native and foreign code objects of one module give the same listing."""
    from paddlefx.ir.printer import format_program

    path = FILES / "plain.py"
    native = compile(path.read_bytes(), "plain.py", "exec", dont_inherit=True)
    mine = next(p for p in PYCS if p.stem == f"plain.{sys.implementation.cache_tag}")
    table = table_for()
    for ours, theirs in zip(codes(read_pyc(mine).code), codes(native)):
        assert format_program(decode(ours, table)) == format_program(decode(theirs, table))
