"""Computations of data that give a ``DeprecationWarning``, at each call, beside their result.

``~True`` does since 3.12 (``bool_invert`` in Objects/boolobject.c), ``math.factorial(5.0)`` did up to 3.9
(Modules/mathmodule.c). Which of them do is found out by asking once.
"""

from __future__ import annotations

import math
import operator
import types
import warnings
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, Sequence, Tuple

from ..breaks import Kind

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["check"]

_ASKED: Dict[Tuple[Any, type], Any] = {
    (operator.invert, bool): True,
    (operator.inv, bool): True,
    (bool.__invert__, bool): True,
    (math.factorial, float): 5.0,
}


def _that_warn() -> FrozenSet[Tuple[Any, type]]:
    found = set()
    for (function, kind), value in _ASKED.items():
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                function(value)
            except TypeError:  # 3.10: no longer allowed
                continue
        if told:
            found.add((function, kind))
    return frozenset(found)


_WARN = _that_warn()
_FUNCTIONS = frozenset(id(function) for function, _ in _WARN)


def check(machine: Machine, function: Any, values: Sequence[Any]) -> None:
    """Let a call of data be made for real if it warns.

    Raises:
        GraphBreak: it does.
    """
    if type(function) is types.MethodWrapperType and function.__name__ == "__invert__":
        function, values = operator.invert, [function.__self__]
    if id(function) in _FUNCTIONS and len(values) == 1 and (function, type(values[0])) in _WARN:
        name = f"{function.__name__}() of a {type(values[0]).__name__}"
        machine.break_graph(Kind.CALL, f"{name}, which is deprecated: it warns")
