"""The loop that runs over instructions; what decode spends its time on.

What an instruction does to the tags of the stack is written out here for the opcodes that make
up most of all code; the others have a reader each (:mod:`.forms`, :mod:`.jumps`,
:mod:`.exceptions`). Locals instead of attributes: each step is taken millions of times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Tuple

from ..ir.instr import Instr, Op
from ..ir.spelling import spelled
from ..opcodes.ghosts import EXIT_SELF, REAL
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
from .blocks import Region

if TYPE_CHECKING:
    from .machine import Decoder

__all__ = ["run"]

#: Operands of calls without keywords.
_POSITIONAL = tuple((n, ()) for n in range(256))

#: Members of an Enum are slow to get at.
_CALL = Op.CALL
_LOAD_ATTR = Op.LOAD_ATTR
_LOAD_GLOBAL = Op.LOAD_GLOBAL
_POP = Op.POP
_RETURN = Op.RETURN
_STORE_LOCAL = Op.STORE_LOCAL

#: How many instructions the loop takes at once: what is cut out of the columns at a jump.
_STRETCH = 48

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
    actions, raw, where = d.actions, d.raw, d.positions
    opcodes, opargs = raw.opcodes, raw.opargs
    size = len(opcodes)
    kinds = raw.data.translate(actions.kinds_with_cells if d.cell_slots else actions.kinds)
    quiet, plain, choices, forms = actions.quiet, actions.plain, actions.choices, actions.forms
    loads, below, above = actions.loads, actions.below, actions.above
    names, local_names = d.names, d.locals
    pools = (names, local_names, d.cells, d.consts)
    targets, marks, regions = d.targets, d.marks, d.regions
    has_regions = bool(regions)
    stack, pending, work = d.stack, d.pending, d.work
    push, pop, add = stack.append, stack.pop, d.add
    #: a Region or None; it is one wherever ``unresolved`` or ``late_from`` says so
    region: Any
    arg: Any
    #: instructions that raise nothing in a region whose handler is not known yet
    late: List[Tuple[Instr, Region]] = []
    i = 0
    try:
        while work or d.quiet_handlers():
            block = work.pop()
            begun = start = block.index
            d.begin(block)
            items, handler = block.items, d.handler
            append = items.append
            region = None
            unresolved = has_regions
            late_from = -1
            while start >= 0:
                if start >= size:
                    raise d.error("runs off the end", size - 1)
                stop = start + _STRETCH
                stretch = zip(
                    range(start, size),
                    marks[start:stop],
                    kinds[start:stop],
                    opargs[start:stop],
                    where[start:stop],
                )
                start = stop
                for i, mark, kind, oparg, position in stretch:
                    if mark and i != begun:
                        if targets[i]:
                            target = block.next = d.at(i)
                            block.end = i
                            if pending:
                                d.carry_on(target, i - 1)
                            if late_from >= 0:
                                late += [(item, region) for item in items[late_from:]]
                                late_from = -1
                            if not work or work[-1] is not target:
                                start = -1
                                break
                            begun = i
                            block = work.pop()
                            d.begin(block)
                            items, handler = block.items, d.handler
                            append = items.append
                            region = None
                        unresolved = has_regions
                    if unresolved:
                        if regions[i] is not region:
                            if late_from >= 0:
                                late += [(item, region) for item in items[late_from:]]
                                late_from = -1
                            region = regions[i]
                            handler = d.handler = None if region is None else region.handler
                            if region is not None and handler is None:
                                late_from = len(items)
                        if region is None:
                            unresolved = False
                        elif not quiet[opcodes[i]]:
                            handler = d.handler = d.enter_region(region)
                            unresolved = False
                            if late_from >= 0:
                                late += [(item, region) for item in items[late_from:]]
                                late_from = -1
                        elif handler is None and quiet[opcodes[i]] == 1:
                            # it raises nothing: the stack may be in the middle of a change
                            d.quiet_regions.setdefault(region, stack[:])
                    if kind < SKIP:
                        push(REAL)
                        arg = pools[kind & 3][oparg]
                        if pending:
                            add(loads[kind], arg, i)
                        else:
                            append(Instr(loads[kind], arg, handler, position))
                        continue
                    if kind >= PLAIN:
                        opcode = opcodes[i]
                        if kind == PLAIN:
                            action = plain[opcode]
                        elif kind == CHOICE:
                            action = choices[opcode].get(oparg) or actions.choice(opcode, oparg)
                        else:
                            action = None
                        if action is not None:
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
                            continue
                        reader = forms[opcode]
                        if reader is None:
                            raise d.error("an opcode without a row", i)
                        following = reader[0](d, i, oparg, reader[1])
                        handler = d.handler
                        if d.moved:
                            d.moved = False
                            unresolved = has_regions
                        if following == i + 1:
                            continue
                        if following >= 0:
                            start = following
                            unresolved = has_regions
                            break
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
                        continue
                    elif kind == SKIP:
                        continue
                    elif kind <= METHOD:
                        if pop():
                            raise d.error("takes a value, finds a ghost", i)
                        if kind == METHOD or oparg & 1:
                            arg = names[oparg if kind == METHOD else oparg >> 1]
                            push(below)
                            push(above)
                            if pending:
                                add(_LOAD_ATTR, arg, i, "method")
                            else:
                                append(Instr(_LOAD_ATTR, arg, handler, position, _WITH_SELF_SLOT))
                        else:
                            push(REAL)
                            if pending:
                                add(_LOAD_ATTR, names[oparg >> 1], i)
                            else:
                                append(Instr(_LOAD_ATTR, names[oparg >> 1], handler, position))
                        continue
                    elif kind == POP:
                        if pop():
                            d.vanish(i)
                            unresolved = has_regions
                        elif pending:
                            add(_POP, None, i)
                        else:
                            append(Instr(_POP, None, handler, position))
                        continue
                    elif kind == GLOBAL:
                        arg = names[oparg >> 1]
                        if oparg & 1:
                            push(below)
                            push(above)
                            if pending:
                                add(_LOAD_GLOBAL, arg, i, "null")
                            else:
                                append(Instr(_LOAD_GLOBAL, arg, handler, position, _WITH_NULL))
                        else:
                            push(REAL)
                            if pending:
                                add(_LOAD_GLOBAL, arg, i)
                            else:
                                append(Instr(_LOAD_GLOBAL, arg, handler, position))
                        continue
                    elif kind == STORE_FAST:
                        if pending or stack[-1]:
                            d.store_local(oparg, i)
                            if d.moved:
                                d.moved = False
                                unresolved = has_regions
                        else:
                            pop()
                            append(Instr(_STORE_LOCAL, local_names[oparg], handler, position))
                        continue
                    else:  # RETURN
                        if pop():
                            raise d.error("takes a value, finds a ghost", i)
                        if pending:
                            add(_RETURN, None, i)
                        else:
                            append(Instr(_RETURN, None, handler, position))
                    # the block ends here; most often the next one starts behind it
                    block.end = i + 1
                    if pending and block.next is not None:
                        d.carry_on(block.next, i)
                    if late_from >= 0:
                        late += [(item, region) for item in items[late_from:]]
                        late_from = -1
                    if not work or work[-1].index != i + 1:
                        start = -1
                        break
                    begun = i + 1
                    block = work.pop()
                    d.begin(block)
                    items, handler = block.items, d.handler
                    append = items.append
                    region = None
                    unresolved = has_regions
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
