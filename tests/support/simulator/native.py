"""The interpreter's own instruction as a function, for operations Python has no spelling of.

The code object is written byte by byte from ``dis.opmap``: no table of ours takes part.
"""

from __future__ import annotations

import dis
import functools
import opcode
import types
from typing import Any, Callable, Dict, Tuple

__all__ = ["instruction", "intrinsic"]

#: CPython's names where they are not ours.
_LONGER = {
    "TYPEVAR_BOUND": "TYPEVAR_WITH_BOUND",
    "TYPEVAR_CONSTRAINTS": "TYPEVAR_WITH_CONSTRAINTS",
}

_TEMPLATES = (lambda: 0, lambda a: 0, lambda a, b: 0, lambda a, b, c: 0)


@functools.lru_cache(maxsize=None)
def _code(name: str, oparg: int, takes: int, gives: int, names: Tuple[str, ...]) -> types.CodeType:
    numbers = dis.opmap
    code = [numbers["RESUME"], 0] if "RESUME" in numbers else []
    for slot in range(takes):
        code += [numbers["LOAD_FAST"], slot]
    code += [numbers[name], oparg, numbers["BUILD_TUPLE"], gives, numbers["RETURN_VALUE"], 0]
    return _TEMPLATES[takes].__code__.replace(
        co_code=bytes(code), co_stacksize=8, co_names=names, co_name=name
    )


def instruction(
    name: str, oparg: int, values: Any, gives: int = 1, names: Tuple[str, ...] = ()
) -> Any:
    """Run one instruction on these values; what it leaves on the stack, the deepest first."""
    code = _code(name, oparg, len(values), gives, names)
    return types.FunctionType(code, {})(*values)


def intrinsic(name: str, values: Any, namespace: Dict[str, Any]) -> Any:
    """Run CALL_INTRINSIC_1 or _2 (3.12+) in a frame of these globals."""
    count = len(values)
    known = getattr(opcode, f"_intrinsic_{count}_descs")
    number = known.index(f"INTRINSIC_{_LONGER.get(name, name)}")
    code = _code(f"CALL_INTRINSIC_{count}", number, count, 1, ())
    function: Callable[..., Any] = types.FunctionType(code, namespace)
    return function(*values)[0]
