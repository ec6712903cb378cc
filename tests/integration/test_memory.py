"""Who writes to which memory and who sees it: what is said of Paddle's calls, and of graphs."""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np
import paddle
import pytest

import paddlefx
from paddlefx import frameworks
from paddlefx.graph import Effects, Graph, Node
from paddlefx.graph.passes import Aliasing

from .paddle_layer_cases import CASES

Tensor: Any = paddle.Tensor


@pytest.fixture(scope="module")
def framework() -> Any:
    return frameworks.active()


def flat(value: Any) -> Iterator[Any]:
    """The tensors in a nested value."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from flat(item)
    elif isinstance(value, dict):
        yield from flat(list(value.values()))


def span(tensor: Any) -> Optional[Tuple[int, int]]:
    """The bytes that a tensor's elements lie between; ``None`` without any."""
    if not tensor._is_initialized() or 0 in tensor.shape:
        return None
    start = tensor.data_ptr()
    extent = 1 + sum([(size - 1) * step for size, step in zip(tensor.shape, tensor.strides)])
    return start, start + extent * tensor.element_size()


def overlap(one: Any, other: Any) -> bool:
    """Whether two tensors' elements lie in the same bytes."""
    first, second = span(one), span(other)
    return bool(first and second and first[0] < second[1] and second[0] < first[1])


def state(tensor: Any) -> Any:
    """What a write to a tensor changes."""
    data = tensor.numpy().tobytes() if tensor._is_initialized() else None
    return data, tensor.inplace_version, tuple(tensor.shape), tensor.stop_gradient


