"""The conditions with which functions begin: answered at once, and guarded as when executed."""

from __future__ import annotations

from typing import Any, Callable, List, Set

import paddle
import pytest
from paddle.nn.layer import layers as paddle_layers

import paddlefx
from paddlefx.executor import conditions
from paddlefx.executor.machine import Machine


class Flagged(paddle.nn.Layer):
    """Asks an attribute of its own first, in a method that is inlined."""

    def __init__(self, flag: Any) -> None:
        super().__init__()
        self.flag = flag

    def chosen(self, x):
        if self.flag:
            return x + 1.0
        return x - 1.0

    def forward(self, x):
        return self.chosen(x) * 2.0


def network() -> paddle.nn.Layer:
    return paddle.nn.Sequential(
        paddle.nn.Linear(4, 4), paddle.nn.Sequential(paddle.nn.ReLU(), paddle.nn.Linear(4, 4))
    )


def agrees(layer: Callable[..., Any], optimized: Callable[..., Any], times: int = 2) -> Any:
    """One graph, no break, and the plain result; what ``explain`` says."""
    x = paddle.to_tensor([[0.5, -1.0, 2.0, 3.0]])
    for _ in range(times):
        assert optimized(x).tolist() == layer(x).tolist()
    told = paddlefx.explain(layer)(x)
    assert (len(told.graphs), told.breaks, told.fallbacks) == (1, [], [])
    return told


def steps(function: Callable[..., Any], *args: Any) -> int:
    """Instructions that the capture of a first call executes."""
    seen: List[int] = []
    release = Machine.release

    def noted(machine: Machine) -> None:
        seen.append(machine.steps)
        release(machine)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Machine, "release", noted)
        paddlefx.optimize(function, backend="eager")(*args)
    return sum(seen)


def test_a_call_of_a_layer_begins_at_its_forward(monkeypatch):
    layer, x = network(), paddle.ones([1, 4])
    fewer = steps(layer, x)
    monkeypatch.setattr(conditions, "pass_over", lambda machine, frame: None)
    assert steps(layer, x) - fewer >= 4 * 20


def guarded(layer: paddle.nn.Layer) -> Set[Any]:
    """The guards of a capture, with the file that each is for."""
    record = paddlefx.explain(layer)(paddle.ones([1, 4]))
    return {(text.source, text.kind, text.expected, text.filename) for text in record.guards}


def test_the_guards_are_those_that_the_instructions_leave(monkeypatch):
    layer = network()
    at_once = guarded(layer)
    monkeypatch.setattr(conditions, "pass_over", lambda machine, frame: None)
    by_instructions = guarded(layer)
    assert at_once <= by_instructions
    # What a class has under the name is guarded as it is; executed, its path is once more.
    assert {source for source, *_ in by_instructions - at_once} == {
        "Linear::_build_once",
        "ReLU::_build_once",
    }


@pytest.mark.parametrize("values", [(True, False), (1, 0), ("a", ""), (None, True), ([], [1])])
def test_an_attribute_that_changes(values):
    layer = Flagged(values[0])
    optimized = paddlefx.optimize(layer, backend="eager")
    for value in values * 2:
        layer.flag = value
        agrees(layer, optimized)


def test_an_attribute_that_is_a_tensor_is_asked_by_running():
    layer = Flagged(paddle.ones([1]))
    x = paddle.ones([1, 4])
    told = paddlefx.explain(layer)(x)
    assert told.result.tolist() == layer(x).tolist()
    assert len(told.breaks) == 1


def test_a_property_of_the_class_comes_first():
    class Computed(Flagged):
        @property
        def flag(self):
            return self.level > 1

        @flag.setter
        def flag(self, value):
            self.level = value

    layer = Computed(2)
    optimized = paddlefx.optimize(layer, backend="eager")
    for level in (2, 1, 3):
        layer.flag = level
        agrees(layer, optimized)


def test_a_class_attribute_serves_where_the_object_has_none():
    class Fallback(Flagged):
        flag = True

    layer = Fallback(False)
    optimized = paddlefx.optimize(layer, backend="eager")
    agrees(layer, optimized)
    del layer.flag
    agrees(layer, optimized)
    Fallback.flag = False
    agrees(layer, optimized)


