"""The gradients of a kernel, as a kernel: reverse mode over its expressions.

in: a plan. out: a plan that reads the same tensors and the gradients of the results, and writes
the gradients of the operands. Everything that the formulas need is computed anew from the
operands, in the same pass over memory, rather than kept from the first kernel. Where an operand
was broadcast, its gradients are summed: along rows by a reduction, along other dimensions as
they are written. Rules at ties and corners are Paddle's (``paddle/phi/kernels/funcs``).
"""

from __future__ import annotations

import math
from typing import Callable, Dict, List, Optional, Set

from ...graph import Node
from .expression import FLOATING, REDUCTIONS, Expressions, Value, ordered
from .habits import ties_share_gradients
from .nest import LoopNest, Operand, Output
from .planning import Plan

__all__ = ["gradient_plan"]

#: (expressions, the value, its gradient) -> a gradient for each operand, ``None`` for none.
_Rule = Callable[[Expressions, Value, Value], List[Optional[Value]]]


def _mul(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
    a, b = value.args
    return [e.apply("mul", g, b), e.apply("mul", g, a)]


def _div(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
    _, b = value.args
    first = e.apply("div", g, b)
    return [first, e.apply("neg", e.apply("mul", first, value))]


def _abs(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
    (x,) = value.args
    zero = e.constant(0, x.dtype)
    below = e.apply("select", e.apply("lt", x, zero), e.apply("neg", g), zero)
    return [e.apply("select", e.apply("gt", x, zero), g, below)]


def _larger(first: str, second: str) -> _Rule:
    """All of the gradient goes to one operand, but at a tie."""

    def rule(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
        a, b = value.args
        zero = e.constant(0, g.dtype)
        wins, loses = e.apply(first, a, b), e.apply(second, a, b)
        tie: Value = zero
        other = g
        if ties_share_gradients():
            tie = other = e.apply("mul", g, e.constant(0.5, g.dtype))
        equal = e.apply("eq", a, b)
        return [
            e.apply("select", wins, g, e.apply("select", equal, tie, zero)),
            e.apply("select", loses, g, e.apply("select", equal, other, zero)),
        ]

    return rule


def _select(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
    condition, zero = value.args[0], e.constant(0, g.dtype)
    return [None, e.apply("select", condition, g, zero), e.apply("select", condition, zero, g)]


def _times(derivative: Callable[[Expressions, Value, Value], Value]) -> _Rule:
    """The gradient times the derivative, a function of the operand and of the value."""

    def rule(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
        return [e.apply("mul", g, derivative(e, value.args[0], value))]

    return rule


def _one(e: Expressions, value: Value) -> Value:
    return e.constant(1, value.dtype)


def _erf(e: Expressions, x: Value, y: Value) -> Value:
    bell = e.apply("exp", e.apply("neg", e.apply("mul", x, x)))
    return e.apply("mul", bell, e.constant(2.0 / math.sqrt(math.pi), x.dtype))


def _extreme(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
    """Each element that equals the extreme has all of it (``ReduceMaxGrad``)."""
    (x,) = value.args
    return [e.apply("select", e.apply("eq", x, value), g, e.constant(0, g.dtype))]


def _cast(e: Expressions, value: Value, g: Value) -> List[Optional[Value]]:
    (x,) = value.args
    return [e.cast(g, x.dtype) if x.dtype in FLOATING else None]


_RULES: Dict[str, _Rule] = {
    "add": lambda e, value, g: [g, g],
    "sub": lambda e, value, g: [g, e.apply("neg", g)],
    "mul": _mul,
    "div": _div,
    "neg": lambda e, value, g: [e.apply("neg", g)],
    "abs": _abs,
    "max": _larger("gt", "lt"),
    "min": _larger("lt", "gt"),
    "select": _select,
    "cast": _cast,
    "floor": lambda e, value, g: [None],
    "ceil": lambda e, value, g: [None],
    "trunc": lambda e, value, g: [None],
    "fixed": lambda e, value, g: [None],
    "through": lambda e, value, g: [None, g],
    "sqrt": _times(lambda e, x, y: e.apply("div", e.constant(0.5, x.dtype), y)),
    "exp": _times(lambda e, x, y: y),
    "expm1": _times(lambda e, x, y: e.apply("add", y, _one(e, y))),
    "log": _times(lambda e, x, y: e.apply("div", _one(e, x), x)),
    "log1p": _times(lambda e, x, y: e.apply("div", _one(e, x), e.apply("add", _one(e, x), x))),
    "tanh": _times(lambda e, x, y: e.apply("sub", _one(e, y), e.apply("mul", y, y))),
    "erf": _times(_erf),
    "sigmoid": _times(lambda e, x, y: e.apply("mul", y, e.apply("sub", _one(e, y), y))),
    "log_sigmoid": _times(lambda e, x, y: e.apply("sigmoid", e.apply("neg", x))),
    "reduce_sum": lambda e, value, g: [g],
    "reduce_max": _extreme,
    "reduce_min": _extreme,
}


class _Reverse:
    def __init__(self, e: Expressions) -> None:
        self.e = e
        self.gradients: Dict[Value, Value] = {}

    def add(self, value: Value, gradient: Value, from_full: bool) -> None:
        """A part of a value's gradient.

        Args:
            value: whose.
            gradient: the part.
            from_full: whether there is one for each element, be they all the same.
        """
        if from_full and not value.full:
            if gradient.full:
                gradient = self.e.reduce("reduce_sum", gradient)
            else:
                gradient = self.e.apply("mul", gradient, self.e.extent(gradient.dtype))
        known = self.gradients.get(value)
        self.gradients[value] = gradient if known is None else self.e.apply("add", known, gradient)


def gradient_plan(plan: Plan, wanted: Set[Node], given: Set[Node]) -> Optional[Plan]:
    """The plan of a kernel's gradients.

    It reads what ``plan`` reads, then the gradients of the outputs in ``given``, for which the
    outputs' own nodes stand; it writes the gradients of the inputs in ``wanted``, in order.

    Args:
        plan: the kernel's.
        wanted: inputs whose gradients are asked for.
        given: outputs whose gradients are known.
    """
    if len(set(plan.inputs)) != len(plan.inputs):
        return None
    e = plan.expressions
    nest = plan.nest
    reverse = _Reverse(e)
    inputs: List[Operand] = list(nest.inputs)
    read: List[Node] = list(plan.inputs)
    for node, output in zip(plan.outputs, nest.outputs):
        if node not in given:
            continue
        if output.moves[-1] and not output.value.full:
            return None
        operand = Operand(output.value.dtype, output.moves)
        g = e.input(len(inputs), operand.dtype, operand.moves[-1])
        inputs.append(operand)
        read.append(node)
        reverse.add(output.value, g, output.moves[-1])
    roots = [output.value for output in nest.outputs]
    for value in reversed(ordered(roots)):
        gradient = reverse.gradients.get(value)
        if gradient is None or not value.args:
            continue
        rule = _RULES.get(value.op)
        if rule is None:
            return None
        reduces = value.op in REDUCTIONS
        for argument, part in zip(value.args, rule(e, value, gradient)):
            if part is not None and argument.op != "constant" and argument.dtype in FLOATING:
                reverse.add(argument, part, value.full or reduces)
    outputs: List[Output] = []
    written: List[Node] = []
    for number, (node, operand) in enumerate(zip(plan.inputs, nest.inputs)):
        if node not in wanted:
            continue
        value = e.input(number, operand.dtype, operand.moves[-1])
        gradient = reverse.gradients.get(value, e.constant(0, operand.dtype))
        outputs.append(Output(gradient, operand.moves))
        written.append(node)
    made = LoopNest(nest.sizes, tuple(inputs), tuple(outputs))
    return plan._replace(nest=made, inputs=tuple(read), outputs=tuple(written))
