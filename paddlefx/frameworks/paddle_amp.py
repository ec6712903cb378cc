"""The state of automatic mixed precision, which ``paddle.amp.auto_cast`` sets and gives back.

It is kept by the tracer (``paddle/fluid/imperative/tracer.cc``), but for ``_g_amp_state_`` of
``paddle/amp/auto_cast.py``, which is ``None`` outside of all ``auto_cast``.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, FrozenSet, Optional, Tuple

from paddle.base import core
from paddle.base import framework as paddle_framework

from .base import ConstantCall, ModeGuard, StateChange

__all__ = [
    "constant_attribute",
    "level_guard",
    "op_lists_read",
    "outside",
    "restore",
    "saved",
    "state_call",
    "state_store",
]

_OpLists = Tuple[FrozenSet[str], FrozenSet[str]]

_amp: Any = sys.modules["paddle.amp.auto_cast"]
_globals: Any = paddle_framework.global_var
_TRACER = "_dygraph_tracer_"


def _tracer() -> Any:
    return _globals._dygraph_tracer_


def _level() -> int:
    return int(_tracer()._amp_level.value)


def _op_lists() -> _OpLists:
    allowed, blocked = _tracer()._get_amp_op_list()
    return frozenset(allowed), frozenset(blocked)


def level_guard() -> ModeGuard:
    """The level; 0 where operations aren't cast."""
    return ModeGuard(_globals, (_TRACER, "_amp_level", "value"), _level(), "the level of AMP")


def outside() -> ModeGuard:
    """What every graph and the lists of operations rely on: no ``auto_cast`` around it."""
    return ModeGuard(_amp, ("_g_amp_state_",), None, "paddle.amp.auto_cast")


def set_op_lists(lists: _OpLists) -> None:
    """Which operations of this thread are always cast, and which never are.

    Args:
        lists: their names.
    """
    _tracer()._set_amp_op_list(set(lists[0]), set(lists[1]))


def set_dtype(name: str) -> None:
    """What operations of this thread are cast to, where they are.

    Args:
        name: of the dtype.
    """
    _tracer()._amp_dtype = name


def set_use_promote(flag: bool) -> None:
    """Whether level O2 casts to the widest dtype of the operands.

    Args:
        flag: true: it does.
    """
    _tracer()._use_promote = flag


def set_level(level: int) -> None:
    """The level; only the present one can be set.

    Args:
        level: 0 where operations aren't cast.
    """
    assert level == _level()


# Read before a graph that calls one, and given back to it when an operation raises.
set_op_lists.saved_by = _op_lists  # type: ignore[attr-defined]
set_dtype.saved_by = lambda: _tracer()._amp_dtype  # type: ignore[attr-defined]
set_use_promote.saved_by = lambda: _tracer()._use_promote  # type: ignore[attr-defined]
set_level.saved_by = _level  # type: ignore[attr-defined]

_SETTERS: Dict[str, Any] = {"_amp_dtype": set_dtype, "_use_promote": set_use_promote}


def constant_attribute(name: str) -> Optional[ConstantCall]:
    """An attribute of this thread's tracer, with its guard."""
    if name == "_amp_level":
        return ConstantCall(_tracer()._amp_level, (level_guard(),))
    if name in _SETTERS:
        value = getattr(_tracer(), name)
        return ConstantCall(value, (ModeGuard(_globals, (_TRACER, name), value, name),))
    if name == "_expected_place":
        # ``_set_expected_place`` tells both.
        place = paddle_framework._global_expected_place_
        held = ModeGuard(paddle_framework, ("_global_expected_place_",), place, "the device")
        return ConstantCall(_tracer()._expected_place, (held,))
    return None


def state_store(name: str, value: Any) -> Optional[StateChange]:
    """What ``tracer.name = value`` changes.

    Operations that are cast can't be inferred, so of the level only the present one is set.
    """
    if name == "_amp_level" and value == _tracer()._amp_level:
        path = (_TRACER, "_amp_level", "value")
        return StateChange(set_level, _level(), _level, _globals, path)
    setter = _SETTERS.get(name)
    if setter is None or type(value) is not type(setter.saved_by()):
        return None
    return StateChange(setter, value, setter.saved_by, _globals, (_TRACER, name))


_get_op_lists: Any = core.Tracer._get_amp_op_list
_set_op_lists: Any = core.Tracer._set_amp_op_list


def _is_method(function: Any, method: Any) -> bool:
    """Whether a builtin is the one in a method that pybind11 has made."""
    return function is getattr(method, "__func__", method)


def state_call(function: Any, args: Tuple[Any, ...]) -> Optional[StateChange]:
    """What ``tracer._set_amp_op_list(allowed, blocked)`` changes."""
    if len(args) != 3 or args[0] is not _tracer() or not _is_method(function, _set_op_lists):
        return None
    sets = all(isinstance(names, (set, frozenset)) for names in args[1:])
    if not sets or _amp._g_amp_state_ is not None:
        return None
    value = (frozenset(args[1]), frozenset(args[2]))
    path = (_TRACER, "_set_amp_op_list")
    return StateChange(set_op_lists, value, _op_lists, _globals, path, (outside(),))


def op_lists_read(function: Any, args: Tuple[Any, ...]) -> Optional[ConstantCall]:
    """What ``tracer._get_amp_op_list()`` gives, outside of all ``auto_cast``."""
    if len(args) != 1 or args[0] is not _tracer() or not _is_method(function, _get_op_lists):
        return None
    if _amp._g_amp_state_ is not None:
        return None
    return ConstantCall(_tracer()._get_amp_op_list(), (outside(),))


def saved() -> Tuple[Any, ...]:
    """The state that captured code may change."""
    tracer = _tracer()
    return tracer._amp_dtype, tracer._use_promote, _op_lists()


def restore(state: Tuple[Any, ...]) -> None:
    """Give back what :func:`saved` gave."""
    if saved() != state:
        set_dtype(state[0])
        set_use_promote(state[1])
        set_op_lists(state[2])
