"""What a kernel computes for one element: a graph of typed scalar operations.

Each value has one of LLVM's scalar types. A *reduction* takes a value of each element of a row
and gives one value for the row; everything that depends on elements only through reductions
is a value of the row too.
"""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Iterable, List, Tuple

__all__ = [
    "COMPARISONS",
    "FLOATING",
    "REDUCTIONS",
    "SUPPORTED",
    "TRANSCENDENTAL",
    "Expressions",
    "Value",
    "ordered",
]

FLOATING = ("float", "double")

#: Comparisons of two values of one type; their result is ``i1``.
COMPARISONS = ("lt", "le", "eq", "ne", "gt", "ge")

#: A value of each element of a row -> one of the row.
REDUCTIONS = ("reduce_sum", "reduce_max", "reduce_min")

#: Functions of one floating value that take as long as some ten other operations.
TRANSCENDENTAL: FrozenSet[str] = frozenset(
    ("exp", "expm1", "log", "log1p", "tanh", "erf", "sigmoid", "log_sigmoid")
)

_SHARED = frozenset(
    (*COMPARISONS, "add", "sub", "mul", "neg", "max", "min", "select", "cast", "abs")
)

#: The operations of each kind of type, which every writer of kernels has. Maximum and minimum are
#: NaN when either operand is; comparisons with NaN are false, but for "not equal"; ``fixed`` is
#: its operand, through which no gradient flows; ``through`` is the first of its operands, and its
#: gradient flows to the second.
SUPPORTED: Dict[str, FrozenSet[str]] = {
    "floating": _SHARED
    | TRANSCENDENTAL
    | {"div", "sqrt", "floor", "ceil", "trunc", "fixed", "through"},
    "integer": _SHARED | {"and", "or", "xor"},
}


class Value:
    """One scalar operation; only :class:`Expressions` makes them.

    Args:
        op: ``input``, ``constant``, ``extent`` (how many elements a row has), or an operation.
        dtype: ``float``, ``double``, ``i32``, ``i64`` or ``i1``.
        args: its operands.
        payload: an input's number, a constant's number.
        full: whether it differs from element to element of a row.
    """

    __slots__ = ("args", "dtype", "full", "op", "payload")

    def __init__(
        self, op: str, dtype: str, args: Tuple[Value, ...], payload: Any, full: bool
    ) -> None:
        self.op = op
        self.dtype = dtype
        self.args = args
        self.payload = payload
        self.full = full

    def __repr__(self) -> str:
        operands = ", ".join([repr(argument) for argument in self.args])
        payload = "" if self.payload is None else f" {self.payload!r}"
        return f"{self.op}{payload}({operands})"


class Expressions:
    """Makes values; equal ones once."""

    def __init__(self) -> None:
        self._known: Dict[Tuple[Any, ...], Value] = {}

    def _make(
        self, op: str, dtype: str, args: Tuple[Value, ...], payload: Any, full: bool
    ) -> Value:
        # The representation tells -0.0 from 0.0, and 1 from True.
        key = (op, dtype, tuple([id(argument) for argument in args]), repr(payload))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Value(op, dtype, args, payload, full)
        return found

    def input(self, number: int, dtype: str, full: bool) -> Value:
        """The kernel's input of a number at this element, or at this row unless ``full``."""
        return self._make("input", dtype, (), number, full)

    def constant(self, value: Any, dtype: str) -> Value:
        """A Python number as a value."""
        number: Any = float(value) if dtype in FLOATING else int(value)
        return self._make("constant", dtype, (), number, False)

    def extent(self, dtype: str) -> Value:
        """How many elements a row has."""
        return self._make("extent", dtype, (), None, False)

    def apply(self, op: str, *args: Value) -> Value:
        """An operation on values of one type; comparisons give ``i1``."""
        if op in COMPARISONS:
            dtype = "i1"
        elif op == "select":
            dtype = args[1].dtype
        else:
            dtype = args[0].dtype
        full = any(argument.full for argument in args)
        return self._make(op, dtype, args, None, full)

    def cast(self, value: Value, dtype: str) -> Value:
        """``value`` in another type; to ``i1`` it is true unless zero."""
        if value.dtype == dtype:
            return value
        if value.op == "constant" and dtype != "i1":
            return self.constant(value.payload, dtype)
        return self._make("cast", dtype, (value,), None, value.full)

    def reduce(self, op: str, value: Value) -> Value:
        """A reduction over the row."""
        return self._make(op, value.dtype, (value,), None, False)


def ordered(roots: Iterable[Value]) -> List[Value]:
    """Everything that ``roots`` are made of, operands first."""
    seen: Dict[int, Value] = {}
    result: List[Value] = []
    stack: List[Tuple[Value, bool]] = [(root, False) for root in reversed(list(roots))]
    while stack:
        value, done = stack.pop()
        if done:
            result.append(value)
            continue
        if id(value) in seen:
            continue
        seen[id(value)] = value
        stack.append((value, True))
        stack.extend((argument, False) for argument in reversed(value.args))
    return result
