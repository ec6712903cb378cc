"""Readers of the forms that are not plain: stack, locals, calls, containers."""

from __future__ import annotations

from typing import List, Tuple

from ..ir.instr import Instr, Op
from ..opcodes.ghosts import (
    EXIT_SELF,
    NONE,
    NULL,
    PREV,
    PREV_COPY,
    REAL,
    TYPE,
    rotate,
    saved,
    swap,
)
from ..opcodes.table import Rule
from .actions import form
from .machine import Decoder

_CONVERSIONS = ("", "s", "r", "a")
_TO_BOOL_FEEDS = ("branch",)


# -- stack


@form("pop")
def _pop(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if not d.stack:
        raise d.error("the stack is empty", i)
    if d.stack[-1] == REAL:
        d.stack.pop()
        d.add(Op.POP, None, i, rule.name if rule.name != "POP_TOP" else "")
    else:
        d.stack.pop()
        d.moved = True
        d.vanish(i)
    return i + 1


@form("copy")
def _copy(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    depth = rule.value or oparg
    _copy_slot(d, i, depth)
    if d.stack[-1] != REAL:
        d.vanish(i)
    return i + 1


@form("copy2")
def _copy2(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    _copy_slot(d, i, 2)
    _copy_slot(d, i, 2)
    return i + 1


def _copy_slot(d: Decoder, i: int, depth: int) -> None:
    stack = d.stack
    if depth < 1 or depth > len(stack):
        raise d.error(f"copies slot {depth} of {len(stack)}", i)
    tag = stack[-depth]
    if tag == REAL:
        d.add(Op.COPY, stack[-depth:].count(REAL), i)
    stack.append(PREV_COPY if tag == PREV else tag)
    if tag != REAL:
        d.moved = True


@form("swap")
def _swap(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    depth = rule.value or oparg
    if depth < 2 or depth > len(d.stack):
        raise d.error(f"swaps with slot {depth} of {len(d.stack)}", i)
    hint = rule.name if any(d.stack[-depth:]) else ""
    _emit_swaps(d, i, swap(d.stack, depth), hint, oparg)
    return i + 1


@form("rot")
def _rot(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    depth = rule.value or oparg
    if depth > len(d.stack):
        raise d.error(f"rotates {depth} of {len(d.stack)} slots", i)
    hint = rule.name if depth > 2 or any(d.stack[-depth:]) else ""
    _emit_swaps(d, i, rotate(d.stack, depth), hint, oparg)
    return i + 1


def _emit_swaps(d: Decoder, i: int, swaps: List[int], hint: str, oparg: int) -> None:
    d.moved = True
    if not swaps:
        d.vanish(i)
    for operand in swaps:
        d.add(Op.SWAP, operand, i, hint, oparg if hint else None)
        hint = ""


@form("skip", "end_send")
def _skip(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    return i + 1


@form("nop")
def _nop(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.vanish(i)
    return i + 1


@form("not_taken")
def _not_taken(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    before = d.table.rules[d.raw.opcodes[i - 1]].form if i else ""
    if before not in ("branch", "branch_none"):
        d.vanish(i)
    return i + 1


@form("generator")
def _generator(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    return i + 2


@form("choice")
def _choice(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    try:
        meaning = rule.value[oparg]
    except KeyError:
        raise d.error(f"operand {oparg} has no meaning", i) from None
    if meaning is None:
        return i + 1
    op, arg = meaning
    if op is Op.CHECK_EXC_MATCH:
        match_exception(d, i)
        d.stack.append(REAL)
        return i + 1
    d.plain(op, arg, i)
    if op is Op.IMPORT_STAR and rule.name.startswith("CALL_INTRINSIC"):
        d.stack.append(NONE)
    return i + 1


def match_exception(d: Decoder, i: int, hint: str = "") -> None:
    """Up to 3.10: (exception type's copy, type --)."""
    d.pop_real(i)
    d.pop_ghost(i, TYPE)
    d.moved = True
    d.add(Op.CHECK_EXC_MATCH, None, i, hint)


@form("pair")
def _pair(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    for op, arg in rule.value:
        d.plain(op, arg, i)
    return i + 1


@form("to_bool")
def _to_bool(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    following = d.table.rules[d.raw.opcodes[i + 1]]
    if following.form not in _TO_BOOL_FEEDS and following.name != "UNARY_NOT":
        d.add(Op.UNARY, "not", i, rule.name)
        d.add(Op.UNARY, "not", i)
    d.tested = (i, d.handler)
    return i + 1


# -- locals, constants, attributes


@form("store_fast")
def _store_fast(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.store_local(oparg, i)
    return i + 1


@form("fast")
def _fast(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.load_local(oparg, i)
    return i + 1


@form("fast_owned")
def _fast_owned(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.load_local(oparg, i, rule.name)
    return i + 1


@form("save_fast")
def _save_fast(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.stack.append(saved(oparg))
    d.moved = True
    d.add(Op.SAVE_LOCAL, d.locals[oparg], i)
    return i + 1


@form("cell")
def _cell(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    name = d.locals[oparg].replace(" (free)", "")
    for place in range(len(d.stack) - 1, -1, -1):
        tag = d.stack[place]
        if tag < 0 and tag % 2 and d.locals[(-tag - 1) // 2] == name:
            d.stack[place] = saved((-tag - 1) // 2, True)
            d.moved = True
            d.vanish(i)
            break
    return i + 1


@form("fast_pair")
def _fast_pair(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    for op, slot, hint in zip(rule.value, (oparg >> 4, oparg & 15), (rule.name, "")):
        if op is Op.LOAD_LOCAL:
            d.load_local(slot, i, hint)
        else:
            d.store_local(slot, i, hint)
    return i + 1


@form("return_const")
def _return_const(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.add(Op.LOAD_CONST, d.consts[oparg], i, rule.name)
    d.add(Op.RETURN, None, i, rule.name)
    return -1


@form("global")
def _global(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if not oparg & 1:
        d.plain(Op.LOAD_GLOBAL, d.names[oparg >> 1], i)
        return i + 1
    d.add(Op.LOAD_GLOBAL, d.names[oparg >> 1], i, "null")
    d.stack.extend(_callable(d))
    return i + 1


def _callable(d: Decoder) -> Tuple[int, int]:
    """A callable and the NULL of its call, in this version's order."""
    return (NULL, REAL) if d.table.traits["null"] != "above" else (REAL, NULL)


@form("attr")
def _attr(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if not oparg & 1:
        d.plain(Op.LOAD_ATTR, d.names[oparg >> 1], i)
        return i + 1
    return _load_method(d, i, d.names[oparg >> 1])


@form("method")
def _method(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    return _load_method(d, i, d.names[oparg])


def _load_method(d: Decoder, i: int, name: str) -> int:
    d.pop_real(i)
    d.add(Op.LOAD_ATTR, name, i, "method")
    d.stack.extend(_callable(d))
    return i + 1


@form("super")
def _super(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    name = d.names[oparg >> 2]
    if oparg & 2:
        d.plain(Op.CALL, (2, ()), i, rule.name)
    else:
        loads = []
        for _ in range(2):
            d.pop_real(i)
            last = d.items.pop() if d.items else None
            if not isinstance(last, Instr) or last.op not in (Op.LOAD_DEREF, Op.LOAD_LOCAL):
                raise d.error("wants __class__ and the first argument just before", i)
            loads.append(last)
        note: Tuple[object, ...] = (loads[1].position, loads[0].position)
        if loads[0].spelling is not None and loads[0].spelling.form == "LOAD_FAST":
            note = (*note, "LOAD_FAST")  # it does not borrow, where others do
        d.plain(Op.CALL, (0, ()), i, rule.name, note)
    if oparg & 1:
        return _load_method(d, i, name)
    d.plain(Op.LOAD_ATTR, name, i)
    return i + 1


@form("classderef")
def _classderef(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.LOAD_LOCALS, None, i)
    d.plain(Op.LOAD_CLASSDEREF, d.cells[oparg], i)
    return i + 1


# -- calls


@form("null")
def _null(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.stack.append(NULL)
    d.moved = True
    d.vanish(i)
    return i + 1


@form("kw_names")
def _kw_names(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.kwnames = d.consts[oparg]
    d.taken = d.positions[i]
    return i + 1


@form("call")
def _call(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    names, d.kwnames = d.kwnames, ()
    _call_slots(d, i, oparg, names)
    return i + 1


@form("call_kw")
def _call_kw(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    names = d.take_const(i)
    _call_slots(d, i, oparg, names)
    return i + 1


def _call_slots(d: Decoder, i: int, n: int, names: Tuple[str, ...]) -> None:
    d.pop_real(i, n)
    if len(d.stack) < 2:
        raise d.error("no callable", i)
    second, first = d.stack[-2], d.stack[-1]
    del d.stack[-2:]
    d.moved = True
    note = d.taken if names else None
    if (second, first) == _callable(d) or (second, first) == (REAL, EXIT_SELF):
        d.add(Op.CALL, (n, names), i, "null", note)
    elif second == REAL and first == REAL:
        d.add(Op.CALL, (n + 1, names), i, "self", note)
    else:
        raise d.error(f"the slots {second}, {first} are no callable", i)
    d.stack.append(REAL)


@form("call_function")
def _call_function(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.CALL, (oparg, ()), i, "self")
    return i + 1


@form("call_function_kw")
def _call_function_kw(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.CALL, (oparg, d.take_const(i)), i, "self", d.taken)
    return i + 1


@form("call_method")
def _call_method(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    _call_slots(d, i, oparg, ())
    return i + 1


@form("call_ex")
def _call_ex(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    has_kwargs = bool(oparg & 1)
    if rule.value == 2:
        # the slot of the keywords is always there
        has_kwargs = bool(d.stack) and d.stack[-1] == REAL
        if not has_kwargs:
            d.pop_ghost(i, NULL)
            if d.pending:
                d.pending.pop()
    values = 2 if has_kwargs else 1
    d.pop_real(i, values)
    if not rule.value:
        d.pop_real(i)
    else:
        order = _callable(d)
        d.pop_ghost(i, order[1], order[0])
        d.moved = True
    d.stack.append(REAL)
    d.add(Op.CALL_EX, has_kwargs, i, "null")
    return i + 1


# -- containers


@form("into")
def _into(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    op = rule.op
    if op is None:
        raise d.error("a row without an operation", i)
    d.pop_real(i, 2 if op is Op.MAP_ADD else 1)
    if oparg > len(d.stack) or d.stack[-oparg] != REAL:
        raise d.error(f"no container in slot {oparg}", i)
    d.add(op, d.stack[-oparg:].count(REAL), i)
    return i + 1


@form("const_keys")
def _const_keys(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.BUILD_CONST_KEY_MAP, d.take_const(i), i, "", d.taken)
    return i + 1


@form("function")
def _function(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if rule.value:
        qualname = d.take_const(i)
        d.plain(Op.MAKE_FUNCTION, oparg & 15, i, "", qualname)
    else:
        d.plain(Op.MAKE_FUNCTION, oparg & 15, i)
    return i + 1


@form("function_attribute")
def _function_attribute(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    last = d.items[-1] if d.items else None
    if not isinstance(last, Instr) or last.op is not Op.MAKE_FUNCTION:
        raise d.error("wants MAKE_FUNCTION just before", i)
    d.pop_real(i, 2)
    d.stack.append(REAL)
    last.arg |= oparg
    return i + 1


@form("format")
def _format(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    conversion = _CONVERSIONS[oparg & 3]
    has_spec = bool(oparg & 4)
    if conversion and has_spec:
        last = d.items[-1] if d.items else None
        if isinstance(last, Instr) and last.op is Op.LOAD_CONST:
            d.items.pop()
            d.add(Op.CONVERT, conversion, i, rule.name)
            d.items.append(last)
        else:
            d.add(Op.SWAP, 2, i, rule.name)
            d.add(Op.CONVERT, conversion, i)
            d.add(Op.SWAP, 2, i)
    elif conversion:
        d.add(Op.CONVERT, conversion, i)
    d.plain(Op.FORMAT, has_spec, i)
    return i + 1


@form("convert")
def _convert(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.CONVERT, _CONVERSIONS[oparg], i)
    return i + 1


@form("interpolation")
def _interpolation(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.BUILD_INTERPOLATION, (_CONVERSIONS[oparg >> 2], bool(oparg & 1)), i)
    return i + 1


@form("unpack_ex")
def _unpack_ex(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.UNPACK_EX, (oparg & 255, oparg >> 8), i)
    return i + 1


@form("print_expr")
def _print_expr(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.INTRINSIC, "PRINT_EXPR", i)
    d.plain(Op.POP, None, i)
    return i + 1


@form("match_bool")
def _match_bool(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if rule.op is Op.MATCH_CLASS:
        d.plain(Op.MATCH_CLASS, oparg, i)
    else:
        d.plain(Op.MATCH_KEYS, None, i)
    d.plain(Op.COPY, 1, i)
    d.plain(Op.LOAD_CONST, None, i)
    d.plain(Op.IS, True, i)
    return i + 1
