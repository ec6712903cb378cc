"""The loop that runs over instructions; what decode spends its time on.

What an instruction does to the tags of the stack is written out here for the opcodes that make
up most of all code; the others have a reader each (:mod:`.forms`, :mod:`.jumps`,
:mod:`.exceptions`). Locals instead of attributes: each step is taken millions of times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from ..ir.instr import Handler, Instr, Op
from ..ir.spelling import spelled
from ..opcodes.ghosts import EXIT_SELF, NULL, REAL
from .actions import (
    CALL,
    CELL,
    CHOICE,
    GLOBAL,
    METHOD,
    PLAIN,
    POP,
    SKIP,
    STORE_FAST,
)
from .blocks import FALLEN, RAISED_LASTI, Region

if TYPE_CHECKING:
    from .machine import Decoder

__all__ = ["run"]

#: Operands of calls without keywords.
_POSITIONAL = tuple((n, ()) for n in range(256))

#: Members of an Enum are slow to get at.
_CALL = Op.CALL
_ENTER_HANDLER = Op.ENTER_HANDLER
_LOAD_ATTR = Op.LOAD_ATTR
_LOAD_GLOBAL = Op.LOAD_GLOBAL
_POP = Op.POP
_RETURN = Op.RETURN
_STORE_LOCAL = Op.STORE_LOCAL

_NO_NAMES: Tuple[str, ...] = ()
_WITH_NULL = spelled("null")
_WITH_SELF = spelled("self")
_WITH_SELF_SLOT = spelled("method")


def run(d: Decoder) -> None:
    """Decode every block that can be reached.

    Raises:
        DecodeError: an opcode without a row, an operand out of range, or a stack that does
            not hold what an instruction takes.
    """
    raw, where = d.raw, d.positions
    opcodes, opargs = raw.opcodes, raw.opargs
    size = len(opcodes)
    actions = d.actions
    quiet, plain, choices, forms = actions.quiet, actions.plain, actions.choices, actions.forms
    kinds = raw.data.translate(actions.kinds_with_cells if d.cell_slots else actions.kinds)
    names, local_names = d.names, d.locals
    pools = (names, local_names, d.cells, d.consts)
    loads = [(op, pools[codec]) for op, codec in actions.loads]
    below, above = (REAL, NULL) if actions.null_above else (NULL, REAL)
    targets, marks, regions, with_table = d.targets, d.marks, d.regions, d.with_table
    stack, pending, work = d.stack, d.pending, d.work
    push, pop, add = stack.append, stack.pop, d.add
    handler: Optional[Handler]
    #: a Region or None; it is one wherever ``unresolved`` or ``late_from`` says so
    region: Any
    arg: Any
    #: instructions that raise nothing in a region whose handler is not known yet
    late: List[Tuple[Instr, Region]] = []
    i = 0
    try:
        while work or d.quiet_handlers():
            block = d.block = work.pop()
            items = d.items = block.items
            append = items.append
            stack[:] = block.stack
            pending.clear()
            d.kwnames = _NO_NAMES
            d.lasti = d.moved = False
            start = block.index
            if with_table:
                d.handler = None
                if block.entered == RAISED_LASTI:
                    d.begin_with_lasti()
            else:
                d.blocks = block.blocks[:]
                d.update_handler()
                if block.entered != FALLEN and not actions.ends_async_for[opcodes[start]]:
                    add(_ENTER_HANDLER, None, start)
            handler = d.handler
            region = None
            unresolved = False
            late_from = -1
            while True:
                # a stretch in one region, without a target of a jump inside
                if regions and regions[start] is not region:
                    region = regions[start]
                    handler = d.handler = None if region is None else region.handler
                    unresolved = region is not None
                    if unresolved and handler is None:
                        late_from = len(items)
                stop = marks.find(1, start + 1)
                if stop < 0:
                    stop = size
                for i, kind, oparg, position in zip(
                    range(start, stop), kinds[start:stop], opargs[start:stop], where[start:stop]
                ):
                    if unresolved:
                        silence = quiet[opcodes[i]]
                        if not silence:
                            handler = d.handler = d.enter_region(region)
                            unresolved = False
                            if late_from >= 0:
                                late += [(item, region) for item in items[late_from:]]
                                late_from = -1
                        elif handler is None and silence == 1 and region not in d.quiet_regions:
                            # it raises nothing: the stack may be in the middle of a change
                            d.quiet_regions[region] = stack[:]
                    if kind < SKIP:
                        push(REAL)
                        op, pool = loads[kind]
                        if pending:
                            add(op, pool[oparg], i)
                        else:
                            append(Instr(op, pool[oparg], handler, position))
                    elif kind >= PLAIN:
                        opcode = opcodes[i]
                        if kind == PLAIN:
                            action = plain[opcode]
                        elif kind == CHOICE:
                            action = choices[opcode].get(oparg) or actions.choice(opcode, oparg)
                        else:
                            action = None
                        if action is None:
                            reader = forms[opcode]
                            if reader is None:
                                raise d.error("an opcode without a row", i)
                            following = reader[0](d, i, oparg, reader[1])
                            handler = d.handler
                            if d.moved:
                                d.moved = False
                                unresolved = region is not None
                            if following != i + 1:
                                break
                            continue
                        op, codec, arg, pops, pushes = action
                        if codec <= CELL:
                            arg = pools[codec][oparg]
                        if pops == 1:
                            if pop():
                                raise d.error("takes a value, finds a ghost", i)
                        elif pops:
                            if len(stack) < pops or any(stack[-pops:]):
                                raise d.error(f"takes {pops} values from the slots {stack}", i)
                            del stack[-pops:]
                        if pushes == 1:
                            push(REAL)
                        elif pushes:
                            stack += [REAL] * pushes
                        if pending:
                            add(op, arg, i)
                        else:
                            append(Instr(op, arg, handler, position))
                    elif kind == SKIP:
                        continue
                    elif kind == CALL:
                        if oparg:
                            if len(stack) < oparg or any(stack[-oparg:]):
                                raise d.error(f"takes {oparg} values from the slots {stack}", i)
                            del stack[-oparg:]
                        high = pop()
                        low = pop()
                        push(REAL)
                        if low == below and high == above:
                            spelling = _WITH_NULL
                        elif low == high == REAL:
                            oparg += 1
                            spelling = _WITH_SELF
                        elif low == REAL and high == EXIT_SELF:
                            spelling = _WITH_NULL
                        else:
                            raise d.error(f"the slots {low}, {high} are no callable", i)
                        if d.kwnames:
                            add(_CALL, (oparg, d.kwnames), i, spelling.form, d.taken)
                            d.kwnames = _NO_NAMES
                        elif pending:
                            add(_CALL, (oparg, ()), i, spelling.form)
                        else:
                            arg = _POSITIONAL[oparg] if oparg < 256 else (oparg, ())
                            append(Instr(_CALL, arg, handler, position, spelling))
                        if region is not None and len(stack) <= region.depth:
                            unresolved = True
                    elif kind <= METHOD and kind != POP:
                        if pop():
                            raise d.error("takes a value, finds a ghost", i)
                        if kind == METHOD or oparg & 1:
                            name = names[oparg if kind == METHOD else oparg >> 1]
                            push(below)
                            push(above)
                            if pending:
                                add(_LOAD_ATTR, name, i, "method")
                            else:
                                append(Instr(_LOAD_ATTR, name, handler, position, _WITH_SELF_SLOT))
                        else:
                            push(REAL)
                            if pending:
                                add(_LOAD_ATTR, names[oparg >> 1], i)
                            else:
                                append(Instr(_LOAD_ATTR, names[oparg >> 1], handler, position))
                    elif kind == POP:
                        if pop():
                            d.vanish(i)
                            unresolved = region is not None
                        elif pending:
                            add(_POP, None, i)
                        else:
                            append(Instr(_POP, None, handler, position))
                    elif kind == GLOBAL:
                        name = names[oparg >> 1]
                        if oparg & 1:
                            push(below)
                            push(above)
                            if pending:
                                add(_LOAD_GLOBAL, name, i, "null")
                            else:
                                append(Instr(_LOAD_GLOBAL, name, handler, position, _WITH_NULL))
                        else:
                            push(REAL)
                            if pending:
                                add(_LOAD_GLOBAL, name, i)
                            else:
                                append(Instr(_LOAD_GLOBAL, name, handler, position))
                    elif kind == STORE_FAST:
                        if pending or stack[-1]:
                            d.store_local(oparg, i)
                            if d.moved:
                                d.moved = False
                                unresolved = region is not None
                        else:
                            pop()
                            append(Instr(_STORE_LOCAL, local_names[oparg], handler, position))
                    else:  # RETURN
                        if pop():
                            raise d.error("takes a value, finds a ghost", i)
                        if pending:
                            add(_RETURN, None, i)
                        else:
                            append(Instr(_RETURN, None, handler, position))
                        following = -1
                        break
                else:
                    following = stop
                if following < 0:
                    block.end = i + 1
                elif targets[following]:
                    block.end = following
                    block.next = d.at(following)
                    following = -1
                if following < 0 and pending and block.next is not None:
                    d.carry_on(block.next, i)
                if late_from >= 0:
                    late += [(item, region) for item in items[late_from:]]
                    late_from = -1
                if following < 0:
                    break
                start = following
                if start >= size:
                    raise d.error("runs off the end", size - 1)
    except IndexError as error:
        reason = f"operand {opargs[i]} is out of range" if stack else "the stack is empty"
        raise d.error(reason, i) from error
    if late:
        _give_handlers(d, late)


def _give_handlers(d: Decoder, late: List[Tuple[Instr, Region]]) -> None:
    """Let instructions that raise nothing go where those do of a region that leads to the same."""
    found = {
        (region.target, region.depth, region.lasti): region.handler
        for region in d.regions
        if region is not None and region.handler is not None
    }
    for instr, around in late:
        instr.handler = around.handler or found.get((around.target, around.depth, around.lasti))
