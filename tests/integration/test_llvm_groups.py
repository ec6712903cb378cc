"""What the ``llvm`` backend makes one kernel, and that memory is used again only when it may be."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Tuple

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler.llvm import LLVMCompiler
from paddlefx.compiler.loop_nests.buffers import Buffers, holders_of
from paddlefx.errors import CompileError

LARGE = [64, 512]


def compiled(function: Callable[..., Any], *, tensors: Tuple[Any, ...], **options: Any) -> Any:
    """The function compiled, called once, its results equal to plain ones; and what was made."""
    notes: List[str] = []
    compiler = LLVMCompiler(allow_fallback=False, **options)

    def backend(layer: Any, inputs: Any) -> Any:
        made = compiler.compile(layer, inputs)
        notes.extend(layer.notes)
        return made

    optimized = paddlefx.optimize(function, backend=backend, full_graph=True)
    expected = function(*tensors)
    got = optimized(*tensors)
    for a, b in zip(_flat(got), _flat(expected)):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-5, atol=2e-5)
        assert a.stop_gradient == b.stop_gradient
    return optimized, notes


def _flat(value: Any) -> List[Any]:
    if isinstance(value, (tuple, list)):
        return [leaf for item in value for leaf in _flat(item)]
    return [value]


def normal(*shape: int) -> Any:
    return paddle.to_tensor(np.random.default_rng(sum(shape)).normal(size=shape).astype("float32"))


def test_a_chain_is_one_kernel() -> None:
    def f(x: Any, y: Any) -> Any:
        for _ in range(5):
            x = paddle.tanh(x * y) + F.relu(x - 0.5)
        return x

    _, notes = compiled(f, tensors=(normal(8, 16), normal(16)))
    assert notes == ["llvm: 25 of 25 operations in 1 kernels"]


def test_matmul_stays_paddles() -> None:
    def f(x: Any, w: Any) -> Any:
        h = F.gelu(x @ w + 1.0)
        return F.softmax(h @ w + x, axis=-1)

    _, notes = compiled(f, tensors=(normal(8, 16), normal(16, 16)))
    assert notes == ["llvm: 4 of 6 operations in 2 kernels"]


def test_a_group_is_convex() -> None:
    """``a`` and ``c`` can't be one kernel: the matmul between them needs the one and feeds the other."""

    def f(x: Any, w: Any) -> Any:
        a = paddle.exp(x) * 2.0
        b = a @ w
        c = (a + b) * 3.0
        return c - a

    _, notes = compiled(f, tensors=(normal(8, 16), normal(16, 16)))
    assert notes == ["llvm: 5 of 6 operations in 2 kernels"]


def test_rows_and_elements_together() -> None:
    def f(x: Any, r: Any, g: Any, b: Any) -> Any:
        h = F.layer_norm(F.gelu(x) + r, [48], g, b)
        return h + r, h.max(-1), (h * h).mean(-1, keepdim=True)

    tensors = (normal(4, 6, 48), normal(4, 6, 48), normal(48), normal(48))
    _, notes = compiled(f, tensors=tensors)
    assert notes == ["llvm: 7 of 7 operations in 1 kernels"]


def test_a_dropped_axis_is_not_taken_for_a_broadcast() -> None:
    """A value of each row has the shape of a row too when a tensor is square."""

    def f(x: Any) -> Any:
        return x + x.mean(-1), x - x.mean(-1, keepdim=True)

    compiled(f, tensors=(normal(16, 16),))


def test_writes_stay_where_they_are() -> None:
    def f(x: Any) -> Any:
        y = x * 2.0 + 1.0
        z = paddle.exp(y) - 1.0
        y[0] = 5.0
        y.add_(x)
        return z + y, paddle.tanh(y) * z, y

    compiled(f, tensors=(normal(4, 8),))


def test_a_varying_batch_does_not_compile_again() -> None:
    def f(x: Any, b: Any) -> Any:
        return F.softmax(F.relu(x + b) * 0.5, axis=-1) + x, (x * 2.0 + 1.0).sum(-1)

    made: List[Any] = []

    def backend(layer: Any, inputs: Any) -> Any:
        made.append(layer)
        return LLVMCompiler(allow_fallback=False).compile(layer, inputs)

    backend.takes_numbers = True  # type: ignore[attr-defined]
    optimized = paddlefx.optimize(f, backend=backend, full_graph=True)
    b = normal(24)
    for batch in (3, 5, 9, 1200, 7):
        x = normal(batch, 24)
        for got, expected in zip(optimized(x, b), f(x, b)):
            np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=2e-5, atol=2e-5)
    assert len(made) == 2
    assert made[-1].notes == ("llvm: 8 of 8 operations in 2 kernels",)


