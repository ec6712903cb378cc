"""The ``static`` backend against plain Paddle."""

from __future__ import annotations

import importlib
import threading

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler import get
from paddlefx.errors import CompileError
from paddlefx.graph import Graph
from tests.support.same import assert_same


def leaves(value):
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def assert_near(plain, found):
    one, two = leaves(plain), leaves(found)
    assert len(one) == len(two)
    for a, b in zip(one, two):
        assert (a.shape, a.dtype, a.stop_gradient) == (b.shape, b.dtype, b.stop_gradient)
        np.testing.assert_allclose(a.numpy(), b.numpy(), 1e-4, 1e-5)


def notes(function, *args):
    """What isn't run by the backend, and why."""
    told = paddlefx.explain(function, backend="static")(*args)
    assert told.graphs
    return [note for layer in told.graphs for note in layer.notes]


def assert_static(function, *calls):
    """The backend runs it, and gives the plain results, each of which lasts."""
    with paddle.no_grad():
        plain = [function(*args) for args in calls]
        assert notes(function, *calls[0]) == []
        compiled = paddlefx.optimize(function, backend="static")
        found = [compiled(*args) for args in calls]
    for one, two in zip(plain, found):
        assert_near(one, two)


SEQUENTIAL = paddle.nn.Sequential(
    paddle.nn.Conv2D(3, 8, 3, padding=1),
    paddle.nn.BatchNorm2D(8),
    paddle.nn.ReLU(),
    paddle.nn.MaxPool2D(2),
    paddle.nn.Flatten(),
    paddle.nn.Linear(128, 6),
    paddle.nn.LayerNorm(6),
    paddle.nn.GELU(),
    paddle.nn.Dropout(0.5),
    paddle.nn.Softmax(),
)
SEQUENTIAL.eval()
EMBEDDING = paddle.nn.Embedding(10, 8)


def indexed(x):
    return x[:, 1:3] + 0, x[0] * 2, x[..., None] * 1, x[[0, 1]] + 0, x[::2] * 1, x[:, ::-1] * 1


def integers(x):
    i = (x * 10).astype("int32")
    return i // 3, (x > 0) & (x < 1), i.astype("int64") % 4, x.astype("float64") * 2, ~(x > 0)


def cast_in_two_ways(x):
    return (x * 10).astype("int32") + 1, (x * 10).astype("int32").astype("int64")


def without_dimensions(x):
    return x.sum(), x.max() * 2, x.argmax(), (x > 0).any(), x[0, 0] + 1


def constants(x):
    return x.clone(), paddle.arange(5), paddle.to_tensor([1.0, 2.0]), paddle.ones([2]), x + 1


def views_of_results(x):
    return (x * 2).reshape([-1]), (x + 1).t()


def embedded(x):
    return EMBEDDING((x * 0 + 3).astype("int64"))


def twice(x):
    y = x @ x.t()
    return y, x, y, EMBEDDING.weight


