"""The Paddle adapter against Paddle itself."""

from __future__ import annotations

import operator
import subprocess
import sys
import threading
import traceback
from typing import Any, Dict, List

import numpy as np
import paddle
import pytest

from paddlefx import compiler, frameworks
from paddlefx.errors import InferenceError
from paddlefx.frameworks import paddle_inference
from paddlefx.frameworks.base import SELF
from paddlefx.graph import Graph
from paddlefx.tensor_meta import TensorMeta

from .paddle_layer_cases import CASES
from .paddle_op_cases import tensor

Tensor: Any = paddle.Tensor


@pytest.fixture(scope="module")
def framework() -> Any:
    return frameworks.active()


def metas_of(framework: Any, value: Any) -> Any:
    """``value`` with each tensor described."""
    if isinstance(value, Tensor):
        return framework.tensor_meta(value)
    if isinstance(value, list):
        return [metas_of(framework, item) for item in value]
    if type(value) is tuple:
        return tuple([metas_of(framework, item) for item in value])
    if isinstance(value, dict):
        return {key: metas_of(framework, item) for key, item in value.items()}
    return value


class Comparison:
    """Runs calls eagerly and through inference, and keeps what differs."""

    def __init__(self, framework: Any) -> None:
        self.framework = framework
        self.compared = 0
        self.is_cache = False
        self.inside = False
        self.refused: List[str] = []
        self.differences: List[str] = []

    def call(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        if self.inside:
            return target(*args, **kwargs)
        self.inside = True
        try:
            return self._call(target, *args, **kwargs)
        finally:
            self.inside = False

    def _call(self, target: Any, *args: Any, **kwargs: Any) -> Any:
        framework = self.framework
        name = getattr(target, "__name__", str(target))
        before = metas_of(framework, (args, kwargs))
        expected_error: Any = None
        try:
            inferred = framework.infer(target, *before)
        except InferenceError as error:
            inferred = error
        try:
            result = target(*args, **kwargs)
        except Exception as error:
            expected_error = error
            result = None
        text = f"{name}{before}"
        if expected_error is not None:
            # Paddle 3.0's inference lets some shapes through that its kernels refuse.
            if not isinstance(inferred, InferenceError):
                self.refused.append(f"eager refuses, inference doesn't: {text} {expected_error}")
            raise expected_error
        self.compared += 1
        if isinstance(inferred, InferenceError):
            self.refused.append(f"{text}: {inferred}")
            return result
        actual = metas_of(framework, result)
        self.is_cache = name in ("einsum", "rnn")
        difference = self.compare(inferred, actual, result)
        if difference:
            self.differences.append(
                f"{text}: {difference}\n  got      {inferred}\n  expected {actual}"
            )
        mutated = framework.infer_mutation(target, *before)
        for index, meta in mutated.items():
            now = framework.tensor_meta(args[index])
            if now != meta:
                self.differences.append(f"{text} writes {index}: got {meta}, expected {now}")
        after = metas_of(framework, args)
        for index, (old, new) in enumerate(zip(before[0], after)):
            if old != new and index not in mutated:
                self.differences.append(f"{text} changes argument {index} unseen")
        return result

    def compare(self, inferred: Any, actual: Any, result: Any) -> str:
        if isinstance(result, Tensor):
            if inferred is None and (not result._is_initialized() or self.is_cache):
                return ""
            if not isinstance(inferred, TensorMeta):
                return "no tensor inferred"
            if not result._is_initialized() or inferred == actual:
                return ""
            return "meta differs"
        if isinstance(result, (tuple, list)):
            if type(inferred) is not type(result) or len(inferred) != len(result):
                return f"structure: {type(inferred).__name__} for {type(result).__name__}"
            parts = [self.compare(*three) for three in zip(inferred, actual, result)]
            return "; ".join([part for part in parts if part])
        return "" if inferred == result else "value differs"


class RecordingOps:
    """While it is active, every operation looked up in ``paddle._C_ops`` is compared."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.saved: Dict[str, Any] = {}

    def __enter__(self) -> None:
        module = paddle._C_ops
        for name in dir(module):
            function = getattr(module, name)
            if self.comparison.framework.is_op(function):
                self.saved[name] = function
                setattr(module, name, self.wrap(function))

    def wrap(self, function: Any) -> Any:
        return lambda *args, **kwargs: self.comparison.call(function, *args, **kwargs)

    def __exit__(self, *exc: object) -> None:
        for name, function in self.saved.items():
            setattr(paddle._C_ops, name, function)


@pytest.mark.filterwarnings("ignore")  # of plain Paddle, about the cases
@pytest.mark.parametrize("grad", [True, False], ids=["grad", "no_grad"])
@pytest.mark.parametrize("name", sorted(CASES))
def test_inference_equals_eager(framework: Any, name: str, grad: bool) -> None:
    comparison = Comparison(framework)

    def check(target: Any, *args: Any, **kwargs: Any) -> Any:
        if not (framework.is_op(target) or framework._operators.knows(target)):
            return target(*args, **kwargs)
        try:
            return comparison.call(target, *args, **kwargs)
        except Exception as error:
            return error

    with paddle.set_grad_enabled(grad or name == "training step"), RecordingOps(comparison):
        CASES[name](check)
    assert not comparison.differences, "\n".join(comparison.differences)
    assert not comparison.refused, "\n".join(comparison.refused)


def test_other_threads_stay_eager(framework: Any) -> None:
    """Inference takes the tracer from its own thread only."""
    stop = threading.Event()
    wrong: List[Any] = []

    def work() -> None:
        value = tensor([2, 3])
        while not stop.is_set():
            try:
                result = paddle._C_ops.add(value, value)
                if not isinstance(result, Tensor) or not paddle.in_dynamic_mode():
                    wrong.append(result)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for size in range(1, 300):
            meta = TensorMeta((size, 7), paddle.float32, False)
            assert framework.infer(paddle._C_ops.relu, (meta,), {}).shape == (size, 7)
            assert paddle.in_dynamic_mode()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong


def test_inference_walks_no_stack(framework: Any, monkeypatch: Any) -> None:
    """Paddle asks for the Python stack at every operation of a static program: not at ours."""
    asked: List[int] = []
    extract_stack = traceback.extract_stack

    def counted(*args: Any, **kwargs: Any) -> Any:
        asked.append(threading.get_ident())
        return extract_stack(*args, **kwargs)

    monkeypatch.setattr(traceback, "extract_stack", counted)
    x = TensorMeta((3, 1234), paddle.float32, True)
    assert framework.infer(paddle._C_ops.relu, (x,), {}) == x
    with pytest.raises(InferenceError):
        framework.infer(paddle._C_ops.matmul, (x, x, False, False), {})
    assert asked == []
    assert traceback.extract_stack is counted


def test_other_threads_have_stacks_during_inference() -> None:
    """What takes the stack away from inference gives other threads theirs."""
    found: List[Any] = []

    def work() -> None:
        found.append(traceback.extract_stack()[-1].name)

    with paddle_inference.no_call_stacks():
        assert list(traceback.extract_stack()) == []
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == ["work"]
    assert traceback.extract_stack()[-1].name == "test_other_threads_have_stacks_during_inference"


def test_threads_infer_at_once(framework: Any) -> None:
    wrong: List[Any] = []

    def work(base: int) -> None:
        for size in range(1, 60):
            meta = TensorMeta((base, size), paddle.float32, False)
            result = framework.infer(paddle._C_ops.concat, ([meta, meta], 1), {})
            if result.shape != (base, 2 * size):
                wrong.append(result)

    threads = [threading.Thread(target=work, args=(1000 + i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_static_programs_of_the_user_are_left_alone(framework: Any) -> None:
    paddle.enable_static()
    try:
        program = paddle.static.Program()
        with paddle.static.program_guard(program):
            value = paddle.static.data("x", [2, 3], "float32")
            before = len(program.global_block().ops)
            meta = TensorMeta((5, 9), paddle.float32, False)
            framework._pir.run(paddle._C_ops.tanh, (meta,), {})
            assert len(program.global_block().ops) == before
            paddle.tanh(value)
            assert len(program.global_block().ops) == before + 1
        assert framework.mode_supported() is not None
    finally:
        paddle.disable_static()
    assert framework.mode_supported() is None


def test_inference_is_cached_and_exact_about_types(framework: Any) -> None:
    meta = TensorMeta((2, 3), paddle.int64, True)
    add = operator.add
    assert framework.infer(add, (meta, 1), {}).dtype == paddle.int64
    assert framework.infer(add, (meta, 1.0), {}).dtype == paddle.float32
    assert framework.infer(add, (meta, True), {}).dtype == paddle.int64
    assert framework.infer(add, (meta, 1), {}) == framework.infer(add, (meta, 1), {})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: (paddle._C_ops.nonzero, (m,)), "depends on data"),
        (lambda m: (paddle._C_ops.masked_select, (m, m)), "depends on data"),
        (lambda m: (paddle._C_ops.unique, (m, True, True, True, [], paddle.int64)), "depends on"),
        (lambda m: (paddle._C_ops.concat, ([m, m._replace(shape=(5, 5))], 0)), "concat"),
        (lambda m: (paddle._C_ops.matmul, (m, m, False, False)), "don't fit|must be equal"),
        (lambda m: (operator.matmul, (m, m)), "fit|dim|equal"),
        (lambda m: (operator.add, (m, m._replace(shape=(4, 4)))), "don't broadcast"),
        (lambda m: (operator.add, (m, m._replace(dtype=paddle.int64))), "promotion"),
        (lambda m: (operator.add, (m, "text")), "can't be captured"),
        (lambda m: (operator.getitem, (m, m._replace(dtype=paddle.bool))), "depends on its data"),
        (lambda m: (operator.getitem, (m, 9)), "out of range"),
        (lambda m: (operator.getitem, (m, (0, 0, 0))), "too many indices"),
        (lambda m: (operator.getitem, (m, (None, [0, 1]))), "miscounted"),
        (lambda m: (operator.getitem, (m, slice(m, None))), "depends on data"),
        (lambda m: (operator.getitem, (m, "a")), "can't be indexed"),
        (lambda m: (operator.setitem, (m, 0, m)), "setitem"),
        (lambda m: (paddle.to_tensor, ([m],)), "copies data"),
        (lambda m: (len, (m,)), "no shape inference"),
    ],
)
def test_what_inference_refuses(framework: Any, call: Any, message: str) -> None:
    target, args = call(TensorMeta((2, 3), paddle.float32, False))
    with pytest.raises(InferenceError, match=message):
        framework.infer(target, args, {})
    with pytest.raises(InferenceError, match=message):
        framework.infer(target, args, {})


_ATTRIBUTES = "shape dtype stop_gradient ndim size place layout type is_leaf persistable".split()


@pytest.mark.parametrize("name", _ATTRIBUTES)
@pytest.mark.parametrize("shape", [[2, 3], []])
def test_attributes_of_intermediates(framework: Any, name: str, shape: Any) -> None:
    value = tensor(shape) * 1
    rule = framework.tensor_attribute(framework.tensor_meta(value), name)
    actual = getattr(value, name)
    assert rule.kind == "constant"
    assert type(rule.value) is type(actual)
    assert rule.value == actual or str(rule.value) == str(actual)
    if name == "size":
        assert int(rule.value) == int(actual)


def test_other_attributes(framework: Any) -> None:
    value = tensor([2, 3, 4]) * 1
    meta = framework.tensor_meta(value)
    for name in ("T", "mT"):
        rule = framework.tensor_attribute(meta, name)
        assert rule.kind == "op"
        args = [value if argument is SELF else argument for argument in rule.args]
        assert rule.value(*args).shape == getattr(value, name).shape
        assert framework.infer(rule.value, (meta, *rule.args[1:]), {}).shape == tuple(
            getattr(value, name).shape
        )
    assert framework.tensor_attribute(meta, "nonesuch").kind == "missing"
    assert framework.tensor_attribute(meta, "grad").kind == "break"
    assert framework.tensor_attribute(meta, "is_leaf", intermediate=False).kind == "break"
    assert framework.tensor_attribute(meta, "itemsize").kind in ("inline", "missing")
    method = framework.tensor_attribute(meta, "numpy")
    assert method.kind == "method"
    assert framework.data_read(method.value).reason
    assert framework.data_read(framework.tensor_attribute(meta, "sum").value) is None


def test_every_data_read_exists_somewhere(framework: Any) -> None:
    for name in ("numpy", "item", "tolist", "__bool__", "__float__", "__int__", "backward"):
        read = framework.data_read(getattr(Tensor, name))
        assert read is not None, name
        assert read.reason and read.hint


def test_values(framework: Any) -> None:
    layer = paddle.nn.Linear(2, 3)
    assert framework.is_tensor(layer.weight) and framework.is_tensor(tensor([1]))
    assert not framework.is_tensor(1) and not framework.is_tensor(np.ones(1))
    assert framework.is_parameter(layer.weight) and not framework.is_parameter(tensor([1]))
    assert framework.is_layer(layer) and not framework.is_layer(3)
    assert framework.is_constant(paddle.float32) and framework.is_constant(paddle.CPUPlace())
    assert not framework.is_constant(1)


def test_state_calls(framework: Any) -> None:
    def value_of(function: Any, *args: Any) -> Any:
        found = framework.constant_call(function, args)
        assert found is not None
        return found.value

    assert value_of(paddle.in_dynamic_mode) is True
    assert value_of(paddle.base.framework.in_pir_mode) is False
    assert value_of(paddle.base.framework.in_dynamic_or_pir_mode) is True
    assert value_of(paddle.get_default_dtype) == "float32"
    assert value_of(paddle.is_compiled_with_cuda) is paddle.is_compiled_with_cuda()
    assert value_of(paddle.base.data_feeder.convert_dtype, paddle.float32) == "float32"
    assert framework.constant_call(paddle.ones, ([2],)) is None
    assert framework.constant_call(paddle.base.data_feeder.convert_dtype, ([],)) is None
    program = value_of(paddle.static.default_main_program)
    assert framework.constant_attribute(program, "random_seed").value == 0


def test_mode_guards_hold_and_fail(framework: Any) -> None:
    guards = framework.mode_guards(frozenset(["grad", "amp", "dynamic", "to_static", "pir"]))

    def hold() -> List[bool]:
        found = []
        for guard in guards:
            value = guard.owner
            for name in guard.path:
                value = getattr(value, name)
            found.append(bool(value == guard.value))
        return found

    assert all(hold())
    with paddle.no_grad():
        assert hold().count(False) == 1
    dtype = framework.constant_call(paddle.get_default_dtype).guards[0]
    paddle.set_default_dtype("float64")
    try:
        assert getattr(dtype.owner, dtype.path[0]) != dtype.value
    finally:
        paddle.set_default_dtype("float32")


def test_random_and_writing_operations(framework: Any) -> None:
    ops = paddle._C_ops
    x = object()
    assert framework.is_random(ops.uniform)
    assert not framework.is_random(ops.relu)
    assert framework.is_random(ops.dropout, (x, None, 0.5, False, "upscale_in_train", 0, False))
    assert not framework.is_random(ops.dropout, (x, None, 0.5, True, "upscale_in_train", 0, False))
    assert not framework.is_random(ops.dropout, (x, None, 0.0, False, "upscale_in_train", 0, False))
    assert framework.mutates(ops.relu_, (x,)) == (0,)
    assert framework.mutates(ops.relu, (x,)) == ()
    train = (x, x, x, x, x, False, 0.9, 1e-5, "NCHW", False, False)
    assert framework.mutates(ops.batch_norm, train) == (1, 2)
    assert framework.mutates(ops.batch_norm, (*train[:5], True, *train[6:])) == ()
    assert framework.mutates(operator.setitem, (x, 0, x)) == (0,)
    assert framework.makes_new(ops.add) and framework.makes_new(operator.add)
    assert not framework.makes_new(ops.reshape) and not framework.makes_new(operator.getitem)


@pytest.mark.filterwarnings("ignore")
def test_writes_are_known(framework: Any) -> None:
    """Operations that plain Paddle counts as writes are the ones that ``mutates`` names."""
    comparison = Comparison(framework)
    missed: List[str] = []

    def call(target: Any, *args: Any, **kwargs: Any) -> Any:
        versions = [a.inplace_version if isinstance(a, Tensor) else None for a in args]
        result = target(*args, **kwargs)
        written = framework.mutates(target, args, kwargs)
        for index, (argument, version) in enumerate(zip(args, versions)):
            if version is not None and argument.inplace_version != version and index not in written:
                missed.append(f"{target.__name__} writes argument {index}")
        return result

    comparison.call = call  # type: ignore[method-assign]
    with RecordingOps(comparison):
        for name, function in CASES.items():
            if not name.startswith(("operator", "matmul", "getitem", "setitem")):
                function(lambda target, *args, **kwargs: target(*args, **kwargs))
    assert not missed, sorted(set(missed))


def linear_graph(framework: Any, weight: Any) -> Any:
    meta = {"tensor_meta": framework.tensor_meta(tensor([2, 3]))}
    graph = Graph()
    x = graph.placeholder("x", dict(meta))
    w = graph.get_attr("fc.weight", {"tensor_meta": framework.tensor_meta(weight)})
    product = graph.call_function(paddle._C_ops.matmul, (x, w, False, False), None, dict(meta))
    total = graph.call_function(operator.add, (product, product), None, dict(meta))
    row = graph.call_function(operator.getitem, (total, (0, slice(None, 2))), None, dict(meta))
    graph.output((total, row))
    return framework.make_graph_layer(graph, {"fc.weight": weight})


def test_graph_layer_is_a_layer_with_the_users_parameters(framework: Any) -> None:
    weight = paddle.nn.Linear(3, 3).weight
    name = weight.name
    layer = linear_graph(framework, weight)
    assert isinstance(layer, paddle.nn.Layer)
    assert layer.parameters()[0] is weight
    assert list(layer.state_dict()) == ["fc_weight"]
    assert weight.name == name
    assert len(layer.graph) == 6
    assert "add = matmul + matmul" in layer.code
    x = tensor([2, 3])
    total, row = layer(x)
    assert (total == x @ weight * 2).all()
    assert row.shape == [2]


def test_eager_backend_equals_plain_with_gradients(framework: Any) -> None:
    weight = paddle.nn.Linear(3, 3).weight
    run = compiler.get("eager").compile(linear_graph(framework, weight), [])
    x = tensor([2, 3])
    total, row = run(x)
    (total.sum() + row.sum()).backward()
    gradients = [x.grad.numpy(), weight.grad.numpy()]
    x.clear_grad()
    weight.clear_grad()
    plain = paddle.matmul(x, weight)
    plain = plain + plain
    assert (plain == total).all()
    (plain.sum() + plain[0, :2].sum()).backward()
    assert (gradients[0] == x.grad.numpy()).all()
    assert (gradients[1] == weight.grad.numpy()).all()
    source = framework.make_graph_layer(
        linear_graph(framework, weight).graph, {"fc.weight": weight}
    )
    assert "op_add(matmul, matmul)" in source.replay_code().source
    assert "op_getitem_dygraph(add, constant)" in source.replay_code().source


_LOWERED = [operator.add, operator.sub, operator.mul, operator.truediv, operator.lt, operator.le]
_LOWERED += [operator.eq, operator.ne, operator.gt, operator.ge]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
@pytest.mark.parametrize("other", ["float32", "int64"])
@pytest.mark.parametrize("function", _LOWERED)
def test_lowered_operators_equal_plain(
    framework: Any, function: Any, dtype: str, other: str
) -> None:
    a, b = tensor([2, 3], dtype), tensor([3], other)
    graph = Graph()
    x = graph.placeholder("x", {"tensor_meta": framework.tensor_meta(a)})
    y = graph.placeholder("y", {"tensor_meta": framework.tensor_meta(b)})
    graph.output((graph.call_function(function, (x, y)),))
    run = compiler.get("eager").compile(framework.make_graph_layer(graph, {}), [])
    try:
        expected = function(a, b)
    except Exception as error:
        with pytest.raises(type(error)):
            run(a, b)
        return
    (result,) = run(a, b)
    assert result.dtype == expected.dtype
    assert (result == expected).all()
    assert result.stop_gradient == expected.stop_gradient


def test_importing_paddlefx_frameworks_doesnt_import_paddle() -> None:
    program = (
        "import sys, paddlefx.frameworks as f; assert 'paddle' not in sys.modules;"
        "f.active(); assert 'paddle' in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
