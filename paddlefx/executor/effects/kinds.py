"""What captured code does to objects from outside: one class for each way to change something.

The residual program carries the effects out in the user's order, when the graph has run.
An effect knows the values that it needs and the instructions that it becomes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ... import _C
from ...ir.instr import Op
from ...source import CellSource
from ..values import CallResultVariable, CellVariable, Variable
from ..values.keys import key_parts

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = [
    "AttributeDelete",
    "AttributeStore",
    "CellDelete",
    "CellStore",
    "DelayedCall",
    "Drop",
    "Effect",
    "GeneratorFinish",
    "GlobalDelete",
    "GlobalStore",
    "ItemDelete",
    "ItemStore",
    "IteratorAdvance",
    "MethodCall",
    "SliceStore",
]


class Effect:
    """One change of something from outside."""

    __slots__ = ()

    def values(self) -> List[Variable]:
        """The symbolic values it needs."""
        raise NotImplementedError  # pragma: no cover - every effect defines it

    def write(self, writer: ResidualWriter) -> None:
        """The instructions that carry it out; they leave the stack as it was."""
        raise NotImplementedError  # pragma: no cover - every effect defines it


class DelayedCall(Effect):
    """A call with constants, such as issuing a warning.

    Args:
        function: what is called.
        args: with these.
        kwargs: and these.
        result: stands for what it gives, when the captured code may use that.
    """

    __slots__ = ("args", "function", "kwargs", "result")

    def __init__(
        self,
        function: Callable[..., Any],
        args: Tuple[Any, ...],
        kwargs: Optional[Dict[str, Any]] = None,
        result: Optional[CallResultVariable] = None,
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs or {}
        self.result = result

    def values(self) -> List[Variable]:
        return []

    def write(self, writer: ResidualWriter) -> None:
        writer.constant(self.function)
        for argument in (*self.args, *self.kwargs.values()):
            writer.constant(argument)
        writer.add(Op.CALL, (len(self.args) + len(self.kwargs), tuple(self.kwargs)))
        if self.result is not None:
            writer.keep(self.result)
        writer.add(Op.POP)


class IteratorAdvance(Effect):
    """An iterator moves, as capture has run it.

    Args:
        iterator: the iterator.
    """

    __slots__ = ("count", "iterator")

    def __init__(self, iterator: Variable) -> None:
        self.iterator = iterator
        #: How often it was asked for a value.
        self.count = 0

    def values(self) -> List[Variable]:
        return [self.iterator]

    def write(self, writer: ResidualWriter) -> None:
        writer.constant(_C.advance)
        writer.load(self.iterator)
        writer.constant(self.count)
        writer.add(Op.CALL, (2, ()))
        writer.add(Op.POP)


class GeneratorFinish(Effect):
    """A generator from outside is at its end: capture has run the rest of it.

    Args:
        generator: the generator.
        finish: what takes the real one there.
    """

    __slots__ = ("finish", "generator")

    def __init__(self, generator: Variable, finish: Callable[[Any], None]) -> None:
        self.generator = generator
        self.finish = finish

    def values(self) -> List[Variable]:
        return [self.generator]

    def write(self, writer: ResidualWriter) -> None:
        writer.constant(self.finish)
        writer.load(self.generator)
        writer.add(Op.CALL, (1, ()))
        writer.add(Op.POP)


class AttributeStore(Effect):
    """``target.name = value``.

    Args:
        raw: by ``object.__setattr__``, where the class has one of its own that capture ran.
    """

    __slots__ = ("name", "raw", "target", "value")

    def __init__(self, target: Variable, name: str, value: Variable, raw: bool = False) -> None:
        self.target = target
        self.name = name
        self.value = value
        self.raw = raw

    def values(self) -> List[Variable]:
        return [self.value, self.target]

    def write(self, writer: ResidualWriter) -> None:
        if self.raw:
            writer.constant(object.__setattr__)
            writer.load(self.target)
            writer.constant(self.name)
            writer.load(self.value)
            writer.add(Op.CALL, (3, ()))
            writer.add(Op.POP)
            return
        writer.load(self.value)
        writer.load(self.target)
        writer.add(Op.STORE_ATTR, self.name)


class AttributeDelete(Effect):
    """``del target.name``; ``raw`` as for :class:`AttributeStore`."""

    __slots__ = ("name", "raw", "target")

    def __init__(self, target: Variable, name: str, raw: bool = False) -> None:
        self.target = target
        self.name = name
        self.raw = raw

    def values(self) -> List[Variable]:
        return [self.target]

    def write(self, writer: ResidualWriter) -> None:
        if self.raw:
            writer.constant(object.__delattr__)
            writer.load(self.target)
            writer.constant(self.name)
            writer.add(Op.CALL, (2, ()))
            writer.add(Op.POP)
            return
        writer.load(self.target)
        writer.add(Op.DELETE_ATTR, self.name)


class MethodCall(Effect):
    """``method(target, *args)``, where ``method`` is one of a built-in type.

    An argument that is a list of variables stands for a list of them made there and then.
    """

    __slots__ = ("args", "method", "target")

    def __init__(self, method: Any, target: Variable, *args: Any) -> None:
        self.method = method
        self.target = target
        self.args = args

    def values(self) -> List[Variable]:
        found: List[Variable] = [self.target]
        for argument in self.args:
            found += argument if isinstance(argument, list) else [argument]
        return found

    def write(self, writer: ResidualWriter) -> None:
        writer.constant(self.method)
        writer.load(self.target)
        for argument in self.args:
            if isinstance(argument, list):
                for item in argument:
                    writer.load(item)
                writer.add(Op.BUILD_LIST, len(argument))
            else:
                writer.load(argument)
        writer.add(Op.CALL, (1 + len(self.args), ()))
        writer.add(Op.POP)


def _owned(target: Variable) -> bool:
    """Whether the class of the object may have item methods of its own."""
    return getattr(target, "owner", None) is not None


class ItemStore(Effect):
    """``target[key] = value`` by the built-in container's own method."""

    __slots__ = ("key", "target", "value")

    def __init__(self, target: Variable, key: Any, value: Variable) -> None:
        self.target = target
        self.key = key
        self.value = value

    def values(self) -> List[Variable]:
        return [self.value, self.target, *key_parts([self.key])]

    def write(self, writer: ResidualWriter) -> None:
        if _owned(self.target):
            writer.constant(self.target.base.__setitem__)  # type: ignore[attr-defined]
            writer.load(self.target)
            writer.key(self.key)
            writer.load(self.value)
            writer.add(Op.CALL, (3, ()))
            writer.add(Op.POP)
            return
        writer.load(self.value)
        writer.load(self.target)
        writer.key(self.key)
        writer.add(Op.STORE_SUBSCR)


