"""The zoo that backends are held against plain Paddle on, in eval mode and without gradients.

Networks: every constructor of ``paddle.vision.models`` at small sizes, and the language, image
and recurrent models of ``tests/integration/models``. Layers: every class of ``paddle.nn``.
"""

from __future__ import annotations

import functools
import re
import time
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import numpy as np
import paddle

import paddlefx
from paddlefx.compiler import get
from tests.integration.paddle_nn_registry import ABSTRACT, NO_KERNEL, cases
from tests.integration.test_vision_models import FAMILIES
from tests.integration.test_written_models import MODELS

__all__ = ["LAYERS", "NETWORKS", "TOLERANCE", "Figures", "Member", "measured"]

#: How far a float may be from plain Paddle's, relative to the largest of its tensor: other kernels
#: add in another order, and layers pass on what they differ by.
TOLERANCE = 1e-4
#: For a layer, of random inputs, at least relative to this: a sum that cancels has the rounding of
#: its terms. The results of some networks with random weights are as small as 1e-10.
LEAST = 0.1


class Member(NamedTuple):
    """A network or a layer.

    Args:
        make: makes it.
        inputs: the arguments of a call, made anew each time.
        least: what a difference is relative to where all of a tensor is smaller.
    """

    make: Callable[[], Any]
    inputs: Callable[[], Tuple[Any, ...]]
    least: float = float(np.finfo("float32").tiny)


class Figures(NamedTuple):
    """How a backend did on a member.

    Args:
        error: the largest difference to plain Paddle; infinite where dtypes, shapes, whole
            numbers or truth values differ.
        share: of the operations captured, how many the backend computes: 0 to 1.
        seconds: of the first call, which captures and compiles.
        notes: what ``explain`` says of the graphs.
    """

    error: float
    share: float
    seconds: float
    notes: Tuple[str, ...]


def _vision(name: str, options: Dict[str, Any]) -> Any:
    return getattr(paddle.vision.models, name)(**options)


def _networks() -> Dict[str, Member]:
    found: Dict[str, Member] = {}
    for name, (make, inputs, _) in MODELS.items():
        found[name] = Member(make, inputs)
    for family in [("resnet18", {}, (1, 3, 64, 64)), *FAMILIES]:
        name, options, shape = getattr(family, "values", family)
        make = functools.partial(_vision, name, options)
        found[name] = Member(make, lambda shape=shape: (paddle.randn(shape),))
    return found


NETWORKS: Dict[str, Member] = _networks()

LAYERS: Dict[str, Member] = {
    name: Member(*case, LEAST)
    for name, case in cases()
    if name.split("-")[0] not in ABSTRACT | NO_KERNEL
}

_PARTS = re.compile(r"\((\d+) of (\d+) operations\)|: (\d+) of (\d+) operations in")


def measured(member: Member, backend: str) -> Figures:
    """The figures of a backend on a member: three calls beside plain ones.

    Raises:
        CompilerNotFoundError: the backend isn't installed.
    """
    compiler = get(backend)
    graphs: List[Any] = []

    def recorded(graph_layer: Any, example_inputs: Any) -> Any:
        graphs.append(graph_layer)
        return compiler(graph_layer, example_inputs)

    recorded.takes_numbers = compiler.takes_numbers  # type: ignore[attr-defined]
    paddle.seed(7)
    model = member.make()
    model.eval()
    compiled = paddlefx.optimize(model, backend=recorded)
    # The first call of a graph answers with plain results, which it is compared with.
    first, second = member.inputs(), member.inputs()
    worst, seconds = 0.0, 0.0
    with paddle.no_grad():
        for number, arguments in enumerate((first, second, first)):
            wanted = _tensors(model(*arguments))
            start = time.perf_counter()
            found = _tensors(compiled(*arguments))
            if not number:
                seconds = time.perf_counter() - start
            worst = max(worst, _error(found, wanted, member.least))
    notes = tuple(dict.fromkeys([note for graph in graphs for note in graph.notes]))
    return Figures(worst, _share(graphs, backend), seconds, notes)


def _share(graphs: List[Any], backend: str) -> float:
    calls = taken = 0
    for graph in graphs:
        total = len(graph.graph.find_nodes(op="call_function"))
        share = 1.0
        for note in graph.notes:
            counts = _PARTS.search(note)
            if note.startswith("runs eagerly"):
                share = 0.0
            elif counts is not None and counts[1]:
                share = 1 - int(counts[1]) / int(counts[2])
            elif counts is not None:
                share = int(counts[3]) / int(counts[4])
        calls += total
        taken += total * share
    return taken / calls if calls else 1.0


def _tensors(value: Any) -> List[Any]:
    """The tensors in a nested result."""
    if isinstance(value, paddle.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in _tensors(item)]
    return []


def _error(found: List[Any], wanted: List[Any], least: float) -> float:
    if len(found) != len(wanted):
        return float("inf")
    errors = [_of_tensor(one, other, least) for one, other in zip(found, wanted)]
    return max(errors, default=0.0)


def _of_tensor(found: Any, wanted: Any, least: float) -> float:
    if (found.dtype, found.shape) != (wanted.dtype, wanted.shape):
        return float("inf")
    one, other = found.numpy(), wanted.numpy()
    if one.dtype.kind not in "fc":
        return 0.0 if np.array_equal(one, other) else float("inf")
    finite = np.isfinite(other)
    if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
        return float("inf")
    if not finite.any():
        return 0.0
    scale = max(float(np.abs(other[finite]).max()), least)
    return float(np.abs(one[finite] - other[finite]).max()) / scale
