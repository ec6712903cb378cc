"""How long forms of a graph take, found out on copies: nobody else's tensors are touched.

in: a graph and the inputs of a call. out: seconds of a call of each form, with its backward pass
where the graph needs gradients. Parameters, buffers and inputs are copies, so that gradients,
hooks, writes and running statistics are the copies' own; the states of the random number
generators and of the gradient mode are as before.
"""

from __future__ import annotations

import contextlib
import gc
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

import paddle
from paddle.base import core

from ..errors import CompileError
from ..graph import GraphLayer
from .base import CompiledGraph
from .replay import replayed

__all__ = ["Rehearsal"]

#: Runs of each form, after those that warm it up; the shortest counts.
_ROUNDS = 5
_WARM = 2
#: Bytes of copies at most.
_MOST_COPIED = 1 << 30


class Rehearsal:
    """The copies of one call of a graph.

    Args:
        graph_layer: the graph with its parameters; they are read.
        inputs: those of a call, tensors and numbers; they are read.
        clock: gives seconds.

    Raises:
        CompileError: there is too much to be copied, or something that can't be.
    """

    def __init__(
        self, graph_layer: GraphLayer, inputs: Sequence[Any], clock: Callable[[], float]
    ) -> None:
        held = [*graph_layer.attributes.values(), *inputs]
        tensors = [value for value in held if isinstance(value, paddle.Tensor)]
        self._clock = clock
        self._copies: Dict[int, Any] = {}
        try:
            if sum(tensor.size * tensor.element_size() for tensor in tensors) > _MOST_COPIED:
                raise CompileError("its tensors are too large to be copied for a rehearsal")
            attributes = {key: self._copy(each) for key, each in graph_layer.attributes.items()}
            self._inputs = [self._copy(value) for value in inputs]
        except CompileError:
            raise
        except Exception as error:
            raise CompileError(f"{type(error).__name__} while its tensors were copied") from error
        graph, _ = graph_layer.graph.copy()
        self._layer = type(graph_layer)(graph, attributes)

    def _copy(self, value: Any) -> Any:
        if not isinstance(value, paddle.Tensor):
            return value
        made = self._copies.get(id(value))
        if made is None:
            with paddle.no_grad():
                made = value.detach().clone()
            made.stop_gradient = value.stop_gradient
            self._copies[id(value)] = made
        return made

    def compare(
        self, compile: Callable[[GraphLayer, Sequence[Any]], CompiledGraph], trains: bool
    ) -> List[float]:
        """Seconds of a call: of the eager form, and of what ``compile`` makes.

        Args:
            compile: a backend's; given the copies.
            trains: whether a backward pass belongs to the call.

        Raises:
            CompileError: from ``compile``.
            Exception: what the graph raises on the copies.
        """
        with _nothing_left():
            forms: List[CompiledGraph] = [replayed(self._layer)]
            forms.append(compile(self._layer, self._inputs))
            for _ in range(_WARM):
                for form in forms:
                    self._run(form, trains)
            times: List[List[float]] = [[] for _ in forms]
            for _ in range(_ROUNDS):
                for form, found in zip(forms, times):
                    start = self._clock()
                    self._run(form, trains)
                    found.append(self._clock() - start)
        return [min(found) for found in times]

    def _run(self, form: CompiledGraph, trains: bool) -> None:
        mode = core._has_grad()
        results = form(*self._inputs)
        core._set_has_grad(mode)
        if not trains:
            return
        leaves = [tensor for tensor in self._copies.values() if not tensor.stop_gradient]
        outputs = [value for value in _tensors(results) if not value.stop_gradient]
        outputs = [value for value in outputs if all(value is not leaf for leaf in leaves)]
        if leaves and outputs:
            paddle.grad(outputs, leaves, allow_unused=True)


def _tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, paddle.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _tensors(item)


@contextlib.contextmanager
def _nothing_left() -> Iterator[None]:
    """The state of the process's generators and of the thread's modes is put back."""
    mode = core._has_grad()
    generators = paddle.get_rng_state()
    collects: Optional[bool] = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        core._set_has_grad(mode)
        paddle.set_rng_state(generators)
