"""Where each node of a module stands, and the nodes of each class.

It is kept for each statement of the module, and of the classes there, so that a text of which a
few statements were parsed anew has the rest of it already.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Optional, Set

from .syntax import nodes, operators
from .syntax.node import Node

_DEFINITIONS = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)
#: Statements of a module that bind names in it only, but for what lambdas and comprehensions bind.
_SIMPLE = (
    *(nodes.Import, nodes.ImportFrom, nodes.Assign, nodes.AugAssign, nodes.AnnAssign),
    *(nodes.Expr, nodes.Delete, nodes.Assert, nodes.Raise, nodes.Pass),
)
_OPENING = (nodes.Lambda, nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)


class _Unit:
    """The nodes of a statement; of a class those of its head."""

    __slots__ = ("_inner", "by_class", "kept", "node")

    def __init__(self, node: nodes.stmt, parents: Dict[int, Node]) -> None:
        """Look at all nodes of ``node``, and tell ``parents`` what is above each."""
        #: also keeps the identities of all nodes from being used again
        self.node = node
        self.by_class: Dict[type, List[Node]] = {}
        self.kept: Dict[object, List[Node]] = {}
        self._inner: Optional[FrozenSet[str]] = None
        by_class = self.by_class
        stack: List[Node] = []
        pop, push = stack.pop, stack.append
        if isinstance(node, nodes.ClassDef):  # but for its body
            by_class[nodes.ClassDef] = [node]
            for field in node._children:
                value = getattr(node, field)
                if value is not node.body:
                    for item in value:
                        parents[id(item)] = node
                        push(item)
        else:
            push(node)
        while stack:
            above = pop()
            cls = type(above)
            if cls in by_class:
                by_class[cls].append(above)
            else:
                by_class[cls] = [above]
            enter = cls._enter
            if enter is not None:
                enter(above, parents, push)

    def inner_names(self, in_module: bool) -> FrozenSet[str]:
        """The names that it may bind in a function, class, lambda or comprehension."""
        if self._inner is None:
            self._inner = frozenset(self._bound(in_module))
        return self._inner

    def _bound(self, in_module: bool) -> Iterator[str]:
        get = self.by_class.get
        if in_module and isinstance(self.node, _SIMPLE):
            if not any(cls in self.by_class for cls in _OPENING):
                return
        for node in get(nodes.Name, ()):
            if node.ctx is not operators.LOAD:  # type: ignore[attr-defined]
                yield node.id  # type: ignore[attr-defined]
        for node in get(nodes.arg, ()):
            yield node.arg  # type: ignore[attr-defined]
        for cls in _DEFINITIONS:
            for node in get(cls, ()):
                if not in_module or node is not self.node:
                    yield node.name  # type: ignore[attr-defined]
        for node in get(nodes.alias, ()):
            yield (node.asname or node.name).partition(".")[0]  # type: ignore[attr-defined]
        for other in (nodes.ExceptHandler, nodes.MatchAs, nodes.MatchStar, nodes.MatchMapping):
            for node in get(other, ()):
                name = getattr(node, "rest" if other is nodes.MatchMapping else "name")
                if name is not None:
                    yield name
        for param in (nodes.TypeVar, nodes.ParamSpec, nodes.TypeVarTuple):
            for node in get(param, ()):
                yield node.name  # type: ignore[attr-defined]


class Index:
    """Questions about the nodes of a module."""

    def __init__(self, tree: nodes.Module, before: Optional[Index] = None) -> None:
        """Look at all nodes; at those that ``before`` has of an earlier text only once.

        Questions to ``before`` have no meaning from then on.
        """
        self.tree = tree
        self._parents: Dict[int, Node] = before._parents if before else {}
        known = before._units if before else {}
        self._units: Dict[int, _Unit] = {}
        #: statements of the module itself
        self._top: Set[int] = set()
        self._add(tree, tree.body, known)
        self._top.update(map(id, tree.body))
        self._by_class: Dict[type, List[Node]] = {}
        self._kept: Dict[object, List[Node]] = {}

    def _add(self, owner: Node, body: List[nodes.stmt], known: Dict[int, _Unit]) -> None:
        parents, units = self._parents, self._units
        for statement in body:
            number = id(statement)
            unit = known.get(number)
            if unit is None or unit.node is not statement:
                unit = _Unit(statement, parents)
            units[number] = unit
            parents[number] = owner
            if isinstance(statement, nodes.ClassDef):
                self._add(statement, statement.body, known)

    def parent(self, node: Node) -> Optional[Node]:
        """The node that ``node`` is a child of; None for the module."""
        return self._parents.get(id(node))

    def above(self, node: Node) -> Iterator[Node]:
        """All nodes above ``node``, the nearest first."""
        get = self._parents.get
        above = get(id(node))
        while above is not None:
            yield above
            above = get(id(above))

    def nodes_of(self, cls: type) -> List[Node]:
        """The nodes of a class, parents first."""
        if cls not in self._by_class:
            self._by_class[cls] = [
                node for unit in self._units.values() for node in unit.by_class.get(cls, ())
            ]
        return self._by_class[cls]

    def kept(self, wanted: Callable[[Dict[type, List[Any]]], List[Node]]) -> List[Node]:
        """What ``wanted`` chooses of the nodes of each statement, which it has by their class."""
        if wanted not in self._kept:
            found: List[Node] = []
            for unit in self._units.values():
                if wanted not in unit.kept:
                    unit.kept[wanted] = wanted(unit.by_class)
                found += unit.kept[wanted]
            self._kept[wanted] = found
        return self._kept[wanted]

    def inner_names(self) -> Set[str]:
        """All names that may be bound in another scope than the module's."""
        top = self._top
        return set().union(
            *(unit.inner_names(number in top) for number, unit in self._units.items())
        )
