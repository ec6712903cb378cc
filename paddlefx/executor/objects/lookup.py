"""Where a class and its bases have an attribute, as it is there."""

from __future__ import annotations

import types
import weakref
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional, Tuple

from ..breaks import GiveUp, Kind

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["ABSENT", "all_names", "check_class", "check_type", "has_own_getter", "mro_lookup"]

_only_names: weakref.WeakValueDictionary[int, type] = weakref.WeakValueDictionary()

ABSENT = object()  #: nothing found


def mro_lookup(cls: type, name: str, after: Optional[type] = None) -> Any:
    """``_PyType_Lookup``: the raw attribute, descriptors not bound; ``ABSENT`` if none."""
    mro: Tuple[type, ...] = cls.__mro__ or ()  # not known while a metaclass computes it
    if after is not None:
        mro = mro[mro.index(after) + 1 :]
    for base in mro:
        if name in base.__dict__:
            return base.__dict__[name]
    return ABSENT


def has_own_getter(cls: type) -> bool:
    """Whether a class, or a base of it, defines ``__getattribute__`` in Python."""
    return not isinstance(mro_lookup(cls, "__getattribute__"), types.WrapperDescriptorType)


_NAMES = frozenset({str})


def all_names(table: Iterable[Any]) -> bool:
    """Whether looking a name up in a dict runs no ``__eq__`` of a key's."""
    return _NAMES.issuperset(map(type, list(table)))  # another thread may change it


#: Whatever its metaclass says.
_MRO: Callable[[type], Optional[Tuple[type, ...]]] = vars(type)["__mro__"].__get__
_DICT: Callable[[type], Iterable[Any]] = vars(type)["__dict__"].__get__


def check_type(machine: Machine, kind: type) -> None:
    """Some types of the interpreter's are never made ready: 3.11 crashes when asked of them.

    Raises:
        GraphBreak: it is one of these.
        GiveUp: see :func:`check_class`.
    """
    if id(kind) not in machine.named_classes:
        if not _MRO(kind):
            machine.break_graph(Kind.OPERATION, f"a {kind.__name__}, whose type has no bases")
        check_class(machine, kind)


def check_class(machine: Machine, cls: type) -> None:
    """Capture may look into a class: that runs no ``__eq__`` of a key's.

    Other keys than names come with a class; ``setattr()`` takes names only.

    Raises:
        GiveUp: a dict of the class, or of a base of it, has other keys than names.
    """
    if id(cls) in machine.named_classes:
        return
    if _only_names.get(id(cls)) is not cls:
        bases = _MRO(cls)
        if bases is None:  # its metaclass computes it
            return
        if not all(all_names(_DICT(base)) for base in bases):
            raise GiveUp(machine.describe(Kind.ATTRIBUTE, "a class has keys that aren't names"))
        _only_names[id(cls)] = cls
    machine.named_classes[id(cls)] = cls
