"""Objects that the frame makes of the user's classes."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Union

from ...ir.instr import Op
from .base import Variable
from .containers import DictVariable, SequenceVariable, SetVariable
from .keys import key_parts
from .plain import NullVariable, ObjectVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["InstanceVariable", "write_attributes"]

_NAMESPACE = types.SimpleNamespace


class InstanceVariable(ObjectVariable):
    """An instance that exists in capture only; where it leaves, it is made then.

    Args:
        prototype: an empty instance of the very class: what is asked of the type is asked
            of it. It never leaves capture, and no code of the user's sees it.
        table: its instance dict; ``None`` where the class has none.
    """

    __slots__ = ("data", "slots", "table")

    def __init__(self, prototype: Any, table: Optional[DictVariable]) -> None:
        super().__init__(prototype, None, pinned=False)
        self.table = table
        #: What its slots hold, by their name.
        self.slots: Dict[str, Variable] = {}
        #: Its elements, where the class derives from a built-in container.
        self.data: Union[SequenceVariable, DictVariable, SetVariable, None] = None

    def parts(self) -> List[Variable]:
        held = [] if self.table is None else list(self.table.items.values())
        if isinstance(self.data, SequenceVariable):
            held += self.data.items
        elif isinstance(self.data, DictVariable):
            held += [*key_parts(self.data.items), *self.data.items.values()]
        elif self.data is not None:
            held += key_parts(self.data.items)
        return held + [item for item in self.slots.values() if not isinstance(item, NullVariable)]

    def rebuild(self, writer: ResidualWriter) -> None:
        cls = self.python_type()
        if cls is _NAMESPACE:
            writer.constant(cls)
            writer.add(Op.CALL, (0, ()))
        else:
            base: Any = object if self.data is None else self.data.base
            writer.constant(base.__new__)
            writer.constant(cls)
            count = 1
            if isinstance(self.data, SequenceVariable) and base is tuple:
                for item in self.data.items:
                    writer.load(item)
                writer.add(Op.BUILD_TUPLE, len(self.data.items))
                count = 2
            elif isinstance(self.data, SetVariable) and base is frozenset:
                for element in self.data.items:
                    writer.key(element)
                writer.add(Op.BUILD_TUPLE, len(self.data.items))
                count = 2
            writer.add(Op.CALL, (count, ()))
        if self.parts() or isinstance(self.data, SetVariable):
            writer.fill_later(self)

    def complete(self, writer: ResidualWriter, name: str) -> None:
        self._add_elements(writer, name)
        write_attributes(writer, name, self.python_type(), self.table)
        for slot, item in self.slots.items():
            if not isinstance(item, NullVariable):
                write_attribute(writer, name, slot, item, plain=_sets_plainly(self.python_type()))

    def _add_elements(self, writer: ResidualWriter, name: str) -> None:
        data = self.data
        if isinstance(data, DictVariable):
            for key, item in data.items.items():
                writer.constant(data.base.__setitem__)
                writer.add(Op.LOAD_LOCAL, name)
                writer.key(key)
                writer.load(item)
                writer.add(Op.CALL, (3, ()))
                writer.add(Op.POP)
        elif data is not None and data.base in (list, set) and data.items:
            writer.constant(list.extend if data.base is list else set.update)
            writer.add(Op.LOAD_LOCAL, name)
            if isinstance(data, SequenceVariable):
                for item in data.items:
                    writer.load(item)
                writer.add(Op.BUILD_LIST, len(data.items))
            else:
                for element in data.items:
                    writer.key(element)
                writer.add(Op.BUILD_TUPLE, len(data.items))
            writer.add(Op.CALL, (2, ()))
            writer.add(Op.POP)


def _sets_plainly(cls: type) -> bool:
    setter: Any = cls.__setattr__
    return setter is object.__setattr__ or cls is _NAMESPACE


def write_attributes(
    writer: ResidualWriter, name: str, cls: type, table: Optional[DictVariable]
) -> None:
    """Fill the instance dict of the object in the local ``name``."""
    if table is None:
        return
    plain = _sets_plainly(cls)
    for key, item in table.items.items():
        named = isinstance(key, str)
        found = next(
            (base.__dict__[key] for base in cls.__mro__ if named and key in base.__dict__), None
        )
        if hasattr(type(found), "__set__") or not named:
            # The type has something in the way.
            writer.load(item)
            writer.constant(object.__getattribute__)
            writer.add(Op.LOAD_LOCAL, name)
            writer.constant("__dict__")
            writer.add(Op.CALL, (2, ()))
            writer.key(key)
            writer.add(Op.STORE_SUBSCR)
        else:
            write_attribute(writer, name, key, item, plain)


def write_attribute(
    writer: ResidualWriter, name: str, key: str, item: Variable, plain: bool
) -> None:
    """Set one attribute of the object in the local ``name``, running no code of its class."""
    if plain:
        writer.load(item)
        writer.add(Op.LOAD_LOCAL, name)
        writer.add(Op.STORE_ATTR, key)
        return
    writer.constant(object.__setattr__)
    writer.add(Op.LOAD_LOCAL, name)
    writer.constant(key)
    writer.load(item)
    writer.add(Op.CALL, (3, ()))
    writer.add(Op.POP)
