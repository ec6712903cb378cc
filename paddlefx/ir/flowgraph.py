"""A program as a deterministic labelled graph: what comparison and the canonical form see.

A node is an instruction that can be reached; its label is the operation and the operand, its
edges lead to what runs next. Labels and jumps are no nodes: an edge goes through them. An
exception edge counts only where the instruction may raise (:data:`.effects.CANNOT_RAISE`).
"""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..errors import InvalidProgram
from .effects import CANNOT_RAISE
from .flow import label_index, parameter_count
from .instr import Instr, Item, Label, Op
from .program import Program, cell_operands

__all__ = ["FLAGS", "FlowGraph", "Metadata", "Node", "flow_graph"]

#: The flags that say what a code object is (``Include/cpython/code.h``): OPTIMIZED, NEWLOCALS,
#: VARARGS, VARKEYWORDS, GENERATOR, COROUTINE, ITERABLE_COROUTINE, ASYNC_GENERATOR. The others
#: repeat what the program says (NESTED, NOFREE, HAS_DOCSTRING, METHOD), or have other bits in
#: each version and matter to ``compile`` and ``exec`` only (those of ``__future__``).
FLAGS = 0x1 | 0x2 | 0x4 | 0x8 | 0x20 | 0x80 | 0x100 | 0x200

_OPTIMIZED = 0x1


class Metadata(NamedTuple):
    """What a program is beside its body. Locals count by their use, in the body."""

    name: str
    qualname: str
    argcount: int
    posonlyargcount: int
    kwonlyargcount: int
    flags: int
    parameters: Tuple[str, ...]
    cellvars: Tuple[str, ...]
    freevars: Tuple[str, ...]
    docstring: Optional[str]


class Node(NamedTuple):
    """An instruction and where control goes from it.

    Args:
        instr: the instruction.
        edges: the nodes that may follow: none, the next one, those of true and false, or (of
            FOR_ITER) of the body and of the end.
        handler: the node where an exception goes, the depth and the scopes that it keeps;
            ``None`` where an exception leaves the frame, or where there can be none.
    """

    instr: Instr
    edges: Tuple[int, ...]
    handler: Optional[Tuple[int, int, int]]


class FlowGraph(NamedTuple):
    """The nodes, the first of which is the entry. An edge to -1 runs for ever."""

    metadata: Metadata
    nodes: List[Node]


def flow_graph(program: Program) -> FlowGraph:
    """The graph of a program.

    Raises:
        InvalidProgram: a label stands twice, or control runs off the end.
        KeyError: a label stands nowhere.
    """
    items = program.items
    labels = label_index(items)
    places: Dict[int, int] = {}
    numbers: Dict[int, int] = {}
    order: List[int] = []

    def number(index: int) -> int:
        place = places.get(index)
        if place is None:
            place = places[index] = _through(items, index, labels)
        if place < 0:
            return -1
        known = numbers.get(place)
        if known is None:
            known = numbers[place] = len(order)
            order.append(place)
        return known

    nodes: List[Node] = []
    if number(0) < 0:
        return FlowGraph(metadata(program), nodes)
    while len(nodes) < len(order):
        index = order[len(nodes)]
        instr = items[index]
        assert isinstance(instr, Instr)
        op = instr.op
        edges: Tuple[int, ...]
        if op is Op.BRANCH:
            edges = (number(labels[instr.arg[0]]), number(labels[instr.arg[1]]))
        elif op is Op.FOR_ITER:
            edges = (number(index + 1), number(labels[instr.arg]))
        elif op is Op.RETURN or op is Op.RAISE or op is Op.RERAISE:
            edges = ()
        else:
            edges = (number(index + 1),)
        handler = instr.handler
        leads = None
        if handler is not None and op not in CANNOT_RAISE:
            leads = (number(labels[handler.label]), handler.depth, handler.scopes)
        nodes.append(Node(instr, edges, leads))
    return FlowGraph(metadata(program), nodes)


def _through(items: Sequence[Item], index: int, labels: Dict[Label, int]) -> int:
    """The instruction that control comes to, labels and jumps passed; -1 if it never does."""
    seen: Set[int] = set()
    while True:
        if index >= len(items):
            raise InvalidProgram("control runs off the end")
        item = items[index]
        if isinstance(item, Label):
            index += 1
        elif item.op is Op.JUMP:
            if index in seen:
                return -1
            seen.add(index)
            index = labels[item.arg]
        else:
            return index


def metadata(program: Program) -> Metadata:
    """What counts of a program beside its body; cells in the order of their names."""
    free = cell_operands(program.cellvars, program.freevars)[len(program.cellvars) :]
    return Metadata(
        program.name,
        program.qualname,
        program.argcount,
        program.posonlyargcount,
        program.kwonlyargcount,
        program.flags & FLAGS,
        program.varnames[: parameter_count(program)],
        tuple(sorted(program.cellvars)),
        tuple(sorted(free)),
        program.docstring,
    )
