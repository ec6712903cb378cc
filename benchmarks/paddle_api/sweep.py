"""Calls one public function plain and compiled, and says how it is captured."""

from __future__ import annotations

import inspect
import types
import warnings
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np
import paddle

import paddlefx

from .arguments import CANDIDATES, GIVEN

__all__ = [
    "NAMESPACES",
    "UNSETTLED",
    "Verdict",
    "accepted",
    "brief",
    "caller",
    "difference",
    "functions",
    "seeded",
    "verdict",
]

#: By heading, the object whose public functions are tried.
NAMESPACES: Dict[str, Any] = {
    "paddle": paddle,
    "paddle.nn.functional": paddle.nn.functional,
    "paddle.Tensor": paddle.Tensor,
    "paddle.linalg": paddle.linalg,
    "paddle.fft": paddle.fft,
    "paddle.signal": paddle.signal,
    "paddle.geometric": paddle.geometric,
    "paddle.vision.ops": paddle.vision.ops,
}

#: What they give is what was in memory.
UNSETTLED = frozenset(["empty", "empty_like"])

#: They change the process, or are no tensor functions.
_LEFT_OUT = frozenset(
    [
        "DataParallel",
        "LazyGuard",
        "Model",
        "ParamAttr",
        "async_save",
        "autocast",
        "backward",
        "batch",
        "check_shape",
        "clear_grad",
        "clear_gradient",
        "cpu",
        "cuda",
        "disable_compat",
        "disable_signal_handler",
        "disable_static",
        "dtype",
        "enable_compat",
        "enable_grad",
        "enable_static",
        "finfo",
        "flash_attention_v3_varlen",
        "flash_attn_qkvpacked",
        "flash_attn_varlen_qkvpacked",
        "flashmask_attention",
        "flops",
        "get_cuda_rng_state",
        "get_default_device",
        "get_default_dtype",
        "get_device",
        "get_flags",
        "get_rng_state",
        "grad",
        "gradient",
        "iinfo",
        "in_dynamic_mode",
        "initial_seed",
        "is_compiled_with_cuda",
        "load",
        "manual_seed",
        "no_grad",
        "pin_memory",
        "register_grad_hook",
        "original_init",
        "new_init",
        "register_hook",
        "run_check",
        "save",
        "sdp_kernel",
        "seed",
        "set_cuda_rng_state",
        "set_default_device",
        "set_default_dtype",
        "set_device",
        "set_flags",
        "set_grad_enabled",
        "set_printoptions",
        "set_rng_state",
        "sparse_attention",
        "summary",
        "to_dense",
        "to_sparse_coo",
        "to_sparse_csr",
        "use_compat_guard",
        "xpu",
        "zero_",
    ]
)


class Verdict(NamedTuple):
    """How a function is captured.

    Args:
        state: ``"one graph"``, ``"breaks"``, ``"falls back"``, ``"differs"`` or ``"not called"``.
        why: the first reason, or how the results differ.
    """

    state: str
    why: str = ""


def functions(heading: str) -> Iterator[str]:
    """The names of the public functions under a heading."""
    space = NAMESPACES[heading]
    listed = None if isinstance(space, type) else getattr(space, "__all__", None)
    for name in sorted(set(listed if listed is not None else dir(space))):
        held = getattr(space, name, None)
        if name.startswith("_") or name in _LEFT_OUT or not callable(held):
            continue
        if inspect.isclass(held) or isinstance(held, types.ModuleType):
            continue
        yield name


def verdict(heading: str, name: str) -> Verdict:
    """Call one function plain and compiled."""
    warnings.simplefilter("ignore")
    called = caller(NAMESPACES[heading], name)
    short = heading.rpartition(".")[2]
    make = accepted(called, name, short)
    if make is None:
        return Verdict("not called")
    backward = True
    try:
        plain = _run(called, make, backward)
    except Exception:  # the gradient's, of arguments that are good for the forward pass only
        backward = False
        plain = _run(called, make, backward)
    settled = name.rstrip("_") not in UNSETTLED
    settled = settled and not difference(plain, _run(called, make, backward))
    try:
        paddlefx.reset()
        compiled = paddlefx.optimize(called)
        found = [_run(compiled, make, backward) for _ in range(2)]
        counts = paddlefx.stats()
        whole = not counts["graph_breaks"] and not counts["fallbacks"]
        told = None if whole else seeded(paddlefx.explain(called), make)
    except Exception as error:
        return Verdict("differs", f"raises {brief(error)}")
    for one in found:
        different = difference(plain, one, values=settled)
        if different:
            return Verdict("differs", different)
    if told is None:
        return Verdict("one graph")
    if told.fallbacks:
        return Verdict("falls back", told.fallbacks[0].reason)
    if told.breaks:
        return Verdict("breaks", told.breaks[0].reason)
    return Verdict("one graph")


