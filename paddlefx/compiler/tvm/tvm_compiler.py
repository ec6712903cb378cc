"""Regions of a graph as TVM modules."""

from __future__ import annotations

import logging
import pathlib
from typing import Any, List, Mapping, Optional, Sequence, Tuple, Type, Union

import onnx
import paddle
import tvm
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx
from tvm.target import Target

from ...errors import CompileError
from ...graph import GraphLayer, Node
from ...graph.operators import operator_of
from ...tensor_meta import TensorMeta
from ..base import CompiledGraph
from ..node_by_node import CompiledRegion, NodeByNodeCompiler, OperatorVisitor
from ..onnx_operators import UNCHECKED, OnnxVisitor
from ..onnx_operators.model import Value
from .schedule import scheduled
from .targets import target_of
from .tensor_expressions import TensorExpressions
from .tuning import log_folder, tuned

__all__ = ["TVMCompiler"]

#: What stays with Paddle unless it is tuned for, or a full graph is asked for: without tuning
#: these take many times as long as oneDNN's and MKL's.
_HEAVY = frozenset(
    (
        *("addmm", "bmm", "dot", "einsum", "matmul", "mv"),
        *("conv2d", "conv3d", "depthwise_conv2d"),
        *("conv2d_transpose", "conv3d_transpose", "depthwise_conv2d_transpose"),
    )
)


class _Region(OnnxVisitor):
    """One region as a Relax module."""

    compiler: TVMCompiler

    def sigmoid(self, node: Node, x: Value, **rest: Any) -> Value:
        """By the exponential function, for which TVM has a polynomial that vectorises."""
        del rest
        self._need_float(x)
        power = self._call("Exp", [self._times(x, -1.0)], x)
        return self._call("Reciprocal", [self._plus(power, 1.0)], node)

    def silu(self, node: Node, x: Value, **rest: Any) -> Value:
        """x * sigmoid(x)."""
        return self._call("Mul", [x, self.sigmoid(node, x, **rest)], node)

    swish = silu

    def celu(self, node: Node, x: Value, *, alpha: float) -> Value:
        """max(0, x) + min(0, alpha * (exp(x / alpha) - 1)), as TVM doesn't know ONNX's."""
        self._need_float(x)
        curve = self._plus(self._call("Exp", [self._times(x, 1 / alpha)], x), -1.0)
        zero = self._scalar(0.0, x)
        above = self._call("Max", [x, zero], x)
        return self._call(
            "Add", [above, self._call("Min", [self._times(curve, alpha), zero], x)], node
        )

    def cosh(self, node: Node, x: Value) -> Value:
        """(exp(x) + exp(-x)) / 2: TVM has no such function for vectors."""
        both = self._call("Add", [*self._powers(x)], x)
        return self._call("Mul", [both, self._scalar(0.5, x)], node)

    def sinh(self, node: Node, x: Value) -> Value:
        """tanh(x) * cosh(x), which is exact near 0 too."""
        return self._call("Mul", [self.tanh(node, x), self.cosh(node, x)], node)

    def _powers(self, x: Value) -> Tuple[Value, Value]:
        self._need_float(x)
        return self._call("Exp", [x], x), self._call("Exp", [self._times(x, -1.0)], x)

    def _call(self, op: str, inputs: Sequence[Optional[Value]], like: Any, **given: Any) -> Value:
        """A node; Not by a comparison, as TVM's inverts all bits of a truth value in a vector."""
        if op == "Not" and inputs[0] is not None:
            number = self._cast(inputs[0], "int32")
            return super()._call("Equal", [number, self._constant(0, "int32")], like)
        return super()._call(op, inputs, like, **given)

    def equal(self, node: Node, x: Value, y: Value, **rest: Any) -> Value:
        """Truth values are compared as numbers: TVM compares them as floats."""
        return super().equal(node, *self._numbers(x, y), **rest)

    def not_equal(self, node: Node, x: Value, y: Value, **rest: Any) -> Value:
        """The same, negated."""
        return super().not_equal(node, *self._numbers(x, y), **rest)

    def _numbers(self, *values: Value) -> List[Value]:
        return [self._cast(value, "int32") if value.dtype == "bool" else value for value in values]

    def finish(self, outputs: Sequence[Value], metas: Sequence[TensorMeta]) -> CompiledRegion:
        """A function of tensors that calls TVM's."""
        model, _ = self.model(outputs)
        try:
            module = from_onnx(onnx.load_from_string(model))
            return _called(self.compiler.built(module), self._inputs, model)
        except CompileError:
            raise
        except Exception as error:
            lines = str(error).strip().splitlines()
            raise CompileError(
                f"TVM refuses a part: {type(error).__name__}: {lines[-1] if lines else ''}"
            ) from error


