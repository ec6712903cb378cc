"""Runs a function plain and compiled on equal arguments, and compares all that can be seen."""

from __future__ import annotations

import contextlib
import io
import types
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

import numpy as np
import paddle

import paddlefx

__all__ = ["Outcome", "alike", "outcome", "versus"]

_ATOMS = (int, float, complex, str, bytes, bool, type(None), range, slice, type, types.ModuleType)
#: Which of several equal ones it is, nobody is told; Paddle 3.0 makes a dtype at each reading.
_VALUES = (tuple, frozenset, paddle.dtype)


class Outcome:
    """What a call gave: its value or exception, what it printed, and its arguments after it."""

    def __init__(self, value: Any, error: Optional[BaseException], out: str, args: Any) -> None:
        self.value = value
        self.error = error
        self.out = out
        self.args = args

    def __repr__(self) -> str:
        return f"Outcome({self.value!r}, {self.error!r}, {self.out!r}, {self.args!r})"


def outcome(function: Callable[..., Any], args: Tuple[Any, ...]) -> Outcome:
    """Call ``function(*args)``."""
    out = io.StringIO()
    value, error = None, None
    with contextlib.redirect_stdout(out):
        try:
            value = function(*args)
        except Exception as caught:
            error = caught
    return Outcome(value, error, out.getvalue(), args)


def versus(
    function: Callable[..., Any],
    calls: Iterable[Callable[[], Tuple[Any, ...]]],
    optimized: Optional[Callable[..., Any]] = None,
) -> Dict[str, int]:
    """Assert that ``function`` compiled does what it does plain, call after call.

    Args:
        function: a function of what the calls make.
        calls: each makes a fresh tuple of arguments, the same whenever it is called.
        optimized: the compiled function, when there is one already.

    Returns:
        ``paddlefx.stats()`` of the compiled calls.
    """
    compiled = paddlefx.optimize(function) if optimized is None else optimized
    for number, make in enumerate(calls):
        plain = outcome(function, make())
        ours = outcome(compiled, make())
        context = f"call {number}: "
        if plain.error is None and ours.error is not None:
            raise AssertionError(f"{context}raises {ours.error!r}") from ours.error
        assert type(ours.error) is type(plain.error), f"{context}{ours.error!r} != {plain.error!r}"
        if plain.error is not None:
            assert str(ours.error) == str(plain.error), context
            assert type(ours.error.__context__) is type(plain.error.__context__), context
            assert type(ours.error.__cause__) is type(plain.error.__cause__), context
        assert ours.out == plain.out, f"{context}printed {ours.out!r}, not {plain.out!r}"
        same = alike((ours.value, ours.args), (plain.value, plain.args))
        assert same is None, context + str(same)
    return dict(paddlefx.stats())


def alike(one: Any, two: Any) -> Optional[str]:
    """How two values differ; ``None`` when nothing tells them apart, aliases inside included."""
    return _Comparison().differ(one, two, "value")


class _Comparison:
    def __init__(self) -> None:
        self.left: Dict[int, int] = {}
        self.right: Dict[int, int] = {}
        self.alive: List[Any] = []

    def differ(self, one: Any, two: Any, path: str) -> Optional[str]:
        if type(one) is not type(two):
            return f"{path}: {type(one)} is not {type(two)}: {one!r}, {two!r}"
        if isinstance(one, _ATOMS):
            if isinstance(one, float):
                return None if repr(one) == repr(two) else f"{path}: {one!r} is not {two!r}"
            return None if one == two else f"{path}: {one!r} is not {two!r}"
        if isinstance(one, types.FunctionType):
            return None if one.__code__ is two.__code__ else f"{path}: another function"
        if self.left.get(id(one)) == id(two):
            return None
        if not isinstance(one, _VALUES) and (id(one) in self.left or id(two) in self.right):
            return f"{path}: another object than elsewhere"
        self.left[id(one)], self.right[id(two)] = id(two), id(one)
        self.alive += [one, two]
        return self._parts(one, two, path)

    def _parts(self, one: Any, two: Any, path: str) -> Optional[str]:
        if isinstance(one, paddle.Tensor):
            return _tensors(one, two, path)
        if isinstance(one, np.ndarray):
            return None if np.array_equal(one, two) else f"{path}: other numbers"
        if isinstance(one, dict):
            if len(one) != len(two):
                return f"{path}: keys {list(one)} are not {list(two)}"
            found = self.differ(tuple(one), tuple(two), f"keys of {path}")
            if found is not None:
                return found
            pairs: Iterable[Tuple[str, Any, Any]] = [
                (f"{path}[{key!r}]", *pair)  # type: ignore[misc]
                for key, pair in zip(one, zip(one.values(), two.values()))
            ]
        elif isinstance(one, (list, tuple)):
            if len(one) != len(two):
                return f"{path}: length {len(one)} is not {len(two)}"
            pairs = [(f"{path}[{i}]", *pair) for i, pair in enumerate(zip(one, two))]  # type: ignore[misc]
        elif isinstance(one, (set, frozenset)):
            return None if one == two else f"{path}: {one!r} is not {two!r}"
        elif isinstance(one, BaseException):
            pairs = [(f"{path}.args", one.args, two.args)]
        else:
            pairs = [
                (f"{path}.{name}", getattr(one, name, None), getattr(two, name, None))
                for name in sorted(_names(one) | _names(two))
            ]
        for where, left, right in pairs:
            found = self.differ(left, right, where)
            if found is not None:
                return found
        return None


def _names(value: Any) -> Set[str]:
    slots = [getattr(cls, "__slots__", ()) for cls in type(value).__mro__]
    return {*getattr(value, "__dict__", {}), *[name for part in slots for name in part]}


def _tensors(one: Any, two: Any, path: str) -> Optional[str]:
    for name in ("shape", "dtype", "stop_gradient"):
        left, right = getattr(one, name), getattr(two, name)
        if (list(left) if name == "shape" else left) != (list(right) if name == "shape" else right):
            return f"{path}.{name}: {left} is not {right}"
    if not np.array_equal(one.numpy(), two.numpy(), equal_nan="float" in str(one.dtype)):
        return f"{path}: other numbers: {one.numpy()} is not {two.numpy()}"
    return None
