"""Writers of the transcriber: 3.8's ``finally`` and the end of its ``with``.

Source: ``END_FINALLY``, ``CALL_FINALLY`` and ``WITH_CLEANUP_*`` in 3.8's ``Python/ceval.c``.
"""

from __future__ import annotations

from typing import Any, Callable, Dict

from ...ir.instr import Instr, Label, Op
from ...opcodes.ghosts import HANDLER_SLOTS, NONE, NULL, REAL, RETURN_ADDRESS, TB, TYPE
from .machine import OPEN, Transcriber
from .writers import Unfit, spelled

__all__ = ["GHOSTS", "close_handler", "pop_exception", "with_cleanup"]

_OPEN_HANDLER = list(HANDLER_SLOTS[:3])


def _begin_finally(t: Transcriber, item: Instr, oparg: Any) -> None:
    t.stack.append(NULL)
    t.grow(5)  # CPython counts six slots, to balance END_FINALLY


def _call_finally(t: Transcriber, item: Instr, oparg: Any) -> None:
    if t.copies is None or not _falls(item):
        raise Unfit("no copy of the finally that is called")
    # one for each copy: two calls that lead to the same copy go back to the same place
    address = RETURN_ADDRESS + t.labels[item.arg]
    t.copies.call(address)
    t.stack.append(address)
    t.grow()


def _end_finally(t: Transcriber, item: Instr, oparg: Any) -> None:
    top = t.stack.pop()
    if top >= RETURN_ADDRESS and t.copies is not None and _falls(item):
        t.copies.come_back(top, item.arg)
    elif top != NULL:
        raise Unfit("the finally was entered in another way")


def _pop_finally(t: Transcriber, item: Instr, oparg: Any) -> None:
    if oparg:
        t.take(1)
    top = t.stack.pop()
    if top != NULL and top < RETURN_ADDRESS:
        raise Unfit("the finally was entered in another way")
    if oparg:
        t.push()


def _falls(item: Instr) -> bool:
    """Whether a JUMP stands for no instruction."""
    return item.op is Op.JUMP and item.spelling is not None and item.spelling.form == "fall"


#: What the ghosts of 3.8's ``finally`` do to the slots, by form.
GHOSTS: Dict[str, Callable[[Transcriber, Instr, Any], None]] = {
    "begin_finally": _begin_finally,
    "call_finally": _call_finally,
    "end_finally": _end_finally,
    "pop_finally": _pop_finally,
}


@spelled("pop_finally")
def _leave_handler(t: Transcriber, item: Instr, i: int) -> int:
    """POP_FINALLY of a body that an exception entered: it is dropped, its handler closed."""
    note = item.spelling.note if item.spelling is not None else None
    if item.op is Op.SWAP:
        t.next_instr(i + 1, Op.POP)
        if item.arg != 2 or note != 1:
            raise Unfit("not POP_FINALLY")
        i += 1
    elif item.op is not Op.POP or note != 0:
        raise Unfit("not POP_FINALLY")
    t.next_instr(i + 1, Op.POP_EXCEPT)
    oparg = int(item.op is Op.SWAP)
    t.take(oparg)
    pop_exception(t)
    close_handler(t)
    t.write("POP_FINALLY", oparg, item.position)
    t.push(oparg)
    return i + 2


@spelled("with_cleanup_start")
def _leave_with(t: Transcriber, item: Instr, i: int) -> int:
    """``__exit__(None, None, None)``."""
    if item.op is not Op.LOAD_CONST or item.arg is not None:
        raise Unfit("not WITH_CLEANUP_START")
    for index in (i + 1, i + 2):
        if t.next_instr(index, Op.LOAD_CONST).arg is not None:
            raise Unfit("not WITH_CLEANUP_START")
    if t.next_instr(i + 3, Op.CALL).arg != (3, ()) or t.stack[-2:] != [REAL, NULL]:
        raise Unfit("not WITH_CLEANUP_START")
    t.write("WITH_CLEANUP_START", 0, item.position)
    t.stack[-2:] = [NULL, NONE, REAL]
    following = t.items[i + 4]
    awaited = isinstance(following, Instr) and following.op is Op.GET_AWAITABLE
    t.grow(6 + awaited)  # counted as CPython does, see BEGIN_FINALLY
    t.moved = True
    return i + 4


def with_cleanup(t: Transcriber, item: Instr, i: int) -> int:
    """``__exit__`` with the exception."""
    if t.stack[-7:] != [REAL, *HANDLER_SLOTS]:
        raise Unfit("no __exit__ where it has to be")
    t.write("WITH_CLEANUP_START", 0, item.position)
    t.stack.extend((TYPE, REAL))
    t.grow()
    t.moved = True
    return i + 1


@spelled("with_cleanup_finish")
def _finish_with(t: Transcriber, item: Instr, i: int) -> int:
    stack = t.stack
    if item.op is Op.POP:
        t.take(1)
        if not stack or stack.pop() != NONE:
            raise Unfit("not WITH_CLEANUP_FINISH")
        t.write("WITH_CLEANUP_FINISH", 0, item.position)
        t.moved = True
        return i + 1
    if item.op is not Op.BRANCH or t.copies is None:
        raise Unfit("not WITH_CLEANUP_FINISH")
    yes, no = item.arg
    t.take(1)
    if stack[-8:] != [REAL, *HANDLER_SLOTS, TYPE] or t.blocks[-1][0] != OPEN:
        raise Unfit("not WITH_CLEANUP_FINISH")
    stack.pop()
    t.write("WITH_CLEANUP_FINISH", 0, item.position)
    t.arrive(no)
    t.fall(no, i + 1)
    # suppressed: POP; POP_EXCEPT; POP, all done by that instruction
    place = t.labels[yes] + 1
    for op in (Op.POP, Op.POP_EXCEPT, Op.POP):
        t.next_instr(place, op)
        place += 1
    following = t.items[place]
    if isinstance(following, Instr):
        if not _falls(following):
            raise Unfit("not WITH_CLEANUP_FINISH")
        following = following.arg
    t.absorb(yes)
    del stack[-7:]
    t.blocks.pop()
    stack.append(NULL)
    if not isinstance(following, Label) or following.place != no.place:
        raise Unfit("not WITH_CLEANUP_FINISH")
    t.arrive(following)
    return ~(i + 1)


def close_handler(t: Transcriber) -> None:
    """Up to 3.10: the three slots and the block of an open handler."""
    if t.stack[-3:] != _OPEN_HANDLER or not t.blocks or t.blocks[-1][0] != OPEN:
        raise Unfit("no open handler on top")
    del t.stack[-3:]
    t.blocks.pop()
    t.find_inner()


def pop_exception(t: Transcriber) -> None:
    """Up to 3.10: type, value and traceback."""
    if t.stack[-3:] != [TB, REAL, TYPE]:
        raise Unfit("no exception on top")
    del t.stack[-3:]
