"""Regions of a graph as MLIR modules, and what runs those."""

from __future__ import annotations

import importlib
from typing import Any, List, Sequence, Tuple, Type

import numpy as np
import paddle

from ...errors import CompilerNotFoundError
from ...graph import Node
from ...graph.operators import operator_of
from ...tensor_meta import TensorMeta
from ..loop_nests.buffers import Buffers
from ..loop_nests.operator_formulas import Element
from ..node_by_node import CompiledRegion, NodeByNodeCompiler, OperatorVisitor
from .linalg import Tensor
from .networks import LinalgVisitor

__all__ = ["MLIRCompiler"]

#: What stays with Paddle unless a full graph is asked for: loops of them that nobody has tiled
#: take many times as long as oneDNN's and MKL's.
_HEAVY = frozenset(
    ("addmm", "bmm", "dot", "matmul", "mv", "conv2d", "depthwise_conv2d", "pool2d", "batch_norm")
)


class _Region(LinalgVisitor):
    """One region as a function."""

    compiler: MLIRCompiler

    def _results(self, outputs: Sequence[Element]) -> List[Tensor]:
        """The tensors of the results; each is new, and no parameter."""
        found: List[Tensor] = []
        for output in outputs:
            name = self._tensor(output)
            if any(name == other.name for other in (*found, *self._parameters)):
                name = self._copied(output)
            found.append(Tensor(name, output.shape, output.value.dtype))
        return found

    def _copied(self, output: Element) -> str:
        self._made.pop(output, None)
        name = self._loop(output)
        self._made.pop(output)
        return name

    def finish(self, outputs: Sequence[Element], metas: Sequence[TensorMeta]) -> CompiledRegion:
        """A function of tensors."""
        results = self._results(outputs)
        if self.compiler.runtime == "iree":
            return self._by_iree(results)
        return self._by_engine(results, metas)

    def _by_engine(self, results: Sequence[Tensor], metas: Sequence[TensorMeta]) -> CompiledRegion:
        from .engine import compiled, module_text

        text = module_text(self._parameters, self._lines, results)
        run = compiled(text, len(self._parameters) + len(results))
        weights = self._weights
        takers = [self.compiler.buffers.taker(tuple(m.shape), m.dtype) for m in metas]

        def region(*tensors: Any) -> Tuple[Any, ...]:
            given = [t if t.is_contiguous() else t.contiguous() for t in (*tensors, *weights)]
            fresh = [take() for take in takers]
            run([tensor.data_ptr() for tensor in (*given, *fresh)])
            return tuple(fresh)

        return region

    def _by_iree(self, results: Sequence[Tensor]) -> CompiledRegion:
        from .iree import compiled, module_text

        run = compiled(module_text(self._parameters, self._lines, results))
        weights = self._weights

        def region(*tensors: Any) -> Tuple[Any, ...]:
            given = [_array(tensor) for tensor in (*tensors, *weights)]
            return tuple([paddle.to_tensor(np.array(item)) for item in run(given)])

        return region


def _array(tensor: Any) -> Any:
    """A tensor's memory as an array; NumPy reads no bool by DLPack."""
    tensor = tensor if tensor.is_contiguous() else tensor.contiguous()
    return tensor.numpy() if tensor.dtype == paddle.bool else np.from_dlpack(tensor.detach())


class MLIRCompiler(NodeByNodeCompiler):
    """Compiles by way of MLIR's ``linalg``.

    Args:
        runtime: ``"engine"``, MLIR's own execution engine; or ``"iree"``, which takes whole
            graphs.
        reuse_outputs: how much memory of the engine's results to keep for later calls, in bytes
            for each shape; 0 for none.
        options: those of :class:`~paddlefx.compiler.base.Compiler`.

    Raises:
        ValueError: no such runtime.
        CompilerNotFoundError: its package isn't installed.
    """

    name = "mlir"
    visitor: Type[OperatorVisitor] = _Region
    dtypes = frozenset({"float32", "float64", "int32", "int64", "bool"})
    decomposed = frozenset({"group_norm", "instance_norm"})
    #: Parameters are arguments of what is compiled.
    freezes_weights = False

    def __init__(
        self, *, runtime: str = "engine", reuse_outputs: int = 1 << 28, **options: Any
    ) -> None:
        super().__init__(**options)
        if runtime not in ("engine", "iree"):
            raise ValueError(f"runtime is 'engine' or 'iree', not {runtime!r}")
        self.runtime = runtime
        self.buffers = Buffers(reuse_outputs)
        package = "iree.runtime" if runtime == "iree" else "torch_mlir.ir"
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise CompilerNotFoundError(
                f"runtime {runtime!r} needs a package that is not installed: {error}",
                hint="pip install paddlefx[mlir]",
            ) from error

    def supports(self, node: Node, visitor: OperatorVisitor) -> bool:
        """Whether a node can be in a region; heavy ones only in a full graph, or with IREE."""
        heavy = operator_of(node) in _HEAVY
        if heavy and self.runtime == "engine" and not self.full_graph:
            return False
        return super().supports(node, visitor)
