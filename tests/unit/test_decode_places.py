"""What decode keeps of places: source ranges, regions of the exception table, dropped code."""

from __future__ import annotations

import types

import pytest

from paddlefx.decode import decode
from paddlefx.decode.machine import Decoder
from paddlefx.errors import DecodeError
from paddlefx.ir.instr import Instr, Label, Op, Position
from paddlefx.ir.verify import verify
from paddlefx.opcodes import table_for
from paddlefx.opcodes.raw import exception_entries, positions, read

TABLE = table_for()


def source_of(*lines):
    namespace = {}
    exec("\n".join(lines), namespace)
    return namespace["f"]


def instrs(function):
    return [i for i in decode(function.__code__, TABLE).items if isinstance(i, Instr)]


def test_wide_source_ranges_and_gaps_in_lines():
    """Every kind of entry of a line table: short, one line, long, without columns."""
    padding = "x" * 300
    function = source_of(
        "def f(a, b):",
        f"    {padding} = a",
        *[""] * 300,
        f"    {padding} = (a +",
        *[""] * 5,
        "        b)",
        "    for i in a: pass",
        "    with a: b",
        f"    return {padding}",
    )
    code = function.__code__
    raw = read(code.co_code, TABLE)
    where = positions(code, raw)
    if hasattr(code, "co_positions"):
        every = list(code.co_positions())
        assert where == [Position(*every[offset // 2]) for offset in raw.offsets]
        assert any(p.lineno is None or p.col_offset is None for p in where) or len(set(where)) > 9
    assert {p.lineno for p in where} >= {2, 303, 310, 311}


def test_positions_of_a_foreign_code_object_are_asked_of_it():
    code = source_of("def f(a):", "    return a.b.c").__code__

    class Foreign:
        co_code = code.co_code

        def co_positions(self):
            return iter([(n, n, n, n + 1) for n in range(len(code.co_code) // 2)])

    raw = read(code.co_code, TABLE)
    assert [p.lineno for p in positions(Foreign(), raw)] == [o // 2 for o in raw.offsets]


def test_positions_that_end_early_are_none_at_all():
    code = source_of("def f(a):", "    return a").__code__

    class Foreign:
        co_code = code.co_code

        def co_positions(self):
            return iter([(1, 1, 0, 1)])

    raw = read(code.co_code, TABLE)
    assert set(positions(Foreign(), raw)) == {Position()}


def test_exception_entries_of_large_numbers():
    """Numbers of one to four bytes (``Objects/exception_handling_notes.txt``)."""
    numbers = [(0, 1, 63, 0), (64, 4095, 4096, 130), (262143, 262144, 1 << 20, 7)]
    data = bytearray()
    for row in numbers:
        for place, value in enumerate(row):
            parts = []
            while True:
                parts.append(value & 63)
                value >>= 6
                if not value:
                    break
            parts.reverse()
            encoded = [part | 64 for part in parts[:-1]] + parts[-1:]
            if place == 0:
                encoded[0] |= 128
            data += bytes(encoded)
    found = exception_entries(bytes(data))
    assert [tuple(entry) for entry in found] == [
        (2 * start, 2 * (start + length), 2 * target, depth >> 1, bool(depth & 1))
        for start, length, target, depth in numbers
    ]


def test_a_long_function_is_decoded_in_stretches():
    """Blocks longer than what the main loop takes at once, with jumps across."""
    lines = ["def f(a):", "    while a:"]
    lines += [f"        v{n} = a.attr{n}(a, {n})" for n in range(100)]
    lines += ["    return v3"]
    function = source_of(*lines)
    program = decode(function.__code__, TABLE)
    verify(program)
    calls = [i.arg for i in program.items if isinstance(i, Instr) and i.op is Op.CALL]
    assert calls == [(2, ())] * 100


def test_a_handler_of_instructions_that_raise_nothing():
    """A region whose first instructions are quiet gets its handler from the first that is not."""
    function = source_of(
        "def f(a):", "    try:", "        x = 1", "        a()", "    except E:", "        pass"
    )
    found = instrs(function)
    call = next(i for i in found if i.op is Op.CALL)
    store = next(i for i in found if i.op is Op.STORE_LOCAL and i.arg == "x")
    assert call.handler is not None
    assert store.handler == call.handler


def test_the_test_in_front_of_a_jump_is_guarded():
    """3.13 leaves the jump out of the table row of TO_BOOL, which is what raises."""
    function = source_of(
        "def f(a):",
        "    try:",
        "        for y in a:",
        "            if y: g()",
        "    except E: pass",
    )
    found = instrs(function)
    branch = next(i for i in found if i.op is Op.BRANCH)
    loop = next(i for i in found if i.op is Op.FOR_ITER)
    assert branch.handler is not None
    assert branch.handler.label is loop.handler.label


def test_a_dropped_instruction_at_a_blocks_end_is_carried_on():
    """A NOP in front of a jump's target is the hint of a JUMP to it."""
    function = source_of("def f(a):", "    while True:", "        a()")
    code = function.__code__
    decoder = Decoder(code, TABLE)
    names = [decoder.actions.names[opcode] for opcode in decoder.raw.opcodes]
    program = decode(code, TABLE)
    kept = [
        ghost.name
        for item in program.items
        if isinstance(item, Instr) and item.spelling is not None
        for ghost in item.spelling.before
    ]
    assert kept.count("NOP") == names.count("NOP")


def test_every_label_that_is_named_stands_once():
    function = source_of(
        "def f(a, b):",
        "    for x in a:",
        "        try:",
        "            if x and b: continue",
        "            return x or b",
        "        finally:",
        "            b = not b",
    )
    items = decode(function.__code__, TABLE).items
    labels = [item for item in items if isinstance(item, Label)]
    assert len(labels) == len(set(labels))
    named = set()
    for item in items:
        if isinstance(item, Instr):
            operands = item.arg if type(item.arg) is tuple else (item.arg,)
            named.update(operand for operand in operands if isinstance(operand, Label))
            if item.handler is not None:
                named.add(item.handler.label)
    assert named <= set(labels)


@pytest.mark.parametrize("name, oparg", [("LOAD_CONST", 9), ("LOAD_FAST", 7), ("LOAD_NAME", 3)])
def test_an_operand_out_of_range_is_an_error_with_a_place(name, oparg):
    code = types.SimpleNamespace(
        co_code=bytes([table_for((3, 8))[name].number, oparg]),
        co_consts=(),
        co_names=(),
        co_varnames=(),
        co_cellvars=(),
        co_freevars=(),
        co_flags=0,
        co_name="broken",
        co_filename="broken.py",
        co_firstlineno=5,
    )
    with pytest.raises(DecodeError, match=f"{name}.*operand {oparg} is out of range"):
        decode(code, table_for((3, 8)))
