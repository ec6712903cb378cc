"""Writers of calls, functions and containers."""

from __future__ import annotations

from typing import Any, Tuple

from ..ir.effects import effect
from ..ir.instr import Instr, Label, Op, Position
from ..opcodes.ghosts import EXIT_SELF, NONE, REAL
from .forms import form_rule, operand, plain, put_like, writer
from .machine import Emitter
from .slots import CALL_TAGS

_CONVERSIONS = {"s": 1, "r": 2, "a": 3}


def _take_callable(e: Emitter) -> bool:
    """Take the callable off the layout; True if its NULL or method slot was there too."""
    layout = e.layout
    if len(layout) >= 2:
        ghost, value = (layout[-1], layout[-2]) if e.null_above else (layout[-2], layout[-1])
        if ghost == EXIT_SELF and value == REAL:
            del layout[-2:]
            return True
        if ghost >= CALL_TAGS and not ghost & 1 and value in (REAL, ghost + 1):
            del layout[-2:]
            return True
    top = layout[-1]
    if top != REAL:
        if top >= CALL_TAGS:
            e.cancel(top & ~1)
        raise e.error(f"the slots {layout} end in no callable")
    layout.pop()
    return False


@writer(Op.CALL)
def _call(e: Emitter, item: Instr) -> int:
    n, names = item.arg
    if item.spelling is not None and item.spelling.form == "LOAD_SUPER_ATTR":
        taken = _super(e, item)
        if taken:
            return taken
    e.expose(n)
    if e.table.traits["null"]:
        if not n:
            _bare_callable(e)
        before = list(e.layout)
        e.pop_values(n)
        oparg = n if _take_callable(e) else n - 1
        e.layout[:], after = before, list(e.layout)
        if names and "CALL_KW" in e.table:
            _put_const(e, item, "LOAD_CONST", names)
            e.write("CALL_KW", oparg)
        else:
            if names:
                _put_const(e, item, "KW_NAMES", names)
            if "PRECALL" in e.table:
                e.write("PRECALL", oparg)
            e.write("CALL", oparg)
        e.layout[:] = after
    else:
        before = list(e.layout)
        e.pop_values(n)
        method = _take_callable(e)
        if method and names:
            e.cancel(before[-n - 1] & ~1)
        e.layout[:], after = before, list(e.layout)
        if method:
            e.write("CALL_METHOD", n)
        elif names:
            _put_const(e, item, "LOAD_CONST", names)
            e.write("CALL_FUNCTION_KW", n)
        else:
            e.write("CALL_FUNCTION", n)
        e.layout[:] = after
    e.push()
    return 1


def _put_const(e: Emitter, item: Instr, name: str, value: Tuple[Any, ...]) -> None:
    """Write a constant that is part of an instruction, where it stood if that is known."""
    here = e.position
    if item.spelling is not None and isinstance(item.spelling.note, Position):
        e.position = item.spelling.note
    if name == "LOAD_CONST":
        e.grow(1)
    e.write(name, e.pools.const(value))
    e.position = here


def _bare_callable(e: Emitter) -> None:
    """Give a callable without arguments its NULL if it has none."""
    layout = e.layout
    if e.null_above:
        if layout[-1] != REAL:
            return
    else:
        e.expose(1)
        if len(layout) > 1 and layout[-2] >= CALL_TAGS and not layout[-2] & 1:
            return
    if layout[-1] != REAL:
        e.cancel(layout[-1] & ~1)
    e.grow(1)
    e.write("PUSH_NULL")
    layout.append(e.null(("local", e.index)))
    if not e.null_above:
        e.swap_slots(2)


