"""Whether memory holds nothing but finite numbers."""

from __future__ import annotations

import array
import math
import struct
from typing import List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddlefx import _C

#: The format of each size of floats, and of integers with as many bits.
FORMATS = {4: ("f", "I"), 8: ("d", "Q")}


def is_finite(memory: "array.array[float]") -> bool:
    return _C.finite(memory.buffer_info()[0], len(memory), memory.itemsize)


@pytest.mark.parametrize("size", FORMATS)
@given(data=st.data())
def test_each_pattern_of_bits_is_told(size: int, data: st.DataObject) -> None:
    kind, word = FORMATS[size]
    patterns: List[int] = data.draw(st.lists(st.integers(0, 2 ** (8 * size) - 1), max_size=40))
    memory = array.array(kind)
    memory.frombytes(struct.pack(f"={len(patterns)}{word}", *patterns))
    assert is_finite(memory) == all(map(math.isfinite, memory))


@pytest.mark.parametrize("size", FORMATS)
@pytest.mark.parametrize("wrong", [math.inf, -math.inf, math.nan, -math.nan])
@pytest.mark.parametrize("place", [0, 1, 4095, 4096, 8190, 8999])
def test_one_among_many_is_seen(size: int, wrong: float, place: int) -> None:
    memory = array.array(FORMATS[size][0], [1e38, -1e-45, 0.0] * 3000)
    assert is_finite(memory)
    memory[place] = wrong
    assert not is_finite(memory)


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="4 or 8"):
        _C.finite(0, 0, 2)
    with pytest.raises(TypeError):
        _C.finite(0, 0)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        _C.finite("0", 0, 4)  # type: ignore[arg-type]
    with pytest.raises(OverflowError):
        _C.finite(0, -1, 4)