class TVMCompiler(NodeByNodeCompiler):
    """Compiles with Apache TVM.

    Args:
        target: a TVM target: ``"llvm"``, ``"llvm -mcpu=core-avx2"``, a mapping or a Target.
        route: ``"relax"``, by way of ONNX and TVM's graphs; or ``"te"``, tensor expressions:
            fewer operators, in one function each, called with nothing in between.
        tune_mode: ``None``: the default schedule, and products of matrices and convolutions
            stay Paddle's unless ``full_graph`` is on. ``"meta_schedule"``: schedules are
            searched for; ``"auto_scheduler"``, which TVM has no more, means the same.
        trials: how many schedules are measured when tuning, for each graph.
        minutes: after which no more are, whatever ``trials`` says; what has been found is used.
        log: the folder of the tuning logs, from which a graph tuned before is compiled at once;
            ``~/.cache/paddlefx/tvm`` when ``None``.
        options: those of :class:`~paddlefx.compiler.base.Compiler`.

    Raises:
        ValueError: no such route or way to tune, or no trials.
        CompileError: TVM knows no such target.
    """

    name = "tvm"
    visitor: Type[OperatorVisitor] = _Region
    unchecked = UNCHECKED

    def __init__(
        self,
        *,
        target: Union[str, Mapping[str, Any], Target] = "llvm -mcpu=native",
        route: str = "relax",
        tune_mode: Optional[str] = None,
        trials: int = 1000,
        minutes: Optional[float] = None,
        log: Optional[str] = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if route not in ("relax", "te"):
            raise ValueError(f"route is 'relax' or 'te', not {route!r}")
        if route == "te" and tune_mode is not None:
            raise ValueError("route='te' has the default schedule; tune_mode is for 'relax'")
        if tune_mode not in (None, "meta_schedule", "auto_scheduler"):
            raise ValueError(
                f"tune_mode is None, 'meta_schedule' or 'auto_scheduler', not {tune_mode!r}"
            )
        if trials < 1:
            raise ValueError(f"tuning takes at least one trial, not {trials}")
        self.target = target_of(target)
        self.route = route
        self.visitor = TensorExpressions if route == "te" else _Region
        self.tune_mode = tune_mode
        self.trials = trials
        self.minutes = minutes
        self.log = log

    def supports(self, node: Node, visitor: OperatorVisitor) -> bool:
        """Whether a node can be in a region; heavy ones only tuned or in a full graph."""
        if self.tune_mode is None and not self.full_graph and operator_of(node) in _HEAVY:
            return False
        return super().supports(node, visitor)

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The regions compiled, in a straight line with what stays eager."""
        if self.tune_mode == "auto_scheduler":
            graph_layer.note("TVM 0.27 has no auto_scheduler any more: MetaSchedule tunes")
        return super().compile(graph_layer, example_inputs)

    def built(self, module: Any) -> Any:
        """An executable of a Relax module: fused, tuned or scheduled, compiled."""
        with self.target:
            module = _FUSED(module)
            if self.tune_mode is not None:
                folder = log_folder(module, self.target, self.log)
                database = self._tuned(module, folder)
                with database, tvm.transform.PassContext(opt_level=3):
                    module = relax.transform.MetaScheduleApplyDatabase()(module)
            module = scheduled(module)
            return tvm.compile(module, target=self.target)

    def _tuned(self, module: Any, folder: pathlib.Path) -> Any:
        logger = logging.getLogger("tvm.s_tir.meta_schedule")
        level = logger.level
        logger.setLevel(logging.ERROR)
        try:
            return tuned(module, self.target, self.trials, folder, self.minutes)
        finally:
            logger.setLevel(level)


_FUSED = tvm.transform.Sequential(
    [
        relax.transform.FoldBatchnormToConv2D(),
        relax.transform.FastMathTransform(),
        relax.transform.DecomposeOpsForInference(),
        relax.transform.CanonicalizeBindings(),
        relax.transform.FoldConstant(),
        relax.transform.LegalizeOps(),
        relax.transform.AnnotateTIROpPattern(),
        relax.transform.FoldConstant(),
        relax.transform.FuseOps(),
        relax.transform.FuseTIR(),
        relax.transform.DeadCodeElimination(),
    ]
)


def _called(executable: Any, inputs: Sequence[Value], model: bytes) -> CompiledRegion:
    """A function of Paddle's tensors; results are copies, as TVM uses its memory again."""
    machine = relax.VirtualMachine(executable, tvm.cpu())
    main = machine["main"]
    taken = {item.name for item in onnx.load_from_string(model).graph.input}
    places = [place for place, value in enumerate(inputs) if value.name in taken]
    given = tvm.runtime.from_dlpack

    def region(*tensors: Any) -> Tuple[Any, ...]:
        arguments: List[Any] = []
        for place in places:
            tensor = tensors[place]
            arguments.append(given(tensor if tensor.is_contiguous() else tensor.contiguous()))
        results = main(*arguments)
        if isinstance(results, tvm.runtime.Tensor):
            results = (results,)
        return tuple([paddle.utils.dlpack.from_dlpack(result) for result in results])

    return region
