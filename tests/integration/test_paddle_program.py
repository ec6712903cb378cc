"""Captured graphs as PIR programs: the same results, and nothing of the process changed."""

from __future__ import annotations

import threading

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.errors import CompileError
from paddlefx.frameworks.paddle_program import OutputKind, program_of
from paddlefx.frameworks.paddle_static import static_mode
from tests.support.same import assert_same


def captured(function, *args):
    (layer,) = paddlefx.explain(function)(*args).graphs
    return layer


def executed(layer, *inputs, **options):
    """What the program gives, run by Paddle's static executor with every weight fed."""
    built = program_of(layer, frozen=False, **options)
    feed = {f"input_{index}": inputs[index].numpy() for index in built.inputs}
    feed.update({name: tensor.numpy() for name, tensor in built.weights.items()})
    with static_mode(built.program):
        executor = paddle.static.Executor(paddle.CPUPlace())
        found = executor.run(built.program, feed=feed, fetch_list=list(built.values))
    results = []
    for kind, value in built.outputs:
        if kind is OutputKind.STATIC:
            results.append(found[value])
        elif kind is OutputKind.INPUT:
            results.append(inputs[value].numpy())
        else:
            results.append(layer.attributes[value].numpy())
    return results


def assert_executed(function, *args):
    with paddle.no_grad():
        layer = captured(function, *args)
        plain = layer.forward(*args)
        found = executed(layer, *args)
    assert len(plain) == len(found)
    for one, two in zip(plain, found):
        assert one.numpy().dtype == two.dtype and tuple(one.shape) == two.shape
        np.testing.assert_allclose(one.numpy(), two, 1e-5, 1e-6)
    assert paddle.in_dynamic_mode()


def indexed(x):
    return x[:, 1:3], x[0], x[..., None], x[[0, 1]], x[::2], x[:, ::-1], x[x.shape[0] - 1, 0]


def arithmetic(x):
    y = 2.0 - x
    z = x / 2 + 1 / (abs(x) + 1)
    return -y, z**2, 2**x, x % 2, x // 0.5, x @ y.t(), (x > 0) & (y <= 1), ~(x != y)


def integers(x):
    i = (x * 10).astype("int32")
    j = i.astype("int64")
    return i // 3, i % 3, i / 3, i * 2, j + 1, j**2, i.astype("float64") * 0.5


def reductions(x):
    return x.sum(), x.max(axis=1), x.argmax(axis=-1), x.mean(axis=0, keepdim=True), (x > 0).any()


def several(x):
    values, indices = x.topk(2)
    first, second = paddle.split(x, 2, axis=1)
    return values, indices, first - second, paddle.concat([second, first]), x.clone().detach()


def made(x):
    return x + paddle.arange(x.shape[1]).astype("float32"), paddle.to_tensor([1, 2]), x.tile([2, 1])


def region(x):
    with paddle.no_grad():
        y = x * 2
    return y + 1


FUNCTIONS = [indexed, arithmetic, integers, reductions, several, made, region]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_program_gives_what_the_graph_gives(function):
    assert_executed(function, paddle.randn([4, 8]))


def test_a_network_becomes_a_program():
    net = paddle.nn.Sequential(
        paddle.nn.Conv2D(3, 4, 3),
        paddle.nn.BatchNorm2D(4),
        paddle.nn.ReLU(),
        paddle.nn.MaxPool2D(2),
        paddle.nn.Flatten(),
        paddle.nn.Linear(36, 5),
        paddle.nn.LayerNorm(5),
        paddle.nn.Dropout(0.5),
    )
    net.eval()
    assert_executed(net, paddle.randn([2, 3, 8, 8]))


