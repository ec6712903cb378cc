"""Readers of the forms of jumps, loops, ends and generators."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from ..ir.instr import Instr, Label, Op
from ..opcodes.ghosts import REAL
from ..opcodes.table import Rule
from .actions import form
from .forms import match_exception
from .machine import Decoder

# -- jumps


@form("jump")
def _jump(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    target = d.target(i, rule)
    plain = target != i + 1 and rule.value is None
    if rule.operand == "absolute":
        plain = plain and target <= i
    d.add(Op.JUMP, d.at(target).ref(), i, "" if plain else rule.name)
    return -1


def _branch_to(
    d: Decoder, i: int, rule: Rule, when: bool, note: Optional[Tuple[Any, ...]] = None
) -> int:
    """End the block with a BRANCH that jumps when the value is ``when``.

    The note, where there is one, says whether the jump is guarded as its test is, where the
    test stands, and whether NOT_TAKEN is guarded as the jump is.
    """
    target = d.target(i, rule)
    if d.actions.has_not_taken and d.regions and d.regions[i] is not None:
        if d.regions[i + 1] is None:
            # the compiler put NOT_TAKEN into a new block, which has no row in the table
            guarded, where = note or (True, d.positions[i])
            note = guarded, where, False
    jumped, fallen = d.at(target), d.at(i + 1)
    labels = (jumped.ref(), fallen.ref()) if when else (fallen.ref(), jumped.ref())
    # which way follows is plain but where both do, or where the order may change (3.8)
    hint = rule.name if target == i + 1 or d.actions.calls_finally else ""
    d.add(Op.BRANCH, labels, i, hint, note)
    d.block.next = fallen
    return -1


@form("branch")
def _branch(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if d.stack.pop():
        raise d.error("takes a value, finds a ghost", i)
    note: Optional[Tuple[Any, ...]] = None
    tested, handler = d.tested
    if tested == i - 1 and d.block.index < i:
        guarded = handler is d.handler
        if not guarded:
            # the test may raise; the jump behind it, which the compiler put there late, may not
            d.handler = handler
        where = d.positions[tested]
        if not guarded or where != d.positions[i]:
            note = guarded, where
    elif d.block.index < i and d.regions and d.regions[i - 1] is not d.regions[i]:
        last = d.items[-1] if d.items else None
        if isinstance(last, Instr) and last.op is Op.COMPARE and _asks_for_truth(d, i - 1):
            # as with TO_BOOL: it is the comparison that asks for the truth of what it gives
            d.handler = last.handler
            note = False, d.positions[i]
    return _branch_to(d, i, rule, rule.value, note)


def _asks_for_truth(d: Decoder, i: int) -> bool:
    """Whether an instruction is a COMPARE_OP with the bit that makes a bool (3.13+)."""
    meanings, oparg = d.table.rules[d.raw.opcodes[i]].value, d.raw.opargs[i]
    return bool(oparg & 16) and meanings.get(oparg ^ 16) == meanings.get(oparg)


@form("branch_none")
def _branch_none(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.pop_real(i)
    d.add(Op.LOAD_CONST, None, i, rule.name)
    d.add(Op.IS, False, i)
    return _branch_to(d, i, rule, rule.value)


@form("branch_exc")
def _branch_exc(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    match_exception(d, i, rule.name)
    return _branch_to(d, i, rule, False)


@form("branch_keep")
def _branch_keep(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    if not d.stack or d.stack[-1] != REAL:
        raise d.error("no value", i)
    jumped = d.at(d.target(i, rule))
    d.stack.pop()
    fallen = d.at(i + 1)
    drop = d.synthetic(i, fallen)
    d.add(Op.COPY, 1, i, rule.name)
    labels = (jumped.ref(), drop.ref()) if rule.value else (drop.ref(), jumped.ref())
    d.add(Op.BRANCH, labels, i)
    drop.items.append(Instr(Op.POP, None, d.handler, d.positions[i]))
    d.block.next = drop
    return -1


@form("for_iter")
def _for_iter(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.pop_real(i)
    end = d.at(d.target(i, rule) + rule.value)
    d.stack.extend((REAL, REAL))
    d.add(Op.FOR_ITER, end.ref(), i)
    return i + 1


# -- ends, generators


@form("return")
def _return(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.RETURN, None, i)
    return -1


@form("raise")
def _raise(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.RAISE, oparg, i)
    return -1


@form("yield")
def _yield(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    d.plain(Op.YIELD, None, i)
    return i + 1


@form("send")
def _send(d: Decoder, i: int, oparg: int, rule: Rule) -> int:
    forms = [d.table.rules[opcode].form for opcode in d.raw.opcodes[i + 1 : i + 4]]
    if forms != ["yield", "skip", "jump"]:
        raise d.error(f"not the head of a yield-from loop: {forms}", i)
    done = d.target(i, rule)
    note = None
    thrown = d.regions[i + 1] if d.regions and "CLEANUP_THROW" in d.table else None
    if thrown is not None:
        # where the loop handles a throw, and where that goes on
        fail, sent = Label("thrown"), Label("sent")
        inside = i < thrown.target < done
        note = fail, sent, inside
        if not inside:
            d.thrown[thrown.target], d.sent[done] = fail, sent
    d.plain(Op.YIELD_FROM, None, i, "", note)
    return done + int(rule.value)
