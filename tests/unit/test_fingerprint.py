"""The number for the contents of memory."""

from __future__ import annotations

import array
from typing import List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddlefx import _C


def blocks(*arrays: "array.array[int]") -> List[Tuple[int, int]]:
    return [(data.buffer_info()[0], len(data) * data.itemsize) for data in arrays]


@given(st.binary(min_size=1, max_size=700), st.data())
def test_one_changed_byte_is_seen(content: bytes, data: st.DataObject) -> None:
    memory = array.array("B", content)
    before = _C.fingerprint(blocks(memory))
    assert _C.fingerprint(blocks(array.array("B", content))) == before
    place = data.draw(st.integers(0, len(content) - 1))
    memory[place] ^= data.draw(st.integers(1, 255))
    assert _C.fingerprint(blocks(memory)) != before


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_where_blocks_end_is_seen(contents: List[bytes]) -> None:
    parts = [array.array("B", content) for content in contents if content]
    together = array.array("B", b"".join(contents))
    if len(parts) > 1:
        assert _C.fingerprint(blocks(*parts)) != _C.fingerprint(blocks(together))
    assert _C.fingerprint(blocks(*parts)) == _C.fingerprint(tuple(blocks(*parts)))


def test_swapped_blocks_and_words_are_seen() -> None:
    one, two = array.array("Q", range(200)), array.array("Q", range(1, 201))
    assert _C.fingerprint(blocks(one, two)) != _C.fingerprint(blocks(two, one))
    before = _C.fingerprint(blocks(one))
    for first, second in ((0, 1), (0, 32), (5, 69), (100, 199)):
        one[first], one[second] = one[second], one[first]
        assert _C.fingerprint(blocks(one)) != before
        one[first], one[second] = one[second], one[first]


@pytest.mark.parametrize("wrong", [3, [3], [(1,)], [(1, 2, 3)], [("a", 2)], [(1, -1)]])
def test_other_arguments_are_refused(wrong: object) -> None:
    with pytest.raises((TypeError, OverflowError)):
        _C.fingerprint(wrong)  # type: ignore[arg-type]
