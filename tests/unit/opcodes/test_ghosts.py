"""Moving slots, with and without ghosts among them, moves values as it says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paddlefx.opcodes import ghosts

STACKS = st.lists(st.sampled_from([ghosts.REAL, ghosts.REAL, ghosts.NULL, ghosts.TYPE]), min_size=2)


def values_after(values, operands):
    values = list(values)
    for operand in operands:
        values[-operand], values[-1] = values[-1], values[-operand]
    return values


@given(STACKS, st.data())
def test_swap(tags, data):
    i = data.draw(st.integers(2, len(tags)))
    slots = list(enumerate(tags))
    expected = list(slots)
    expected[-i], expected[-1] = expected[-1], expected[-i]
    after = list(tags)
    operands = ghosts.swap(after, i)
    assert after == [tag for _, tag in expected]
    values = [number for number, tag in slots if tag == ghosts.REAL]
    assert values_after(values, operands) == [n for n, tag in expected if tag == ghosts.REAL]


@given(STACKS, st.data())
def test_rotate(tags, data):
    i = data.draw(st.integers(2, len(tags)))
    slots = list(enumerate(tags))
    expected = list(slots)
    expected.insert(len(expected) - i, expected.pop())
    after = list(tags)
    operands = ghosts.rotate(after, i)
    assert after == [tag for _, tag in expected]
    values = [number for number, tag in slots if tag == ghosts.REAL]
    assert values_after(values, operands) == [n for n, tag in expected if tag == ghosts.REAL]


@given(st.integers(1, 8))
def test_lift(n):
    values = list(range(n))
    assert values_after(values, ghosts.lift(n)) == [*values[1:], values[0]]


def test_scopes():
    stack = [ghosts.PREV, ghosts.REAL, ghosts.saved(3), ghosts.DEAD, ghosts.saved(3, True)]
    assert ghosts.scopes(stack) == 3
    assert [ghosts.is_scope(tag) for tag in stack] == [True, False, True, False, True]
    assert ghosts.reals(stack) == 1
    assert len({ghosts.saved(slot, cell) for slot in range(9) for cell in (0, 1)}) == 18