class Observed:
    """Runs calls, and keeps where they do what :meth:`Framework.effects` doesn't say."""

    def __init__(self, framework: Any) -> None:
        self.framework = framework
        self.inside = False
        self.wrong: List[str] = []

    def effects(self, target: Any, args: Any, kwargs: Any) -> Tuple[Effects, Dict[Node, Any]]:
        """What is said of a call, and the tensors that its nodes stand for."""
        graph = Graph()
        nodes: Dict[int, Node] = {}
        tensors: Dict[Node, Any] = {}

        def as_node(value: Any) -> Any:
            if isinstance(value, Tensor):
                if id(value) not in nodes:
                    meta = {"tensor_meta": self.framework.tensor_meta(value)}
                    nodes[id(value)] = graph.placeholder("x", meta)
                    tensors[nodes[id(value)]] = value
                return nodes[id(value)]
            if isinstance(value, (list, tuple)):
                return type(value)([as_node(item) for item in value])
            if isinstance(value, dict):
                return {key: as_node(item) for key, item in value.items()}
            return value

        node = graph.call_function(target, as_node(tuple(args)), as_node(dict(kwargs)))
        return self.framework.effects(node), tensors

    def call(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        if self.inside:
            return target(*args, **kwargs)
        self.inside = True
        try:
            return self._call(target, *args, **kwargs)
        finally:
            self.inside = False

    def _call(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        effects, tensors = self.effects(target, args, kwargs)
        before = {node: state(tensor) for node, tensor in tensors.items()}
        result = target(*args, **kwargs)
        name = getattr(target, "__name__", str(target))
        for node, tensor in tensors.items():
            if state(tensor) != before[node] and node not in effects.writes:
                self.wrong.append(f"{name} writes to {node}")
        items = list(result) if isinstance(result, (list, tuple)) else [result]
        for index, item in enumerate(items):
            shared = [s.argument for s in effects.shares if s.result in (None, index)]
            for output in flat(item):
                for node, tensor in tensors.items():
                    if output is tensor and len(items) == 1 and effects.same is not node:
                        self.wrong.append(f"{name} gives {node} itself")
                    if overlap(output, tensor) and node not in shared:
                        self.wrong.append(f"{name}[{index}] shares memory with {node}")
        return result


@pytest.mark.filterwarnings("ignore")  # of plain Paddle, about the cases
@pytest.mark.parametrize("name", sorted(CASES))
def test_operations_do_what_is_said(
    framework: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    observed = Observed(framework)

    def watched(function: Any) -> Callable[..., Any]:
        return lambda *args, **kwargs: observed.call(function, *args, **kwargs)

    for attribute in dir(paddle._C_ops):
        function = getattr(paddle._C_ops, attribute)
        if framework.is_op(function):
            monkeypatch.setattr(paddle._C_ops, attribute, watched(function))

    def check(target: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            if framework.is_op(target) or framework._operators.knows(target):
                return observed.call(target, *args, **kwargs)
            return target(*args, **kwargs)
        except Exception as error:
            return error

    CASES[name](check)
    assert not observed.wrong, "\n".join(observed.wrong)


def test_what_isnt_said_is_noticed(framework: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framework, "effects", lambda node: Effects())
    observed = Observed(framework)
    x = paddle.ones([2, 2])
    observed.call(operator.getitem, x, 1)
    observed.call(paddle._C_ops.add_, x, x)
    assert observed.wrong == [
        "getitem[0] shares memory with x",
        "add_ writes to x",
        "add_ gives x itself",
        "add_[0] shares memory with x",
    ]


_x = paddle.arange(24, dtype="float32").reshape([4, 6])
_METHODS: Dict[str, Tuple[Any, ...]] = {
    "clone": (),
    "detach": (),
    "_copy_to": (_x.place, True),
    "set_value": (_x * 2,),
    "__add__": (0,),
    "__mul__": (1,),
    "__pow__": (1,),
}


@pytest.mark.parametrize("name", sorted(_METHODS))
def test_methods_do_what_is_said(framework: Any, name: str) -> None:
    observed = Observed(framework)
    observed.call(getattr(Tensor, name), _x.clone(), *_METHODS[name])
    assert not observed.wrong, "\n".join(observed.wrong)


_one = paddle.to_tensor(1)
_INDICES: List[Any] = [
    1, slice(1, 3), slice(None), Ellipsis, None, (None, 2), slice(None, None, 2), [0, 1], _one,
    (slice(1, None), [1]), slice(_one, None), paddle.to_tensor([0, 2]),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(_INDICES)))
def test_indices_do_what_is_said(framework: Any, number: int) -> None:
    observed = Observed(framework)
    observed.call(operator.getitem, _x.clone(), _INDICES[number])
    observed.call(operator.setitem, _x.clone(), _INDICES[number], 3.0)
    assert not observed.wrong, "\n".join(observed.wrong)


# -- graphs


def captured(function: Callable[..., Any], *args: Any) -> Tuple[Any, Aliasing]:
    """The one graph of a function, and what is known of its memory."""
    (layer,) = paddlefx.explain(function)(*args).graphs
    return layer, Aliasing(layer.graph, layer.operations)


def by_target(layer: Any, name: str) -> Node:
    """The only node that calls a function of this name."""
    (found,) = [n for n in layer.graph.nodes if getattr(n.target, "__name__", "") == name]
    return found


def test_views_and_writes_of_a_graph() -> None:
    def function(x: Any) -> Any:
        a = paddle.exp(x)
        b = a[1:]
        c = paddle.tanh(b)
        a.add_(x)
        return c, paddle.abs(b)

    layer, aliasing = captured(function, _x)
    exp, view = by_target(layer, "exp"), by_target(layer, "getitem")
    tanh, add, last = by_target(layer, "tanh"), by_target(layer, "add_"), by_target(layer, "abs")
    (x,) = layer.graph.placeholders
    assert aliasing.may_share(exp, view) and not aliasing.may_share(exp, tanh)
    assert not aliasing.is_outside(view) and aliasing.is_outside(x)
    assert aliasing.writers(view) == [add] == aliasing.writers(exp)
    assert aliasing.is_written(view, tanh) and not aliasing.is_written(view, add)
    assert not aliasing.writers(x) and not aliasing.writers(tanh)
    assert not aliasing.is_pure(add) and aliasing.is_pure(view) and aliasing.is_pure(exp)
    assert not aliasing.writes_outside(add)
    assert aliasing.same_object(add) is exp
    assert aliasing.escapes(tanh) and aliasing.escapes(last) and not aliasing.escapes(view)


def test_two_inputs_may_be_views_of_one_tensor() -> None:
    def function(x: Any, y: Any) -> Any:
        a = x + 1
        y.add_(a)
        return x * 2

    layer, aliasing = captured(function, _x.clone(), _x.clone())
    x, y = layer.graph.placeholders
    add = by_target(layer, "add_")
    assert aliasing.may_share(x, y) and aliasing.writers(x) == [add]
    assert aliasing.writes_outside(add)


def test_what_outputs_share() -> None:
    def function(x: Any) -> Any:
        a = paddle.exp(x)
        parts = paddle.unbind(a)
        return a, parts[1], x.transpose([1, 0]), paddle.tanh(a), a

    layer, aliasing = captured(function, _x)
    shared = aliasing.outputs()
    assert [leaf.target for leaf in shared.leaves if leaf.op != "call_function"] == []
    names = [leaf.target.__name__ for leaf in shared.leaves]
    outside = [names[index] for index in shared.outside]
    pairs = {(names[one], names[two]) for one, two in shared.pairs}
    assert outside == ["transpose"]
    assert pairs == {("exp", "getitem")} or pairs == {("exp", "getitem"), ("getitem", "exp")}


def test_statistics_of_batch_norm_are_outside_and_its_result_is_not() -> None:
    norm = paddle.nn.BatchNorm2D(3)
    norm.eval()
    layer, aliasing = captured(norm, paddle.ones([2, 3, 4, 4]))
    assert not any(aliasing.writes_outside(node) for node in layer.graph.nodes)
    assert not aliasing.outputs().outside
    norm.train()
    layer, aliasing = captured(norm, paddle.ones([2, 3, 4, 4]))
    (writer,) = [node for node in layer.graph.nodes if aliasing.effects[node].writes]
    assert writer.target.__name__.startswith("batch_norm") and aliasing.writes_outside(writer)
    assert not aliasing.outputs().outside


@paddlefx.allow_in_graph
def own(x: Any) -> Any:
    """A function of the user's that a graph takes as one operation."""
    return x + 1


def test_functions_of_the_user_may_do_anything() -> None:
    def function(x: Any) -> Any:
        a = paddle.exp(x)
        b = own(a)
        c = paddle.tanh(a)
        own(x)
        return c, b

    layer, aliasing = captured(function, _x)
    exp, tanh = by_target(layer, "exp"), by_target(layer, "tanh")
    first, second = [node for node in layer.graph.nodes if aliasing.effects[node].opaque]
    assert aliasing.writers(exp) == [first, second] and aliasing.escapes(exp)
    assert aliasing.writers(tanh) == [] and aliasing.is_outside(first)


def test_random_and_state() -> None:
    def function(x: Any) -> Any:
        with paddle.no_grad():
            a = paddle.nn.functional.dropout(x, 0.5)
        return a + paddle.rand([4, 6])

    layer, aliasing = captured(function, _x)
    kinds = [
        (effects.random, effects.state, effects.pure)
        for node, effects in aliasing.effects.items()
        if node.op == "call_function"
    ]
    assert [kind[:2] for kind in kinds if not kind[2]] == [
        (False, True), (True, False), (False, True), (True, False)
    ] or [kind[:2] for kind in kinds if not kind[2]] == [(True, False), (True, False)]  # fmt: skip


def test_a_result_that_is_written_by_keyword_counts() -> None:
    graph = Graph()
    x, y = graph.placeholder("x"), graph.placeholder("y")
    node = graph.call_function(paddle._C_ops.add, (x, x), {"out": y})
    graph.output((node,))
    effects = frameworks.active().effects(node)
    assert effects.writes == (y,) and not effects.pure
    assert np.all([sharing.argument is y for sharing in effects.shares])
