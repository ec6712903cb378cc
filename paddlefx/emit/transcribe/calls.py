"""Writers of calls and of MAKE_FUNCTION."""

from __future__ import annotations

from ...ir.instr import Instr, Op, Position
from ...opcodes.ghosts import EXIT_SELF, NULL, REAL
from .machine import BOUND, Transcriber
from .writers import Unfit, spelled

__all__ = ["taken"]


# -- calls


@spelled(Op.CALL)
def _call(t: Transcriber, item: Instr, i: int) -> int:
    n, names = item.arg
    stack, position = t.stack, item.position
    t.take(n)
    hint = item.spelling.form if item.spelling is not None else ""
    if not hint:
        raise Unfit("the general writer finds a place for the NULL")
    with_null = False
    if hint != "self" and len(stack) > 1:
        null, value = (stack[-1], stack[-2]) if t.null_above else (stack[-2], stack[-1])
        with_null = (null == NULL and value in (REAL, BOUND)) or (
            null == EXIT_SELF and value == REAL
        )
    if with_null:
        del stack[-2:]
    elif not stack or stack.pop() != REAL:
        raise Unfit("no callable")
    if len(stack) < t.floor:
        raise Unfit("below what the handler keeps")
    if not t.table.traits["null"]:
        if with_null:
            if names:
                raise Unfit("a method with keywords")
            t.write("CALL_METHOD", n, position)
        elif names:
            t.write("LOAD_CONST", t.pools.const(names), taken(item))
            t.grow(n + 2)
            t.write("CALL_FUNCTION_KW", n, position)
        else:
            t.write("CALL_FUNCTION", n, position)
        t.push()
        return i + 1
    oparg = n if with_null else n - 1
    if oparg < 0:
        raise Unfit("no NULL")
    if names and "CALL_KW" in t.table:
        t.write("LOAD_CONST", t.pools.const(names), taken(item))
        t.grow(n + 2 + with_null)
        t.write("CALL_KW", oparg, position)
    else:
        if names:
            t.write("KW_NAMES", t.pools.const(names), taken(item))
        if "PRECALL" in t.table:
            t.write("PRECALL", oparg, position)
        t.write("CALL", oparg, position)
    t.push()
    return i + 1


def taken(item: Instr) -> Position:
    """Where a constant stood that became part of an instruction."""
    note = item.spelling.note if item.spelling is not None else None
    return note if isinstance(note, Position) else item.position


@spelled(Op.CALL_EX)
def _call_ex(t: Transcriber, item: Instr, i: int) -> int:
    rule = t.rule("CALL_FUNCTION_EX")
    t.take(2 if item.arg else 1)
    if not rule.value:
        t.take(1)
    else:
        order = [REAL, NULL] if t.null_above else [NULL, REAL]
        if t.stack[-2:] != order:
            raise Unfit("no NULL")
        del t.stack[-2:]
    if rule.value == 2:
        t.grow(4)
        if not item.arg:
            t.write("PUSH_NULL", 0, item.position)
        t.put(rule.number, 0, item.position)
    else:
        t.put(rule.number, int(item.arg), item.position)
    t.push()
    return i + 1


@spelled(Op.MAKE_FUNCTION)
def _make_function(t: Transcriber, item: Instr, i: int) -> int:
    rule, flags = t.rule("MAKE_FUNCTION"), item.arg
    t.take(1 + bin(flags).count("1"))
    if rule.value:
        note = item.spelling.note if item.spelling is not None else None
        if not isinstance(note, str):
            raise Unfit("no qualified name")
        t.write("LOAD_CONST", t.pools.const(note), item.position)
        t.grow(2 + bin(flags).count("1"))
        t.put(rule.number, flags, item.position)
    elif "SET_FUNCTION_ATTRIBUTE" in t.table:
        t.put(rule.number, 0, item.position)
        for bit in (8, 4, 16, 2, 1):
            if flags & bit:
                t.write("SET_FUNCTION_ATTRIBUTE", bit, item.position)
    else:
        t.put(rule.number, flags, item.position)
    t.push()
    return i + 1
