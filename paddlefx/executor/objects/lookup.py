"""Where a class and its bases have an attribute, as it is there."""

from __future__ import annotations

import types
from typing import Any, Optional, Tuple

__all__ = ["ABSENT", "has_own_getter", "mro_lookup"]

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