def _super(e: Emitter, item: Instr) -> int:
    """``super().name`` in one instruction (3.12+), where it still is that."""
    attr = e.next_instr(e.index + 1, Op.LOAD_ATTR)
    rule = e.table.get("LOAD_SUPER_ATTR")
    if attr is None or rule is None or attr.handler != item.handler:
        return 0
    bits = 0
    if item.arg == (2, ()):
        bits = 2
        e.expose(3)
    else:
        program = e.program
        if item.arg != (0, ()) or "__class__" not in program.freevars or not program.argcount:
            return 0
        e.expose(1)
        first = program.varnames[0]
        e.grow(2)
        here = e.position
        note = item.spelling.note if item.spelling is not None else None
        places = note if type(note) is tuple else (here, here)
        e.position = places[0]
        e.write("LOAD_DEREF", e.cells["__class__"])
        e.position = places[1]
        if first in e.cells:
            e.write("LOAD_DEREF", e.cells[first])
        else:
            e.load_fast(e.slots[first], e.index)
        e.position = here
    call = e.plan.method.get(e.index + 1)
    key = ("call", call)
    name = e.pools.name(attr.arg)
    method = call is not None and e.wanted(key)
    e.put(rule, name << 2 | bits | method)
    e.pop_values(3 if bits else 1)
    if method:
        tag = e.null(key)
        e.layout.extend((tag + 1, tag) if e.null_above else (tag, tag + 1))
        e.grow(0)
    else:
        e.push()
    return 2


@writer(Op.CALL_EX)
def _call_ex(e: Emitter, item: Instr) -> int:
    rule = form_rule(e, "call_ex")
    values = 2 if item.arg else 1
    if not rule.value:
        put_like(e, rule, int(item.arg), values + 1, 1)
        return 1
    e.expose(values)
    layout = e.layout
    rest = layout[: len(layout) - values]
    ghost = False
    if len(rest) >= 2:
        null, value = (rest[-1], rest[-2]) if e.null_above else (rest[-2], rest[-1])
        ghost = null >= CALL_TAGS and not null & 1 and value == REAL
    if not ghost:
        if rest[-1] != REAL:
            e.cancel(rest[-1] & ~1)
        e.grow(1)
        e.write("PUSH_NULL")
        layout.append(e.null(("local", e.index)))
        if e.null_above:
            swaps: Tuple[int, ...] = (3, 2) if item.arg else (2,)
        else:
            swaps = (4, 3, 2) if item.arg else (3, 2)
        for i in swaps:
            e.swap_slots(i)
    if rule.value == 2 and not item.arg:
        # the slot of the keywords is always there
        e.grow(1)
        e.write("PUSH_NULL")
        layout.append(e.null(("keywords", e.index)))
        e.put(rule)
        layout.pop()
    else:
        e.put(rule, int(item.arg) if rule.value == 1 else 0)
    e.pop_values(values)
    del layout[-2:]
    e.push()
    return 1


# -- functions


@writer(Op.MAKE_FUNCTION)
def _make_function(e: Emitter, item: Instr) -> int:
    rule = e.rule("MAKE_FUNCTION")
    flags = item.arg
    pops = effect(item.op, flags).pops
    e.expose(pops)
    if rule.value:
        e.grow(1)
        e.write("LOAD_CONST", e.pools.const(_qualname(e, item)))
        e.put(rule, flags)
    elif "SET_FUNCTION_ATTRIBUTE" in e.table:
        e.put(rule)
        for bit in (8, 4, 16, 2, 1):
            if flags & bit:
                e.write("SET_FUNCTION_ATTRIBUTE", bit)
    else:
        e.put(rule, flags)
    e.pop_values(pops)
    e.push()
    return 1


def _qualname(e: Emitter, item: Instr) -> str:
    """The qualified name of the new function, which is no part of its code up to 3.10."""
    if item.spelling is not None and isinstance(item.spelling.note, str):
        return item.spelling.note
    previous = e.items[e.index - 1]
    code = previous.arg if isinstance(previous, Instr) else None
    return str(getattr(code, "co_name", "<lambda>"))


# -- containers


@writer(
    Op.LIST_APPEND,
    Op.SET_ADD,
    Op.MAP_ADD,
    Op.LIST_EXTEND,
    Op.SET_UPDATE,
    Op.DICT_UPDATE,
    Op.DICT_MERGE,
)
def _into(e: Emitter, item: Instr) -> int:
    pops = 2 if item.op is Op.MAP_ADD else 1
    e.expose(pops)
    filled = item.op is Op.DICT_MERGE and e.null_above and _fill_for_merge(e, item.arg)
    place = e.distance(item.arg + pops) - pops
    if e.layout[-place - pops] != REAL:
        e.cancel(e.layout[-place - pops] & ~1)
    put_like(e, e.rule(item.op.value), place, pops, 0)
    if filled:
        e.drop_slot(e.distance(item.arg + 1) + 1)
    return 1