class ItemDelete(Effect):
    """``del target[key]`` by the built-in container's own method."""

    __slots__ = ("key", "target")

    def __init__(self, target: Variable, key: Any) -> None:
        self.target = target
        self.key = key

    def values(self) -> List[Variable]:
        return [self.target, *key_parts([self.key])]

    def write(self, writer: ResidualWriter) -> None:
        if _owned(self.target):
            writer.constant(self.target.base.__delitem__)  # type: ignore[attr-defined]
            writer.load(self.target)
            writer.key(self.key)
            writer.add(Op.CALL, (2, ()))
            writer.add(Op.POP)
            return
        writer.load(self.target)
        writer.key(self.key)
        writer.add(Op.DELETE_SUBSCR)


class SliceStore(Effect):
    """``target[start:stop] = items`` by the list's own method."""

    __slots__ = ("items", "start", "stop", "target")

    def __init__(self, target: Variable, start: int, stop: int, items: List[Variable]) -> None:
        self.target = target
        self.start = start
        self.stop = stop
        self.items = items

    def values(self) -> List[Variable]:
        return [*self.items, self.target]

    def write(self, writer: ResidualWriter) -> None:
        writer.constant(list.__setitem__)
        writer.load(self.target)
        writer.constant(self.start)
        writer.constant(self.stop)
        writer.add(Op.BUILD_SLICE, 2)
        for item in self.items:
            writer.load(item)
        writer.add(Op.BUILD_LIST, len(self.items))
        writer.add(Op.CALL, (3, ()))
        writer.add(Op.POP)


class GlobalStore(Effect):
    """``name = value`` in a module's globals."""

    __slots__ = ("name", "table", "value")

    def __init__(self, table: Dict[str, Any], name: str, value: Variable) -> None:
        self.table = table
        self.name = name
        self.value = value

    def values(self) -> List[Variable]:
        return [self.value]

    def write(self, writer: ResidualWriter) -> None:
        writer.load(self.value)
        if self.table is writer.machine.root_globals:
            writer.add(Op.STORE_GLOBAL, self.name)
            return
        writer.constant(self.table)
        writer.constant(self.name)
        writer.add(Op.STORE_SUBSCR)


class GlobalDelete(Effect):
    """``del name`` in a module's globals."""

    __slots__ = ("name", "table")

    def __init__(self, table: Dict[str, Any], name: str) -> None:
        self.table = table
        self.name = name

    def values(self) -> List[Variable]:
        return []

    def write(self, writer: ResidualWriter) -> None:
        if self.table is writer.machine.root_globals:
            writer.add(Op.DELETE_GLOBAL, self.name)
            return
        writer.constant(self.table)
        writer.constant(self.name)
        writer.add(Op.DELETE_SUBSCR)


class CellStore(Effect):
    """A closure variable from outside is bound anew."""

    __slots__ = ("cell", "value")

    def __init__(self, cell: CellVariable, value: Variable) -> None:
        self.cell = cell
        self.value = value

    def values(self) -> List[Variable]:
        return [self.value, self.cell]

    def write(self, writer: ResidualWriter) -> None:
        writer.load(self.value)
        if isinstance(self.cell.source, CellSource):
            writer.add(Op.STORE_DEREF, self.cell.source.name)
            return
        writer.load(self.cell)
        writer.add(Op.STORE_ATTR, "cell_contents")


class Drop(Effect):
    """The frame lets go of an object whose end runs code: a generator, a file.

    Args:
        target: the object; that of a parameter, which nothing in the frame refers to any more.
        name: the parameter.
    """

    __slots__ = ("name", "target")

    def __init__(self, target: Variable, name: str) -> None:
        self.target = target
        self.name = name

    def values(self) -> List[Variable]:
        return []

    def write(self, writer: ResidualWriter) -> None:
        if writer.is_parameter(self.name) and not writer.is_wanted(self.target):
            writer.add(Op.DELETE_LOCAL, self.name)


class CellDelete(Effect):
    """A closure variable from outside is unbound."""

    __slots__ = ("cell",)

    def __init__(self, cell: CellVariable) -> None:
        self.cell = cell

    def values(self) -> List[Variable]:
        return [self.cell]

    def write(self, writer: ResidualWriter) -> None:
        if isinstance(self.cell.source, CellSource):
            writer.add(Op.DELETE_DEREF, self.cell.source.name)
            return
        writer.load(self.cell)
        writer.add(Op.DELETE_ATTR, "cell_contents")
