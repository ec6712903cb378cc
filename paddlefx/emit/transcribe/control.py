"""Writers of the transcriber: jumps, branches, loops, returns and generators."""

from __future__ import annotations

from typing import Dict, Tuple

from ...ir.instr import Instr, Label, Op, Position
from ...opcodes.ghosts import PREV, REAL
from ...opcodes.table import OpcodeTable
from ..control import compares_ints
from ..link import Entry
from .machine import Transcriber
from .writers import Unfit, spelled

_ASYNC_GENERATOR = 0x200
_COROUTINE = 0x80 | 0x200

#: Operations whose result is True or False itself.
_GIVES_BOOL = frozenset(
    {Op.IS, Op.CONTAINS, Op.COMPARE, Op.CHECK_EXC_MATCH, Op.MATCH_MAPPING, Op.MATCH_SEQUENCE}
)

#: (form, jumps when true, forward) -> opcode
_Jumps = Dict[Tuple[str, bool, bool], int]
_JUMPS: Dict[int, Tuple[OpcodeTable, _Jumps]] = {}


def _jumps(table: OpcodeTable) -> _Jumps:
    found = _JUMPS.get(id(table))
    if found is None or found[0] is not table:
        jumps: _Jumps = {}
        for rule in table.of_form("branch", "branch_none", "branch_keep"):
            for forward in (True, False):
                if rule.operand in ("absolute", "forward" if forward else "backward"):
                    jumps[rule.form, rule.value, forward] = rule.number
        found = _JUMPS[id(table)] = (table, jumps)
    return found[1]


@spelled(Op.JUMP)
def _jump(t: Transcriber, item: Instr, i: int) -> int:
    label = item.arg
    t.arrive(label)
    hint = item.spelling.form if item.spelling is not None else ""
    forward = t.labels[label] > i
    if t.copies is not None:
        forward = t.copies.is_forward(label)
    if hint == "fall":
        t.fall(label, i + 1)
        return ~(i + 1)
    if hint:
        rule = t.rule(hint)
        if rule.form != "jump" or rule.operand == ("backward" if forward else "forward"):
            raise Unfit("the jump goes in another direction")
    elif (
        t.copies is None
        and t.follows(label, i + 1)
        and not (item.spelling is not None and item.spelling.after)
    ):
        return ~(i + 1)
    elif forward:
        rule = t.rule("JUMP_FORWARD")
    else:
        rule = t.rule("JUMP_BACKWARD" if "JUMP_BACKWARD" in t.table else "JUMP_ABSOLUTE")
    t.jump(rule.number, label, item.position)
    return ~(i + 1)


