"""Random graphs of Paddle operations, and the check that two layers do the same.

A graph is written from a list of numbers, so that Hypothesis can draw and shrink it. It has
views, operations in place, multiple results, random operations, regions without gradients,
parameters, repeated calls and calls of constants.
"""

from __future__ import annotations

import operator
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import paddle

from paddlefx import frameworks
from paddlefx.errors import InferenceError
from paddlefx.frameworks.paddle_effects import set_grad_enabled
from paddlefx.graph import Graph, GraphLayer, Node
from paddlefx.tensor_meta import TensorMeta

from ..integration.test_memory import overlap

__all__ = ["Step", "check_same", "random_layer"]

Step = Tuple[int, int, int]

_ops = paddle._C_ops
_UNARY = ["relu", "tanh", "exp", "abs", "floor", "sigmoid"]
_BINARY = [operator.add, operator.mul, operator.sub, _ops.maximum, operator.truediv]
_IN_PLACE = ["relu_", "tanh_", "scale_", "add_", "multiply_"]


class _Writer:
    """Writes one graph; what inference or a leaf refuses is left out."""

    def __init__(self, gradients: bool) -> None:
        self.framework: Any = frameworks.active()
        self.graph = Graph()
        self.attributes: Dict[str, Any] = {}
        self.values: List[Node] = []
        self.leaves: List[Node] = []
        self.gradients = gradients
        for name in ("x", "y"):
            meta = TensorMeta((4, 6), paddle.float32, not gradients)
            self._enter(self.graph.placeholder(name, {"tensor_meta": meta}))
        for name in ("w", "b"):
            value = paddle.arange(24, dtype="float32").reshape([4, 6]) / 7 - 1
            value.stop_gradient = not gradients
            self.attributes[name] = value
            meta = self.framework.tensor_meta(value)
            self._enter(self.graph.get_attr(name, {"tensor_meta": meta}))

    def _enter(self, node: Node) -> None:
        self.values.append(node)
        self.leaves.append(node)

    def pick(self, number: int) -> Node:
        return self.values[number % len(self.values)]

    def call(self, target: Any, *args: Any) -> Optional[Node]:
        def described(value: Any) -> Any:
            return value.meta["tensor_meta"] if isinstance(value, Node) else value

        metas = tuple([described(argument) for argument in args])
        try:
            result = self.framework.infer(target, metas, {})
            changed = self.framework.infer_mutation(target, metas, {})
        except InferenceError:
            return None
        if any(args[index].meta["tensor_meta"] != meta for index, meta in changed.items()):
            return None
        node = self.graph.call_function(target, args, {}, {"tensor_meta": result})
        if isinstance(result, TensorMeta):
            self.values.append(node)
        elif isinstance(result, (tuple, list)):
            for index, part in enumerate(result):
                meta = {"tensor_meta": part}
                item = self.graph.call_function(operator.getitem, (node, index), {}, meta)
                self.values.append(item)
        return node

    def in_place(self, name: str, target: Node, other: Node) -> None:
        """Where gradients are recorded, only on what an operation without a view made."""
        if self.gradients and (target in self.leaves or not self._is_own(target)):
            return
        function = getattr(_ops, name)
        if name in ("add_", "multiply_"):
            self.call(function, target, other)
        elif name == "scale_":
            self.call(function, target, 0.5, 0.25, True)
        else:
            self.call(function, target)

    def _is_own(self, node: Node) -> bool:
        return not self.framework.effects(node).shares and len(node.users) == 0

    def step(self, step: Step) -> None:
        kind, first, second = step
        x, y = self.pick(first), self.pick(second)
        rank = len(x.meta["tensor_meta"].shape)
        kind %= 13
        if kind in (0, 1):
            self.call(getattr(_ops, _UNARY[second % len(_UNARY)]), x)
        elif kind in (2, 3):
            self.call(_BINARY[(first + second) % len(_BINARY)], x, y)
        elif kind == 4:
            self.call(operator.getitem, x, [slice(1, None), 0, slice(None, None, 2)][second % 3])
        elif kind == 5:
            self.call(_ops.reshape, x, [-1] if second % 2 else [2, -1])
        elif kind == 6:
            self.call(_ops.transpose, x, list(range(rank))[::-1])
        elif kind == 7:
            self.in_place(_IN_PLACE[second % len(_IN_PLACE)], x, y)
        elif kind == 8:
            self.call(_ops.unbind, x, 0)
        elif kind == 9:
            self.call(_ops.full, [4, 6], 0.5, paddle.float32, paddle.CPUPlace())
        elif kind == 10 and first % 3 == 0:
            shape = list(x.meta["tensor_meta"].shape)
            self.call(_ops.uniform, shape, paddle.float32, 0.0, 1.0, 0, paddle.CPUPlace())
        elif kind == 11:
            flag = bool(second % 2)
            self.graph.call_function(set_grad_enabled, (flag,))
            set_grad_enabled(flag)
        elif kind == 12:
            self.call(_ops.sum, x, [-1], None, True)


