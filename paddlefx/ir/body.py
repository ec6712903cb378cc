"""A program's body as a graph to be changed: nodes point to nodes, labels and jumps are gone.

Passes (:mod:`paddlefx.normalize`) work on it: a node that is no longer pointed to is gone, and
code that two paths share may be copied, which equality (:mod:`.compare`) does not see.
"""

from __future__ import annotations

import heapq
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from ..errors import InvalidProgram
from .effects import TERMINAL
from .flow import label_index
from .instr import Handler, Instr, Item, Label, Op, Position
from .program import Program

__all__ = ["Body", "Edge", "Node"]


_NOWHERE = Position()


class Edge(NamedTuple):
    """Where an exception goes, and what is kept: :class:`.instr.Handler` between nodes."""

    node: Node
    depth: int
    scopes: int


class Node:
    """An instruction.

    Args:
        op: what it does.
        arg: its operand; ``None`` where it would be a label.
        succ: what follows: nothing, the next node, those of true and false, or (of FOR_ITER)
            of the body and of the end. JUMP stands for a loop on nothing and leads to itself.
        handler: where an exception goes.
        position, spelling: as an instruction has them.
        place: where it stood; nodes are laid out in this order as far as that is possible.
    """

    __slots__ = ("arg", "handler", "op", "place", "position", "spelling", "succ")

    def __init__(
        self,
        op: Op,
        arg: Any = None,
        succ: Iterable[Node] = (),
        handler: Optional[Edge] = None,
        position: Position = _NOWHERE,
        spelling: Any = None,
        place: float = 0.0,
    ) -> None:
        self.op = op
        self.arg = arg
        self.succ = list(succ)
        self.handler = handler
        self.position = position
        self.spelling = spelling
        self.place = place

    def __repr__(self) -> str:
        text = self.op.value if self.arg is None else f"{self.op.value} {self.arg!r}"
        return f"<{text} at {self.place}>"

    def like(self, op: Op, arg: Any = None, succ: Iterable[Node] = ()) -> Node:
        """A new node with the handler, position and place of this one."""
        return Node(op, arg, succ, self.handler, self.position, None, self.place)


class Body:
    """The nodes that can be reached from ``entry``."""

    def __init__(self, entry: Node) -> None:
        self.entry = entry

    @classmethod
    def of(cls, program: Program) -> Body:
        """The body of a program.

        Raises:
            InvalidProgram: a label stands twice, or control runs off the end.
            KeyError: a label stands nowhere.
        """
        items = program.items
        labels = label_index(items)
        nodes: Dict[int, Node] = {}
        order: List[int] = []

        def node(index: int) -> Node:
            seen: Set[int] = set()
            while True:
                if index >= len(items):
                    raise InvalidProgram("control runs off the end")
                item = items[index]
                if isinstance(item, Label):
                    index += 1
                elif item.op is Op.JUMP and index not in seen:
                    seen.add(index)
                    index = labels[item.arg]
                else:
                    break
            found = nodes.get(index)
            if found is None:
                label_operand = item.op in (Op.BRANCH, Op.FOR_ITER, Op.JUMP)
                found = nodes[index] = Node(
                    item.op,
                    None if label_operand else item.arg,
                    (),
                    None,
                    item.position,
                    item.spelling,
                    float(index),
                )
                order.append(index)
            return found

        body = cls(node(0))
        for index in order:
            item = items[index]
            assert isinstance(item, Instr)
            made = nodes[index]
            op = item.op
            if op is Op.BRANCH:
                made.succ = [node(labels[item.arg[0]]), node(labels[item.arg[1]])]
            elif op is Op.FOR_ITER:
                made.succ = [node(index + 1), node(labels[item.arg])]
            elif op is Op.JUMP:
                made.succ = [made]
            elif op not in TERMINAL:
                made.succ = [node(index + 1)]
            handler = item.handler
            if handler is not None:
                made.handler = Edge(node(labels[handler.label]), handler.depth, handler.scopes)
        return body

    def nodes(self) -> List[Node]:
        """All nodes that can be reached, in the order of their places."""
        return sorted(self.walk(), key=lambda node: node.place)

    def walk(self) -> Iterator[Node]:
        """All nodes that can be reached, each behind one that leads to it."""
        seen = {self.entry}
        work = [self.entry]
        while work:
            node = work.pop()
            yield node
            for following in node.succ:
                if following not in seen:
                    seen.add(following)
                    work.append(following)
            if node.handler is not None and node.handler.node not in seen:
                seen.add(node.handler.node)
                work.append(node.handler.node)

    def predecessors(self) -> Dict[Node, List[Node]]:
        """What control comes from, exceptions aside; the entry has itself."""
        found: Dict[Node, List[Node]] = {node: [] for node in self.walk()}
        for node in found:
            for following in node.succ:
                found[following].append(node)
        return found

    def program(self, like: Program) -> Program:
        """A program with this body, and with everything else of another."""
        return like.with_items(_lay_out(self))


def _lay_out(body: Body) -> List[Item]:
    """Chains of nodes that follow each other, each as early as its place says."""
    items: List[Item] = []
    labels: Dict[Node, Label] = {}
    used: Set[Label] = set()
    placed: Set[Node] = set()
    waiting: List[Tuple[float, int, Node]] = []
    count = 0

    def label(node: Node) -> Label:
        if node not in labels:
            labels[node] = Label()
        return labels[node]

    def jump(node: Node) -> Label:
        used.add(label(node))
        return labels[node]

    def later(node: Node) -> None:
        nonlocal count
        if node not in placed:
            count += 1
            heapq.heappush(waiting, (node.place, count, node))

    later(body.entry)
    while waiting:
        node = heapq.heappop(waiting)[2]
        while node not in placed:
            placed.add(node)
            items.append(label(node))
            op, succ, arg = node.op, node.succ, node.arg
            if op is Op.BRANCH:
                arg = (jump(succ[0]), jump(succ[1]))
            elif op is Op.FOR_ITER:
                arg = jump(succ[1])
            elif op is Op.JUMP:
                arg = jump(succ[0])
            handler = None
            if node.handler is not None:
                target, depth, scopes = node.handler
                handler = Handler(jump(target), depth, scopes)
                later(target)
            items.append(Instr(op, arg, handler, node.position, node.spelling))
            if op is Op.JUMP or not succ:
                break
            following = succ[0]
            if op is Op.BRANCH:
                following = min(
                    (one for one in succ if one not in placed),
                    key=lambda one: (one.place < node.place, one.place),
                    default=following,
                )
            for other in succ:
                if other is not following:
                    later(other)
            if following in placed:
                if op is not Op.BRANCH:
                    items.append(Instr(Op.JUMP, jump(following), None, node.position))
                break
            node = following
    return [item for item in items if not (isinstance(item, Label) and item not in used)]