@spelled(Op.BRANCH)
def _branch(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    if "TO_BOOL" in t.table:
        note = item.spelling.note if item.spelling is not None else None
        _to_bool(t, item, i, note[1] if type(note) is tuple else item.position)
    return _two_ways(t, item, "branch", False, i)


def _to_bool(t: Transcriber, item: Instr, i: int, position: Position) -> None:
    """Make the top a bool, unless the item just before leaves one."""
    previous = t.items[i - 1] if i else None
    if isinstance(previous, Instr):
        if previous.op in _GIVES_BOOL or (previous.op is Op.UNARY and previous.arg == "not"):
            return
    t.write("TO_BOOL", 0, position)


def _two_ways(t: Transcriber, item: Instr, form: str, inverted: bool, i: int) -> int:
    """A test, one way of which follows."""
    yes, no = item.arg
    if inverted:
        yes, no = no, yes
    hint = item.spelling.form if item.spelling is not None else ""
    if t.copies is not None:
        when = bool(t.rule(hint).value)
        t.fall(no if when else yes, i + 1)
    elif hint and t.follows(no, i + 1) and t.follows(yes, i + 1):
        when = bool(t.rule(hint).value)
    elif t.follows(no, i + 1):
        when = True
    elif t.follows(yes, i + 1):
        when = False
    else:
        raise Unfit("neither way follows")
    label = yes if when else no
    t.arrive(yes)
    t.arrive(no)
    note = item.spelling.note if item.spelling is not None else None
    if type(note) is tuple and not note[0]:
        t.stream.cover(None)  # the test raises, the jump does not
        t.moved = True
    t.jump(_jumps(t.table)[form, when, t.labels[label] > i], label, item.position)
    if "NOT_TAKEN" in t.table:
        if type(note) is tuple and len(note) == 3:
            t.stream.cover(None)
            t.moved = True
        t.write("NOT_TAKEN", 0, item.position)
    return ~(i + 1)


@spelled("branch_none")
def _branch_none(t: Transcriber, item: Instr, i: int) -> int:
    """LOAD_CONST None; IS; BRANCH in one (3.11+)."""
    test, branch = t.next_instr(i + 1, Op.IS), t.next_instr(i + 2, Op.BRANCH)
    if item.op is not Op.LOAD_CONST or item.arg is not None:
        raise Unfit("not a test for None")
    t.take(1)
    return _two_ways(t, branch, "branch_none", bool(test.arg), i + 2)


@spelled("branch_keep")
def _branch_keep(t: Transcriber, item: Instr, i: int) -> int:
    """COPY; BRANCH to keep or to drop; drop: POP (up to 3.11)."""
    branch = t.next_instr(i + 1, Op.BRANCH)
    drop = t.items[i + 2]
    t.next_instr(i + 3, Op.POP)
    if item.op is not Op.COPY or item.arg != 1 or drop.__class__ is not Label:
        raise Unfit("not JUMP_IF_x_OR_POP")
    yes, no = branch.arg
    when = drop is no
    kept = yes if when else no
    if drop is not (no if when else yes) or kept is drop:
        raise Unfit("not JUMP_IF_x_OR_POP")
    t.take(1)
    t.push()
    number = _jumps(t.table)["branch_keep", when, t.labels[kept] > i]
    t.arrive(kept)
    t.jump(number, kept, branch.position)
    t.take(1)
    t.absorb(drop)
    return i + 4


@spelled(Op.COMPARE)
def _compare(t: Transcriber, item: Instr, i: int) -> int:
    found = t.table.spell(Op.COMPARE, item.arg)
    if found is None or found[1] is None:
        raise Unfit(item.arg)
    rule, oparg = found[0], found[1]
    if "TO_BOOL" in t.table:
        following = t.items[i + 1]
        if (
            isinstance(following, Instr)
            and (following.op is Op.BRANCH or (following.op is Op.UNARY and following.arg == "not"))
            and not compares_ints(t.program, i)
        ):
            oparg |= 16
    t.take(2)
    t.put(rule.number, oparg, item.position)
    t.push()
    return i + 1


@spelled(Op.UNARY)
def _unary(t: Transcriber, item: Instr, i: int) -> int:
    found = t.table.spell(Op.UNARY, item.arg)
    if found is None:
        raise Unfit(item.arg)
    t.take(1)
    if item.arg == "not" and "TO_BOOL" in t.table:
        _to_bool(t, item, i, item.position)
    t.put(found[0].number, found[1] or 0, item.position)
    t.push()
    return i + 1


@spelled("to_bool")
def _to_bool_alone(t: Transcriber, item: Instr, i: int) -> int:
    """Twice ``not`` (3.13+)."""
    if item.arg != "not" or t.next_instr(i + 1, Op.UNARY).arg != "not":
        raise Unfit("not TO_BOOL")
    t.take(1)
    t.write("TO_BOOL", 0, item.position)
    t.push()
    return i + 2


@spelled(Op.FOR_ITER)
def _for_iter(t: Transcriber, item: Instr, i: int) -> int:
    label = item.arg
    rule = t.rule("FOR_ITER")
    t.take(1)
    t.arrive(label)
    target: Label = label
    if t.copies is None and t.labels[label] < i:
        raise Unfit("the end of the loop stands before it")
    if rule.value:
        end = t.loop_ends.get(label)
        if end is None:
            end = t.loop_ends[label] = (Label("loop end"), item.position, t.stream.rows[-1][1])
        target = end[0]
    t.jump(rule.number, target, item.position)
    t.push(2)
    return i + 1


# -- ends


@spelled(Op.RETURN)
def _return(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    if REAL in t.stack or PREV in t.stack:
        raise Unfit("values or handlers are left")
    t.write("RETURN_VALUE", 0, item.position)
    return ~(i + 1)


@spelled(Op.RAISE)
def _raise(t: Transcriber, item: Instr, i: int) -> int:
    t.take(item.arg)
    t.write("RAISE_VARARGS", item.arg, item.position)
    return ~(i + 1)


# -- generators


def _depth(t: Transcriber, item: Instr) -> int:
    """How many handlers are around an item."""
    handler, seen = item.handler, set()
    scopes = handler.scopes if handler is not None else 0
    depth = 0
    while handler is not None and handler.label not in seen:
        seen.add(handler.label)
        if handler.scopes <= scopes:  # else it is the handler's own, not one around it
            scopes = handler.scopes
            depth += 1
        index = t.labels[handler.label]
        first = t.items[index]
        while first.__class__ is Label:
            index += 1
            first = t.items[index]
        handler = first.handler if isinstance(first, Instr) else None
    return depth


def _resume(t: Transcriber, why: int, depth: int, position: Position) -> None:
    if "RESUME" in t.table:
        if t.table.traits["generator_depth"] == "resume" and depth == 1:
            why |= 4
        t.write("RESUME", why, position)


@spelled(Op.YIELD)
def _yield(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    position = item.position
    if t.program.flags & _ASYNC_GENERATOR:
        if "ASYNC_GEN_WRAP" in t.table:
            t.write("ASYNC_GEN_WRAP", 0, position)
        elif "CALL_INTRINSIC_1" in t.table:
            t.write("CALL_INTRINSIC_1", 4, position)
    where = t.table.traits["generator_depth"]
    depth = _depth(t, item) if where else 0
    t.write("YIELD_VALUE", depth if where == "yield" else 0, position)
    _resume(t, 1, depth, position)
    t.push()
    return i + 1


@spelled(Op.YIELD_FROM)
def _yield_from(t: Transcriber, item: Instr, i: int) -> int:
    t.take(2)
    position = item.position
    if "YIELD_FROM" in t.table:
        t.write("YIELD_FROM", 0, position)
        t.push()
        return i + 1
    stream = t.stream
    send, done = Label("send"), Label("sent")
    stream.places[send] = len(stream.numbers)
    t.jump(t.rule("SEND").number, done, position)
    entry = stream.rows[-1][1]
    thrown = "CLEANUP_THROW" in t.table
    note = item.spelling.note if item.spelling is not None else None
    unsaid = Label("thrown"), Label("sent"), False
    fail, resume, inside = note if type(note) is tuple else unsaid
    if thrown:
        stream.cover(Entry(fail, len(t.stack) + 2, False))
        t.grow(3)
    where = t.table.traits["generator_depth"]
    depth = _depth(t, item) + 1 if where else 0
    t.write("YIELD_VALUE", depth if where == "yield" else int(where == "resume"), position)
    stream.cover(entry)
    _resume(t, 3 if t.program.flags & _COROUTINE else 2, depth, position)
    t.jump(t.rule("JUMP_BACKWARD_NO_INTERRUPT").number, send, position)
    before = t.items[i - 2] if i > 1 else None
    if isinstance(before, Instr) and before.op is Op.GET_ANEXT and item.handler is not None:
        sent = t.sent[item.handler.label] = Label("sent")
        stream.places[sent] = len(stream.numbers)
    if thrown and inside:
        stream.places[fail] = len(stream.numbers)
        t.write("CLEANUP_THROW", 0, position)
    stream.places[done] = len(stream.numbers)
    if thrown:
        stream.places[resume] = len(stream.numbers)
        t.write("END_SEND", 0, position)
        if not inside:
            t.throws[fail] = resume, position, entry
    t.push()
    return i + 1


def finish_throws(t: Transcriber) -> None:
    """Write where throws into send loops are handled, as far as no hint has done it."""
    stream = t.stream
    for fail, (resume, position, entry) in t.throws.items():
        handled = t.handled.get(fail)
        if handled is None:
            stream.cover(entry)
            stream.places[fail] = len(stream.numbers)
            t.write("CLEANUP_THROW", 0, position)
            t.jump(t.rule("JUMP_BACKWARD").number, resume, position)
        elif handled != (resume, entry):
            raise Unfit("a throw goes on elsewhere")
