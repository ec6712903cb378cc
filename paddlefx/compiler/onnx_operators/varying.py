"""One ONNX model for all sizes, of models for a few.

in: models of one graph, each for other sizes of its inputs. out: a model in which the sizes are
symbols: what differs between the models is computed in it from the shapes of its inputs. Sizes
are fitted rather than derived, as in capture (docs/adr/0012).
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from ...errors import CompileError

__all__ = ["Formula", "VaryingModel", "varying_model"]


class Formula(NamedTuple):
    """``factor * sizes[one] * sizes[other] + rest``; without a size it is the rest.

    Args:
        rest: a number.
        factor: another.
        one: the place of a size.
        other: of another one.
    """

    rest: int
    factor: int = 0
    one: Optional[int] = None
    other: Optional[int] = None

    def at(self, sizes: Sequence[int]) -> int:
        """The number for given sizes."""
        product = self.factor
        for place in (self.one, self.other):
            if place is not None:
                product *= sizes[place]
        return product + self.rest


class VaryingModel(NamedTuple):
    """A model and the shapes of what it gives.

    Args:
        model: in ONNX's form.
        results: the name of each output, and its dimensions.
    """

    model: bytes
    results: List[Tuple[str, List[Formula]]]


def varying_model(models: Sequence[bytes], points: Sequence[Sequence[int]]) -> VaryingModel:
    """The model of which the given ones are cases.

    Args:
        models: for each of the points.
        points: the sizes; each size differs from point to point, and from the others.

    Raises:
        CompileError: something else differs than numbers that a :class:`Formula` gives; or a
            size isn't that of an input.
    """
    cases = [ModelProto.FromString(model).graph for model in models]
    first = ModelProto.FromString(models[0])
    graph = first.graph
    fit = _Fit(points)
    if len({_skeleton(case) for case in cases}) != 1:
        raise CompileError("other sizes need other operators")
    symbols: List[Optional[Tuple[str, int]]] = [None] * len(points[0])
    for place, value in enumerate(graph.input):
        for axis, formula in enumerate(_dimensions(fit, [case.input[place] for case in cases])):
            if formula.one is None:
                continue
            if formula != Formula(0, 1, formula.one):
                raise CompileError("a size of an input is computed")
            symbols[formula.one] = symbols[formula.one] or (value.name, axis)
            value.type.tensor_type.shape.dim[axis].Clear()
            value.type.tensor_type.shape.dim[axis].dim_param = f"size_{formula.one}"
    results = []
    for place, value in enumerate(graph.output):
        shape = _dimensions(fit, [case.output[place] for case in cases])
        results.append((value.name, shape))
        for axis, formula in enumerate(shape):
            if formula.one is not None:
                value.type.tensor_type.shape.dim[axis].Clear()
    writer = _Writer(symbols)
    kept = []
    for place, initializer in enumerate(graph.initializer):
        same = [case.initializer[place] for case in cases]
        if all(one.raw_data == initializer.raw_data for one in same):
            kept.append(initializer)
        else:
            writer.compute(initializer, fit, same)
    nodes = [*writer.nodes, *graph.node]
    del graph.initializer[:]
    graph.initializer.extend([*kept, *writer.constants])
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    return VaryingModel(first.SerializeToString(), results)


def _skeleton(graph: Any) -> Tuple[Any, ...]:
    """What has to be the same whatever the sizes."""
    return (
        tuple([node.SerializeToString() for node in graph.node]),
        tuple([(one.name, one.data_type, tuple(one.dims)) for one in graph.initializer]),
        tuple([_signature(value) for value in (*graph.input, *graph.output)]),
    )


def _signature(value: Any) -> Tuple[Any, ...]:
    kind = value.type.tensor_type
    return value.name, kind.elem_type, len(kind.shape.dim)


def _dimensions(fit: _Fit, values: Sequence[Any]) -> List[Formula]:
    shapes = [[dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in values]
    return [fit.formula(numbers) for numbers in zip(*shapes)]


class _Fit:
    """Formulas of numbers by what they are at a few points."""

    def __init__(self, points: Sequence[Sequence[int]]) -> None:
        self.points = points
        places = range(len(points[0]))
        # A size alone before products.
        self.products: List[Tuple[Optional[int], Optional[int]]] = [(one, None) for one in places]
        self.products += [(one, other) for one in places for other in range(one + 1)]

    def formula(self, numbers: Sequence[int]) -> Formula:
        """The formula that gives these numbers.

        Raises:
            CompileError: none does.
        """
        if len(set(numbers)) == 1:
            return Formula(int(numbers[0]))
        for one, other in self.products:
            unit = Formula(0, 1, one, other)
            values = [unit.at(point) for point in self.points]
            factor = (int(numbers[1]) - int(numbers[0])) // (values[1] - values[0])
            found = Formula(int(numbers[0]) - factor * values[0], factor, one, other)
            if all(found.at(point) == number for point, number in zip(self.points, numbers)):
                return found
        raise CompileError("a size is no sum or product of others")


class _Writer:
    """Writes the nodes that compute what was constant for given sizes."""

    def __init__(self, symbols: Sequence[Optional[Tuple[str, int]]]) -> None:
        self.symbols = symbols
        self.nodes: List[Any] = []
        self.constants: List[Any] = []
        self._read: List[Optional[str]] = [None] * len(symbols)
        self._count = 0

    def compute(self, initializer: Any, fit: _Fit, cases: Sequence[Any]) -> None:
        """The nodes for a constant of whole numbers.

        Raises:
            CompileError: it holds others, or numbers that no formula gives.
        """
        if initializer.data_type not in (TensorProto.INT64, TensorProto.INT32):
            raise CompileError("a number computed with depends on a size")
        arrays = [numpy_helper.to_array(case).reshape(-1) for case in cases]
        if arrays[0].size > _MOST_NUMBERS:
            raise CompileError("a table depends on a size")
        numbers = [self._number(fit.formula(each)) for each in zip(*arrays)]
        whole = self._call("Concat", numbers, axis=0)
        if not initializer.dims:
            whole = self._call("Squeeze", [whole])
        elif len(initializer.dims) > 1:
            whole = self._call("Reshape", [whole, self._constant(list(initializer.dims))])
        self.nodes.append(
            helper.make_node(
                "Cast", [whole], [initializer.name], initializer.name, to=initializer.data_type
            )
        )

    def _number(self, formula: Formula) -> str:
        """The name of a tensor of one number."""
        if formula.one is None:
            return self._constant([formula.rest])
        value = self._size(formula.one)
        if formula.other is not None:
            value = self._call("Mul", [value, self._size(formula.other)])
        if formula.factor != 1:
            value = self._call("Mul", [value, self._constant([formula.factor])])
        if formula.rest:
            value = self._call("Add", [value, self._constant([formula.rest])])
        return value

    def _size(self, place: int) -> str:
        name = self._read[place]
        if name is None:
            symbol = self.symbols[place]
            if symbol is None:
                raise CompileError("a size is that of no input")
            shape = self._call("Shape", [symbol[0]])
            name = self._call("Gather", [shape, self._constant([symbol[1]])], axis=0)
            self._read[place] = name
        return name

    def _constant(self, numbers: Sequence[int]) -> str:
        name = self._new()
        array = np.asarray(numbers, dtype=np.int64)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def _call(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        name = self._new()
        self.nodes.append(helper.make_node(op, list(inputs), [name], name, **attributes))
        return name

    def _new(self) -> str:
        self._count += 1
        return f"size_value_{self._count}"


#: More numbers in one constant are a table, not a shape.
_MOST_NUMBERS = 64