def test_an_input_is_returned_as_it_is() -> None:
    def f(x: Any) -> Any:
        return x, x * 2.0 + 1.0, x.t()

    optimized, _ = compiled(f, tensors=(normal(4, 8),))
    x = normal(4, 8)
    assert optimized(x)[0] is x


def test_full_graph_names_what_has_no_kernel() -> None:
    with pytest.raises(CompileError, match="matmul"):
        compiled(lambda x: x @ x + 1.0, tensors=(normal(4, 4),), full_graph=True)


# -- memory


def chain(x: Any) -> Any:
    return paddle.tanh(x * 0.5 + 1.0) - x


def test_memory_is_used_again() -> None:
    x = normal(*LARGE)
    optimized, _ = compiled(chain, tensors=(x,))
    places = set()
    for _ in range(10):
        result = optimized(x)
        places.add(result.data_ptr())
        del result
    assert len(places) == 1
    for _ in range(10):
        # The result before is alive while the next is computed.
        result = optimized(x)
        places.add(result.data_ptr())
    assert len(places) == 2


HOLDERS: List[Callable[[Any], Any]] = [
    lambda result: result,
    lambda result: result.detach(),
    lambda result: result.reshape([-1]),
    lambda result: result[1:3],
    lambda result: result.t(),
    lambda result: np.from_dlpack(result),
    lambda result: paddle.utils.dlpack.from_dlpack(paddle.utils.dlpack.to_dlpack(result)),
    lambda result: result.unsqueeze(0).flatten(),
    lambda result: result.detach().reshape([-1])[5:9],
]


@pytest.mark.parametrize("hold", HOLDERS)
def test_memory_that_is_held_is_not_used(hold: Callable[[Any], Any]) -> None:
    x = normal(*LARGE)
    optimized, _ = compiled(chain, tensors=(x,))
    held = [hold(optimized(x)) for _ in range(4)]
    before = [np.array(item) for item in held]
    for _ in range(12):
        optimized(x * 2.0)
    for item, known in zip(held, before):
        np.testing.assert_array_equal(np.array(item), known)


def test_memory_that_autograd_saved_is_not_used() -> None:
    x = normal(*LARGE)
    with paddle.no_grad():
        optimized, _ = compiled(chain, tensors=(x,))
        result = optimized(x)
    known = result.numpy().copy()
    weight = paddle.ones(LARGE)
    weight.stop_gradient = False
    product = (weight * result).sum()
    del result
    with paddle.no_grad():
        for _ in range(12):
            optimized(x * 3.0)
    product.backward()
    np.testing.assert_array_equal(weight.grad.numpy(), known)


def test_results_written_to_are_new_the_next_time() -> None:
    x = normal(*LARGE)
    optimized, _ = compiled(chain, tensors=(x,))
    expected = chain(x).numpy()
    for _ in range(6):
        result = optimized(x)
        assert result.inplace_version == 0
        np.testing.assert_allclose(result.numpy(), expected, rtol=2e-5, atol=2e-5)
        result.add_(result)
        result.reshape_([-1])
        del result


def test_threads_get_memory_of_their_own() -> None:
    x = normal(*LARGE)
    optimized, _ = compiled(chain, tensors=(x,))
    inputs = [x * float(n + 1) for n in range(4)]
    expected = [chain(each).numpy() for each in inputs]
    wrong: List[int] = []

    def work(n: int) -> None:
        for _ in range(150):
            result = optimized(inputs[n])
            if not np.allclose(result.numpy(), expected[n], rtol=2e-5, atol=2e-5):
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_holders_are_counted() -> None:
    """What is relied on holds for this Paddle; without it nothing would be used again."""
    tensor = paddle.empty([3, 4])
    assert holders_of(tensor) == 1
    view = tensor.reshape([12])
    assert holders_of(tensor) == holders_of(view) == 2
    del view
    assert holders_of(tensor) == 1


def test_no_more_is_kept_than_said() -> None:
    take = Buffers(each=2 * 4 * 1000).taker((1000,), paddle.float32)
    held = [take() for _ in range(5)]
    places = [each.data_ptr() for each in held]
    assert len(set(places)) == 5
    assert [holders_of(each) for each in held] == [2, 2, 1, 1, 1]