def test_weights_are_parameters_of_a_frozen_program():
    linear = paddle.nn.Linear(4, 4)
    with paddle.no_grad():
        layer = captured(lambda x: F.relu(linear(x)) @ linear.weight, paddle.ones([2, 4]))
    built = program_of(layer)
    assert {id(tensor) for tensor in built.weights.values()} == {
        id(linear.weight),
        id(linear.bias),
    }
    names = [operation.name() for operation in built.program.global_block().ops]
    assert "builtin.parameter" in names and names[-1] == "pd_op.fetch"
    assert built.inputs == (0,)


def test_outputs_that_are_inputs_weights_and_the_same_twice():
    linear = paddle.nn.Linear(4, 4)

    def function(x, y):
        z = x * 2
        return z, y, z, linear.weight

    with paddle.no_grad():
        layer = captured(function, paddle.ones([4]), paddle.ones([3]))
    built = program_of(layer)
    # What the frame can return without the graph isn't among the graph's results.
    assert [tuple(output) for output in built.outputs] == [(OutputKind.STATIC, 0)]


def test_sizes_that_vary():
    with paddle.no_grad():
        layer = captured(lambda x: F.softmax(x * 2) + 1, paddle.ones([3, 4]))
    built = program_of(layer, frozen=False, dynamic=[(0,)])
    assert list(built.values[0].shape) == [-1, 4]
    other = paddle.randn([5, 4])
    (found,) = executed(layer, other, dynamic=[(0,)])
    np.testing.assert_allclose(found, (F.softmax(other * 2) + 1).numpy(), 1e-6)


def writes(x):
    y = x * 1
    y.add_(paddle.ones([1]))
    return y


def draws(x):
    return F.dropout(x, 0.5)


def assigns(x):
    y = x * 1
    y[0] = 0.0
    return y


@pytest.mark.parametrize(
    "function, why",
    [(writes, "writes to"), (draws, "random"), (assigns, "no static form")],
    ids=["writes", "draws", "assigns"],
)
def test_what_has_no_static_form_names_the_users_line(function, why):
    with paddle.no_grad():
        layer = captured(function, paddle.ones([2, 4]))
    with pytest.raises(CompileError, match=why) as caught:
        program_of(layer)
    assert caught.value.filename == __file__
    assert caught.value.lineno == function.__code__.co_firstlineno + (1 if function is draws else 2)
    assert paddle.in_dynamic_mode() and (paddle.ones([]) + 1).item() == 2.0


def test_a_mode_that_stays_changed_is_refused():
    def function(x):
        paddle.set_grad_enabled(False)
        return x * 2

    layer = captured(function, paddle.ones([2]))
    paddle.set_grad_enabled(True)
    with pytest.raises(CompileError, match="mode of the thread"):
        program_of(layer)


def test_an_error_inside_leaves_dynamic_mode_as_it_was():
    before = paddle.pir.core.default_main_program()
    with pytest.raises(KeyError), static_mode():
        assert not paddle.in_dynamic_mode()
        raise KeyError("inside")
    assert paddle.in_dynamic_mode()
    assert paddle.pir.core.default_main_program() is before
    assert_same((paddle.ones([2]) * 3).numpy(), np.full([2], 3.0, "float32"))


def test_other_threads_stay_in_dynamic_mode():
    seen = []
    with static_mode():
        thread = threading.Thread(
            target=lambda: seen.append((paddle.in_dynamic_mode(), (paddle.ones([]) + 1).item()))
        )
        thread.start()
        thread.join()
    assert seen == [(True, 2.0)]


def test_programs_are_built_by_threads_at_once():
    with paddle.no_grad():
        layers = [captured(lambda x, k=k: F.gelu(x * k) + k, paddle.ones([2])) for k in range(4)]
    wrong = []

    def count(layer):
        built = program_of(layer)
        return len(built.program.global_block().ops)

    def build(layer):
        for _ in range(20):
            if count(layer) != counts[id(layer)]:
                wrong.append(layer)

    counts = {id(layer): count(layer) for layer in layers}
    threads = [threading.Thread(target=build, args=(layer,)) for layer in layers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and paddle.in_dynamic_mode()
