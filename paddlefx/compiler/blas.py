"""The ``blas`` backend: products of matrices by NumPy's BLAS, which gradients flow through.

in: a graph. out: the graph as straight-line Python in which ``matmul`` and ``linear`` of large
matrices are NumPy's; with llvmlite, what the ``llvm`` backend fuses is fused; the rest is Paddle's.
NumPy's wheels bring OpenBLAS, which is as fast on every x86 CPU, while the MKL in Paddle's wheels
takes a slow path on those that aren't Intel's. Weights are read in each call, never compiled in.
"""

from __future__ import annotations

import ctypes
import functools
import operator
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import paddle
from paddle.base import core

from ..errors import CompileError, CompilerNotFoundError
from ..graph import GraphLayer, Node
from ..graph.node import map_nodes
from ..tensor_meta import TensorMeta
from .base import CompiledGraph, Compiler, needs_gradients
from .bilinear import recorded
from .loop_nests.buffers import Buffers
from .registry import get
from .replay import replayed

__all__ = ["BlasCompiler", "Multiplied", "Replacement"]

_ops: Any = paddle._C_ops
_DTYPES: Dict[Any, Any] = {paddle.float32: np.float32, paddle.float64: np.float64}
_MATMULS = (core.pir.ops.matmul, core.eager.ops.matmul)
#: A function, and the nodes that it is called with.
Replacement = Tuple[Callable[..., Any], Tuple[Node, ...]]
_LINEAR: Any = getattr(core.eager.ops, "linear", None)


class _Product(NamedTuple):
    """A call that multiplies matrices.

    Args:
        x: the matrices at the left.
        y: those at the right: one, or as many.
        bias: what is added to each row of the results.
        transposed: of the left ones and of the right ones, whether the transposed is multiplied.
    """

    x: Node
    y: Node
    bias: Optional[Node]
    transposed: Tuple[bool, bool]


def _product(node: Node) -> Optional[_Product]:
    """What a call multiplies; ``None`` for another call."""
    if node.op != "call_function":
        return None
    kwargs = dict(node.kwargs)
    if kwargs.pop("out", None) is not None:
        return None
    if any(node.target is each for each in _MATMULS):
        names = ("x", "y", "transpose_x", "transpose_y")
        given = {**dict(zip(names, node.args)), **kwargs}
        if len(node.args) > 4 or not given.keys() <= set(names):
            return None
        x, y = given.get("x"), given.get("y")
        flags = (bool(given.get("transpose_x", False)), bool(given.get("transpose_y", False)))
        bias = None
    elif node.target is operator.matmul and not kwargs:
        (x, y), bias, flags = node.args, None, (False, False)
    elif node.target is _LINEAR and not kwargs and len(node.args) in (2, 3):
        x, y, *rest = node.args
        bias, flags = rest[0] if rest else None, (False, False)
    else:
        return None
    if not isinstance(x, Node) or not isinstance(y, Node):
        return None
    if bias is not None and not isinstance(bias, Node):
        return None
    return _Product(x, y, bias, flags)


def _operands(product: _Product) -> Tuple[Node, ...]:
    x, y, bias = product.x, product.y, product.bias
    return (x, y) if bias is None else (x, y, bias)


def _meta(node: Node) -> TensorMeta:
    meta: TensorMeta = node.meta["tensor_meta"]
    return meta


def _fits(node: Node, product: _Product, smallest: int) -> bool:
    """Whether NumPy does it as Paddle does, and it is worth the call."""
    nodes = (node, *_operands(product))
    if not all(isinstance(each.meta.get("tensor_meta"), TensorMeta) for each in nodes):
        return False
    metas = [_meta(each) for each in nodes]
    for meta in metas:
        if meta.dtype not in _DTYPES or meta.dtype != metas[0].dtype:
            return False
        if any(type(size) is not int or size <= 0 for size in meta.shape):
            return False
        if meta.place is not None and not meta.place.is_cpu_place():
            return False
    result, x, y = metas[:3]
    if len(x.shape) < 2 or len(y.shape) < 2:
        return False
    if len(y.shape) == 2:
        if product.transposed[0] and len(x.shape) > 2:
            return False
    elif x.shape[:-2] != y.shape[:-2]:
        return False
    if product.bias is not None and metas[3].shape != result.shape[-1:]:
        return False
    work = x.shape[-2] if product.transposed[0] else x.shape[-1]
    for size in result.shape:
        work *= size
    return bool(work >= smallest)


def _array(tensor: Any) -> Any:
    """A contiguous tensor's memory, which the caller keeps."""
    dtype = np.dtype(_DTYPES[tensor.dtype])
    shape = tensor.shape
    size = dtype.itemsize
    for each in shape:
        size *= each
    memory = (ctypes.c_char * size).from_address(tensor.data_ptr())
    return np.frombuffer(memory, dtype).reshape(shape)


class Multiplied:
    """Products by NumPy, in memory that is used again.

    Args:
        buffers: the memory.
    """

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers
        self._takers: Dict[Any, Callable[[], Any]] = {}

    def __call__(self, x: Any, y: Any, first: bool, second: bool) -> Any:
        """The product of tensors, transposed if asked for, of equal batch sizes."""
        x = x if x.is_contiguous() else x.contiguous()
        y = y if y.is_contiguous() else y.contiguous()
        one, two = list(x.shape), list(y.shape)
        rows, columns = one[-1] if first else one[-2], two[-2] if second else two[-1]
        shape = (*one[:-2], rows, columns)
        key = (shape, x.dtype)
        take = self._takers.get(key)
        if take is None:
            take = self._takers[key] = self._buffers.taker(shape, x.dtype)
        result = take()
        self.multiply(x, y, result, first, second)
        return result

    def multiply(self, x: Any, y: Any, result: Any, first: bool, second: bool) -> None:
        """Write the product of contiguous tensors."""
        left, right = _array(x), _array(y)
        left = left.swapaxes(-1, -2) if first else left
        right = right.swapaxes(-1, -2) if second else right
        shape = tuple(result.shape)
        if right.ndim == 2 and left.ndim > 2:
            left = left.reshape(-1, left.shape[-1])
        # Whatever the user has NumPy do about infinities: Paddle does nothing.
        with np.errstate(all="ignore"):
            np.matmul(left, right, out=_array(result).reshape(*left.shape[:-1], shape[-1]))


