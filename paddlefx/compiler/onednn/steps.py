"""Primitives one after the other, on tensors where they lie.

A :class:`Steps` is made once for a computation: reorders into the layouts that oneDNN wants, the
primitive, a reorder back. Each thread has its own primitives and memory between them, as a primitive
mustn't run twice at a time; the memory between is one block for all computations of a thread.
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

from .library import Argument, Engine, Handle, Query, engine

__all__ = ["Operand", "Steps"]

_ALIGNED = 64


class Operand(NamedTuple):
    """A tensor that a primitive reads or writes.

    Args:
        argument: what it is to the primitive.
        query: which layout the primitive wants for it.
        layout: how it lies in memory.
    """

    argument: Argument
    query: Query
    layout: Handle


class _Thread(threading.local):
    """What a thread has for itself."""

    def __init__(self) -> None:
        self.stream = engine().stream()
        self.block: Any = None
        self.address = 0
        self.size = 0
        #: Whether it computes: what a signal's handler calls meanwhile is Paddle's to compute.
        self.busy = False
        self.bound: Any = weakref.WeakKeyDictionary()

    def reserve(self, size: int) -> None:
        """Have at least that many bytes; others are forgotten."""
        if size > self.size:
            self.block = ctypes.create_string_buffer(size + _ALIGNED)
            self.address = -(-ctypes.addressof(self.block) // _ALIGNED) * _ALIGNED
            self.size = size


_threads: List[_Thread] = []
_lock = threading.Lock()


def _this_thread() -> _Thread:
    with _lock:
        if not _threads:
            _threads.append(_Thread())
        return _threads[0]


class _Bound:
    """The steps for one thread."""

    def __init__(self, steps: Steps, thread: _Thread) -> None:
        made, self._thread = steps.engine, thread
        self._point_at = made.point_at
        self._between: List[Tuple[Handle, int]] = []
        self._address = 0
        self.outside: List[Handle] = []
        before: List[Callable[[], int]] = []
        behind: List[Callable[[], int]] = []
        given: List[Tuple[Argument, Handle]] = []
        for number, operand in enumerate(steps.operands):
            memory = made.memory(operand.layout)
            self.outside.append(memory)
            offset, wanted = steps.places[number]
            if offset < 0:
                given.append((operand.argument, memory))
                continue
            inner = made.memory(wanted)
            self._between.append((inner, offset))
            given.append((operand.argument, inner))
            last = number == len(steps.operands) - 1
            one, other = (inner, memory) if last else (memory, inner)
            copy = made.primitive(steps.copies[number])
            pair = [(Argument.SRC, one), (Argument.DST, other)]
            (behind if last else before).append(made.execution(copy, thread.stream, pair))
        primitive = made.primitive(steps.description)
        self._calls = [*before, made.execution(primitive, thread.stream, given), *behind]
        self._stream = thread.stream.pointer
        self._wait = made.wait

    def run(self, addresses: Sequence[int]) -> bool:
        """Run on the operands at these addresses; whether oneDNN did it."""
        if self._address != self._thread.address:
            self._address = self._thread.address
            for memory, offset in self._between:
                self._point_at(memory.pointer, self._address + offset)
        for memory, address in zip(self.outside, addresses):
            self._point_at(memory.pointer, address)
        status = 0
        for call in self._calls:
            status = status or call()
        return not (self._wait(self._stream) or status)


class Steps:
    """A primitive between reorders.

    Args:
        description: of the primitive.
        operands: what it reads, then what it writes.
    """

    def __init__(self, description: Handle, operands: Sequence[Operand]) -> None:
        self.engine: Engine = engine()
        self.description = description
        self.operands = list(operands)
        #: By operand, where in the block it is in the wanted layout; -1 where it fits as it is.
        self.places: List[Tuple[int, Handle]] = []
        self.copies: Dict[int, Handle] = {}
        self.size = 0
        for number, operand in enumerate(self.operands):
            wanted = self.engine.layout_of(description, operand.query)
            if self.engine.equal(wanted, operand.layout):
                self.places.append((-1, wanted))
                continue
            self.places.append((self.size, wanted))
            last = number == len(self.operands) - 1
            pair = (wanted, operand.layout) if last else (operand.layout, wanted)
            self.copies[number] = self.engine.reorder(*pair)
            self.size += -(-self.engine.size(wanted) // _ALIGNED) * _ALIGNED

    def __call__(self, addresses: Sequence[int]) -> bool:
        """Run on the operands at these addresses; whether oneDNN did it.

        The caller keeps the memory, and nobody else writes to the last one meanwhile.
        """
        thread = _this_thread()
        if thread.busy:
            return False
        thread.busy = True
        try:
            thread.reserve(self.size)
            bound = thread.bound.get(self)
            if bound is None:
                bound = thread.bound[self] = _Bound(self, thread)
            return bool(bound.run(addresses))
        finally:
            thread.busy = False
