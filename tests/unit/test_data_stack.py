"""Deep calls in one piece of the interpreter's stack: counted in pages that the kernel maps."""

from __future__ import annotations

import resource
import sys

import pytest

from paddlefx.data_stack import in_one_chunk
from paddlefx.opcodes import table_for


def step(depth: int) -> int:
    return step(depth - 1) if depth else 0


def mapped(depth: int) -> int:
    """Page faults of 200 calls that go a little deeper, from this depth of the stack."""
    if depth:
        return mapped(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(200):
        step(5)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_no_depth_is_at_the_end_of_a_chunk():
    outside = [mapped(depth) for depth in range(150)]
    inside = [in_one_chunk(mapped, depth) for depth in range(150)]
    assert (max(outside) >= 200) is table_for().traits["stack_chunks"]
    assert max(inside) < 100


def test_it_gives_what_the_function_gives_and_raises_what_it_raises():
    assert in_one_chunk(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        in_one_chunk(divmod, 7, 0)


def test_calls_inside_go_as_deep_as_the_recursion_limit_allows():
    depth = sys.getrecursionlimit() // 2
    assert in_one_chunk(step, depth) == 0
    with pytest.raises(RecursionError):
        in_one_chunk(step, sys.getrecursionlimit())


def test_one_call_inside_another():
    assert in_one_chunk(in_one_chunk, in_one_chunk, step, 20) == 0