def brief(error: BaseException) -> str:
    """The line of an error that says what it is."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = next((line for line in lines if "Error:" in line), lines[0] if lines else "")
    return f"{type(error).__name__}: {text}"[:150]


def caller(space: Any, name: str) -> Callable[..., Any]:
    """A function that calls a public name; what it writes to is a copy of its own."""
    if isinstance(space, type):

        def method(first: Any, *rest: Any) -> Any:
            return getattr(first * 1 if name.endswith("_") else first, name)(*rest)

        return method

    function = getattr(space, name)

    def call(*args: Any) -> Any:
        return function(*args)

    def call_in_place(first: Any, *rest: Any) -> Any:
        return function(first * 1, *rest)

    return call_in_place if name.endswith("_") else call


def accepted(called: Callable[..., Any], name: str, short: str) -> Optional[Callable[[], Any]]:
    """Makes the first arguments that the plain function takes, and gives something for."""
    keys = [f"{short}.{name}", f"{short}.{name.rstrip('_')}", name, name.rstrip("_")]
    given = [GIVEN[key] for key in keys if key in GIVEN]
    of_method = short == "Tensor"
    for make in [*given, *CANDIDATES]:
        try:
            args = make()
            if of_method and not (args and isinstance(args[0], paddle.Tensor)):
                continue
            if hasattr(seeded(called, lambda args=args: args), "__next__"):
                continue
        except BaseException:
            continue
        return make
    return None


def seeded(function: Callable[..., Any], make: Callable[[], Any]) -> Any:
    """What a call gives with fresh arguments and the random state of any other."""
    args = make()
    paddle.seed(1)
    return function(*args)


def _run(
    function: Callable[..., Any], make: Callable[[], Any], backward: bool
) -> Tuple[Any, List[Any]]:
    """What a call gives, and the gradients that it leaves on its arguments."""
    args = make()
    paddle.seed(1)
    result = function(*args)
    leaves = [one for one in _tensors(args) if not one.stop_gradient and one.is_leaf]
    total = None
    for one in _tensors(result):
        if not one.stop_gradient and one.dtype in (paddle.float32, paddle.float64):
            total = one.astype("float64").sum() + (0 if total is None else total)
    if total is not None and backward:
        total.backward()
    return result, [None if leaf.grad is None else leaf.grad.numpy() for leaf in leaves]


def _tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, paddle.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


def difference(plain: Any, ours: Any, values: bool = True) -> str:
    """How two results differ; empty when they don't.

    Args:
        plain: the plain function's.
        ours: the other one.
        values: false: they aren't determined, only shapes and dtypes are compared.
    """
    if type(plain) is not type(ours):
        return f"{type(ours).__name__} for {type(plain).__name__}"
    if isinstance(plain, paddle.Tensor):
        if (plain.shape, plain.dtype, plain.stop_gradient) != (
            ours.shape,
            ours.dtype,
            ours.stop_gradient,
        ):
            return (
                f"{ours.dtype}{ours.shape} stop_gradient={ours.stop_gradient} for "
                f"{plain.dtype}{plain.shape} stop_gradient={plain.stop_gradient}"
            )
        return difference(plain.numpy(), ours.numpy()) if values and plain.is_dense() else ""
    if isinstance(plain, np.ndarray) and values:
        # LAPACK's last bits depend on where in memory its operands are.
        near = plain.dtype.kind in "fc"
        same = plain.shape == ours.shape and (
            np.allclose(plain, ours, 1e-5, 1e-6, equal_nan=True)
            if near
            else np.array_equal(plain, ours)
        )
        return "" if same else "other values"
    if isinstance(plain, (list, tuple)):
        if len(plain) != len(ours):
            return f"{len(ours)} items for {len(plain)}"
        pairs = (difference(one, two, values) for one, two in zip(plain, ours))
        return next((text for text in pairs if text), "")
    if not values or type(plain).__eq__ is object.__eq__:
        return ""
    return "" if plain == ours or plain != plain else f"{ours!r} for {plain!r}"