FUNCTIONS = [
    indexed, integers, cast_in_two_ways, without_dimensions, constants, views_of_results, embedded, twice,
    lambda x: F.softmax(F.gelu(x) * x), lambda x: F.layer_norm(x, 8).mean(), lambda x: x.topk(2),
    lambda x: paddle.einsum("ij,kj->ik", x, x), lambda x: [a * 1 for a in x.split(2, axis=1)],
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_it_gives_what_plain_paddle_gives(function):
    assert_static(function, *[(paddle.randn([4, 8]),) for _ in range(3)])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_inputs_may_be_strided(function):
    assert_static(function, *[(paddle.randn([8, 4]).t(),) for _ in range(2)])


def test_a_network():
    assert_static(SEQUENTIAL, *[(paddle.randn([2, 3, 8, 8]),) for _ in range(3)])


def with_statistics(*layers):
    """A network in evaluation whose norm has statistics of a training."""
    net = paddle.nn.Sequential(*layers)
    norm = layers[1]
    norm._mean.set_value(paddle.randn([8]))
    norm._variance.set_value(paddle.rand([8]) + 0.5)
    norm.weight.set_value(paddle.randn([8]))
    norm.bias.set_value(paddle.randn([8]))
    net.eval()
    return net


def test_batch_norms_go_into_the_convolutions_before_them(monkeypatch):
    net = with_statistics(
        paddle.nn.Conv2D(3, 8, 3), paddle.nn.BatchNorm2D(8), paddle.nn.ReLU(), paddle.nn.Flatten()
    )
    operations = []
    compile_program = get("static").compile_program

    def compiled(program):
        operations.extend(op.name() for op in program.program.global_block().ops)
        return compile_program(program)

    monkeypatch.setattr(get("static"), "compile_program", compiled)
    assert_static(net, *[(paddle.randn([2, 3, 8, 8]),) for _ in range(3)])
    assert "pd_op.conv2d" in operations
    assert not [name for name in operations if "batch_norm" in name]


def test_a_norm_whose_factor_is_infinite_stays_by_itself():
    net = with_statistics(paddle.nn.Conv2D(3, 8, 3, bias_attr=False), paddle.nn.BatchNorm2D(8))
    net[1]._variance.set_value(paddle.full([8], -1e-5))
    x = paddle.randn([2, 3, 8, 8])
    compiled = paddlefx.optimize(net, backend="static")
    with paddle.no_grad():
        for _ in range(3):
            np.testing.assert_array_equal(net(x).numpy(), compiled(x).numpy())


FIRST_OF_ALL = [
    lambda x: x.reshape([-1]), lambda x: x.flatten(), lambda x: x.unsqueeze(0), lambda x: x.t(),
    lambda x: x.unsqueeze(0).squeeze(0), lambda x: x[1:3], lambda x: x[0], lambda x: x.expand([4, 8]),
    lambda x: x.clone(), lambda x: x.astype("float32"), lambda x: x.split(2, axis=1)[0],
    lambda x: F.dropout(x, training=False), lambda x: x.transpose([1, 0]), lambda x: x.detach(),
    lambda x: x.scale(1.0), lambda x: x.broadcast_to([4, 8]), lambda x: x.reshape([4, 8]),
]  # fmt: skip


@pytest.mark.parametrize("first", FIRST_OF_ALL)
def test_earlier_inputs_and_results_stay_when_memory_is_kept(first):
    def function(x):
        y = first(x)
        return F.relu(y) * 2 + y, y + 1

    compiled = paddlefx.optimize(function, backend="static")
    with paddle.no_grad():
        inputs = [paddle.randn([4, 8]) for _ in range(5)]
        copies = [x.numpy() for x in inputs]
        results = [compiled(x) for x in inputs]
        for x, copy, found in zip(inputs, copies, results):
            np.testing.assert_array_equal(x.numpy(), copy)
            assert_near(function(x), found)


def test_a_predictor_that_would_keep_too_much_frees_it(monkeypatch):
    module = importlib.import_module("paddlefx.compiler.static")
    monkeypatch.setattr(module, "_MOST_KEPT", 0)
    assert_static(SEQUENTIAL, *[(paddle.randn([3, 3, 8, 8]),) for _ in range(3)])


def test_other_sizes_are_compiled_anew():
    assert_static(SEQUENTIAL, *[(paddle.randn([n, 3, 8, 8]),) for n in (1, 2, 3, 1)])


def test_an_encoder():
    layer = paddle.nn.TransformerEncoderLayer(16, 4, 32, dropout=0.1)
    encoder = paddle.nn.TransformerEncoder(layer, 2)
    encoder.eval()
    assert_static(encoder, *[(paddle.randn([2, 5, 16]),) for _ in range(2)])


def test_results_own_their_memory():
    function = paddlefx.optimize(lambda x: (F.relu(x), F.relu(x) + 1), backend="static")
    with paddle.no_grad():
        inputs = [paddle.randn([4, 8]) for _ in range(3)]
        copies = [x.numpy().copy() for x in inputs]
        found = [function(x) for x in inputs]
        assert len({t.data_ptr() for pair in found for t in pair}) == 6
        for pair in found:
            for tensor in pair:
                tensor.fill_(7.0)
        again = [function(x) for x in inputs]
    for x, copy, (one, two) in zip(inputs, copies, again):
        assert_same(x.numpy(), copy)
        assert_same(one.numpy(), np.maximum(copy, 0))
        assert_same(two.numpy(), np.maximum(copy, 0) + np.float32(1))


def test_results_that_are_constants_can_be_written_to():
    function = paddlefx.optimize(lambda x: (paddle.to_tensor([1.0]), x + 1), backend="static")
    with paddle.no_grad():
        for _ in range(3):
            constant, _ = function(paddle.ones([2]))
            assert constant.item() == 1.0
            constant.fill_(7.0)


def writes(x):
    y = x * 1
    y.add_(paddle.ones([1]))
    return y


def draws(x):
    return F.dropout(x, 0.5)


def shares_with_an_input(x):
    return x.reshape([-1]), x * 2


def share_with_each_other(x):
    y = x * 2
    return y, y.reshape([-1])


def without_elements(x):
    return (x[:0] * 2).sum()


REFUSED = {
    writes: "writes to",
    draws: "random",
    shares_with_an_input: "may share memory",
    share_with_each_other: "may share memory",
    without_elements: "no elements",
}


@pytest.mark.parametrize("function", list(REFUSED), ids=lambda f: f.__name__)
def test_what_it_refuses_stays_eager_and_says_so(function):
    x = paddle.randn([4, 8])
    with paddle.no_grad():
        (note,) = notes(function, x)
        assert REFUSED[function] in note
        paddle.seed(1)
        plain = function(x)
        paddle.seed(1)
        assert_near(plain, paddlefx.optimize(function, backend="static")(x))


def test_views_of_inputs_stay_views():
    function = paddlefx.optimize(shares_with_an_input, backend="static")
    x = paddle.ones([2, 2])
    with paddle.no_grad():
        flat, _ = function(x)
        flat.fill_(5.0)
    assert x.numpy().sum() == 20.0


def test_gradients_stay_with_paddle():
    linear = paddle.nn.Linear(4, 3)
    function = paddlefx.optimize(lambda x: linear(x).sum(), backend="static")
    x = paddle.randn([2, 4])
    function(x).backward()
    found = linear.weight.grad.numpy()
    linear.clear_gradients()
    linear(x).sum().backward()
    np.testing.assert_allclose(found, linear.weight.grad.numpy(), 1e-6)


def test_an_error_of_a_kernel_is_the_plain_one():
    def function(i):
        return EMBEDDING(i) * 2

    compiled = paddlefx.optimize(function, backend="static")
    with paddle.no_grad():
        assert_near(function(paddle.to_tensor([1, 2])), compiled(paddle.to_tensor([1, 2])))
        wrong = paddle.to_tensor([1, 99])
        with pytest.raises(Exception) as plain:  # noqa: PT011 - whichever Paddle raises
            function(wrong)
        with pytest.raises(type(plain.value)) as ours:
            compiled(wrong)
    assert str(plain.value)[-60:] == str(ours.value)[-60:]


def add_in_place(linear):
    linear.weight.add_(paddle.ones([1]))


def step(linear):
    optimizer = paddle.optimizer.SGD(0.5, parameters=linear.parameters())
    with paddle.enable_grad():
        linear(paddle.ones([2, 4])).sum().backward()
    optimizer.step()
    optimizer.clear_grad()


def replace(linear):
    linear.weight = paddle.create_parameter([4, 3], "float32")


CHANGES = {
    "set_value": lambda linear: linear.weight.set_value(paddle.full([4, 3], 0.5)),
    "add_": add_in_place,
    "optimizer": step,
    "replaced": replace,
    "state": lambda linear: linear.set_state_dict(paddle.nn.Linear(4, 3).state_dict()),
    "item": lambda linear: linear.weight.__setitem__(0, 3.0),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_weights_that_change_are_seen(name):
    linear = paddle.nn.Linear(4, 3)
    x = paddle.randn([2, 4])
    compiled = paddlefx.optimize(linear, backend="static")
    with paddle.no_grad():
        for _ in range(6):
            for _ in range(4):
                assert_near(linear(x), compiled(x))
            CHANGES[name](linear)
        for _ in range(40):
            assert_near(linear(x), compiled(x))


def test_threads_call_at_once():
    function = paddlefx.optimize(lambda x: F.softmax(x @ x.t()) * x.sum(), backend="static")
    inputs = [paddle.randn([16, 16]) for _ in range(4)]
    wrong = []
    with paddle.no_grad():
        wanted = [function(x).numpy() for x in inputs]

    def run(index):
        with paddle.no_grad():
            for _ in range(100):
                if not np.allclose(function(inputs[index]).numpy(), wanted[index], 1e-5):
                    wrong.append(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_flags_of_the_process_stay():
    names = list(paddle.base.core.globals().keys())
    before = {name: paddle.base.core.globals()[name] for name in names}
    with paddle.no_grad():
        paddlefx.optimize(SEQUENTIAL, backend="static")(paddle.ones([1, 3, 8, 8]))
    after = {name: paddle.base.core.globals()[name] for name in names}
    assert {k: (before[k], after[k]) for k in names if before[k] != after[k]} == {}


def test_outputs_of_a_graph_that_are_inputs_and_attributes():
    graph = Graph()
    with paddle.no_grad():
        (layer,) = paddlefx.explain(lambda x: x * EMBEDDING.weight)(paddle.ones([8])).graphs
    graph, _ = layer.graph.copy()
    nodes = {node.op: node for node in graph.nodes}
    graph.erase_node(nodes["output"])
    graph.output((nodes["placeholder"], nodes["call_function"], nodes["get_attr"], 3))
    made = type(layer)(graph, layer.attributes)
    x = paddle.ones([8])
    with paddle.no_grad():
        first, second, third, fourth = get("static")(made, [x])(x)
    assert first is x and third is EMBEDDING.weight and fourth == 3
    assert_near((EMBEDDING.weight * 1).detach(), second)


def test_what_cant_be_compiled_is_an_error_on_request():
    from paddlefx.compiler.static import StaticCompiler

    function = paddlefx.optimize(draws, backend=StaticCompiler(allow_fallback=False))
    with paddle.no_grad(), pytest.raises(CompileError, match="random"):
        function(paddle.ones([2]))


def test_an_engine_that_is_wrong_is_found_out_at_its_first_call():
    from paddlefx.compiler.static import StaticCompiler

    class Wrong(StaticCompiler):
        name = "wrong"

        def compile_program(self, program):
            run = super().compile_program(program)
            return lambda inputs: [result + 1 for result in run(inputs)]

    def function(x):
        return F.softmax(x) * 2

    x = paddle.randn([3, 4])
    with paddle.no_grad():
        compiled = paddlefx.optimize(function, backend=Wrong())
        for _ in range(3):
            assert_same(compiled(x).numpy(), function(x).numpy())
        told = paddlefx.explain(function, backend=Wrong())(x)
        (note,) = [note for layer in told.graphs for note in layer.notes]
        assert note.startswith("a part runs eagerly: its first results were not the framework's")
        assert note.endswith("other values of float32[3, 4]")


def test_what_is_not_a_number_is_as_in_paddle():
    function = paddlefx.optimize(lambda x: (F.relu(x) + 1, x.max()), backend="static")
    x = paddle.randn([3, 4])
    nan, inf = x.clone(), x.clone()
    nan[0, 1], inf[1, 2] = float("nan"), float("-inf")
    with paddle.no_grad():
        for each in (x, nan, inf, x):
            for plain, found in zip((F.relu(each) + 1, each.max()), function(each)):
                np.testing.assert_array_equal(found.numpy(), plain.numpy())


def test_a_division_of_integers_by_zero_is_the_plain_error():
    function = paddlefx.optimize(lambda a, b: a // b + 1, backend="static")
    seven, two, zero = (paddle.full([3], n, "int64") for n in (7, 2, 0))
    with paddle.no_grad():
        assert_same(function(seven, two).numpy(), np.full([3], 4))
        with pytest.raises(Exception) as plain:  # noqa: PT011 - whichever Paddle raises
            seven // zero
        with pytest.raises(type(plain.value)) as ours:
            function(seven, zero)
    assert str(plain.value)[-60:] == str(ours.value)[-60:]


def test_nothing_is_printed(capfd):
    def means(x):
        return x.mean() * 2, x.mean(axis=1), x.mean(axis=[-1, 0], keepdim=True), x.mean(axis=0) + 1

    assert_static(means, *[(paddle.randn([4, 8]),) for _ in range(2)])
    assert capfd.readouterr().out == ""


def in_parts(x):
    y = F.softmax(x @ x.t()) * 2 + 1
    y = F.dropout(y, 0.5)
    z = F.relu(y - 1) * 3 - 1
    first = z + y
    first.add_(paddle.ones([1]))
    with paddle.no_grad():
        second = F.gelu(first) * 2 + z
    return second, y, (z * 2).reshape([-1])


def test_parts_without_a_static_form_run_between_the_others():
    x = paddle.randn([6, 6])
    with paddle.no_grad():
        told = notes(in_parts, x)
        assert len(told) == 3 and "random" in told[0] and "writes to" in told[1]
        assert told[2].startswith("static leaves a part to the framework (")
        compiled = paddlefx.optimize(in_parts, backend="static")
        for seed in range(4):
            paddle.seed(seed)
            plain = in_parts(x)
            paddle.seed(seed)
            assert_near(plain, compiled(x))


def test_a_full_graph_or_an_error():
    from paddlefx.compiler.static import StaticCompiler

    compiler = StaticCompiler(full_graph=True, allow_fallback=False)
    with paddle.no_grad(), pytest.raises(CompileError, match="random"):
        paddlefx.optimize(in_parts, backend=compiler)(paddle.ones([2, 2]))
