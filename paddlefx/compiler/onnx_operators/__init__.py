"""Paddle's operators as ONNX operators: a visitor that others turn into what runs.

One file for each kind of operator; :class:`OnnxVisitor` has them all. A method that has no exact
counterpart in ONNX raises Unsupported, and the call stays with the framework. What is left out on
purpose: integer division (a zero divisor raises in Paddle and kills the process elsewhere),
sorting (ties come in another order), rounding to the nearest (halves go another way).
"""

from __future__ import annotations

from .elementwise import ElementwiseOperators
from .networks import NetworkOperators
from .normalisation import NormalisationOperators
from .reductions import ReductionOperators
from .resampling import ResamplingOperators
from .shapes import ShapeOperators

__all__ = ["UNCHECKED", "OnnxVisitor"]

#: Operators that look up rows by index.
UNCHECKED = frozenset({"embedding", "gather", "gather_nd", "index_select", "take_along_axis"})


class OnnxVisitor(
    ElementwiseOperators,
    ReductionOperators,
    ShapeOperators,
    NetworkOperators,
    NormalisationOperators,
    ResamplingOperators,
):
    """All operators; a subclass says what :meth:`finish` makes of the model."""
