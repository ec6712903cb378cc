"""Lists, tuples, dicts and sets whose elements are symbolic values.

A container made in the frame may be changed freely: the plain program's object
doesn't exist yet. One that came from outside is read only here; changing it is a
side effect, which breaks the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional

from ...ir.instr import Op
from ...source import Source
from .base import NotConstant, Variable

if TYPE_CHECKING:
    from ..residual import ResidualWriter

__all__ = ["DictVariable", "LazyVariable", "SequenceVariable", "SetVariable", "SliceVariable"]


class LazyVariable(Variable):
    """An element of a container from outside; its guard is made when it is looked at."""

    __slots__ = ("value",)

    def __init__(self, value: Any, source: Source) -> None:
        super().__init__(source)
        self.value = value

    def python_type(self) -> type:
        raise AssertionError("a lazy value is realised before use")


class SequenceVariable(Variable):
    """A list or tuple, or a subclass that only the framework makes (a tensor's shape).

    Args:
        items: the elements.
        cls: the exact type.
    """

    __slots__ = ("cls", "items")

    def __init__(
        self, items: Iterable[Variable], cls: type, source: Optional[Source] = None
    ) -> None:
        super().__init__(source)
        self.items: List[Variable] = list(items)
        self.cls = cls

    def python_type(self) -> type:
        return self.cls

    def as_constant(self) -> Any:
        if self.source is not None and self.cls is not tuple:
            return self.cls([item_constant(item) for item in self.items])
        return self.cls([item_constant(item) for item in self.items])

    def parts(self) -> List[Variable]:
        return self.items

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.cls not in (list, tuple):
            writer.constant(self.cls)
        for item in self.items:
            writer.load(item)
        writer.add(Op.BUILD_TUPLE if self.cls is tuple else Op.BUILD_LIST, len(self.items))
        if self.cls not in (list, tuple):
            writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"SequenceVariable({self.cls.__name__}, {self.items!r})"


class DictVariable(Variable):
    """A dict or OrderedDict with constant keys.

    ``keys_guarded`` tells whether all keys of a dict from outside are already
    pinned by a guard; until then only single keys are.
    """

    __slots__ = ("cls", "items", "keys_guarded")

    def __init__(
        self, items: Dict[Any, Variable], cls: type = dict, source: Optional[Source] = None
    ) -> None:
        super().__init__(source)
        self.items = items
        self.cls = cls
        self.keys_guarded = source is None

    def python_type(self) -> type:
        return self.cls

    def as_constant(self) -> Any:
        if self.source is not None and not self.keys_guarded:
            raise NotConstant
        if self.cls is not dict:
            raise NotConstant
        return {key: item_constant(item) for key, item in self.items.items()}

    def parts(self) -> List[Variable]:
        return list(self.items.values())

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.cls is not dict:
            writer.constant(self.cls)
        for key, item in self.items.items():
            writer.constant(key)
            writer.load(item)
        writer.add(Op.BUILD_MAP, len(self.items))
        if self.cls is not dict:
            writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"DictVariable({self.items!r})"


class SetVariable(Variable):
    """A set or frozenset of constants.

    ``unordered`` tells that only its elements are known, not the order in which it
    gives them: equal sets may differ in that. ``origin`` is the object itself of a set
    from outside: the very set with the very elements gives them as it did.
    """

    __slots__ = ("cls", "items", "origin", "unordered")

    def __init__(
        self,
        items: Iterable[Any],
        cls: type = set,
        source: Optional[Source] = None,
        unordered: bool = False,
        origin: Any = None,
    ) -> None:
        super().__init__(source)
        self.items = cls(items)
        self.origin = origin
        self.cls = cls
        self.unordered = unordered

    def python_type(self) -> type:
        return self.cls

    def as_constant(self) -> Any:
        return self.cls(self.items)

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(self.cls)
        writer.constant(tuple(self.items))
        writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"SetVariable({self.items!r})"


class SliceVariable(Variable):
    """A slice; its parts may be symbolic."""

    __slots__ = ("bounds",)

    def __init__(self, bounds: Iterable[Variable]) -> None:
        super().__init__(None)
        #: start, stop and step
        self.bounds = list(bounds)

    def python_type(self) -> type:
        return slice

    def as_constant(self) -> Any:
        return slice(*[item_constant(part) for part in self.bounds])

    def parts(self) -> List[Variable]:
        return self.bounds

    def rebuild(self, writer: ResidualWriter) -> None:
        for part in self.bounds:
            writer.load(part)
        writer.add(Op.BUILD_SLICE, 3)

    def __repr__(self) -> str:
        return f"SliceVariable({self.bounds!r})"


def item_constant(item: Variable) -> Any:
    """The constant of a container's element; a lazy one has no guard yet, so it has none."""
    if isinstance(item, LazyVariable):
        raise NotConstant
    return item.as_constant()
