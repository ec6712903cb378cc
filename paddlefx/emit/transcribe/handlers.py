"""Writers of handlers, ``with`` and ``async for``."""

from __future__ import annotations

from ...ir.instr import Instr, Label, Op
from ...opcodes.ghosts import DEAD, EXIT_SELF, HANDLER_SLOTS, LASTI, PREV, PREV_COPY, REAL, TYPE
from .finally_bodies import close_handler, pop_exception, with_cleanup
from .machine import ENTERING, OPEN, Transcriber
from .writers import Unfit, spelled

__all__ = ["anext_sent"]

_LIST_OF_HANDLER = list(HANDLER_SLOTS)


# -- handlers


@spelled(Op.ENTER_HANDLER)
def _enter_handler(t: Transcriber, item: Instr, i: int) -> int:
    if t.with_table:
        t.take(1)
        t.write("PUSH_EXC_INFO", 0, item.position)
        t.stack.extend((PREV, REAL))
        t.grow()
    else:
        if not t.blocks or t.blocks[-1][0] != ENTERING or t.stack[-6:] != _LIST_OF_HANDLER:
            raise Unfit("no exception leads here")
        t.blocks[-1] = (OPEN, None, t.blocks[-1][2])
    t.moved = True
    return i + 1


@spelled(Op.POP_EXCEPT)
def _pop_except(t: Transcriber, item: Instr, i: int) -> int:
    stack = t.stack
    t.write("POP_EXCEPT", 0, item.position)
    if not t.with_table:
        close_handler(t)
    elif stack and stack[-1] == PREV_COPY:
        stack.pop()
        for place in range(len(stack) - 1, -1, -1):
            if stack[place] == PREV:
                stack[place] = DEAD
                break
        else:
            raise Unfit("no open handler")
    elif stack and stack[-1] == PREV:
        stack.pop()
    else:
        raise Unfit("no open handler on top")
    t.moved = True
    return i + 1


@spelled(Op.RERAISE)
def _reraise(t: Transcriber, item: Instr, i: int) -> int:
    note = item.spelling.note if item.spelling is not None else None
    oparg = note if isinstance(note, int) else 0
    if t.with_table:
        t.take(1)
        if oparg and (oparg > len(t.stack) or t.stack[-oparg] != LASTI):
            raise Unfit("no lasti there")
    else:
        pop_exception(t)
    t.write("RERAISE" if "RERAISE" in t.table else "END_FINALLY", oparg, item.position)
    return ~(i + 1)


@spelled(Op.CHECK_EXC_MATCH)
def _check_exc_match(t: Transcriber, item: Instr, i: int) -> int:
    if "CHECK_EXC_MATCH" in t.table:
        t.take(2)
        t.push(2)
        t.write("CHECK_EXC_MATCH", 0, item.position)
        return i + 1
    t.take(1)
    if not t.stack or t.stack.pop() != TYPE:
        raise Unfit("no copy of the exception's type")
    t.moved = True
    found = t.table.spell(Op.CHECK_EXC_MATCH, None)
    if found is not None:
        t.put(found[0].number, found[1] or 0, item.position)
        t.push()
        return i + 1
    branch = t.next_instr(i + 1, Op.BRANCH)
    yes, no = branch.arg
    t.jump(t.rule("JUMP_IF_NOT_EXC_MATCH").number, no, item.position)
    t.arrive(no)
    if not t.follows(yes, i + 2):
        raise Unfit("the match is elsewhere")
    t.arrive(yes)
    return i + 2


@spelled(Op.WITH_EXCEPT_START)
def _with_except_start(t: Transcriber, item: Instr, i: int) -> int:
    if "WITH_CLEANUP_START" in t.table:
        return with_cleanup(t, item, i)
    slots = [REAL, *HANDLER_SLOTS]
    if t.with_table:
        slots = [REAL, LASTI, PREV, REAL]
        if "LOAD_SPECIAL" in t.table:
            slots.insert(1, EXIT_SELF)
    if t.stack[-len(slots) :] != slots:
        raise Unfit("no __exit__ where it has to be")
    t.write("WITH_EXCEPT_START", 0, item.position)
    t.push()
    return i + 1


@spelled(Op.ASYNC_WITH_ENTER)
def _async_with_enter(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    if "LOAD_SPECIAL" in t.table:
        return _special_methods(t, item, i, 2)
    t.write("BEFORE_ASYNC_WITH", 0, item.position)
    t.push(2)
    return i + 1


def _special_methods(t: Transcriber, item: Instr, i: int, enter: int) -> int:
    """Look up ``__exit__``, whose pair of slots stays, and call ``__enter__`` (3.14+)."""
    position = item.position
    t.write("COPY", 1, position)
    t.write("LOAD_SPECIAL", enter + 1, position)
    t.write("SWAP", 2, position)
    t.write("SWAP", 3, position)
    t.write("LOAD_SPECIAL", enter, position)
    t.write("CALL", 0, position)
    t.grow(4)
    t.stack.extend((REAL, EXIT_SELF, REAL))
    t.moved = True
    return i + 1


@spelled(Op.WITH_ENTER)
def _with_enter(t: Transcriber, item: Instr, i: int) -> int:
    t.take(1)
    if "LOAD_SPECIAL" in t.table:
        return _special_methods(t, item, i, 0)
    if "BEFORE_WITH" in t.table:
        t.write("BEFORE_WITH", 0, item.position)
        t.push(2)
        return i + 1
    note = item.spelling.note if item.spelling is not None else None
    if not isinstance(note, Label):
        raise Unfit("no handler is named")
    t.push(1)
    t.jump(t.rule("SETUP_WITH").number, note, item.position)
    t.set_up(note, len(t.stack))
    t.push(1)
    return i + 1


def anext_sent(t: Transcriber, i: int) -> Label:
    """The place behind the send loop of the ``async for`` that ends at an item (3.14+)."""
    while i and t.items[i - 1].__class__ is Label:
        i -= 1
        label = t.items[i]
        if isinstance(label, Label) and label in t.sent:
            return t.sent[label]
    raise Unfit("not the first of its handler")


@spelled(Op.END_ASYNC_FOR)
def _end_async_for(t: Transcriber, item: Instr, i: int) -> int:
    if t.with_table and t.rule("END_ASYNC_FOR").operand:
        t.take(2)
        t.jump(t.rule("END_ASYNC_FOR").number, anext_sent(t, i), item.position)
        return i + 1
    t.write("END_ASYNC_FOR", 0, item.position)
    if t.with_table:
        t.take(2)
        return i + 1
    if t.stack[-7:] != [REAL, *HANDLER_SLOTS] or t.blocks[-1][0] != ENTERING:
        raise Unfit("not the first of its handler")
    del t.stack[-7:]
    t.blocks.pop()
    t.find_inner()
    return i + 1
