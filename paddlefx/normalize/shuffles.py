"""Runs of COPY, SWAP, POP, STORE_LOCAL and RESTORE_LOCAL  ->  one run for each effect.

3.11 and later exchange the stores of ``a, b = b, a`` where earlier versions exchange the
values, and rotations are spelled in as many ways as there are versions (``apply_static_swaps``
in ``Python/flowgraph.c``). A run is followed through joins; its effect (what ends up where) is
written anew: what is restored first, then stores and pops from the top down, then copies, then
exchanges. Of two stores to
one local the last stays. BUILD_TUPLE and UNPACK_SEQUENCE of one length are a run's exchange too,
and a COPY of a constant is a LOAD_CONST. The order in which values that nothing refers to are
freed may change.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Set, Tuple

from ..ir.body import Body, Edge, Node
from ..ir.constants import constant_key
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["copy_constants", "rewrite_shuffles"]

_SHUFFLES = frozenset({Op.COPY, Op.SWAP, Op.POP, Op.STORE_LOCAL, Op.RESTORE_LOCAL})


def rewrite_shuffles(program: Program, body: Body) -> None:
    """Write each run in its one way."""
    made: Dict[Node, Node] = {}
    for node in list(body.walk()):
        for place, following in enumerate(node.succ):
            if _in_run(following) and not _in_run(node):
                node.succ[place] = _rewritten(following, made)
        if node.handler is not None and _in_run(node.handler.node):
            _rewritten(node.handler.node, made)
    if _in_run(body.entry):
        body.entry = _rewritten(body.entry, made)
    for node in body.walk():
        handler = node.handler
        if handler is not None and handler.node in made:
            node.handler = handler._replace(node=made[handler.node])


def copy_constants(program: Program, body: Body) -> None:
    """Load a constant again where it was copied."""
    preceding = body.predecessors()
    for load in list(preceding):
        node = load
        while node.op is Op.LOAD_CONST:
            following = node.succ[0]
            if following.op is not Op.COPY or following.arg != 1 or len(preceding[following]) != 1:
                break
            following.op, following.arg, following.spelling = Op.LOAD_CONST, node.arg, None
            node = following
        if load.op is Op.LOAD_CONST:
            _between(load)


def _between(load: Node) -> None:
    """A constant in the middle of a chain of comparisons, once for each of them."""
    first = load.succ[0]
    second = first.succ[0] if first.succ else first
    if first.op is Op.SWAP and first.arg == 2 and second.op is Op.COPY and second.arg == 2:
        load.succ = [first.like(Op.SWAP, 2, [second.like(Op.LOAD_CONST, load.arg, second.succ)])]
    elif first.op is Op.LOAD_CONST and second.op is Op.SWAP and second.arg == 3:
        third = second.succ[0]
        if constant_key(first.arg) == constant_key(load.arg) and third.op is Op.SWAP:
            if third.arg == 2:
                again = first.like(Op.LOAD_CONST, load.arg, third.succ)
                load.succ = [second.like(Op.SWAP, 2, [again])]


def _reverses(node: Node) -> bool:
    return (
        node.op is Op.BUILD_TUPLE
        and node.arg > 1
        and node.succ[0].op is Op.UNPACK_SEQUENCE
        and node.succ[0].arg == node.arg
    )


def _in_run(node: Node) -> bool:
    return node.op in _SHUFFLES or _reverses(node)


def _rewritten(first: Node, made: Dict[Node, Node]) -> Node:
    if first in made:
        return made[first]
    run: List[Node] = []
    seen: Set[Node] = set()
    node = first
    while _in_run(node) and node not in seen:
        seen.add(node)
        run.append(node)
        node = node.succ[0]
        if run[-1].op is Op.BUILD_TUPLE:
            node = node.succ[0]
    effect = _Effect()
    for one in run:
        effect.add(one)
    after = node
    handler: Optional[Edge] = first.handler
    if any(one.handler != handler for one in run):
        handler = None
    chain = [
        Node(op, arg, (), handler, first.position, None, first.place)
        for op, arg in effect.written()
    ]
    for one, following in zip(chain, [*chain[1:], after]):
        one.succ = [following]
    made[first] = chain[0] if chain else after
    return made[first]


class _Effect:
    """What a run does: slots are numbered from the top of the stack that it finds, up from 1."""

    def __init__(self) -> None:
        self.stack: List[int] = []
        self.depth = 0
        self.stores: Dict[str, int] = {}
        self.restored: List[str] = []

    def _need(self, count: int) -> None:
        while len(self.stack) < count:
            self.depth += 1
            self.stack.insert(0, self.depth)

    def add(self, node: Node) -> None:
        op, stack = node.op, self.stack
        if op is Op.COPY:
            self._need(node.arg)
            stack.append(stack[-node.arg])
        elif op is Op.SWAP:
            self._need(node.arg)
            stack[-1], stack[-node.arg] = stack[-node.arg], stack[-1]
        elif op is Op.BUILD_TUPLE:
            self._need(node.arg)
            stack[-node.arg :] = stack[: -node.arg - 1 : -1]
        elif op is Op.RESTORE_LOCAL:
            self.restored.append(node.arg)
            self.stores.pop(node.arg, None)
        else:
            self._need(1)
            slot = stack.pop()
            if op is Op.STORE_LOCAL:
                self.stores[node.arg] = slot

    def written(self) -> List[Tuple[Op, object]]:
        """The one way of doing it."""
        goal = list(self.stack)
        start = list(range(self.depth, 0, -1))
        stores: Dict[int, List[str]] = {}
        for name, slot in sorted(self.stores.items()):
            stores.setdefault(slot, []).append(name)
        while start and goal and start[0] == goal[0] and start[0] not in stores:
            if start[0] in goal[1:]:
                break
            del start[0], goal[0]
        result: List[Tuple[Op, object]] = [(Op.RESTORE_LOCAL, n) for n in sorted(self.restored)]
        stack = start
        while stack and (stack[-1] in stores or stack[-1] not in goal):
            dead = stack[-1] not in goal
            names = stores.pop(stack[-1], [])
            for name in names[: len(names) - 1 if dead else None]:
                result += [(Op.COPY, 1), (Op.STORE_LOCAL, name)]
            if dead:
                result.append((Op.STORE_LOCAL, names[-1]) if names else (Op.POP, None))
                stack.pop()
        for place in range(len(stack) - 1, -1, -1):
            for name in stores.pop(stack[place], []):
                result += [(Op.COPY, len(stack) - place), (Op.STORE_LOCAL, name)]
        for place in range(len(stack) - 1, -1, -1):
            if stack[place] not in goal:
                result += [(Op.SWAP, i) for i in range(2, len(stack) - place + 1)]
                result.append((Op.POP, None))
                del stack[place]
        for slot in goal:
            while stack.count(slot) < goal.count(slot):
                above = stack[::-1].index(slot) + 1
                result.append((Op.COPY, above))
                stack.append(slot)
        for place, slot in enumerate(goal):
            if stack[place] == slot:
                continue
            source = len(stack) - 1 - stack[::-1].index(slot)
            for other in (place,) if source == len(stack) - 1 else (place, source, place):
                result += _swap_top(stack, other)
            assert stack[place] == slot
        return _simplified(result)


def _swap_top(stack: List[int], place: int) -> List[Tuple[Op, object]]:
    if place == len(stack) - 1:
        return []
    stack[-1], stack[place] = stack[place], stack[-1]
    return [(Op.SWAP, len(stack) - place)]


def _simplified(written: List[Tuple[Op, object]]) -> List[Tuple[Op, object]]:
    """Without exchanges that undo each other."""
    result: List[Tuple[Op, object]] = []
    for one in written:
        if result and one[0] is Op.SWAP and result[-1] == one:
            result.pop()
        else:
            result.append(one)
    return result
