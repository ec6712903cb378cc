"""Random chains of operations through the ``llvm`` backend: results and gradients as in Paddle."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import paddle
import paddle.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import paddlefx
from paddlefx.compiler.llvm import LLVMCompiler

#: Smooth and bounded, so that a chain of any length stays comparable.
ONE: Dict[str, Callable[[Any], Any]] = {
    "tanh": paddle.tanh,
    "sigmoid": F.sigmoid,
    "gelu": F.gelu,
    "softplus": F.softplus,
    "halved": lambda x: x * 0.5,
    "shifted": lambda x: 1.5 - x,
    "bell": lambda x: paddle.exp(-x * x),
    "softmax": F.softmax,
    "normed": lambda x: F.layer_norm(x, [x.shape[-1]], epsilon=1e-3),
    "centred": lambda x: x - x.mean(-1, keepdim=True),
}
TWO: Dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: paddle.tanh(x) * paddle.tanh(y),
    "/": lambda x, y: x / (y * y + 1.0),
    "where": lambda x, y: paddle.where(x > 10.0, x, y),
}
#: Shapes that broadcast to the first.
SHAPES: List[Tuple[int, ...]] = [(3, 4, 10), (1, 1, 10), (1, 4, 1), (3, 1, 1), (1, 4, 10)]

Step = Tuple[str, int, int]


def program(steps: List[Step]) -> Callable[..., Any]:
    """A function of tensors that takes the steps; each may use what any before it gave."""

    def run(*tensors: Any) -> Any:
        known = list(tensors)
        for name, first, second in steps:
            x = known[first % len(known)]
            if name in ONE:
                known.append(ONE[name](x))
            else:
                known.append(TWO[name](x, known[second % len(known)]))
        return known[-1] + known[0], known[-1].sum(-1)

    return run


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from([*ONE, *TWO]), st.integers(0, 1 << 16), st.integers(0, 1 << 16)),
        min_size=1,
        max_size=9,
    ),
    st.integers(0, 1 << 16),
)
def test_random_chains(steps: List[Step], seed: int) -> None:
    random = np.random.default_rng(seed)
    tensors = [
        paddle.to_tensor(random.uniform(-1, 1, shape).astype("float32"), stop_gradient=False)
        for shape in SHAPES
    ]
    run = program(steps)
    compiler = LLVMCompiler(smallest=1, allow_fallback=False)
    compiled = paddlefx.optimize(run, backend=compiler, full_graph=True)

    def both(function: Callable[..., Any]) -> List[Any]:
        results = function(*tensors)
        total = (results[0] * results[0]).sum() + results[1].sum()
        return [*results, *paddle.grad(total, tensors, allow_unused=True)]

    for got, expected in zip(both(compiled), both(run)):
        assert (got is None) == (expected is None)
        if got is not None:
            scale = 1.0 + float(expected.abs().max())
            np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-3, atol=1e-4 * scale)