def _fill_for_merge(e: Emitter, i: int) -> bool:
    """Put a slot between callable and arguments, past which DICT_MERGE looks (3.13).

    Returns:
        whether it is None, to be dropped, since the call that the NULL was for doesn't follow.
    """
    arguments = e.distance(i + 2)
    below = e.layout[-arguments - 1]
    if below >= CALL_TAGS and not below & 1:
        return False
    e.grow(1)
    key = ("merge", e.index)
    wanted = e.wanted(key)
    if wanted:
        e.write("PUSH_NULL")
        e.layout.append(e.null(key))
    else:
        e.write("LOAD_CONST", e.pools.const(None))
        e.layout.append(NONE)
    e.sink(arguments + 1)
    return not wanted


@writer(Op.BUILD_CONST_KEY_MAP)
def _const_keys(e: Emitter, item: Instr) -> int:
    keys = item.arg
    if "BUILD_CONST_KEY_MAP" not in e.table:
        return _add_keys(e, keys)
    e.expose(len(keys))
    _put_const(e, item, "LOAD_CONST", keys)
    e.write("BUILD_CONST_KEY_MAP", len(keys))
    e.pop_values(len(keys))
    e.push()
    return 1


def _add_keys(e: Emitter, keys: Tuple[Any, ...]) -> int:
    """A dict of values on the stack and constant keys, without an instruction for it (3.14)."""
    count = len(keys)
    put_like(e, e.rule("BUILD_TUPLE"), count, count, 1)
    e.grow(1)
    e.write("BUILD_MAP", 0)
    e.push()
    e.swap_slots(2)
    put_like(e, e.rule("UNPACK_SEQUENCE"), count, 1, count)
    for rest, key in zip(range(count, 0, -1), keys):
        e.grow(1)
        e.write("LOAD_CONST", e.pools.const(key))
        e.push()
        e.swap_slots(2)
        put_like(e, e.rule("MAP_ADD"), rest, 2, 0)
    return 1


@writer(Op.BUILD_INTERPOLATION)
def _build_interpolation(e: Emitter, item: Instr) -> int:
    conversion, has_spec = item.arg
    oparg = 2 | _CONVERSIONS.get(conversion, 0) << 2 | has_spec
    put_like(e, form_rule(e, "interpolation"), oparg, 3 if has_spec else 2, 1)
    return 1


@writer(Op.BUILD_UNPACK)
def _build_unpack(e: Emitter, item: Instr) -> int:
    kind, n = item.arg
    found = e.table.spell(Op.BUILD_UNPACK, kind)
    if found is None:
        raise e.error(f"this version has no BUILD_UNPACK {kind}")
    e.grow(1)
    put_like(e, found[0], n, n, 1)
    return 1


@writer(Op.BUILD_SLICE)
def _build_slice(e: Emitter, item: Instr) -> int:
    if item.arg == 2 and not (item.spelling is not None and item.spelling.form == "BUILD_SLICE"):
        for rule in e.table.of_form("pair"):
            op = rule.value[1][0]
            following = e.next_instr(e.index + 1, op)
            if following is not None and following.handler == item.handler:
                pops = 4 if op is Op.STORE_SUBSCR else 3
                put_like(e, rule, 0, pops, 0 if op is Op.STORE_SUBSCR else 1)
                return 2
    return plain(e, item)


@writer(Op.BUILD_TUPLE, Op.BUILD_LIST, Op.BUILD_SET, Op.BUILD_STRING, Op.BUILD_MAP)
def _build(e: Emitter, item: Instr) -> int:
    e.grow(1 if not item.arg else 0)
    return plain(e, item)


@writer(Op.UNPACK_EX)
def _unpack_ex(e: Emitter, item: Instr) -> int:
    before, after = item.arg
    put_like(e, e.rule("UNPACK_EX"), before | after << 8, 1, before + 1 + after)
    return 1