def random_layer(steps: Sequence[Step], outputs: Sequence[int], gradients: bool) -> GraphLayer:
    """A layer of two inputs and two attributes, all ``float32[4, 6]``.

    Args:
        steps: what to write, in order: a kind and two numbers that choose operands.
        outputs: which values are given, modulo their count.
        gradients: whether inputs and attributes require them.
    """
    writer = _Writer(gradients)
    with writer.framework.kept_state():
        set_grad_enabled(True)
        for step in steps:
            writer.step(step)
    writer.graph.call_function(set_grad_enabled, (True,))
    writer.graph.output(tuple([writer.pick(number) for number in outputs]))
    layer: GraphLayer = writer.framework.make_graph_layer(writer.graph, writer.attributes)
    return layer


class _Outcome:
    """What can be told of one run."""

    def __init__(self, layer: GraphLayer, gradients: bool) -> None:
        rng = np.random.RandomState(5)
        self.inputs = [
            paddle.to_tensor(rng.randn(4, 6).astype("float32"), stop_gradient=not gradients)
            for _ in range(2)
        ]
        weights = [layer.attributes["w"], layer.attributes["b"]]
        before = [weight.numpy().copy() for weight in weights]
        paddle.seed(11)
        self.error: Optional[str] = None
        self.outputs: Tuple[Any, ...] = ()
        self.gradients: List[Any] = []
        tensors = [*self.inputs, *weights]
        for tensor in weights:
            tensor.clear_gradient(False)  # Paddle 3.0 takes no None for grad
        try:
            self.outputs = layer(*self.inputs)
            total = None
            for output in self.outputs:
                if not output.stop_gradient:
                    part = (output * output).sum()
                    total = part if total is None else total + part
            if total is not None:
                total.backward()
        except Exception as error:
            self.error = type(error).__name__
        paddle.set_grad_enabled(True)
        self.draw = paddle.rand([1]).numpy().item()
        self.gradients = [None if t.grad is None else t.grad.numpy().copy() for t in tensors]
        self.values = [output.numpy().copy() for output in self.outputs]
        self.after = [tensor.numpy().copy() for tensor in tensors]
        self.stops = [output.stop_gradient for output in self.outputs]
        seen = [*self.outputs, *tensors]
        self.identities = [[one is two for one in seen] for two in seen]
        self.sharing = [[overlap(one, two) for one in seen] for two in seen]
        with paddle.no_grad():
            for weight, value in zip(weights, before):
                weight.set_value(value)


def _pairs(one: _Outcome, two: _Outcome) -> Iterator[Tuple[str, Any, Any]]:
    for name in ("values", "gradients", "after"):
        yield from zip([name] * 99, getattr(one, name), getattr(two, name))


def check_same(before: GraphLayer, after: GraphLayer, gradients: bool, exact: bool = True) -> None:
    """Both give the same values, gradients, writes, draws, identities and shared memory.

    Args:
        before: a layer of :func:`random_layer`.
        after: what a pass made of it.
        gradients: whether inputs require them.
        exact: bit for bit; otherwise gradients may be rounded differently.
    """
    one, two = _Outcome(before, gradients), _Outcome(after, gradients)
    assert one.error == two.error
    assert one.draw == two.draw
    for name, first, second in _pairs(one, two):
        assert (first is None) == (second is None), name
        if first is not None and (exact or name != "gradients"):
            np.testing.assert_array_equal(first, second, err_msg=name)
        elif first is not None:
            np.testing.assert_allclose(first, second, 1e-5, 1e-5, err_msg=name)
    assert one.stops == two.stops
    assert one.identities == two.identities
    assert one.sharing == two.sharing
