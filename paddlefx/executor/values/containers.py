"""Lists, tuples, dicts and sets whose elements are symbolic values.

A container made in the frame may be changed freely: the plain program's object
doesn't exist yet. Changes of one that came from outside go through
``SideEffects.changing``, which logs them. What such a container held when the frame
began is guarded when it is looked at, not before: what is only added to may hold
anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

from ... import _C
from ...ir.instr import Op
from ...source import Source
from .base import NotConstant, Variable
from .keys import is_symbolic, key_parts

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["DictVariable", "LazyVariable", "SequenceVariable", "SetVariable", "SliceVariable"]


class LazyVariable(Variable):
    """An element of a container from outside; its guard is made when it is looked at."""

    __slots__ = ("value",)

    def __init__(self, value: Any, source: Source) -> None:
        self.source = source  # thousands are made: without super()
        self.value = value

    def python_type(self) -> type:
        raise AssertionError("a lazy value is realised before use")


class SequenceVariable(Variable):
    """A list or tuple, or a subclass that only the framework makes (a tensor's shape).

    Args:
        items: the elements.
        cls: the exact type.
        source: where it came from.
        unread: called once when the elements are first looked at: guards their number.
    """

    __slots__ = ("_items", "_unread", "cls", "owner")

    def __init__(
        self,
        items: Iterable[Variable],
        cls: type,
        source: Optional[Source] = None,
        unread: Optional[Callable[[], None]] = None,
    ) -> None:
        super().__init__(source)
        self._items: List[Variable] = list(items)
        self._unread = unread
        self.cls = cls
        #: The object of a derived class that these are the elements of.
        self.owner: Optional[Variable] = None

    @property
    def items(self) -> List[Variable]:
        """The elements."""
        if self._unread is not None:
            unread, self._unread = self._unread, None
            unread()
        return self._items

    def peek(self) -> List[Variable]:
        """The elements this call has, for uses that don't depend on how many there are."""
        return self._items

    def push(self, value: Variable) -> None:
        """Append an element, whatever there is before it."""
        self._items.append(value)

    @property
    def base(self) -> Any:
        """The built-in type whose methods change it."""
        return builtin_base(self.cls)

    def python_type(self) -> type:
        return self.cls

    def as_constant(self) -> Any:
        return self.cls([item_constant(item) for item in self.items])

    def parts(self) -> List[Variable]:
        return self.items if self.owner is None else [self.owner]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.owner is not None:
            writer.load(self.owner)
            return
        if self.cls not in (list, tuple):
            writer.constant(self.cls)
        for item in self.items:
            writer.load(item)
        writer.add(Op.BUILD_TUPLE if self.cls is tuple else Op.BUILD_LIST, len(self.items))
        if self.cls not in (list, tuple):
            writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"SequenceVariable({self.cls.__name__}, {self._items!r})"


class DictVariable(Variable):
    """A dict or OrderedDict with constant keys.

    ``keys_guarded`` tells whether all keys that a dict from outside had are already
    pinned by a guard; until then only single keys are. ``entry`` is those keys, and
    ``written`` those that were assigned or deleted since, whose presence is known.
    """

    __slots__ = ("attributes_of", "cls", "entry", "items", "keys_guarded", "owner", "written")

    def __init__(
        self, items: Dict[Any, Variable], cls: type = dict, source: Optional[Source] = None
    ) -> None:
        super().__init__(source)
        self.items = items
        self.cls = cls
        self.keys_guarded = source is None
        self.entry: Tuple[Any, ...] = () if source is None else tuple(items)
        self.written: Set[Any] = set()
        #: The object of a derived class that these are the items of.
        self.owner: Optional[Variable] = None
        #: The object made in the frame whose ``__dict__`` it is, where the frame has got hold of it.
        self.attributes_of: Optional[Variable] = None

    @property
    def base(self) -> Any:
        """The built-in type whose methods change it."""
        return builtin_base(self.cls)

    def python_type(self) -> type:
        return self.cls

    def as_constant(self) -> Any:
        if self.source is not None and not self.keys_guarded:
            raise NotConstant
        if self.cls is not dict or any(map(is_symbolic, self.items)):
            raise NotConstant
        return {key: item_constant(item) for key, item in self.items.items()}

    def parts(self) -> List[Variable]:
        if self.owner is not None:
            return [self.owner]
        if self.attributes_of is not None:
            return [self.attributes_of]
        return [*key_parts(self.items), *self.items.values()]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.attributes_of is not None:
            writer.constant(object.__getattribute__)
            writer.load(self.attributes_of)
            writer.constant("__dict__")
            writer.add(Op.CALL, (2, ()))
            return
        if self.owner is not None:
            writer.load(self.owner)
            return
        if self.cls is not dict:
            writer.constant(self.cls)
        for key, item in self.items.items():
            writer.key(key)
            writer.load(item)
        writer.add(Op.BUILD_MAP, len(self.items))
        if self.cls is not dict:
            writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"DictVariable({self.items!r})"


class SetVariable(Variable):
    """A set or frozenset of constants; ``items`` is a real one with the same table.

    The order of a set's elements comes from what happened to it, not from what it holds: so
    the stand-in goes through what the plain set goes through, by the very operations
    (``Objects/setobject.c``), and leaves the frame as a copy of its table.

    Args:
        items: the elements; a set or frozenset is copied as ``cls`` copies it.
        cls: set or frozenset.
        source: where it came from.
        tables: guard the tables of the sets from outside that the order comes from; equal
            sets may differ in that. Called once when the order is first asked for.
        unread: called once when the elements are first looked at: it guards them.
    """

    __slots__ = ("_items", "_tables", "_unread", "cls", "owner")

    def __init__(
        self,
        items: Iterable[Any],
        cls: type = set,
        source: Optional[Source] = None,
        tables: Tuple[Callable[[], None], ...] = (),
        unread: Optional[Callable[[], None]] = None,
    ) -> None:
        super().__init__(source)
        self._items: Any = cls(items)
        self._unread = unread
        self._tables = tables
        self.cls = cls
        #: The object of a derived class that these are the elements of.
        self.owner: Optional[Variable] = None

    @property
    def base(self) -> Any:
        """The built-in type whose methods change it."""
        return builtin_base(self.cls)

    @classmethod
    def holding(cls, elements: Any, *like: Variable) -> SetVariable:
        """The variable of a new set itself, whose order comes from that of ``like`` too."""
        made = cls((), type(elements))
        made._items = elements
        made.depend(*like)
        return made

    @classmethod
    def outside(
        cls,
        value: Any,
        source: Source,
        table: Callable[[], None],
        unread: Callable[[], None],
    ) -> SetVariable:
        """The variable of a set from outside."""
        made = cls((), type(value), source, (table,), unread)
        made._items = _C.clone_set(value) if type(value) is set else value
        return made

    @property
    def items(self) -> Any:
        """The elements."""
        self.look()
        return self._items

    def look(self) -> None:
        """What it holds matters from now on."""
        if self._unread is not None:
            unread, self._unread = self._unread, None
            unread()

    @property
    def symbolic(self) -> bool:
        """Whether some element is an object: those are hashed by their addresses."""
        return any(map(is_symbolic, self._items))

    @property
    def unordered(self) -> bool:
        """Whether the order of the elements can't be known."""
        return len(self._items) > 1 and self.symbolic

    def depend(self, *others: Variable) -> None:
        """Its order comes from that of other sets too."""
        for other in others:
            if isinstance(other, SetVariable):
                self._tables += tuple(one for one in other._tables if one not in self._tables)

    def settle(self) -> None:
        """The order of its elements matters from now on."""
        self.look()
        tables, self._tables = self._tables, ()
        for table in tables:
            table()

    def snapshot(self) -> SetVariable:
        """A new set that has, and goes on having, the order this one has now."""
        self.settle()
        return SetVariable.holding(_C.clone_set(self._items))

    def when_read(self, also: Callable[[], None]) -> None:
        """Call ``also`` too when the elements are looked at."""
        before = self._unread

        def unread() -> None:
            if before is not None:
                before()
            also()

        self._unread = unread

    def peek(self) -> Any:
        """The elements this call has, for uses that don't depend on which there are."""
        return self._items

    def python_type(self) -> type:
        return self.cls

    def as_constant(self) -> Any:
        if self.symbolic:
            raise NotConstant
        self.look()
        return _C.clone_set(self._items) if self.cls is set else self._items

    def parts(self) -> List[Variable]:
        return key_parts(self._items) if self.owner is None else [self.owner]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.owner is not None:
            writer.load(self.owner)
            return
        if self.symbolic:
            writer.constant(self.cls)
            for item in self.items:
                writer.key(item)
            writer.add(Op.BUILD_TUPLE, len(self.items))
            writer.add(Op.CALL, (1, ()))
            return
        self.settle()
        writer.constant(_C.clone_set)
        # Held as a set: code objects make the frozensets they hold anew (codeobject.c,
        # intern_string_constants).
        writer.constant(_C.clone_set(self._items, set))
        writer.constant(self.cls)
        writer.add(Op.CALL, (2, ()))

    def __repr__(self) -> str:
        return f"SetVariable({self._items!r})"


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


def builtin_base(cls: type) -> type:
    """The first type written in C that ``cls`` is or derives from."""
    return next(base for base in cls.__mro__ if not base.__flags__ & (1 << 9))


def item_constant(item: Variable) -> Any:
    """The constant of a container's element; a lazy one has no guard yet, so it has none."""
    if isinstance(item, LazyVariable):
        raise NotConstant
    return item.as_constant()
