"""Which object is which: one variable for each object from outside, however it is reached.

Two paths may lead to one object, and a change through the first has to be seen through
the second. Such paths share a variable, under a guard that they lead to the same object.
Where one object is changed, the others that capture has looked at are guarded to be
different ones. Nothing is pinned: another call may bring other objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

from ..guards import GuardKind
from ..source import CellObjectSource, CellSource, Source
from .values import (
    CellVariable,
    ConstantVariable,
    DequeVariable,
    DictVariable,
    GeneratorVariable,
    IteratorVariable,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    Variable,
)

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["Identities", "place_of"]


def place_of(variable: Variable) -> Optional[Source]:
    """The path to the object itself; a cell's source is the path to what it holds."""
    source = variable.source
    if isinstance(variable, CellVariable):
        if isinstance(source, CellSource):
            return CellObjectSource(source.name, source.index)
        return getattr(source, "base", None)
    return source


class Identities:
    """The objects from outside that one capture has met."""

    def __init__(self) -> None:
        #: what can be changed, by the object's id
        self._changeable: Dict[int, Tuple[Variable, Any]] = {}
        #: the object behind every variable from outside, by the variable's id
        self._origins: Dict[int, Tuple[Variable, Any]] = {}
        self._changed: Dict[int, Variable] = {}

    def known(self, machine: Machine, value: Any, source: Source) -> Optional[Variable]:
        """The variable of an object that was met on another path, and is met here again."""
        found = self._changeable.get(id(value))
        if found is None:
            return None
        place = place_of(found[0])
        assert place is not None
        if place != source:
            machine.guard(source, GuardKind.SAME, place)
        return found[0]

    def add(self, machine: Machine, value: Any, variable: Variable) -> None:
        """A path to ``value`` has become ``variable``."""
        if variable.source is None:
            return
        self._origins[id(variable)] = (variable, value)
        if (
            type(variable) is ConstantVariable
            or not _can_change(variable)
            or id(value) in self._changeable
        ):
            return
        self._changeable[id(value)] = (variable, value)
        if not self._changed:
            return
        kind = variable.python_type()
        for changed in self._changed.values():
            if changed.python_type() is kind:
                self._tell_apart(machine, variable, changed)

    def variable_of(self, value: Any) -> Optional[Variable]:
        """The variable of an object that can be changed, if capture has met it."""
        found = self._changeable.get(id(value))
        return None if found is None else found[0]

    def origin(self, variable: Variable) -> Optional[Tuple[Any]]:
        """The object behind a variable from outside, in a tuple of its own."""
        found = self._origins.get(id(variable))
        if found is not None:
            return (found[1],)
        if isinstance(variable, ObjectVariable) and variable.source is not None:
            return (variable.value,)
        return None

    def same(self, machine: Machine, one: Variable, two: Variable) -> Optional[bool]:
        """Whether two variables from outside are one object, under a guard.

        Returns:
            ``None`` when one of them isn't from outside.
        """
        left, right = self.origin(one), self.origin(two)
        first, second = place_of(one), place_of(two)
        if left is None or right is None or first is None or second is None:
            return None
        same = left[0] is right[0]
        if first != second:
            machine.guard(first, GuardKind.SAME if same else GuardKind.DISTINCT, second)
        return same

    def change(self, machine: Machine, variable: Variable) -> None:
        """``variable`` is changed: it must not be another one of its type in disguise."""
        variable = getattr(variable, "owner", None) or variable
        if variable.source is None or id(variable) in self._changed:
            return
        self._changed[id(variable)] = variable
        kind = variable.python_type()
        others = [other for other, _ in self._changeable.values() if other.python_type() is kind]
        for other in others:
            self._tell_apart(machine, variable, other)

    def is_changed(self, variable: Variable) -> bool:
        """Whether an object from outside is changed by this capture."""
        return id(getattr(variable, "owner", None) or variable) in self._changed

    def _tell_apart(self, machine: Machine, one: Variable, two: Variable) -> None:
        """Guard two objects of one type to be two."""
        if one is two:
            return
        if _pinned(one) and _pinned(two):
            return
        first, second = place_of(one), place_of(two)
        if first is not None and second is not None and first != second:
            machine.guard(first, GuardKind.DISTINCT, second)


def _pinned(variable: Variable) -> bool:
    return isinstance(variable, ObjectVariable) and variable.pinned


def _can_change(variable: Variable) -> bool:
    """Whether changes of the object can be seen through another path to it."""
    if isinstance(variable, SequenceVariable):
        return not issubclass(variable.cls, tuple)
    if isinstance(variable, SetVariable):
        return not issubclass(variable.cls, frozenset)
    if isinstance(variable, ObjectVariable):
        return not variable.pinned
    return isinstance(
        variable,
        (DictVariable, DequeVariable, CellVariable, IteratorVariable, GeneratorVariable),
    )
