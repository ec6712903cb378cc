"""Exact comparison of what two runs gave: types, structure, dtypes and every bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle


def assert_same(actual: Any, expected: Any, path: str = "result") -> None:
    """Tensors compare by dtype, shape, ``stop_gradient`` and bits; containers by type and items.

    Raises:
        AssertionError: the first difference, with its path.
    """
    if isinstance(expected, paddle.Tensor):
        assert isinstance(actual, paddle.Tensor), f"{path}: {type(actual)} is no tensor"
        assert actual.dtype == expected.dtype, f"{path}: {actual.dtype} != {expected.dtype}"
        assert list(actual.shape) == list(expected.shape), f"{path}: {actual.shape}"
        assert actual.stop_gradient == expected.stop_gradient, f"{path}.stop_gradient"
        got, want = actual.numpy(), expected.numpy()
        assert np.array_equal(got, want, equal_nan=want.dtype.kind in "fc"), (
            f"{path}: differs by {np.abs(got - want).max()}"
        )
        return
    assert type(actual) is type(expected), f"{path}: {type(actual)} != {type(expected)}"
    if isinstance(expected, dict):
        assert list(actual) == list(expected), f"{path}: keys {list(actual)} != {list(expected)}"
        for key in expected:
            assert_same(actual[key], expected[key], f"{path}[{key!r}]")
    elif isinstance(expected, (list, tuple)):
        assert len(actual) == len(expected), f"{path}: length {len(actual)} != {len(expected)}"
        for index, pair in enumerate(zip(actual, expected)):
            assert_same(*pair, f"{path}[{index}]")
    elif isinstance(expected, np.ndarray):
        assert np.array_equal(actual, expected), path
    else:
        assert actual == expected or (actual != actual and expected != expected), (
            f"{path}: {actual!r} != {expected!r}"
        )
