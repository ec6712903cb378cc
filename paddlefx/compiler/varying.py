"""A graph whose sizes vary, compiled once for all of them.

in: a graph with inputs whose sizes vary, and inputs that are such sizes as Python numbers. out: a
callable with one compiled model, in which the sizes are symbols; for what can't be compiled so,
:mod:`.specialised` has a form for each size.
"""

from __future__ import annotations

import abc
import operator
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from .. import frameworks
from ..errors import CompileError
from ..graph import GraphLayer
from ..graph.passes.partition import regions_of
from ..tensor_meta import TensorMeta
from .base import CompiledGraph
from .node_by_node import CompiledRegion, GuardedRegion, NodeByNodeCompiler
from .onnx_operators.model import ModelVisitor
from .onnx_operators.varying import Formula, varying_model
from .replay import replayed
from .specialised import with_sizes

__all__ = ["Result", "VaryingCompiler", "shape_of"]

#: What is added to the sizes of the first call for those that the model is fitted at; each size
#: begins at another place of it.
_STEPS = (1, 2, 5, 14, 38, 101)
#: Sizes whose first results are held against the framework's own.
_MOST_COMPARED = 64


class Result(NamedTuple):
    """What a model gives.

    Args:
        name: of the output.
        shape: its dimensions, by the sizes.
        dtype: the framework's.
    """

    name: str
    shape: List[Formula]
    dtype: Any


def shape_of(formulas: Sequence[Formula]) -> Callable[[Sequence[int]], List[int]]:
    """What gives a shape for the sizes of a call."""
    if all(formula.one is None for formula in formulas):
        fixed = [formula.rest for formula in formulas]
        return lambda sizes: fixed
    return lambda sizes: [formula.at(sizes) for formula in formulas]


class VaryingCompiler(NodeByNodeCompiler):
    """A backend of ONNX models whose runtime takes sizes that vary."""

    @abc.abstractmethod
    def run_model(
        self, model: bytes, names: Sequence[str], dtypes: Sequence[str], results: Sequence[Result]
    ) -> Callable[[Sequence[Any], Sequence[int]], Tuple[Any, ...]]:
        """What runs a model on tensors, given the sizes, and gives new tensors.

        Args:
            model: in ONNX's form, with symbols for sizes.
            names: of the inputs, in the order of the tensors.
            dtypes: of the inputs, as NumPy calls them.
            results: the outputs.

        Raises:
            CompileError: the runtime refuses it.
        """

    def compile_varying(
        self, graph_layer: GraphLayer, example_inputs: Sequence[Any]
    ) -> CompiledGraph:
        """The graph as one model.

        Raises:
            CompileError: a part of it is left to the framework, or its sizes aren't sums and
                products of those of its inputs.
        """
        sizes = _Sizes(graph_layer, example_inputs)
        known = sizes.of(example_inputs)
        if known is None or min(known) < 2:
            raise CompileError("the sizes of the first call aren't known")
        points = [
            [size + _STEPS[(step + 2 * place) % len(_STEPS)] for place, size in enumerate(known)]
            for step in range(len(_STEPS))
        ]
        drafts = [self._draft(graph_layer, sizes.imagined(point)) for point in points]
        draft = drafts[0]
        if len({(each.inputs, each.order) for each in drafts}) != 1:
            raise CompileError("other sizes need other parts")
        varying = varying_model([each.model for each in drafts], points)
        shapes = dict(varying.results)
        results = [
            Result(name, shapes[name], meta.dtype) for name, meta in zip(draft.names, draft.metas)
        ]
        values = draft.values
        run = self.run_model(
            varying.model,
            [value.name for value in values],
            [value.dtype for value in values],
            results,
        )
        return _Varying(graph_layer, sizes, draft, run)

    def _draft(self, graph_layer: GraphLayer, inputs: Sequence[Any]) -> _Draft:
        """The model for imagined inputs.

        Raises:
            CompileError: it isn't the whole graph.
        """
        framework = frameworks.active()
        parts = self.parts_of(with_sizes(graph_layer, inputs))
        regions = regions_of(parts)
        calls = [
            node
            for node in parts.graph.find_nodes(op="call_function")
            if node.target is not operator.getitem
        ]
        output = parts.graph.output_node
        assert output is not None
        if len(regions) != 1 or calls != regions:
            raise CompileError(f"{self.name} leaves a part to the framework")
        order = []
        for node in output.args[0]:
            if getattr(node, "target", None) is not operator.getitem:
                raise CompileError("a result is none of the model")
            order.append(node.args[1])
        visitor = self.visitor(self, framework.operator_graph(regions[0].target))
        assert isinstance(visitor, ModelVisitor)
        visitor.shares_constants = False
        outputs, metas = visitor.walk()
        model, names = visitor.model(outputs)
        places = {node: place for place, node in enumerate(parts.graph.placeholders)}
        taken = tuple([places[node] for node in regions[0].args])
        return _Draft(model, names, metas, visitor.inputs, taken, tuple(order))


