"""The loop over the bytes reads what ``dis`` reads."""

from __future__ import annotations

import dis
import types

import pytest

from paddlefx.ir.instr import Position
from paddlefx.opcodes import table_for
from paddlefx.opcodes.raw import exception_entries, positions, read
from tests.support.corpus_cases import FUNCTIONS

TABLE = table_for()


def codes(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_against_dis(function):
    for code in codes(function.__code__):
        raw = read(code.co_code, TABLE)
        expected = [i for i in dis.get_instructions(code) if i.opname != "EXTENDED_ARG"]
        assert raw.opcodes == [i.opcode for i in expected]
        assert raw.offsets == [i.offset for i in expected]
        for oparg, instruction in zip(raw.opargs, expected):
            assert oparg == instruction.arg or instruction.arg is None
        where = positions(code, raw)
        lines = dict(dis.findlinestarts(code))
        for start, position in zip(raw.starts, where):
            if lines.get(start) is not None:
                assert position.lineno == lines[start]
        if hasattr(code, "co_positions"):
            every = list(code.co_positions())
            assert where == [Position(*every[offset // 2]) for offset in raw.offsets]


def test_extended_arg():
    source = "x = [" + ", ".join(f"v{i}" for i in range(700)) + "]"
    code = compile(source, "<wide>", "exec")
    raw = read(code.co_code, TABLE)
    names = [
        code.co_names[oparg]
        for opcode, oparg in zip(raw.opcodes, raw.opargs)
        if TABLE.rules[opcode].name == "LOAD_NAME"
    ]
    assert names == [f"v{i}" for i in range(700)]
    assert any(start != offset for start, offset in zip(raw.starts, raw.offsets))
    for index, (start, offset) in enumerate(zip(raw.starts, raw.offsets)):
        assert raw.find(start) == raw.find(offset) == index


@pytest.mark.parametrize("count", [1, 31, 32, 63, 64, 130, 1249])
def test_a_line_of_many_instructions(count):
    """``co_lnotab`` counts 255 bytes at most in an entry, no whole code units (test_dis)."""
    body = ";".join(["x = x + 1"] * count)
    namespace = {}
    exec(f"def f(x):\n {body}\n\n\n {body}\n return x", namespace)
    code = namespace["f"].__code__
    raw = read(code.co_code, TABLE)
    found = {}
    for offset, position in zip(raw.starts, positions(code, raw)):
        if position.lineno is not None:
            found.setdefault(position.lineno, offset)
    assert [found[line] for line in (2, 5, 6)] == [
        offset for offset, line in dis.findlinestarts(code) if line in (2, 5, 6)
    ]


def test_a_foreign_versions_bytes():
    # 3.8: LOAD_FAST 0; LOAD_FAST 1; BINARY_ADD; RETURN_VALUE
    raw = read(bytes([124, 0, 124, 1, 23, 0, 83, 0]), table_for((3, 8)))
    rules = table_for((3, 8)).rules
    assert [rules[o].name for o in raw.opcodes] == [
        "LOAD_FAST",
        "LOAD_FAST",
        "BINARY_ADD",
        "RETURN_VALUE",
    ]
    # 3.11 skips inline caches: RESUME; LOAD_FAST; LOAD_FAST; BINARY_OP + 1 cache; RETURN_VALUE
    raw = read(
        bytes([151, 0, 124, 0, 124, 1, 122, 0, 0, 0, 83, 0]),
        table_for((3, 11)),
    )
    assert raw.offsets == [0, 2, 4, 6, 10]


def test_no_positions_without_the_attributes():
    class Foreign:
        co_code = bytes([124, 0, 83, 0])

    raw = read(Foreign.co_code, table_for((3, 8)))
    assert positions(Foreign(), raw) == [Position(), Position()]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_exception_tables_against_dis(function):
    parse = getattr(dis, "_parse_exception_table", None)
    if parse is None:
        assert TABLE.traits["handlers"] == "blocks"
        assert exception_entries(b"") == []
        return
    for code in codes(function.__code__):
        ours = exception_entries(code.co_exceptiontable)
        theirs = [(e.start, e.end, e.target, e.depth, bool(e.lasti)) for e in parse(code)]
        assert [tuple(entry) for entry in ours] == theirs
