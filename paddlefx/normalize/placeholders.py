"""A constant that is only ever thrown away  ->  nothing.

3.8 puts a None under a ``try`` whose ``finally`` returns, to keep its block stack even, and
every way out pops it again. Handlers that keep it keep a value less then, and exchanges that
reach below it reach less deep.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Set, Tuple

from ..ir.body import Body, Edge, Node
from ..ir.effects import effect
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice
from .values import Slot, Values

__all__ = ["drop_placeholders"]

#: Operations whose operand is a place on the stack, with how much they pop first.
_PLACES = {
    Op.COPY: 0,
    Op.LIST_APPEND: 1,
    Op.SET_ADD: 1,
    Op.MAP_ADD: 2,
    Op.LIST_EXTEND: 1,
    Op.SET_UPDATE: 1,
    Op.DICT_UPDATE: 1,
    Op.DICT_MERGE: 1,
}


def drop_placeholders(program: Program, body: Body) -> None:
    """Take out one constant after the other, with its pops."""
    tried: Set[Node] = set()
    while True:
        pops = [node for node in body.walk() if node.op is Op.POP]
        if not pops:
            return
        values = Values(body)
        for pop in pops:
            load = values.only(values.operands(pop)[0], Op.LOAD_CONST)
            if load is not None and load not in tried:
                tried.add(load)
                if _drop(body, values, load):
                    break
        else:
            return


def _drop(body: Body, values: Values, load: Node) -> bool:
    """Take a constant out if nothing but POP takes it."""
    slot: Slot = frozenset((load,))
    changes: List[Tuple[Node, List[Node]]] = [(load, [])]
    places: Dict[Node, int] = {}
    handlers: Dict[Node, Edge] = {}
    for node, stack in values.before.items():
        if slot not in stack:
            if any(load in other for other in stack):
                return False
            continue
        if stack.count(slot) != 1:
            return False
        place = stack.index(slot)
        handler = node.handler
        if handler is not None and handler.depth > place:
            handlers[node] = handler._replace(depth=handler.depth - 1)
        above = len(stack) - place
        if node.op is Op.SWAP:
            swaps = _without(node.arg, above)
            if swaps is not None:
                changes.append((node, [node.like(Op.SWAP, i) for i in swaps]))
            continue
        if node.op is Op.POP and above == 1:
            changes.append((node, []))
        elif node.op in _PLACES:
            pops = _PLACES[node.op]
            reach = node.arg + pops
            if above <= pops or above == reach:
                return False
            if reach > above:
                places[node] = node.arg - 1
        elif node.op is not Op.JUMP and above <= effect(node.op, node.arg).needs:
            return False
    splice = Splice(body)
    for node, nodes in changes:
        splice.replace(node, nodes)
    for node, arg in places.items():
        node.arg = arg
    for node, edge in handlers.items():
        node.handler = edge
    splice.apply()
    return True


def _without(swap: int, above: int) -> Optional[List[int]]:
    """The exchanges that do what SWAP does, without the value that is ``above``-th from the top.

    ``None`` where SWAP doesn't reach it.
    """
    if above > swap:
        return None
    if above == swap:
        return list(range(swap - 1, 1, -1))
    if above == 1:
        return list(range(2, swap))
    return [swap - 1]
