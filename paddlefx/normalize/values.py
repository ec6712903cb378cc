"""Which instructions made the values on the stack, and where their expressions begin."""

from __future__ import annotations

from typing import Dict, FrozenSet, List, Optional, Tuple

from ..ir.body import Body, Node
from ..ir.effects import effect
from ..ir.instr import Op

__all__ = ["Slot", "Stack", "Values"]

#: The nodes that may have made a value. An exception is made by the node that it goes to.
Slot = FrozenSet[Node]
#: The slots, the top last.
Stack = Tuple[Slot, ...]


class Values:
    """What is on the stack before each node of a body.

    Computed once: a pass that changes the body plans its changes first
    (:class:`.splice.Splice`).
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        self.before: Dict[Node, Stack] = {}
        self._dominators: Optional[Dict[Node, Node]] = None
        self._number: Dict[Node, int] = {}
        self._interpret()

    def _interpret(self) -> None:
        before = self.before
        work: List[Tuple[Node, Stack]] = [(self.body.entry, ())]
        while work:
            node, stack = work.pop()
            known = before.get(node)
            if known is not None:
                if known == stack:
                    continue
                stack = tuple([a if a is b else a | b for a, b in zip(known, stack)])
                if stack == known:
                    continue
            before[node] = stack
            handler = node.handler
            if handler is not None:
                work.append((handler.node, (*stack[: handler.depth], frozenset((handler.node,)))))
            after = self.after(node, stack)
            if node.op is Op.FOR_ITER:
                work.append((node.succ[1], stack[:-1]))
                work.append((node.succ[0], after))
            else:
                work.extend((following, after) for following in node.succ)

    @staticmethod
    def after(node: Node, stack: Stack) -> Stack:
        """The stack behind a node (of FOR_ITER: in the body)."""
        op = node.op
        if op is Op.SWAP:
            slots = list(stack)
            slots[-1], slots[-node.arg] = slots[-node.arg], slots[-1]
            return tuple(slots)
        if op is Op.ENTER_HANDLER or op is Op.JUMP:
            return stack
        _, pops, pushes = _effect(node)
        kept = stack[: len(stack) - pops]
        return kept + (frozenset((node,)),) * pushes if pushes else kept

    def operands(self, node: Node) -> Stack:
        """The slots that a node takes, the deepest first."""
        stack = self.before[node]
        pops = _effect(node)[1]
        return stack[len(stack) - pops :]

    def start(self, slot: Slot) -> Optional[Node]:
        """The first node of the expression that makes a value.

        Of an expression that branches it is the first node of the first condition. ``None``
        where the value was not made by an expression (an exception, a loop's next value).
        """
        node: Optional[Node] = None
        for _ in range(10_000):
            node = next(iter(slot)) if len(slot) == 1 else self._common(slot)
            if node is None or node not in self.before:
                return None
            op = node.op
            needs, pops, _ = _effect(node)
            if op is Op.COPY:
                return self._copied(node)
            if op in _NO_EXPRESSION or needs > pops:
                return None
            if pops == 0:
                if not _holds_comprehension(node):
                    return node
                slot = self.before[node][-1]
                continue
            slot = self.operands(node)[0]
        return None

    def starts(self, node: Node) -> Optional[List[Node]]:
        """Where the expressions of a node's operands begin, the deepest first.

        ``None`` where one is not an expression, or leaves something else on the stack.
        """
        found: List[Node] = []
        slots = self.operands(node)
        base = len(self.before[node]) - len(slots)
        for place, slot in enumerate(slots):
            start = self.start(slot)
            if start is None or len(self.before[start]) != base + place:
                return None
            found.append(start)
        return found

    def only(self, slot: Slot, op: Op) -> Optional[Node]:
        """The node that made a value, if it is one only, and of this operation."""
        if len(slot) != 1:
            return None
        node = next(iter(slot))
        return node if node.op is op else None

    def _copied(self, node: Node) -> Optional[Node]:
        """A COPY belongs to the expression that it copies if that is on top."""
        return self.start(self.before[node][-1]) if node.arg == 1 else None

    def _common(self, slot: Slot) -> Optional[Node]:
        """The nearest node that control passes on its way to each of some."""
        if self._dominators is None:
            self._dominators = self._dominate()
        nodes = [node for node in slot if node in self._number]
        if len(nodes) != len(slot):
            return None
        found = nodes[0]
        for node in nodes[1:]:
            found = self._meet(found, node, self._dominators)
        return found

    def _meet(self, a: Node, b: Node, dominators: Dict[Node, Node]) -> Node:
        number = self._number
        while a is not b:
            while number[a] > number[b]:
                a = dominators[a]
            while number[b] > number[a]:
                b = dominators[b]
        return a

    def _dominate(self) -> Dict[Node, Node]:
        """Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm" (2001)."""
        order: List[Node] = []
        entry = self.body.entry
        seen = {entry}
        work = [(entry, iter(_edges(entry)))]
        while work:
            node, rest = work[-1]
            for following in rest:
                if following not in seen:
                    seen.add(following)
                    work.append((following, iter(_edges(following))))
                    break
            else:
                order.append(node)
                work.pop()
        order.reverse()
        number = self._number = {node: place for place, node in enumerate(order)}
        preceding: Dict[Node, List[Node]] = {node: [] for node in order}
        for node in order:
            for following in _edges(node):
                preceding[following].append(node)
        dominators = {entry: entry}
        changed = True
        while changed:
            changed = False
            for node in order[1:]:
                new: Optional[Node] = None
                for before in preceding[node]:
                    if before in dominators:
                        new = before if new is None else self._meet(new, before, dominators)
                if new is not None and dominators.get(node) is not new:
                    dominators[node] = new
                    changed = True
        assert len(number) == len(order)
        return dominators


_CONTAINERS = (Op.BUILD_LIST, Op.BUILD_SET, Op.BUILD_MAP)
#: What these push was not computed from operands that stood above the rest.
_NO_EXPRESSION = frozenset(
    {Op.FOR_ITER, Op.UNPACK_SEQUENCE, Op.UNPACK_EX, Op.WITH_ENTER, Op.ASYNC_WITH_ENTER}
)


def _holds_comprehension(node: Node) -> bool:
    """Whether the container is filled by a loop in place (PEP 709), whose iterator is above it."""
    return node.op in _CONTAINERS and node.succ[0].op is Op.SWAP and node.succ[0].arg == 2


def _effect(node: Node) -> Tuple[int, int, int]:
    if node.op is Op.JUMP:
        return 0, 0, 0
    return effect(node.op, node.arg)


def _edges(node: Node) -> List[Node]:
    return node.succ if node.handler is None else [*node.succ, node.handler.node]