def _by_paddle(x: Any, y: Any, first: bool, second: bool) -> Any:
    return _ops.matmul(x, y, first, second)


def _of_rows(other: Any, gradient: Any) -> Tuple[Any, Any]:
    """Batches of rows that one matrix was multiplied with, as one batch."""
    return (
        _ops.reshape(other, [-1, other.shape[-1]]),
        _ops.reshape(gradient, [-1, gradient.shape[-1]]),
    )


class _OfProducts:
    """A product and its gradients, for :func:`~.bilinear.recorded`.

    Args:
        multiply: computes them.
        transposed: as of :class:`_Product`.
        one: whether batches of rows are multiplied with one matrix.
    """

    def __init__(self, multiply: Multiplied, transposed: Tuple[bool, bool], one: bool) -> None:
        self._multiply = multiply
        self._transposed = transposed
        self._one = one

    def result(self, x: Any, y: Any) -> Any:
        """The product."""
        return self._multiply(x, y, *self._transposed)

    def left_gradient(self, y: Any, gradient: Any, differentiable: bool) -> Any:
        """By the left side."""
        by: Any = _by_paddle if differentiable else self._multiply
        first, second = self._transposed
        if first:
            return by(y, gradient, second, True)
        return by(gradient, y, False, not second)

    def right_gradient(self, x: Any, gradient: Any, differentiable: bool) -> Any:
        """By the right side."""
        by: Any = _by_paddle if differentiable else self._multiply
        first, second = self._transposed
        if self._one:
            x, gradient = _of_rows(x, gradient)
        if second:
            return by(gradient, x, True, first)
        return by(x, gradient, not first, False)


def _fused(graph_layer: GraphLayer) -> GraphLayer:
    """The graph as the ``llvm`` backend fuses it, where that is installed."""
    try:
        compiler: Any = get("llvm")
        fused: GraphLayer = compiler.fused(graph_layer)
    except (CompilerNotFoundError, CompileError):
        return graph_layer
    return fused


class BlasCompiler(Compiler):
    """Products of matrices by NumPy's BLAS; with llvmlite, the rest as by the ``llvm`` backend.

    Args:
        smallest: multiplications in a product that is worth a call.
        reuse_outputs: how much memory of results to keep for later calls, in bytes for each shape.
        options: those of :class:`~paddlefx.compiler.base.Compiler`.
    """

    name = "blas"
    #: What it computes, in the words of its errors.
    kinds = "product of matrices"
    #: What multiplies.
    multiplied: Callable[[Buffers], Multiplied] = Multiplied

    def __init__(
        self, *, smallest: int = 1 << 21, reuse_outputs: int = 1 << 28, **options: Any
    ) -> None:
        super().__init__(**options)
        self.smallest = smallest
        self._buffers = Buffers(reuse_outputs)
        self._multiply = self.multiplied(self._buffers)

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The graph with its large products by NumPy.

        Raises:
            CompileError: it has none; or not all of it is products, and ``full_graph`` is on.
        """
        del example_inputs
        found = self._replaced(graph_layer)
        if not found:
            raise CompileError(f"no {self.kinds} is large enough")
        calls = len(graph_layer.graph.find_nodes(op="call_function"))
        if self.full_graph and len(found) < calls:
            raise CompileError(f"not everything is a large {self.kinds}")
        graph_layer.note(f"{self.name}: {self._told(len(found), calls)}")
        # The kernels' own nodes of autograd have several edges each: see edges.py.
        fused = graph_layer if needs_gradients(graph_layer) else _fused(graph_layer)
        graph, copies = fused.graph.copy()
        for node, (function, operands) in self._replaced(fused).items():
            copy = copies[node]
            copy.target = function
            copy.args, copy.kwargs = map_nodes(operands, copies.__getitem__), {}
        graph.lint()
        return replayed(type(graph_layer)(graph, fused.attributes))

    def _told(self, count: int, calls: int) -> str:
        return f"{count} of {calls} operations are products by NumPy"

    def _replaced(self, graph_layer: GraphLayer) -> Dict[Node, Replacement]:
        """What is called instead of some of the nodes, and with which operands."""
        return {
            node: (self._function(node, product), _operands(product))
            for node, product in self._products(graph_layer).items()
        }

    def _products(self, graph_layer: GraphLayer) -> Dict[Node, _Product]:
        found = {node: _product(node) for node in graph_layer.graph.nodes}
        return {
            node: product
            for node, product in found.items()
            if product is not None and _fits(node, product, self.smallest)
        }

    def _function(self, node: Node, product: _Product) -> Callable[..., Any]:
        multiply = self._multiply
        metas = [_meta(each) for each in _operands(product)]
        wanted = [not meta.stop_gradient for meta in metas]
        made: Callable[..., Any] = functools.partial(
            multiply, first=product.transposed[0], second=product.transposed[1]
        )
        if not _meta(node).stop_gradient and any(wanted[:2]):
            one = len(metas[1].shape) == 2 and len(metas[0].shape) > 2
            made = recorded(_OfProducts(multiply, product.transposed, one), wanted)
        if product.bias is None:
            return made
        return lambda x, y, bias: _ops.add(made(x, y), bias)
