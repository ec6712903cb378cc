"""Products of matrices by oneDNN, instead of NumPy's."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Tuple

import paddle

from ...errors import CompileError
from ..blas import Multiplied
from .library import Argument, Query, engine
from .steps import Operand, Steps

__all__ = ["MultipliedByOneDNN"]

#: Shapes and transpositions whose primitives are kept.
_MOST = 512


def _strides(shape: Sequence[int], transposed: bool) -> Tuple[Sequence[int], Sequence[int]]:
    """The shape as multiplied, and the strides of contiguous memory."""
    strides, step = [0] * len(shape), 1
    for at in range(len(shape) - 1, -1, -1):
        strides[at] = step
        step *= shape[at]
    sizes = list(shape)
    if transposed:
        sizes[-2:], strides[-2:] = sizes[:-3:-1], strides[:-3:-1]
    return sizes, strides


class MultipliedByOneDNN(Multiplied):
    """As :class:`~paddlefx.compiler.blas.Multiplied`; what oneDNN doesn't do is NumPy's."""

    _made: Dict[Any, Optional[Steps]]

    def multiply(self, x: Any, y: Any, result: Any, first: bool, second: bool) -> None:
        """Write the product of contiguous tensors."""
        steps = None
        if x.dtype == paddle.float32:
            steps = self._steps(tuple(x.shape), tuple(y.shape), first, second)
        addresses = [int(each.data_ptr()) for each in (x, y, result)]
        if steps is None or not steps(addresses):
            super().multiply(x, y, result, first, second)

    def _steps(
        self, x: Tuple[int, ...], y: Tuple[int, ...], first: bool, second: bool
    ) -> Optional[Steps]:
        made = self.__dict__.setdefault("_made", {})
        key = (x, y, first, second)
        if key not in made:
            while len(made) >= _MOST:
                made.pop(next(iter(made)), None)
            try:
                made[key] = self._described(x, y, first, second)
            except CompileError:
                made[key] = None
        found: Optional[Steps] = made[key]
        return found

    def _described(
        self, x: Tuple[int, ...], y: Tuple[int, ...], first: bool, second: bool
    ) -> Steps:
        by = engine()
        if len(y) == 2 and len(x) > 2:  # one matrix: all rows at once
            rows = 1
            for size in x[:-1]:
                rows *= size
            x = (rows, x[-1])
        one, two = _strides(x, first), _strides(y, second)
        layouts = [by.plain(*one), by.plain(*two)]
        layouts.append(by.plain([*one[0][:-1], two[0][-1]]))
        description = by.matmul(*layouts)
        roles = (
            (Argument.SRC, Query.SRC),
            (Argument.WEIGHTS, Query.WEIGHTS),
            (Argument.DST, Query.DST),
        )
        return Steps(description, [Operand(*role, each) for role, each in zip(roles, layouts)])
