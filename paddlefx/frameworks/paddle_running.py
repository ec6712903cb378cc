"""Shapes and dtypes of a user's function by running it on made-up tensors.

For functions marked with :func:`paddlefx.allow_in_graph`, of which nothing else is known. The
random state is put back afterwards.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import paddle

from ..errors import InferenceError
from ..tensor_meta import TensorMeta

__all__ = ["infer_by_running"]


def infer_by_running(
    function: Callable[..., Any],
    args: Tuple[Any, ...],
    kwargs: Dict[str, Any],
    meta_of: Callable[[Any], TensorMeta],
) -> Any:
    """The descriptions of what ``function`` gives.

    Args:
        function: the user's.
        args: its arguments, a TensorMeta for each tensor.
        kwargs: its keyword arguments, likewise.
        meta_of: describes a tensor.

    Raises:
        InferenceError: it raises, or gives something other than tensors, lists, tuples and
            dicts of them and numbers.
    """
    state = paddle.get_rng_state()
    try:
        result = function(*_made(args), **_made(kwargs))
    except Exception as error:
        raise InferenceError(f"{function.__name__}: {error}") from error
    finally:
        paddle.set_rng_state(state)
    return _described(function, result, meta_of)


def _made(value: Any) -> Any:
    if isinstance(value, TensorMeta):
        tensor = paddle.ones(list(value.shape), dtype=value.dtype)
        tensor.stop_gradient = value.stop_gradient
        return tensor
    if isinstance(value, (tuple, list)):
        return type(value)([_made(item) for item in value])
    if isinstance(value, dict):
        return {key: _made(item) for key, item in value.items()}
    return value


def _described(function: Callable[..., Any], value: Any, meta_of: Callable[[Any], Any]) -> Any:
    if isinstance(value, paddle.Tensor):
        return meta_of(value)
    if type(value) in (tuple, list):
        return type(value)([_described(function, item, meta_of) for item in value])
    raise InferenceError(
        f"{function.__name__} gives {type(value).__name__}, not tensors",
        hint="a function marked with paddlefx.allow_in_graph gives tensors, or lists of them",
    )
