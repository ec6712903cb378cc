"""A call of a list, set or dict comprehension's function  ->  its loop, in place.

3.12 and later inline comprehensions (PEP 709); so do we, for the other direction would have to
invent a function, its frame and its cells. The comprehension's locals are saved before and
restored behind (SAVE_LOCAL, RESTORE_LOCAL), also where an exception leaves it. ``await`` of an
asynchronous comprehension goes with its coroutine.

As PEP 709 says: a traceback has a frame less, and ``locals()`` inside sees the outer locals.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..ir.body import Body, Edge, Node
from ..ir.flow import parameter_count
from ..ir.instr import Op
from ..ir.program import Program
from .cells import CELL_OPERATIONS
from .scopes import open_scopes
from .splice import Splice
from .values import Values

__all__ = ["COMPREHENSIONS", "inline_comprehensions"]

COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>"})

_OPTIMIZED = 0x1
_COROUTINE = 0x80
_ITERATOR = ".0"
_LOADS = frozenset({Op.LOAD_LOCAL, Op.STORE_LOCAL, Op.DELETE_LOCAL, Op.SAVE_LOCAL})


def inline_comprehensions(program: Program, body: Body) -> None:
    """Inline every comprehension, those in the iterables of others first."""
    is_module = program.name == "<module>" and not program.flags & _OPTIMIZED
    while any(_is_comprehension(node) for node in body.walk()):
        values = Values(body)
        for node in body.nodes():
            site = _site(node, values)
            if site is not None:
                _Inlining(program, body, values, site, is_module).run()
                break
        else:
            return


def _is_comprehension(node: Node) -> bool:
    return (
        node.op is Op.LOAD_CONST
        and isinstance(node.arg, Program)
        and node.arg.name in COMPREHENSIONS
        and node.succ[0].op is Op.MAKE_FUNCTION
    )


class _Site:
    """A call of a comprehension's function."""

    def __init__(self, call: Node, make: Node, load: Node, closure: List[Node]) -> None:
        self.call = call
        self.make = make
        self.load = load
        self.closure = closure
        self.inner: Program = load.arg


def _site(call: Node, values: Values) -> Optional[_Site]:
    if call.op is not Op.CALL or call.arg != (1, ()):
        return None
    make = values.only(values.operands(call)[0], Op.MAKE_FUNCTION)
    if make is None or make.arg & ~8:
        return None
    operands = values.operands(make)
    load = values.only(operands[-1], Op.LOAD_CONST)
    if load is None or not _is_comprehension(load):
        return None
    closure: List[Node] = []
    if make.arg:
        cells = values.only(operands[0], Op.BUILD_TUPLE)
        if cells is None:
            return None
        loads = [values.only(slot, Op.LOAD_CELL) for slot in values.operands(cells)]
        closure = [node for node in loads if node is not None]
        if len(closure) != len(loads):
            return None
        closure.append(cells)
    return _Site(call, make, load, closure)


