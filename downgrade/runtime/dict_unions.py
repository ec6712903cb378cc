"""``|`` of dicts and other mappings (PEP 584), by the protocol of binary operators.

Sources: the reference's section 3.3.8, and ``__or__`` and its kin in CPython 3.9's ``dictobject.c``,
``odictobject.c``, ``_collectionsmodule.c``, ``collections/__init__.py``, ``os.py``, ``weakref.py``.
"""

import collections
import os
import types
import weakref
from collections.abc import Mapping
from typing import Any, Callable, Dict, Optional

__all__ = ["union", "union_in_place"]


def union(left: Any, right: Any) -> Any:
    """``left | right``."""
    if hasattr(dict, "__or__"):
        return left | right
    forward = _method(left, "__or__")
    backward = _method(right, "__ror__")
    if forward not in _KNOWN and backward not in _KNOWN:
        return left | right
    tried = [(forward, left, right), (backward, right, left)]
    if type(right) is not type(left) and isinstance(right, type(left)):
        if backward is not _method(left, "__ror__"):
            tried.reverse()
    for method, first, second in tried if type(left) is not type(right) else tried[:1]:
        result = NotImplemented if method is None else method(first, second)
        if result is not NotImplemented:
            return result
    names = f"{type(left).__name__!r} and {type(right).__name__!r}"
    raise TypeError(f"unsupported operand type(s) for |: {names}")


def union_in_place(left: Any, right: Any) -> Any:
    """What ``left |= right`` binds."""
    if hasattr(dict, "__ior__"):
        left |= right
        return left
    method = _method(left, "__ior__")
    if method in _KNOWN:
        return method(left, right)
    if method is not None:
        left |= right
        return left
    return union(left, right)


def _method(value: Any, name: str) -> Optional[Callable[[Any, Any], Any]]:
    """What a class has, or would have from 3.9 on."""
    for cls in type(value).__mro__:
        if name in cls.__dict__:
            found: Callable[[Any, Any], Any] = cls.__dict__[name]
            return found
        if cls in _METHODS and name in _METHODS[cls]:
            return _METHODS[cls][name]
    return None


def _dict_or(self: Any, other: Any) -> Any:
    if not isinstance(self, dict) or not isinstance(other, dict):
        return NotImplemented
    new = dict(self)
    new.update(other)
    return new


def _ordered_or(self: Any, other: Any) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    new = type(self)(self)
    new.update(other)
    return new


def _ordered_ror(self: Any, other: Any) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    new = type(self)(other)
    new.update(self)
    return new


def _default_or(self: Any, other: Any) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    new = type(self)(self.default_factory, self)
    new.update(other)
    return new


def _default_ror(self: Any, other: Any) -> Any:
    if not isinstance(other, dict):
        return NotImplemented
    new = type(self)(self.default_factory, other)
    new.update(self)
    return new


def _chain_or(self: Any, other: Any) -> Any:
    if not isinstance(other, Mapping):
        return NotImplemented
    new = self.copy()
    new.maps[0].update(other)
    return new


def _chain_ror(self: Any, other: Any) -> Any:
    if not isinstance(other, Mapping):
        return NotImplemented
    new = dict(other)
    for child in reversed(self.maps):
        new.update(child)
    return self.__class__(new)


def _chain_ior(self: Any, other: Any) -> Any:
    self.maps[0].update(other)
    return self


def _plain(value: Any) -> Any:
    """A copy of a proxy's mapping; others as they are."""
    return value.copy() if isinstance(value, types.MappingProxyType) else value


def _proxy_or(self: Any, other: Any) -> Any:
    return union(_plain(self), _plain(other))


def _proxy_ror(self: Any, other: Any) -> Any:
    return union(_plain(other), _plain(self))


def _proxy_ior(self: Any, other: Any) -> Any:
    raise TypeError(f"'|=' is not supported by {type(self).__name__}; use '|' instead")


def _user_or(self: Any, other: Any) -> Any:
    if isinstance(other, collections.UserDict):
        return self.__class__(union(self.data, other.data))
    if isinstance(other, dict):
        return self.__class__(union(self.data, other))
    return NotImplemented


def _user_ror(self: Any, other: Any) -> Any:
    if isinstance(other, collections.UserDict):
        return self.__class__(union(other.data, self.data))
    if isinstance(other, dict):
        return self.__class__(union(other, self.data))
    return NotImplemented


def _user_ior(self: Any, other: Any) -> Any:
    more = other.data if isinstance(other, collections.UserDict) else other
    self.data = union_in_place(self.data, more)
    return self


def _environ_or(self: Any, other: Any) -> Any:
    if not isinstance(other, Mapping):
        return NotImplemented
    new = dict(self)
    new.update(other)
    return new


def _environ_ror(self: Any, other: Any) -> Any:
    if not isinstance(other, Mapping):
        return NotImplemented
    new = dict(other)
    new.update(self)
    return new


def _weak_or(self: Any, other: Any) -> Any:
    if not isinstance(other, Mapping):
        return NotImplemented
    new = self.copy()
    new.update(other)
    return new


def _weak_ror(self: Any, other: Any) -> Any:
    if not isinstance(other, Mapping):
        return NotImplemented
    new = self.__class__()
    new.update(other)
    new.update(self)
    return new


def _updated(self: Any, other: Any) -> Any:
    self.update(other)
    return self


def _dict_ior(self: Any, other: Any) -> Any:
    dict.update(self, other)
    return self


def _dict_ror(self: Any, other: Any) -> Any:
    return _dict_or(other, self)


def _three(forward: Any, backward: Any, in_place: Any) -> Dict[str, Callable[[Any, Any], Any]]:
    return {"__or__": forward, "__ror__": backward, "__ior__": in_place}


_METHODS: Dict[type, Dict[str, Callable[[Any, Any], Any]]] = {
    dict: _three(_dict_or, _dict_ror, _dict_ior),
    collections.OrderedDict: _three(_ordered_or, _ordered_ror, _updated),
    # the rest of defaultdict is that of dict
    collections.defaultdict: {"__or__": _default_or, "__ror__": _default_ror},
    collections.ChainMap: _three(_chain_or, _chain_ror, _chain_ior),
    collections.UserDict: _three(_user_or, _user_ror, _user_ior),
    types.MappingProxyType: _three(_proxy_or, _proxy_ror, _proxy_ior),
    type(os.environ): _three(_environ_or, _environ_ror, _updated),
    weakref.WeakKeyDictionary: _three(_weak_or, _weak_ror, _updated),
    weakref.WeakValueDictionary: _three(_weak_or, _weak_ror, _updated),
}
_KNOWN = {one for methods in _METHODS.values() for one in methods.values()}
