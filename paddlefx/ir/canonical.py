"""``canonical(program)``: one form for all equal programs, to hash, keep and send.

The program's graph (:mod:`.flowgraph`) is minimised, as the deterministic automaton that it
is, by partition refinement, and its classes are numbered in the order of a walk from the
entry. Two programs have the same canonical form if and only if :func:`.compare.compare` finds
no difference. It goes to JSON and back, so that programs of several interpreters can be
compared. Source: Hopcroft, "An n log n algorithm for minimizing states in a finite automaton"
(1971).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Dict, Hashable, List, NamedTuple, Optional, Tuple

from . import flow, flowgraph
from .body import Body, Edge, Node
from .constants import Key, constant_key, constant_of, from_json, is_code, to_json
from .flowgraph import FlowGraph, Metadata, flow_graph
from .instr import Instr, Label, Op, Position
from .program import Program

__all__ = ["Canonical", "State", "canonical"]

_NO_KEY: Key = ("None",)


class State(NamedTuple):
    """A class of instructions that nothing tells apart.

    Args:
        op: the operation's name.
        operand: the key of the operand (:mod:`.constants`), or the form of the inner program.
        edges: where control goes next, as :class:`.flowgraph.Node` has it.
        handler: where an exception goes, the depth and the scopes kept.
    """

    op: str
    operand: Any
    edges: Tuple[int, ...]
    handler: Optional[Tuple[int, int, int]]


@dataclass(frozen=True)
class Canonical:
    """A canonical form. ``lines`` (the lowest source line of each state) is no part of it."""

    metadata: Metadata
    states: Tuple[State, ...]
    lines: Tuple[Optional[int], ...] = field(default=(), compare=False)
    firstlineno: int = field(default=1, compare=False)

    def to_json(self) -> str:
        """One line of ASCII; raises TypeError for an operand that is no constant."""
        return json.dumps(self._data(True), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Canonical:
        """The reverse of :meth:`to_json`."""
        return cls._of_data(json.loads(text))

    def digest(self) -> str:
        """A SHA-256 over everything that counts, the same in every process."""
        text = json.dumps(self._data(False), separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def _data(self, with_lines: bool) -> Dict[str, Any]:
        states: List[Any] = []
        for op, operand, edges, handler in self.states:
            if isinstance(operand, Canonical):
                shown: Any = operand._data(with_lines)
            else:
                shown = to_json(operand)
            states.append([op, shown, list(edges), None if handler is None else list(handler)])
        data: Dict[str, Any] = {"metadata": list(self.metadata), "states": states}
        if with_lines:
            data["lines"] = list(self.lines)
            data["firstlineno"] = self.firstlineno
        return data

    @classmethod
    def _of_data(cls, data: Dict[str, Any]) -> Canonical:
        values: List[Any] = [
            tuple(part) if isinstance(part, list) else part for part in data["metadata"]
        ]
        states = tuple(
            State(
                op,
                cls._of_data(shown) if isinstance(shown, dict) else from_json(shown),
                tuple(edges),
                None if handler is None else (handler[0], handler[1], handler[2]),
            )
            for op, shown, edges, handler in data["states"]
        )
        return cls(Metadata(*values), states, tuple(data["lines"]), data["firstlineno"])

    def graph(self) -> FlowGraph:
        """The graph again; an inner program is its canonical form."""
        nodes = []
        for place, state in enumerate(self.states):
            operand = state.operand
            arg = operand if isinstance(operand, Canonical) else constant_of(operand)
            line = self.lines[place] if self.lines else None
            instr = Instr(Op[state.op], arg, None, Position(line))
            nodes.append(flowgraph.Node(instr, state.edges, state.handler))
        return FlowGraph(self.metadata, nodes)

    def program(self) -> Program:
        """A program that has this form, its instructions in the order of the states.

        It is equal to the programs that the form was made of, and says what they have in
        common: for listings. A state that is reached with several depths of the stack is
        there once for each.
        """
        meta = self.metadata
        return _body(self).program(
            Program(
                [],
                meta.name,
                meta.qualname,
                meta.argcount,
                meta.posonlyargcount,
                meta.kwonlyargcount,
                meta.flags,
                meta.parameters,
                meta.cellvars,
                tuple(name.replace(" (free)", "") for name in meta.freevars),
                self.firstlineno,
                meta.docstring,
            )
        )


def canonical(program: Program) -> Canonical:
    """The canonical form of a program and of the programs inside it.

    Raises:
        InvalidProgram, KeyError: a program that verify would refuse.
        TypeError: code inside that was not decoded.
    """
    graph = flow_graph(program)
    nodes = graph.nodes
    operands = [_operand(node.instr) for node in nodes]
    classes = _minimise(nodes, operands)
    numbers: Dict[int, int] = {}
    order: List[int] = []

    def number(node: int) -> int:
        if node < 0:
            return -1
        known = numbers.get(classes[node])
        if known is None:
            known = numbers[classes[node]] = len(order)
            order.append(node)
        return known

    states: List[State] = []
    lines: List[Optional[int]] = []
    if nodes:
        number(0)
    while len(states) < len(order):
        place = order[len(states)]
        node = nodes[place]
        edges = tuple([number(edge) for edge in node.edges])
        handler = node.handler
        leads = None if handler is None else (number(handler[0]), handler[1], handler[2])
        states.append(State(node.instr.op.value, operands[place], edges, leads))
    lowest: Dict[int, int] = {}
    for place, node in enumerate(nodes):
        line = node.instr.position.lineno
        if line is not None:
            state = numbers[classes[place]]
            lowest[state] = min(line, lowest.get(state, line))
    lines = [lowest.get(place) for place in range(len(states))]
    return Canonical(graph.metadata, tuple(states), tuple(lines), program.firstlineno)


def _operand(instr: Instr) -> Any:
    op, arg = instr.op, instr.arg
    if arg is None or op is Op.BRANCH or op is Op.FOR_ITER:
        return _NO_KEY
    if isinstance(arg, Program):
        return canonical(arg)
    if isinstance(arg, Canonical):
        return arg
    if is_code(arg):
        raise TypeError(f"the code of {arg.co_name} was not decoded: use decode_deep")
    return constant_key(arg)


def _minimise(nodes: List[flowgraph.Node], operands: List[Any]) -> List[int]:
    """The class of each node: the coarsest partition that label and edges respect."""
    size = len(nodes)
    # A node for the loop on nothing: it leads to itself.
    names: Dict[Hashable, int] = {}
    classes: List[int] = []
    members: List[List[int]] = []
    ways: List[Tuple[int, ...]] = []
    for place in range(size + 1):
        key: Hashable
        targets: Tuple[int, ...]
        if place == size:
            key, targets = ("for ever",), ()
        else:
            instr, edges, handler = nodes[place]
            kept = None if handler is None else handler[1:]
            key = (instr.op, operands[place], kept)
            targets = edges if handler is None else (*edges, handler[0])
            if -1 in targets:
                targets = tuple([target if target >= 0 else size for target in targets])
        name = names.setdefault(key, len(names))
        if name == len(members):
            members.append([])
        members[name].append(place)
        classes.append(name)
        ways.append(targets)
    letters = 3
    sources: List[Dict[int, List[int]]] = [{} for _ in range(letters)]
    for place, targets in enumerate(ways):
        for letter, target in enumerate(targets):
            sources[letter].setdefault(target, []).append(place)
    work = [(name, letter) for name in range(len(members)) for letter in range(letters)]
    waiting = set(work)
    while work:
        splitter = work.pop()
        waiting.discard(splitter)
        name, letter = splitter
        into = sources[letter]
        touched: Dict[int, List[int]] = {}
        for target in members[name]:
            for place in into.get(target, ()):
                touched.setdefault(classes[place], []).append(place)
        for old, hit in touched.items():
            if len(hit) == len(members[old]):
                continue
            new = len(members)
            gone = set(hit)
            rest = [place for place in members[old] if place not in gone]
            members.append(hit)
            members[old] = rest
            for place in hit:
                classes[place] = new
            for other in range(letters):
                if (old, other) in waiting or len(hit) <= len(rest):
                    pair = (new, other)
                else:
                    pair = (old, other)
                waiting.add(pair)
                work.append(pair)
    return classes


def _body(form: Canonical) -> Body:
    """The states as nodes; one that is reached with several depths of the stack is several."""
    made: Dict[Tuple[int, flow.State], Node] = {}
    work: List[Tuple[int, flow.State]] = []
    ever = Node(Op.JUMP, place=float(len(form.states)))
    ever.succ = [ever]

    def node(place: int, before: flow.State) -> Node:
        if place < 0:
            return ever
        found = made.get((place, before))
        if found is None:
            found = made[place, before] = _node(form, place)
            found.place += before.depth / 1000
            work.append((place, before))
        return found

    body = Body(node(0 if form.states else -1, flow.State(0)))
    for place, before in work:
        state, here = form.states[place], made[place, before]
        arg = here.arg
        if here.op is Op.FOR_ITER or here.op is Op.BRANCH:
            arg = Label()
        after = flow.state_after(Instr(here.op, arg, None, here.position), before)
        if here.op is Op.FOR_ITER:
            end = before._replace(depth=before.depth - 1)
            here.succ = [node(state.edges[0], after), node(state.edges[1], end)]
        else:
            here.succ = [node(edge, after) for edge in state.edges]
        if state.handler is not None:
            target, depth, scopes = state.handler
            found = node(target, flow.State(depth + 1, before.scopes[:scopes]))
            here.handler = Edge(found, depth, scopes)
    return body


def _node(form: Canonical, place: int) -> Node:
    state = form.states[place]
    operand = state.operand
    arg: Any
    if isinstance(operand, Canonical):
        arg = operand.program()
    else:
        arg = constant_of(operand)
    line = form.lines[place] if form.lines else None
    return Node(Op[state.op], arg, (), None, Position(line), None, float(place))
