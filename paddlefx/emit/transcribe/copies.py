"""3.8's ``finally``: one place in the code that was decoded once for each way of entering it.

The body of a ``finally``, and the end of a ``with``, stand once in 3.8's code; what is on top of
the stack says whether they go on behind themselves, back to a CALL_FINALLY, or raise again. A
program has a copy for each of these. The transcriber writes every copy; here those are made one
again that came out the same, in the order in which they stood. Two copies that differ in one
instruction, operand, position or target can't be: the general writer then writes them apart.
"""

from __future__ import annotations

from typing import Dict, List, Optional

from ...ir.instr import Label
from ..link import Stream
from .writers import Unfit

__all__ = ["Copies"]


class _Chunk:
    """What was written from one label to the next."""

    __slots__ = ("end", "fall", "labels", "place", "start")

    def __init__(self, place: int, start: int) -> None:
        self.place = place
        self.labels: List[Label] = []
        self.start = start
        self.end = start
        #: where control falls from its end
        self.fall: Optional[Label] = None


class Copies:
    """The chunks of a stream, and what they come to when copies are one.

    Args:
        stream: the transcriber's.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.chunks = [_Chunk(-1, 0)]
        #: where control goes behind a ``finally`` that was called, by its return address
        self.returns: Dict[int, Label] = {}
        #: the chunks that end in CALL_FINALLY, by its return address
        self.calls: Dict[int, List[_Chunk]] = {}
        self._went_back = False

    def begin(self, label: Label) -> None:
        """A label stands here."""
        if label.place < 0:
            raise Unfit("a label without a place among copies")
        last = self.chunks[-1]
        last.end = len(self.stream.numbers)
        chunk = _Chunk(label.place, last.end)
        chunk.labels.append(label)
        self.chunks.append(chunk)

    def fall(self, label: Label) -> None:
        """Control falls to a label from here, unless it has just gone back to a call."""
        if not self._went_back:
            self.chunks[-1].fall = label
        self._went_back = False

    def call(self, address: int) -> None:
        """A CALL_FINALLY stands here, and control comes back behind it."""
        self.calls.setdefault(address, []).append(self.chunks[-1])

    def come_back(self, address: int, label: Label) -> None:
        """The ``finally`` called with this return address goes on at a label."""
        if self.returns.setdefault(address, label) is not label:
            raise Unfit("a finally goes back to two places")
        self._went_back = True

    def is_forward(self, label: Label) -> bool:
        """Whether a label stands further on in the code."""
        return label.place > self.chunks[-1].place

    def merge(self) -> Stream:
        """One chunk for each place.

        Raises:
            Unfit: two copies differ, or control would fall to another place.
        """
        self.chunks[-1].end = len(self.stream.numbers)
        for address, callers in self.calls.items():
            for chunk in callers:
                chunk.fall = self.returns.get(address)
        kept: Dict[int, _Chunk] = {}
        for chunk in self.chunks:
            first = kept.setdefault(chunk.place, chunk)
            if first is not chunk:
                self._check_same(first, chunk)
                first.labels += chunk.labels
        order = sorted(kept.values(), key=lambda chunk: chunk.place)
        following = {
            chunk.place: order[n + 1].place if n + 1 < len(order) else -1
            for n, chunk in enumerate(order)
        }
        for chunk in self.chunks:
            if chunk.fall is not None and chunk.fall.place != following[chunk.place]:
                raise Unfit("control falls to another place")
        return self._joined(order)

    def _jumps(self, chunk: _Chunk) -> List[object]:
        """(where in the chunk, place of the target) of its jumps."""
        return [
            (index - chunk.start, label.place)
            for index, label in self.stream.jumps
            if chunk.start <= index < chunk.end
        ]

    def _check_same(self, one: _Chunk, other: _Chunk) -> None:
        stream = self.stream
        for part in (stream.numbers, stream.opargs, stream.positions):
            if part[one.start : one.end] != part[other.start : other.end]:
                raise Unfit("copies differ")
        if self._jumps(one) != self._jumps(other):
            raise Unfit("copies differ")

    def _joined(self, order: List[_Chunk]) -> Stream:
        stream, result = self.stream, Stream()
        moved: Dict[int, int] = {}
        for chunk in order:
            start = len(result.numbers)
            for index in range(chunk.start, chunk.end):
                moved[index] = start + index - chunk.start
            result.numbers += stream.numbers[chunk.start : chunk.end]
            result.opargs += stream.opargs[chunk.start : chunk.end]
            result.positions += stream.positions[chunk.start : chunk.end]
            result.places.update(dict.fromkeys(chunk.labels, start))
        inside = {chunk.place: chunk for chunk in order}
        owners = {id(chunk) for chunk in inside.values()}
        starts = [chunk for chunk in self.chunks if id(chunk) in owners]
        for label, index in stream.places.items():
            if label not in result.places:
                for chunk in starts:
                    if chunk.start <= index < chunk.end:
                        result.places[label] = moved[index]
        result.jumps = [(moved[index], label) for index, label in stream.jumps if index in moved]
        return result
