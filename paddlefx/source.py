"""Where a value came from, as seen from the frame that is captured.

A source is a path: a root (a local, a global, a free variable, an object) and
steps from it. Guards check what is at its end in C; the residual program loads
it again in bytecode. Every step is free of user code: instance dictionaries and
type look-ups, never a property.
"""

from __future__ import annotations

import operator
from typing import Any, Callable, Tuple

__all__ = [
    "AttributeSource",
    "CellObjectSource",
    "CellSource",
    "ComputedSource",
    "ConstantSource",
    "GlobalSource",
    "HandledSource",
    "InstanceDictSource",
    "ItemSource",
    "IteratorPartSource",
    "LocalSource",
    "Source",
    "TypeAttributeSource",
    "TypeSource",
    "UpcomingSource",
]


class Source:
    """A path; two are equal when they take the same steps from the same root.

    Keys are told apart by type (``1``, ``True`` and ``1.0`` are three) and held
    objects by identity.
    """

    __slots__ = ("_hash", "_parts")

    def _of(self, *parts: Any) -> None:
        self._parts: Tuple[Any, ...] = parts
        self._hash = hash((type(self), parts))

    def _after(self, base: Source, step: Any = None) -> None:
        # As _of(), without a call of Python code for the hash of the base: most are such steps.
        self._parts = (base, step)
        self._hash = hash((type(self), base._hash, step))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            type(self) is type(other)
            and isinstance(other, Source)
            and self._hash == other._hash
            and self._parts == other._parts
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class LocalSource(Source):
    """A parameter of the frame; ``index`` is its slot in ``co_varnames``."""

    __slots__ = ("index", "name")

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index
        self._of(name, index)

    def __str__(self) -> str:
        return self.name


class GlobalSource(Source):
    """A name in the frame's globals, or else in its builtins."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        self._of(name)

    def __str__(self) -> str:
        return f"globals[{self.name!r}]"


class CellSource(Source):
    """The contents of a free variable; ``index`` is its place in ``co_freevars``."""

    __slots__ = ("index", "name")

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index
        self._of(name, index)

    def __str__(self) -> str:
        return f"closure[{self.name!r}]"


class CellObjectSource(Source):
    """The cell itself of a free variable, empty or not; as :class:`CellSource`."""

    __slots__ = ("index", "name")

    def __init__(self, name: str, index: int) -> None:
        self.name = name
        self.index = index
        self._of(name, index)

    def __str__(self) -> str:
        return f"cell of {self.name!r}"


class ConstantSource(Source):
    """An object that the guard holds on to by itself: a module's dict, a class, a function.

    ``name`` is for people.
    """

    __slots__ = ("name", "value")

    def __init__(self, value: Any, name: str) -> None:
        self.value = value
        self.name = name
        self._of(id(value))

    def __str__(self) -> str:
        return self.name


class HandledSource(Source):
    """The exception that the frames around the captured one handle: ``sys.exc_info()[1]``."""

    __slots__ = ()

    def __init__(self) -> None:
        self._of()

    def __str__(self) -> str:
        return "the handled exception"


class AttributeSource(Source):
    """``object.__getattribute__(base, name)``: data descriptors, instance dict, type."""

    __slots__ = ("base", "name")

    def __init__(self, base: Source, name: str) -> None:
        self.base = base
        self.name = name
        self._after(base, name)

    def __str__(self) -> str:
        return f"{self.base}.{self.name}"


class InstanceDictSource(Source):
    """``base.__dict__``, the dictionary of an instance (never of a type).

    ``past`` says that the type has a ``__getattribute__`` of its own, which a read goes past.
    """

    __slots__ = ("base", "past")

    def __init__(self, base: Source, past: bool = False) -> None:
        self.base = base
        self.past = past
        self._after(base)

    def __str__(self) -> str:
        return f"{self.base}.__dict__"


class ItemSource(Source):
    """``base[key]`` of a dict (``dict.__getitem__``, subclasses too), list or tuple.

    ``key`` is a constant. ``through`` is the built-in type whose ``__getitem__`` reads it
    where the container's class derives from that and may have one of its own.
    """

    __slots__ = ("base", "key", "through")

    def __init__(self, base: Source, key: Any, through: Any = None) -> None:
        self.base = base
        self.key = key
        self.through = through
        self._after(base, (type(key), repr(key) if isinstance(key, float) else key))

    def __str__(self) -> str:
        return f"{self.base}[{self.key!r}]"


class UpcomingSource(Source):
    """The value that a built-in iterator will give behind the next ``ahead`` ones.

    Reading it doesn't move the iterator: one of a list, tuple, range or dict.
    """

    __slots__ = ("ahead", "base")

    def __init__(self, base: Source, ahead: int) -> None:
        self.base = base
        self.ahead = ahead
        self._after(base, ahead)

    def __str__(self) -> str:
        return f"next({self.base})" if not self.ahead else f"next({self.base}, +{self.ahead})"


class IteratorPartSource(Source):
    """A part of a built-in iterator.

    Args:
        base: the iterator.
        part: ``OVER``: the container it goes over; ``INDEX``: the next index of an
            ``enumerate``, the kind of an iterator of an OrderedDict; ``INNER`` and above: the iterators that ``enumerate`` and ``zip``
            take from. Of a generator that doesn't run, 0: where it stands; from 1 on, its
            local variables and cells.
    """

    __slots__ = ("base", "part")

    #: As in ``csrc/paddlefx.h``.
    OVER, INDEX, INNER = 0, 1, 2

    def __init__(self, base: Source, part: int) -> None:
        self.base = base
        self.part = part
        self._after(base, part)

    def __str__(self) -> str:
        return f"part {self.part} of {self.base}"


class TypeSource(Source):
    """``type(base)``."""

    __slots__ = ("base",)

    def __init__(self, base: Source) -> None:
        self.base = base
        self._after(base)

    def __str__(self) -> str:
        return f"type({self.base})"


class TypeAttributeSource(Source):
    """``name`` looked up along the MRO of the type that ``base`` is, descriptors not bound."""

    __slots__ = ("base", "name")

    def __init__(self, base: Source, name: str) -> None:
        self.base = base
        self.name = name
        self._after(base, name)

    def __str__(self) -> str:
        return f"{self.base}::{self.name}"


class ComputedSource(Source):
    """``function(*operands)`` of numbers, or the elements of a deque as a tuple.

    Args:
        function: of the ``operator`` or ``math`` module, or a class such as ``float``; or a method
            of a type written in C, with one operand of that type; or ``tuple``, of a deque.
        operands: sources of ints and floats; constants as :class:`ConstantSource`.
    """

    __slots__ = ("function", "operands")

    def __init__(self, function: Callable[..., Any], operands: Tuple[Source, ...]) -> None:
        self.function = function
        self.operands = operands
        self._of(
            function,
            *[
                (type(item.value), repr(item.value)) if isinstance(item, ConstantSource) else item
                for item in operands
            ],
        )

    def __str__(self) -> str:
        texts = [str(item) for item in self.operands]
        symbol = _SYMBOLS.get(self.function)
        if symbol is not None and len(texts) == 2:
            return f"({texts[0]} {symbol} {texts[1]})"
        return f"{getattr(self.function, '__name__', self.function)}({', '.join(texts)})"


_SYMBOLS = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.lt: "<",
    operator.le: "<=",
    operator.eq: "==",
    operator.ne: "!=",
    operator.gt: ">",
    operator.ge: ">=",
}
