"""Subscripts of what MATCH_CLASS or MATCH_KEYS gave  ->  UNPACK_SEQUENCE.

3.10 keeps the tuple of attributes or values on the stack, takes one after the other from it and
drops it at the end; 3.11 and later unpack it at once (``compiler_pattern_class`` in
``Python/compile.c``). So the code behind is copied for each number of values that are left, and
what reaches below them reaches deeper or less deep.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..ir.body import Body, Node
from ..ir.effects import effect
from ..ir.instr import Op
from ..ir.program import Program
from .values import Values

__all__ = ["unpack_match_results"]

#: Where the tuple is (slots above it, at the top 0), and which value is read next.
_Where = Tuple[int, int]


def unpack_match_results(program: Program, body: Body) -> None:
    """Unpack each result that is only ever read by subscripts, in their order."""
    tried: Dict[Node, bool] = {}
    while True:
        found = False
        for node in body.nodes():
            if node.op in (Op.MATCH_CLASS, Op.MATCH_KEYS) and node not in tried:
                tried[node] = _unpack(node, Values(body))
                found = True
                break
        if not found:
            return


def _count(node: Node, values: Values) -> Optional[int]:
    """How many values the result has."""
    slots = values.before[node]
    if node.op is Op.MATCH_CLASS:
        names = values.only(slots[-1], Op.LOAD_CONST)
        return None if names is None else node.arg + len(names.arg)
    keys = values.only(slots[-1], Op.LOAD_CONST)
    if keys is not None:
        return len(keys.arg)
    display = values.only(slots[-1], Op.BUILD_TUPLE)
    return None if display is None else int(display.arg)


def _unpack(node: Node, values: Values) -> bool:
    count = _count(node, values)
    chain = [node]
    for op, arg in ((Op.COPY, 1), (Op.LOAD_CONST, None), (Op.IS, True), (Op.BRANCH, None)):
        following = chain[-1].succ[0]
        if following.op is not op or following.arg != arg:
            return False
        chain.append(following)
    branch = chain[-1]
    matched = branch.succ[0]
    if count is None or matched.op is Op.UNPACK_SEQUENCE:
        return False
    copier = _Copier(count)
    start = copier.copied(matched, (0, 0))
    if start is None:
        return False
    for work in copier.work:
        if not copier.follow(*work):
            return False
    for copy in copier.made.values():
        copy.succ = [copier.first(following) for following in copy.succ]
    unpack = branch.like(Op.UNPACK_SEQUENCE, count)
    unpack.succ = [copier.first(start)]
    chain[3].succ = [branch.like(Op.BRANCH, None, [unpack, branch.succ[1]])]
    return True


class _Copier:
    """Copies of the code behind a match, one for each place of the tuple and number of reads."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.made: Dict[Tuple[Node, _Where], Node] = {}
        self.work: List[Tuple[Node, _Where, Node]] = []
        self.skipped: Dict[Node, Node] = {}

    def copied(self, node: Node, where: _Where) -> Optional[Node]:
        key = (node, where)
        found = self.made.get(key)
        if found is None:
            if len(self.made) > 20_000:
                return None
            found = self.made[key] = Node(
                node.op, node.arg, (), node.handler, node.position, None, node.place
            )
            self.work.append((node, where, found))
        return found

    def first(self, node: Node) -> Node:
        """The node, or what follows where it was taken out."""
        while node in self.skipped:
            node = self.skipped[node]
        return node

    def _go_on(self, copy: Node, ways: List[Node], where: _Where) -> bool:
        following = [self.copied(way, where) for way in ways]
        if any(one is None for one in following):
            return False
        copy.succ = [one for one in following if one is not None]
        return True

    def follow(self, node: Node, where: _Where, copy: Node) -> bool:
        """Adapt a copy to where the values are; False where that can't be done."""
        above, read = where
        left = self.count - read
        handler = node.handler
        if handler is not None:
            # what it keeps is below: nothing catches inside a pattern
            copy.handler = handler
        op = node.op
        if op is Op.COPY and above == 0 and node.arg == 1:
            load, subscript = node.succ[0], node.succ[0].succ[0]
            if load.op is Op.LOAD_CONST and load.arg == read and subscript.op is Op.LOAD_SUBSCR:
                return left > 0 and self._skip(copy, subscript.succ[0], (1, read + 1))
            return False
        if op is Op.POP and above == 0:
            return self._drop(node, copy, left)
        if op is Op.SWAP:
            return self._swap(node, copy, where, left)
        if op is Op.COPY:
            if node.arg == above + 1:
                return False
            if node.arg > above:
                copy.arg = node.arg - 1 + left
            return self._go_on(copy, node.succ, (above + 1, read))
        needs, pops, pushes = effect(node.op, node.arg)
        if above < needs or not node.succ or op is Op.FOR_ITER:
            return False
        return self._go_on(copy, node.succ, (above - pops + pushes, read))

    def _skip(self, copy: Node, after: Node, where: _Where) -> bool:
        following = self.copied(after, where)
        if following is None:
            return False
        self.skipped[copy] = following
        copy.op, copy.arg, copy.succ = Op.SWAP, 1, [following]
        return True

    def _drop(self, node: Node, copy: Node, left: int) -> bool:
        """The tuple goes, and with it what is left of it; behind that nothing is copied."""
        after = node.succ[0]
        if left == 0:
            self.skipped[copy] = after
            copy.op, copy.arg, copy.succ = Op.SWAP, 1, [after]
            return True
        pops = [node.like(Op.POP) for _ in range(left - 1)]
        for one, following in zip([copy, *pops], [*pops, after]):
            one.succ = [following]
        return True

    def _swap(self, node: Node, copy: Node, where: _Where, left: int) -> bool:
        above, read = where
        if node.arg <= above:
            return self._go_on(copy, node.succ, where)
        if node.arg > above + 1 and above:
            copy.arg = node.arg - 1 + left
            return self._go_on(copy, node.succ, where)
        # the tuple itself is exchanged with the top, or is the top
        if above == 0:
            moved, place = node.arg - 1, (node.arg - 1, read)
            swaps = _lift(left, moved, True)
        else:
            moved, place = above, (0, read)
            swaps = _lift(left, moved, False)
        following = self.copied(node.succ[0], place)
        if following is None:
            return False
        nodes = [node.like(Op.SWAP, arg) for arg in swaps]
        if not nodes:
            copy.op, copy.arg, copy.succ = Op.SWAP, 1, [following]
            self.skipped[copy] = following
            return True
        copy.arg = nodes[0].arg
        for one, after in zip([copy, *nodes[1:]], [*nodes[1:], following]):
            one.succ = [after]
        return True


def _lift(left: int, others: int, down: bool) -> List[int]:
    """The exchanges that do to ``left`` values what SWAP did to the tuple of them.

    SWAP exchanges the top with the value ``others`` below: with ``down``, the values are on the
    top and go there; without, they are there and come to the top.
    """
    symbols = list(range(others + left))
    if down:
        # below: x, o1 .. ok, then the values -> values, o1 .. ok, x
        goal = [*symbols[others:], *symbols[1:others], symbols[0]]
    else:
        # below: the values, o1 .. ok, x -> x, o1 .. ok, values
        goal = [symbols[-1], *symbols[left:-1], *symbols[:left]]
    swaps: List[int] = []
    size = len(symbols)
    for place, wanted in enumerate(goal):
        source = symbols.index(wanted)
        for other in [place] if source == size - 1 else [place, source, place]:
            if symbols[place] == wanted or other == size - 1:
                continue
            symbols[-1], symbols[other] = symbols[other], symbols[-1]
            swaps.append(size - other)
    assert symbols == goal
    return swaps
