"""Guards read tensors through Paddle's C++ accessors, and say what the attributes say."""

from __future__ import annotations

import itertools

import numpy as np
import paddle
import pytest
from paddle.base import core

import paddlefx
from paddlefx import _C, frameworks
from paddlefx.frameworks.paddle_accessors import use_accessors
from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.source import LocalSource


def given():
    """Tensors of every kind, by name."""
    found = {
        f"{dtype}{shape}": paddle.zeros(shape, dtype)
        for shape in ([], [0], [1], [3], [2, 3], [3, 2], [2, 3, 4], [1] * 9)
        for dtype in ("float32", "int64", "bool")
    }
    for dtype in ("float16", "bfloat16", "float64", "uint8", "int8", "int16", "int32", "complex64"):
        found[dtype] = paddle.zeros([2, 3]).astype(dtype)
    trained = paddle.zeros([2, 3])
    trained.stop_gradient = False
    found["trained"] = trained
    found["result"] = trained * 2
    found["parameter"] = paddle.create_parameter([2, 3], "float32")
    found["view"] = paddle.zeros([4, 3])[1:3]
    found["transposed"] = paddle.zeros([3, 2]).t()
    found["coo"] = paddle.sparse.sparse_coo_tensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 3])
    found["csr"] = paddle.sparse.sparse_csr_tensor([0, 1, 2], [1, 2], [1.0, 2.0], [2, 3])
    found["without contents"] = core.eager.Tensor()
    return found


def program(meta):
    return compile_guards([Guard(LocalSource("x", 0), GuardKind.TENSOR, meta)])


def test_every_kind_of_tensor_is_told_from_every_other():
    tensors = given()
    meta = frameworks.active().tensor_meta
    dense = {name: meta(tensor) for name, tensor in tensors.items() if tensor.is_dense()}
    assert len(dense) == len(tensors) - 2
    for wanted, found in itertools.product(dense, tensors):
        guards = program(dense[wanted])
        same = found in dense and dense[found] == dense[wanted]
        # the first one that holds learns the dtype's code, the others compare with it
        assert guards.check((tensors[found],), {}) is same, (wanted, found)
        assert guards.check((tensors[wanted],), {})
        assert guards.check((tensors[found],), {}) is same, (wanted, found)


def test_ranges_of_sizes():
    meta = frameworks.active().tensor_meta(paddle.zeros([2, 3]))
    guards = program(meta._replace(shape=((2, 5), -1)))
    answers = [
        guards.check((paddle.zeros(shape),), {}) for shape in ([2, 1], [5, 9], [1, 1], [6, 1], [2])
    ]
    assert answers == [True, True, False, False, False]


def test_a_tensor_that_is_changed_is_read_anew():
    x = paddle.zeros([2, 3])
    guards = program(frameworks.active().tensor_meta(x))
    assert guards.check((x,), {})
    x.stop_gradient = False
    assert not guards.check((x,), {})
    x.stop_gradient = True
    assert guards.check((x,), {})
    x.reshape_([3, 2])
    assert not guards.check((x,), {})


def asks(x):
    return (x * 2 if x.is_dense() else x), x.is_dense()


def test_what_was_compiled_for_dense_tensors_is_not_for_sparse_ones():
    sparse = paddle.sparse.sparse_coo_tensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 3])
    compiled = paddlefx.optimize(asks)
    assert compiled(paddle.ones([2, 3]))[1] is True
    result, dense = compiled(sparse)
    assert dense is False and result is sparse
    assert compiled(paddle.ones([2, 3]))[1] is True


@pytest.fixture
def _restored():
    yield
    assert use_accessors()


SAMPLE = (core.__file__, core.eager.Tensor)


def test_here_the_samples_prove_them(_restored):
    x = paddle.zeros([2, 3])
    assert _C.use_tensor_accessors(*SAMPLE, ((x, (2, 3), int(x.dtype.value)),)) is True


@pytest.mark.parametrize(
    "arguments",
    [
        lambda x, code: (*SAMPLE, ()),
        lambda x, code: (*SAMPLE, ((x, (2, 4), code),)),
        lambda x, code: (*SAMPLE, ((x, (2,), code),)),
        lambda x, code: (*SAMPLE, ((x, (2, 3), code), (x, (2, 3), code + 1))),
        lambda x, code: (*SAMPLE, ((x, (2, 3), code), (given()["coo"], (2, 3), code))),
        lambda x, code: (*SAMPLE, (([1, 2, 3], (2, 3), code),)),
        lambda x, code: (core.__file__, list, (([1, 2, 3], (3,), code),)),
        lambda x, code: (core.__file__, object, ((object(), (), code),)),
        lambda x, code: ("/no/such/library.so", SAMPLE[1], ((x, (2, 3), code),)),
        lambda x, code: (_C.__file__, SAMPLE[1], ((x, (2, 3), code),)),
        lambda x, code: (np.core.__file__, SAMPLE[1], ((x, (2, 3), code),)),
    ],
)
def test_without_proof_the_attributes_are_read(_restored, arguments):
    x = paddle.zeros([2, 3])
    sparse = given()["coo"]
    guards = program(frameworks.active().tensor_meta(x))
    assert _C.use_tensor_accessors(*arguments(x, int(x.dtype.value))) is False
    assert guards.check((x,), {})
    assert not guards.check((sparse,), {})
    assert not guards.check((paddle.zeros([3, 2]),), {})
    assert not guards.check((paddle.zeros([2, 3], "int64"),), {})


def test_an_attribute_that_is_replaced_is_not_read_as_before(monkeypatch):
    x = paddle.zeros([2, 3])
    guards = program(frameworks.active().tensor_meta(x))
    for _ in range(3):
        assert guards.check((x,), {})
    with monkeypatch.context() as patched:
        # in Python: guards run no such code
        patched.setattr(core.eager.Tensor, "stop_gradient", property(lambda self: True))
        for _ in range(3):
            assert not guards.check((x,), {})
            assert guards.failure((x,), {}) is not None
    for _ in range(3):
        assert guards.check((x,), {})
    x.stop_gradient = False
    assert not guards.check((x,), {})
