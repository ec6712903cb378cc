"""``compare(a, b)``: whether two programs are equal, and if not, where they first differ.

Equality is bisimulation. A program is a deterministic labelled graph (:mod:`.flowgraph`): two
programs are equal if a walk over both at once, from their first instructions along next, true,
false, end and handler, finds no difference in operation, operand, or what a handler keeps of
the stack. How the code is laid out and what is in it twice makes no difference. Source: Hopcroft
and Karp, "A linear algorithm for testing equivalence of finite automata" (1971).
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from .canonical import Canonical
from .constants import constant_key
from .flowgraph import FlowGraph, Node, flow_graph
from .instr import Instr, Op
from .printer import format_instr
from .program import Program

__all__ = ["Comparable", "Mismatch", "compare"]

#: What can be compared.
Comparable = Union[Program, Canonical]

_EDGES = {Op.BRANCH: ("true", "false"), Op.FOR_ITER: ("body", "end")}


class Mismatch(NamedTuple):
    """The first difference of two programs, in the order of the walk.

    Args:
        kind: ``operation``, ``operand``, ``handler``, ``line`` or ``metadata``.
        what: the difference in words.
        a, b: the instructions, with their positions; ``None`` for ``metadata``, and where one
            program loops for ever on nothing.
        where: the qualified name of the program that they are in.
    """

    kind: str
    what: str
    a: Optional[Instr]
    b: Optional[Instr]
    where: str

    def __str__(self) -> str:
        return self.text()

    def text(
        self, source_a: Optional[Sequence[str]] = None, source_b: Optional[Sequence[str]] = None
    ) -> str:
        """The difference for people, with the two source lines if the sources are given."""
        lines = [f"{self.where}: {self.kind}: {self.what}"]
        for name, instr, source in (("a", self.a, source_a), ("b", self.b, source_b)):
            if instr is None:
                continue
            number = instr.position.lineno
            lines.append(f"  {name}, line {number}: {format_instr(instr)}")
            if source is not None and number is not None and 0 < number <= len(source):
                lines.append(f"      {source[number - 1].strip()}")
        return "\n".join(lines)


def compare(a: Comparable, b: Comparable, lines: bool = False) -> Optional[Mismatch]:
    """Where two programs first differ; ``None`` if they are equal.

    Args:
        a: a program, or a canonical form (of another process, say).
        b: the same.
        lines: whether the source lines must be equal too.

    Programs that are loaded as constants are compared as programs; code objects that were not
    decoded (:func:`paddlefx.decode.deep.decode_deep` does) are equal if Python says so.
    Positions and spellings count for nothing.

    Raises:
        InvalidProgram, KeyError: a program that verify would refuse.
    """
    graph_a = a.graph() if isinstance(a, Canonical) else flow_graph(a)
    graph_b = b.graph() if isinstance(b, Canonical) else flow_graph(b)
    for field, one, other in zip(graph_a.metadata._fields, graph_a.metadata, graph_b.metadata):
        if one != other:
            what = f"{field} {one!r} against {other!r}"
            return Mismatch("metadata", what, None, None, graph_a.metadata.qualname)
    return _Walk(graph_a, graph_b, lines).run()


class _Walk:
    """The product walk; pairs that are taken to be equal are joined in one class."""

    def __init__(self, a: FlowGraph, b: FlowGraph, lines: bool) -> None:
        self.a, self.b, self.lines = a.nodes, b.nodes, lines
        self.where = a.metadata.qualname
        self.parent: Dict[int, int] = {}
        self.work: List[Tuple[int, int]] = []

    def _find(self, node: int) -> int:
        root = node
        while root in self.parent:
            root = self.parent[root]
        while node != root:
            self.parent[node], node = root, self.parent[node]
        return root

    def _meet(self, one: int, other: int) -> Optional[Mismatch]:
        """Take two nodes to be equal, and look at them later."""
        if one < 0 or other < 0:
            if one == other:
                return None
            looping = "a" if one < 0 else "b"
            return Mismatch(
                "operation",
                f"{looping} loops for ever here",
                self.a[one].instr if one >= 0 else None,
                self.b[other].instr if other >= 0 else None,
                self.where,
            )
        root, joined = self._find(one), self._find(len(self.a) + other)
        if root != joined:
            self.parent[joined] = root
            self.work.append((one, other))
        return None

    def run(self) -> Optional[Mismatch]:
        found = self._meet(0 if self.a else -1, 0 if self.b else -1)
        place = 0
        while found is None and place < len(self.work):
            one, other = self.work[place]
            place += 1
            found = self._compare(self.a[one], self.b[other])
        return found

    def _compare(self, a: Node, b: Node) -> Optional[Mismatch]:
        found = self._labels(a.instr, b.instr)
        if found is not None:
            return found
        for one, other in zip(a.edges, b.edges):
            found = self._meet(one, other)
            if found is not None:
                names = _EDGES.get(a.instr.op, ("next",))
                edge = names[a.edges.index(one)]
                return found._replace(what=f"{found.what}, on the way {edge}")
        if a.handler is None or b.handler is None:
            if a.handler is not b.handler:
                which = "a" if a.handler is None else "b"
                return self._differ("handler", f"{which} has no handler here", a.instr, b.instr)
            return None
        if a.handler[1:] != b.handler[1:]:
            kept = "keeps {} values and {} scopes".format
            what = f"a's {kept(*a.handler[1:])}, b's {kept(*b.handler[1:])}"
            return self._differ("handler", what, a.instr, b.instr)
        return self._meet(a.handler[0], b.handler[0])

    def _labels(self, a: Instr, b: Instr) -> Optional[Mismatch]:
        if a.op is not b.op:
            return self._differ("operation", f"{a.op.value} against {b.op.value}", a, b)
        if isinstance(a.arg, (Program, Canonical)) and isinstance(b.arg, (Program, Canonical)):
            found = compare(a.arg, b.arg, self.lines)
            if found is not None:
                return found
        elif not _operands_equal(a, b):
            return self._differ("operand", f"{_shown(a)} against {_shown(b)}", a, b)
        if self.lines and a.position.lineno != b.position.lineno:
            what = f"line {a.position.lineno} against {b.position.lineno}"
            return self._differ("line", what, a, b)
        return None

    def _differ(self, kind: str, what: str, a: Instr, b: Instr) -> Mismatch:
        return Mismatch(kind, what, a, b, self.where)


def _operands_equal(a: Instr, b: Instr) -> bool:
    if a.op is Op.BRANCH or a.op is Op.FOR_ITER:
        return True
    one, other = a.arg, b.arg
    if type(one) is str or one is None:
        return type(one) is type(other) and bool(one == other)
    if hasattr(one, "co_code") and hasattr(other, "co_code"):
        return bool(one == other)
    return constant_key(one) == constant_key(other)


def _shown(instr: Instr) -> str:
    arg: Any = instr.arg
    if isinstance(arg, (Program, Canonical)):
        return f"the code of {arg.name}" if isinstance(arg, Program) else "code"
    return repr(arg)