# -- formatting


@writer(Op.CONVERT)
def _convert(e: Emitter, item: Instr) -> int:
    code = _CONVERSIONS[item.arg]
    if "CONVERT_VALUE" in e.table:
        put_like(e, e.rule("CONVERT_VALUE"), code, 1, 1)
        return 1
    rule = e.rule("FORMAT_VALUE")
    if e.next_instr(e.index + 1, Op.FORMAT, False) is not None:
        put_like(e, rule, code, 1, 1)
        return 2
    const = e.next_instr(e.index + 1, Op.LOAD_CONST)
    if const is not None and e.next_instr(e.index + 2, Op.FORMAT, True) is not None:
        e.expose(1)
        here, e.position = e.position, const.position
        e.grow(1)
        e.write("LOAD_CONST", e.pools.const(const.arg))
        e.push()
        e.position = here
        put_like(e, rule, code | 4, 2, 1)
        return 3
    # formatting a string without a specification gives that string
    put_like(e, rule, code, 1, 1)
    return 1


def format_computed(e: Emitter, item: Instr) -> int:
    """``f"{x!r:{width}}"`` up to 3.12: FORMAT_VALUE converts what is below the specification."""
    rule, i = e.table.get("FORMAT_VALUE"), e.index
    conversion = e.next_instr(i + 1, Op.CONVERT)
    if (
        rule is None
        or item.arg != 2
        or conversion is None
        or e.next_instr(i + 2, Op.SWAP, 2) is None
        or e.next_instr(i + 3, Op.FORMAT, True) is None
    ):
        return 0
    put_like(e, rule, _CONVERSIONS[conversion.arg] | 4, 2, 1)
    return 4


@writer(Op.FORMAT)
def _format(e: Emitter, item: Instr) -> int:
    if "FORMAT_VALUE" not in e.table:
        return plain(e, item)
    put_like(e, e.rule("FORMAT_VALUE"), 4 if item.arg else 0, 2 if item.arg else 1, 1)
    return 1


@writer(Op.MATCH_CLASS, Op.MATCH_KEYS)
def _match(e: Emitter, item: Instr) -> int:
    rule = e.rule(item.op.value)
    if rule.form != "match_bool":
        return plain(e, item)
    classes = item.op is Op.MATCH_CLASS
    e.expose(3 if classes else 2)
    e.put(rule, operand(e, rule, item.arg) if classes else 0)
    if classes:
        e.pop_values(3)
    e.push(2)
    i = e.index
    if (
        e.next_instr(i + 1, Op.COPY, 1) is not None
        and e.next_instr(i + 2, Op.LOAD_CONST, None) is not None
        and e.next_instr(i + 3, Op.IS, True) is not None
    ):
        return 4
    # nobody wants the bool as it is: None instead of the value where it is false
    matched = Label("matched")
    e.write("POP_JUMP_IF_TRUE", matched)
    e.pop_values(1)
    if classes:
        e.write("POP_TOP")
        e.write("LOAD_CONST", e.pools.const(None))
    e.here(matched)
    return 1


@writer(Op.INTRINSIC)
def _intrinsic(e: Emitter, item: Instr) -> int:
    if item.arg == "PRINT_EXPR" and "PRINT_EXPR" in e.table:
        put_like(e, e.rule("PRINT_EXPR"), 0, 1, 0)
        if e.next_instr(e.index + 1, Op.POP) is not None:
            return 2
        e.write("LOAD_CONST", e.pools.const(None))
        e.push()
        return 1
    return plain(e, item)


@writer(Op.IMPORT_STAR)
def _import_star(e: Emitter, item: Instr) -> int:
    plain(e, item)
    if "IMPORT_STAR" not in e.table:
        # the intrinsic leaves a None
        e.write("POP_TOP")
    return 1


@writer(Op.GET_AWAITABLE)
def _get_awaitable(e: Emitter, item: Instr) -> int:
    rule = e.rule("GET_AWAITABLE")
    put_like(e, rule, item.arg if rule.operand else 0, 1, 1)
    return 1