def test_a_class_with_its_own_getter():
    class Inverted(Flagged):
        def __getattribute__(self, name):
            found = super().__getattribute__(name)
            return not found if name == "flag" else found

    layer = Inverted(True)
    agrees(layer, paddlefx.optimize(layer, backend="eager"))


def test_hooks_that_come_and_go():
    layer = network()
    optimized = paddlefx.optimize(layer, backend="eager")
    agrees(layer, optimized)
    before = layer[0].register_forward_pre_hook(lambda self, inputs: (inputs[0] * 2.0,))
    agrees(layer, optimized)
    after = layer[1].register_forward_post_hook(lambda self, inputs, output: output + 1.0)
    agrees(layer, optimized)
    before.remove()
    agrees(layer, optimized)
    after.remove()
    agrees(layer, optimized)


def test_a_layer_that_is_built_by_its_first_call():
    class Late(paddle.nn.Layer):
        def _build_once(self, x):
            self.scale = 3.0

        def forward(self, x):
            return x * self.scale

    class Around(paddle.nn.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Late()

        def forward(self, x):
            return self.inner(x) + 1.0

    plain, x = Around(), paddle.ones([1, 4])
    layer = Around()
    optimized = paddlefx.optimize(layer, backend="eager")
    for _ in range(3):
        assert optimized(x).tolist() == plain(x).tolist()
    assert layer.inner._built
    assert layer.inner.scale == 3.0


def test_a_question_that_is_bound_to_another_function(monkeypatch):
    layer = network()
    optimized = paddlefx.optimize(layer, backend="eager")
    agrees(layer, optimized)
    asked: List[bool] = []

    def profiled() -> bool:
        asked.append(True)
        return False

    monkeypatch.setattr(paddle_layers, "in_profiler_mode", profiled)
    x = paddle.ones([1, 4])
    optimized(x)
    found = len(asked)
    layer(x)
    assert found == len(asked) - found == 5


def test_a_question_that_captured_code_binds_anew():
    layer = network()

    def f(x):
        plain = paddle_layers.in_profiler_mode
        first = layer(x)
        paddle_layers.in_profiler_mode = lambda: calls.append(1) or False
        second = layer(x)
        paddle_layers.in_profiler_mode = plain
        return first + second

    calls: List[int] = []
    x = paddle.ones([1, 4])
    expected = f(x).tolist()
    assert len(calls) == 5
    optimized = paddlefx.optimize(f, backend="eager")
    for times in (2, 3):
        assert optimized(x).tolist() == expected
        assert len(calls) == 5 * times


def test_a_mode_that_captured_code_changes():
    layer = network()

    def f(x):
        first = layer(x)
        with paddle.no_grad():
            second = layer(x)
        return first + second, first.stop_gradient, second.stop_gradient

    x = paddle.ones([1, 4])
    got = paddlefx.optimize(f, backend="eager")(x)
    assert got[0].tolist() == f(x)[0].tolist()
    assert got[1:] == f(x)[1:] == (False, True)


def test_attributes_that_captured_code_stores_first():
    class Toggled(Flagged):
        def forward(self, x):
            self.flag = not self.flag
            return self.chosen(x)

    plain, layer = Toggled(True), Toggled(True)
    optimized = paddlefx.optimize(layer, backend="eager")
    x = paddle.ones([1, 4])
    for _ in range(4):
        assert optimized(x).tolist() == plain(x).tolist()
        assert layer.flag is plain.flag


def test_a_loop_is_not_passed_over():
    class Counted(paddle.nn.Layer):
        def __init__(self):
            super().__init__()
            self.left = 3

        def run(self, x):
            while self.left:
                self.left -= 1
                x = x + 1.0
            return x

        def forward(self, x):
            return self.run(x) * 2.0

    plain, layer = Counted(), Counted()
    optimized = paddlefx.optimize(layer, backend="eager")
    x = paddle.ones([1, 4])
    for left in (3, 0, 2):
        plain.left = layer.left = left
        assert optimized(x).tolist() == plain(x).tolist()
        assert layer.left == plain.left == 0