class _Inlining:
    """One comprehension on its way into a body."""

    def __init__(
        self, program: Program, body: Body, values: Values, site: _Site, is_module: bool
    ) -> None:
        self.program = program
        self.body = body
        self.values = values
        self.site = site
        self.is_module = is_module
        self.depth = len(values.before[site.call]) - 2
        self.scopes = len(open_scopes(body)[site.call])

    def run(self) -> None:
        site, inner = self.site, self.site.inner
        self._rename_free()
        inner_body = Body.of(inner)
        names = sorted(_bound(inner, inner_body))
        call = site.call
        after = call.succ[0]
        if inner.flags & _COROUTINE:
            after = _behind_await(after)
        first = [call.like(Op.SAVE_LOCAL, name) for name in names]
        last = [call.like(Op.RESTORE_LOCAL, name) for name in names]
        handler = call.handler
        if names:
            cleanup = [call.like(Op.RESTORE_LOCAL, name) for name in names]
            raises = call.like(Op.RERAISE)
            _link(cleanup, raises)
            handler = Edge(cleanup[0], self.depth, self.scopes + len(names))
        entry = self._copied(inner_body, handler, len(names), [*last], after)
        splice = Splice(self.body)
        splice.shift(site.make.succ[0], call, self.depth, -1)
        for node in (*site.closure, site.load, site.make):
            splice.replace(node, [])
        _link(first, entry)
        call.succ = [first[0] if first else entry]
        splice.replace(call, [])
        splice.apply()
        self._describe(names)

    def _copied(
        self, inner: Body, handler: Optional[Edge], saved: int, last: List[Node], after: Node
    ) -> Node:
        """The nodes of the comprehension, for the stack of the outer body."""
        copies: Dict[Node, Node] = {}
        place = self.site.call.place
        inside = inner.nodes()
        for rank, node in enumerate(inside):
            copies[node] = Node(
                node.op,
                node.arg,
                (),
                handler,
                node.position,
                None,
                place + (rank + 1) / (len(inside) + 2),
            )
        for node, copy in copies.items():
            copy.succ = [copies[following] for following in node.succ]
            if node.handler is not None:
                target, depth, scopes = node.handler
                copy.handler = Edge(
                    copies[target], depth + self.depth, scopes + self.scopes + saved
                )
            if node.op is Op.RETURN:
                ending = [copy.like(one.op, one.arg) for one in last]
                for one in ending:
                    one.handler = self.site.call.handler
                _link(ending, after)
                copy.op, copy.arg, copy.succ = _nothing(ending[0] if ending else after)
            elif node.op is Op.LOAD_LOCAL and node.arg == _ITERATOR:
                copy.op, copy.arg = Op.SWAP, 2
            elif self.is_module and node.op is Op.LOAD_GLOBAL:
                copy.op = Op.LOAD_NAME
            elif node.op is Op.LOAD_CONST and isinstance(node.arg, Program):
                _requalify(node.arg, self.site.inner)
        entry = copies[inner.entry]
        splice = Splice(Body(entry))
        for copy in copies.values():
            if copy.op is Op.COPY and copy.arg == 0:
                splice.replace(copy, [])
        splice.apply()
        return splice.body.entry

    def _rename_free(self) -> None:
        """A free variable of the name of a new cell is called otherwise (cell_operands).

        3.12 and 3.13 write into the free variable here, and so does their program.
        """
        program = self.program
        new = set(self.site.inner.cellvars) - set(program.cellvars)
        for name in new.intersection(program.freevars):
            for node in self.body.walk():
                if node.op in CELL_OPERATIONS and node.arg == name:
                    node.arg = f"{name} (free)"

    def _describe(self, names: List[str]) -> None:
        """Add the comprehension's locals and cells to the outer program."""
        program, inner = self.program, self.site.inner
        count = parameter_count(inner)
        locals_ = [name for name in (*inner.varnames[count:], *names) if name != _ITERATOR]
        program.varnames = tuple(dict.fromkeys((*program.varnames, *locals_)))
        program.cellvars = tuple(dict.fromkeys((*program.cellvars, *inner.cellvars)))


def _nothing(after: Node) -> Tuple[Op, int, List[Node]]:
    """The content of a node that is to be taken out: no COPY has the operand 0."""
    return Op.COPY, 0, [after]


def _link(nodes: List[Node], after: Node) -> None:
    for one, following in zip(nodes, [*nodes[1:], after]):
        one.succ = [following]


def _behind_await(node: Node) -> Node:
    """What follows GET_AWAITABLE, None, YIELD_FROM."""
    if node.op is Op.GET_AWAITABLE:
        load = node.succ[0]
        if load.op is Op.LOAD_CONST and load.succ[0].op is Op.YIELD_FROM:
            return load.succ[0].succ[0]
    return node


def _bound(inner: Program, body: Body) -> List[str]:
    """The names that a comprehension binds, its cells among them."""
    names = dict.fromkeys(inner.cellvars)
    for node in body.walk():
        if node.op in _LOADS and node.arg != _ITERATOR:
            names[node.arg] = None
    return list(names)


def _requalify(program: Program, inner: Program) -> None:
    """Take the comprehension out of the qualified names of what is nested in it."""
    prefix = inner.qualname[: -len(inner.name)]
    inside = f"{inner.qualname}."
    if program.qualname.startswith(inside):
        program.qualname = prefix + program.qualname[len(inside) :]
    for item in program.items:
        arg = getattr(item, "arg", None)
        if isinstance(arg, Program):
            _requalify(arg, inner)
