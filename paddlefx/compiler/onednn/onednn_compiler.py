"""The backend class of oneDNN."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence, Tuple

from ...errors import CompileError
from ...graph import GraphLayer, Node
from ..base import CompiledGraph
from ..bilinear import recorded
from ..blas import BlasCompiler, Replacement
from ..loop_nests.buffers import Buffers
from .convolutions import OfConvolutions, convolution, fits
from .library import engine
from .products import MultipliedByOneDNN

__all__ = ["OneDNNCompiler"]


def _taking(buffers: Buffers) -> Callable[[Tuple[int, ...], Any], Any]:
    """What gives tensors on memory that is used again."""
    takers: Dict[Any, Callable[[], Any]] = {}

    def take(shape: Tuple[int, ...], dtype: Any) -> Any:
        taker = takers.get(shape)
        if taker is None:
            taker = takers[shape] = buffers.taker(shape, dtype)
        return taker()

    return take


class OneDNNCompiler(BlasCompiler):
    """Convolutions and products of matrices by oneDNN; the rest as by ``blas``.

    Args:
        smallest_convolution: multiplications in a convolution that is worth a call.
        options: those of :class:`~paddlefx.compiler.blas.BlasCompiler`.
    """

    name = "onednn"
    kinds = "convolution or product of matrices"
    multiplied = MultipliedByOneDNN

    def __init__(self, *, smallest_convolution: int = 1 << 18, **options: Any) -> None:
        super().__init__(**options)
        self.smallest_convolution = smallest_convolution

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The graph with its large convolutions and products by oneDNN.

        Raises:
            CompileError: Paddle's wheel has no oneDNN that is known, or there is nothing for it;
                or not all of the graph is, and ``full_graph`` is on.
        """
        engine()
        return super().compile(graph_layer, example_inputs)

    def _told(self, count: int, calls: int) -> str:
        return f"{count} of {calls} operations are convolutions or products by oneDNN"

    def _replaced(self, graph_layer: GraphLayer) -> Dict[Node, Replacement]:
        found = super()._replaced(graph_layer)
        for node in graph_layer.graph.nodes:
            function = self._convolved(node)
            if function is not None:
                found[node] = function
        return found

    def _convolved(self, node: Node) -> Optional[Replacement]:
        found = convolution(node)
        if found is None or not fits(node, found, self.smallest_convolution):
            return None
        try:
            operation = OfConvolutions(node, found, _taking(self._buffers))
        except CompileError:
            return None
        operands = (found.x, found.weights)
        wanted = [not each.meta["tensor_meta"].stop_gradient for each in operands]
        if node.meta["tensor_meta"].stop_gradient or not any(wanted):
            return operation.result, operands
        return recorded(operation, wanted), operands
