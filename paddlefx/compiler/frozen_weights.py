"""Compiled graphs that have the values of parameters in them, and what runs when those change.

Paddle's optimisers and ``set_value`` write into a parameter's memory without a trace
(``inplace_version`` stays), so it is the memory that is watched: its addresses, and a fingerprint
of its contents, which is read in each call at the speed of memory. Every network reads its
weights at least once in a call too, and that is slower.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional, Sequence, Tuple

from .. import _C, frameworks
from ..errors import CompileError
from ..graph import GraphLayer
from .replay import replayed

__all__ = ["FrozenWeights"]

#: Calls in which changed weights have to stay as they are before they are compiled in again;
#: doubled with each time, up to the second.
_FIRST_PATIENCE = 2
_LAST_PATIENCE = 1024


class FrozenWeights:
    """A compiled graph that stands only while its weights are as they were.

    While they change, the graph runs eagerly; once they stay, it is compiled again.

    Args:
        compile: the backend's own; given the layer and the inputs of a call.
        graph_layer: the graph, whose attributes are the weights.
        example_inputs: those of the first call; not kept.

    Raises:
        CompileError: from ``compile``; or the weights are where they can't be watched.
    """

    def __init__(
        self,
        compile: Callable[[GraphLayer, Sequence[Any]], Callable[..., Any]],
        graph_layer: GraphLayer,
        example_inputs: Sequence[Any],
    ) -> None:
        framework = frameworks.active()
        self._weights = [
            value for value in graph_layer.attributes.values() if framework.is_tensor(value)
        ]
        self._compile = compile
        self._layer = graph_layer
        self._eager = replayed(graph_layer)
        self._memory = framework.memory_of
        self._lock = threading.Lock()
        self._patience = _FIRST_PATIENCE
        self._unchanged = 0
        self._seen: Any = None
        # One pair, replaced as a whole: threads see a form and the weights that it is for.
        self._form = self._made(example_inputs)

    def __call__(self, *inputs: Any) -> Any:
        """What the graph gives, with the weights as they are now."""
        state = self._state()
        form = self._form
        if state is not None and form[0] == state:
            return form[1](*inputs)
        return self._stale(state)(*inputs)

    def _stale(self, state: Any) -> Callable[..., Any]:
        if state is None:
            return self._eager
        with self._lock:
            if state != self._seen:
                self._seen, self._unchanged = state, 0
            self._unchanged += 1
            due = self._unchanged > self._patience
            if due:
                self._patience = min(2 * self._patience, _LAST_PATIENCE)
        return self._again if due else self._eager

    def _again(self, *inputs: Any) -> Any:
        try:
            form = self._form = self._made(inputs)
        except CompileError as error:
            self._layer.note(f"runs eagerly with the weights as they are: {error.reason}")
            return self._eager(*inputs)
        if form[0] is None or form[0] != self._state():
            return self._eager(*inputs)
        return form[1](*inputs)

    def _made(self, inputs: Sequence[Any]) -> Tuple[Any, Callable[..., Any]]:
        state = self._state()
        if state is None:
            raise CompileError(
                "a weight isn't dense memory of the CPU, so changes of it can't be seen",
                hint="choose a backend that doesn't freeze weights",
            )
        compiled = self._compile(self._layer, inputs)
        # Written meanwhile by another thread: nobody knows what was compiled in.
        return (state if self._state() == state else None, compiled)

    def _state(self) -> Optional[Tuple[List[Tuple[int, int]], int]]:
        """Where the weights lie, and what is there; ``None`` where that can't be seen."""
        blocks = []
        for weight in self._weights:
            block = self._memory(weight)
            if block is None:
                return None
            blocks.append(block)
        return blocks, _C.fingerprint(blocks)