class _Draft(NamedTuple):
    """A model for some sizes.

    Args:
        model: in ONNX's form.
        names: of its outputs.
        metas: of them.
        values: its inputs.
        inputs: the places of the graph's inputs that they are.
        order: the places of the outputs that are the graph's.
    """

    model: bytes
    names: List[str]
    metas: Sequence[TensorMeta]
    values: Sequence[Any]
    inputs: Tuple[int, ...]
    order: Tuple[int, ...]


class _Sizes:
    """The sizes that vary: dimensions and numbers that were equal in the first call are one.

    Args:
        layer: the graph.
        inputs: those of the first call; not kept.

    Raises:
        CompileError: a number is a fraction or no size; or sizes aren't known.
    """

    def __init__(self, layer: GraphLayer, inputs: Sequence[Any]) -> None:
        framework = frameworks.active()
        self.metas: List[Optional[TensorMeta]] = []
        self.members: List[List[Tuple[int, Optional[int]]]] = []
        places: Dict[int, int] = {}
        for index, (node, value) in enumerate(zip(layer.graph.placeholders, inputs)):
            if type(value) is int:
                self.metas.append(None)
                self._add(places, value, index, None)
                continue
            if not framework.is_tensor(value):
                raise CompileError("a number that varies is no size")
            self.metas.append(framework.tensor_meta(value))
            for axis, size in enumerate(node.meta["tensor_meta"].shape):
                if type(size) is not int or size < 0:
                    self._add(places, int(value.shape[axis]), index, axis)
        if any(all(axis is None for _, axis in group) for group in self.members):
            raise CompileError("a number that varies is the size of no tensor")

    def _add(self, places: Dict[int, int], value: int, index: int, axis: Optional[int]) -> None:
        place = places.setdefault(value, len(self.members))
        if place == len(self.members):
            self.members.append([])
        self.members[place].append((index, axis))

    def of(self, inputs: Sequence[Any]) -> Optional[Tuple[int, ...]]:
        """The sizes of a call; ``None`` where those that were equal aren't."""
        found = []
        for group in self.members:
            sizes = {
                inputs[index] if axis is None else inputs[index].shape[axis]
                for index, axis in group
            }
            if len(sizes) != 1:
                return None
            found.append(sizes.pop())
        return tuple(found)

    def imagined(self, sizes: Sequence[int]) -> List[Any]:
        """Descriptions of inputs of given sizes."""
        shapes = [None if meta is None else list(meta.shape) for meta in self.metas]
        numbers: Dict[int, int] = {}
        for group, size in zip(self.members, sizes):
            for index, axis in group:
                shape = shapes[index]
                if axis is None or shape is None:
                    numbers[index] = size
                else:
                    shape[axis] = size
        return [
            numbers[index] if meta is None else meta._replace(shape=tuple(shapes[index] or ()))
            for index, meta in enumerate(self.metas)
        ]


class _Varying:
    """The compiled graph: the model for the sizes it is for, the framework for others."""

    __name__ = "varying"

    def __init__(
        self,
        layer: GraphLayer,
        sizes: _Sizes,
        draft: _Draft,
        run: Callable[[Sequence[Any], Sequence[int]], Tuple[Any, ...]],
    ) -> None:
        self._note = layer.note
        self._sizes = sizes
        self._eager = replayed(layer)
        self._run = run
        self._taken = draft.inputs
        self._order = draft.order
        self._all_finite = frameworks.active().all_finite
        self._compared: Set[Tuple[int, ...]] = set()
        self._lock = threading.Lock()
        self._is_wrong = False

    def __call__(self, *inputs: Any) -> Any:
        """What the graph gives."""
        sizes = self._sizes.of(inputs)
        if self._is_wrong or sizes is None or min(sizes) < 2:
            return self._eager(*inputs)
        tensors = [inputs[place] for place in self._taken]
        guarded = GuardedRegion(self._compiled(sizes), self._plain(inputs), self._all_finite)
        if sizes not in self._compared:
            with self._lock:
                if len(self._compared) < _MOST_COMPARED:
                    self._compared.add(sizes)
                    guarded.note = self._differs
        return guarded(*tensors)

    def _compiled(self, sizes: Tuple[int, ...]) -> CompiledRegion:
        def compiled(*tensors: Any) -> Tuple[Any, ...]:
            results = self._run(tensors, sizes)
            return tuple([results[place] for place in self._order])

        return compiled

    def _plain(self, inputs: Sequence[Any]) -> CompiledRegion:
        def plain(*tensors: Any) -> Tuple[Any, ...]:
            del tensors
            found: Tuple[Any, ...] = self._eager(*inputs)
            return found

        return plain

    def _differs(self, text: str) -> None:
        self._is_wrong = True
        self._note(text)
