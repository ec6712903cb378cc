"""Readers of the forms that deal with handlers, ``with`` and 3.8's ``finally``."""

from __future__ import annotations

from ..ir.instr import Instr, Op
from ..opcodes.ghosts import (
    DEAD,
    EXIT_SELF,
    NONE,
    NULL,
    PREV,
    PREV_COPY,
    PREV_REST,
    REAL,
    RETURN_ADDRESS,
    TB,
    TYPE,
)
from ..opcodes.table import Rule
from .actions import form
from .machine import Decoder

# -- every version


@form("reraise")
def _reraise(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    note = oparg or None
    if rule.value:
        _pop_exception(d, i)
    else:
        d.pop_real(i)
    d.add(Op.RERAISE, None, i, "", note)
    return -1


def _pop_exception(d: Decoder, i: int) -> None:
    """Up to 3.10: type, value and traceback."""
    d.pop_ghost(i, TYPE)
    d.pop_real(i)
    d.pop_ghost(i, TB)
    d.moved = True


@form("enter_handler")
def _enter_handler(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.pop_real(i)
    d.stack.extend((PREV, REAL))
    d.moved = True
    d.add(Op.ENTER_HANDLER, None, i)
    return i + 1


@form("pop_except")
def _pop_except(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if d.with_table:
        if d.stack and d.stack[-1] == PREV_COPY:
            d.stack.pop()
            for place in range(len(d.stack) - 1, -1, -1):
                if d.stack[place] == PREV:
                    d.stack[place] = DEAD
                    break
        else:
            d.pop_ghost(i, PREV)
        d.moved = True
        d.add(Op.POP_EXCEPT, None, i)
    else:
        _close_handler(d, i)
    return i + 1


def _close_handler(d: Decoder, i: int) -> None:
    """Up to 3.10: the three slots and the block of an open handler."""
    d.add(Op.POP_EXCEPT, None, i)
    d.pop_ghost(i, PREV_REST, PREV_REST, PREV)
    if not d.blocks or not d.blocks.pop()[0]:
        raise d.error("no open handler on the block stack", i)
    d.update_handler()


@form("with_except_start")
def _with_except_start(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.stack.append(REAL)
    d.add(Op.WITH_EXCEPT_START, None, i)
    return i + 1


@form("special")
def _special(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    """COPY 1; LOAD_SPECIAL __exit__; SWAP 2; SWAP 3; LOAD_SPECIAL __enter__; CALL 0.

    The methods are looked up before either is called, as WITH_ENTER does, but ``__exit__``
    first. What stays of it is a pair of slots: the function, and its self or NULL.
    """
    raw, rules = d.raw, d.table.rules
    copied = d.items[-1] if d.items else None
    tail = [
        (rules[opcode].name, operand)
        for opcode, operand in zip(raw.opcodes[i + 1 : i + 5], raw.opargs[i + 1 : i + 5])
    ]
    if (
        not isinstance(copied, Instr)
        or copied.op is not Op.COPY
        or not oparg & 1
        or tail != [("SWAP", 2), ("SWAP", 3), (rule.name, oparg - 1), ("CALL", 0)]
    ):
        raise d.error(f"not the head of a with statement: {tail}", i)
    d.items.pop()
    if copied.spelling is not None:
        d.pending[:0] = copied.spelling.before
    d.pop_real(i, 2)
    d.stack.extend((REAL, EXIT_SELF, REAL))
    d.moved = True
    d.add(Op.WITH_ENTER if oparg == 1 else Op.ASYNC_WITH_ENTER, None, i)
    return i + 5


@form("end_async_for")
def _end_async_for(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if rule.value == 6:
        _pop_exception(d, i)
        d.pop_ghost(i, PREV_REST, PREV_REST, PREV)
        d.pop_real(i)
        d.add(Op.END_ASYNC_FOR, None, i)
        if not d.blocks or not d.blocks.pop()[0]:
            raise d.error("no open handler on the block stack", i)
        d.update_handler()
    else:
        d.plain(Op.END_ASYNC_FOR, None, i)
    return i + 1


# -- block stack, up to 3.10


@form("setup_finally")
def _setup_finally(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.vanish(i)
    d.blocks.append((False, d.target(i, rule), len(d.stack)))
    d.update_handler()
    _name_block(d)
    return i + 1


@form("setup_with")
def _setup_with(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.WITH_ENTER, None, i, rule.name)
    entered = d.items[-1]
    d.blocks.append((False, d.target(i, rule), len(d.stack) - 1))
    d.update_handler()
    if isinstance(entered, Instr) and entered.spelling is not None and d.handler is not None:
        entered.spelling = entered.spelling._replace(note=d.handler.label)
    return i + 1


@form("setup_async_with")
def _setup_async_with(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.vanish(i)
    d.blocks.append((False, d.target(i, rule), len(d.stack) - 1))
    d.update_handler()
    _name_block(d)
    return i + 1


def _name_block(d: Decoder) -> None:
    """Let the hint of a SETUP_* say where the block leads."""
    if d.handler is not None:
        d.pending[-1] = d.pending[-1]._replace(oparg=d.handler.label)


@form("pop_block")
def _pop_block(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if not d.blocks or d.blocks.pop()[0]:
        raise d.error("no try block on the block stack", i)
    d.vanish(i)
    d.update_handler()
    return i + 1


# -- 3.8's finally: what is on top of the stack says how it was entered


@form("begin_finally")
def _begin_finally(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.stack.append(NULL)
    d.vanish(i)
    return i + 1


@form("call_finally")
def _call_finally(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.stack.append(RETURN_ADDRESS + i + 1)
    d.vanish(i)
    d.block.next = d.at(d.target(i, rule))
    return -1


@form("end_finally")
def _end_finally(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    top = d.stack[-1] if d.stack else REAL
    if top == NULL:
        d.stack.pop()
        d.vanish(i)
        return i + 1
    if top >= RETURN_ADDRESS:
        d.stack.pop()
        d.vanish(i)
        d.block.next = d.at(top - RETURN_ADDRESS)
        return -1
    _pop_exception(d, i)
    d.add(Op.RERAISE, None, i)
    return -1


@form("pop_finally")
def _pop_finally(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if oparg:
        d.pop_real(i)
    top = d.stack[-1] if d.stack else REAL
    if top == NULL or top >= RETURN_ADDRESS:
        d.stack.pop()
        d.vanish(i)
    else:
        if oparg:
            d.add(Op.SWAP, 2, i, rule.name, oparg)
            d.add(Op.POP, None, i)
        else:
            d.add(Op.POP, None, i, rule.name, oparg)
        _pop_exception(d, i)
        _close_handler(d, i)
    if oparg:
        d.stack.append(REAL)
    return i + 1


@form("with_cleanup_start")
def _with_cleanup_start(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if d.stack and d.stack[-1] == NULL:
        d.pop_ghost(i, NULL)
        for hint in (rule.name, "", ""):
            d.plain(Op.LOAD_CONST, None, i, hint)
        d.pop_real(i, 4)
        d.add(Op.CALL, (3, ()), i, rule.name)
        d.stack.extend((NULL, NONE, REAL))
    else:
        if not d.stack or d.stack[-1] != TYPE:
            raise d.error("no exception", i)
        # __exit__ stays where it is, as from 3.9 on; CPython takes it off and pads below
        d.stack.extend((TYPE, REAL))
        d.add(Op.WITH_EXCEPT_START, None, i)
    return i + 1


@form("with_cleanup_finish")
def _with_cleanup_finish(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.pop_real(i)
    if d.stack[-1] == NONE:
        d.stack.pop()
        d.add(Op.POP, None, i, rule.name)
        return i + 1
    d.pop_ghost(i, TYPE)
    raised = d.at(i + 1)
    inside = d.handler
    # suppressed: the exception, its handler and __exit__ go
    d.pop_ghost(i, TYPE)
    d.pop_real(i)
    d.pop_ghost(i, TB, PREV_REST, PREV_REST, PREV)
    d.pop_real(i)
    if not d.blocks or not d.blocks.pop()[0]:
        raise d.error("no open handler on the block stack", i)
    d.update_handler()
    d.stack.append(NULL)
    suppressed = d.synthetic(i, d.at(i + 1))
    position = d.positions[i]
    suppressed.items.append(Instr(Op.POP, None, inside, position))
    suppressed.items.append(Instr(Op.POP_EXCEPT, None, inside, position))
    suppressed.items.append(Instr(Op.POP, None, d.handler, position))
    d.handler = inside
    d.add(Op.BRANCH, (suppressed.ref(), raised.ref()), i, rule.name)
    d.block.next = raised
    return -1
