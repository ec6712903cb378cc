"""The pass over a program's items; what transcribing spends its time on.

What most items need is written out here; the others have a writer each (:mod:`.writers`).
Locals instead of attributes: each step is taken millions of times.
"""

from __future__ import annotations

from typing import Optional

from ...ir.instr import Handler, Instr, Label, Op
from ...opcodes.ghosts import REAL
from .control import finish_throws
from .ghosts import ghosts
from .machine import Transcriber
from .rows import finish_rows
from .unreached import unreached
from .writers import CHOICE, INT, LOCAL, NAME, NONE, Action, Unfit

__all__ = ["run"]

_PASSES = 12
_NO_HANDLER = Handler(Label("none"), 0, 0)


def run(t: Transcriber) -> None:
    """Write everything that can be reached.

    The pass is repeated where control comes to a label from further on in another state than
    expected: with fewer locals bound for certain, or to a place that nothing else leads to.

    Raises:
        Unfit: the hints don't fit.
    """
    for _ in range(_PASSES):
        _pass(t)
        if not t.again:
            break
        t.begin()
    else:
        raise Unfit("too many passes")
    finish_throws(t)
    if t.copies is not None:
        t.stream = t.copies.merge()
    finish_rows(t)


def _pass(t: Transcriber) -> None:
    items, writers = t.items, t.writers
    actions, forms, checks = writers.actions, writers.forms, writers.checks
    stream, stack = t.stream, t.stack
    put, put_oparg, put_place = (
        stream.numbers.append,
        stream.opargs.append,
        stream.positions.append,
    )
    slots, cells = t.slots, t.cells
    const, name_of = t.pools.const, t.pools.name
    load_const = t.table["LOAD_CONST"].number
    load_fast = t.table["LOAD_FAST"].number
    borrowed, borrow = t.borrowed, load_fast
    if "LOAD_FAST_BORROW" in t.table:
        borrow = t.table["LOAD_FAST_BORROW"].number
    small = t.table.get("LOAD_SMALL_INT")
    store_fast = t.table["STORE_FAST"].number
    deepest, floor = t.stacksize, 0
    current: Optional[Handler] = None
    index, size = 0, len(items)
    alive = True
    while index < size:
        item = items[index]
        if item.__class__ is Label:
            alive = t.at_label(item, alive)  # type: ignore[arg-type]
            current, floor = _NO_HANDLER, 0
            index += 1
            continue
        if not alive:
            index += 1
            continue
        assert isinstance(item, Instr)
        spelling = item.spelling
        if spelling is not None and spelling.before:
            t.item = item
            ghosts(t, item, spelling.before)
            current = _NO_HANDLER
        if item.handler is not current:
            current = item.handler if t.protect(item, item.handler) else _NO_HANDLER
            floor = t.floor
        op = item.op
        special: Action = None
        if spelling is not None and spelling.form:
            special = forms.get(spelling.form)
        if special is None:
            if op is Op.LOAD_LOCAL:
                slot = slots.get(item.arg)
                if slot is not None and (not checks or t.mask >> slot & 1):
                    put(borrow if index in borrowed else load_fast)
                    put_oparg(slot)
                    put_place(item.position)
                    stack.append(REAL)
                    if len(stack) > deepest:
                        deepest = len(stack)
                    index += 1
                    continue
            elif op is Op.LOAD_CONST:
                arg = item.arg
                if small is not None and arg.__class__ is int and 0 <= arg < 256:
                    put(small.number)
                    put_oparg(arg)
                else:
                    put(load_const)
                    put_oparg(const(arg))
                put_place(item.position)
                stack.append(REAL)
                if len(stack) > deepest:
                    deepest = len(stack)
                index += 1
                continue
            elif op is Op.STORE_LOCAL:
                slot = slots[item.arg]
                if stack.pop() or len(stack) < floor:
                    raise Unfit("a value was wanted")
                put(store_fast)
                put_oparg(slot)
                put_place(item.position)
                if checks:
                    t.mask |= 1 << slot
                index += 1
                continue
            special = actions[op]
        if special.__class__ is not tuple:
            if special is None:
                raise Unfit(op.value)
            t.item = item
            index = special(t, item, index)  # type: ignore[operator]
            if t.moved:
                current = _NO_HANDLER
                t.moved = False
            if index < 0:
                alive = False
                index = ~index
                last = items[index - 1].spelling  # type: ignore[union-attr]
                if last is not None and last.after:
                    unreached(t, last.after)
            continue
        number, codec, fixed, pops, pushes, looked, dynamic = special  # type: ignore[misc]
        arg = item.arg
        if dynamic is not None:
            _, pops, pushes = dynamic(arg)
        if codec == NAME:
            oparg = name_of(arg)
        elif codec == CHOICE:
            number, oparg = fixed[arg]
        elif codec == NONE:
            oparg = 0
        elif codec == INT:
            oparg = arg
        elif codec == LOCAL:
            oparg = slots[arg]
        else:
            oparg = cells[arg]
        if pops == 1:
            if stack.pop():
                raise Unfit("a value was wanted")
        elif pops == 2:
            if stack.pop() or stack.pop():
                raise Unfit("two values were wanted")
        elif pops:
            if len(stack) < pops or any(stack[-pops:]):
                raise Unfit("values were wanted")
            del stack[-pops:]
        if len(stack) + looked < floor:
            raise Unfit("below what the handler keeps")
        put(number)
        put_oparg(oparg)
        put_place(item.position)
        if pushes:
            if pushes == 1:
                stack.append(REAL)
            else:
                stack.extend([REAL] * pushes)
            if len(stack) > deepest:
                deepest = len(stack)
        index += 1
    if alive:
        raise Unfit("control runs off the end")
    if deepest > t.stacksize:
        t.stacksize = deepest
