"""What generated programs found, made small. Each program once failed a property."""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

from tests.property.checks import check


class Found(NamedTuple):
    """A program, the oldest grammar that compiles it, and what was wrong."""

    name: str
    level: int
    source: str


FOUND = [
    # Emit made a new cell for a free variable of a class body, whose name is also that of a
    # local of the comprehension that 3.12 inlines there.
    Found(
        "free_variable_of_a_class_in_an_inlined_comprehension",
        8,
        """\
def f(x, y=V(4), *args, k=2, **named):
    class C1:
        if {V(2): (y in V(2)), V(9): {1: -1 for i in V(3) if y}, 'k': V(0)}:
            pass
""",
    ),
    # The simulator did the same.
    Found(
        "class_comprehension_in_a_function",
        8,
        """\
def f(x, y=1, *args, k=2, **named):
    class C1:
        log(V(0) + (V(0) + [x for i in V(0)]))
    log(C1)
""",
    ),
    # Emit wrote the CONVERT of a conversion with a computed specification as a FORMAT_VALUE,
    # which decodes to CONVERT and FORMAT.
    Found(
        "conversion_with_a_computed_specification",
        8,
        """\
def f(x, y=1, *args, k=2, **named):
    log(f"{(V(0))!r:{2}}")
""",
    ),
    # The simulator made a bare raise a new one, which changes the traceback; by that except* tells
    # what was raised in a handler from what is left of the group.
    Found(
        "bare_raise_in_a_star_handler",
        11,
        """\
def f(x, y=1, *args, k=2, **named):
    try:
        V(2).missing = 1
    except* E1:
        try:
            raise ExceptionGroup("g", [E1(1), E2(2), KeyError(3)])
        except* E1:
            raise
""",
    ),
    # While emit's linear pass was written: a JUMP to the next instruction was dropped, though
    # END_FOR stands in between.
    Found(
        "break_to_what_follows_the_loop",
        8,
        """\
def f(x, y=1, *args, k=2, **named):
    for a in V(0):
        for a, *b in range(3):
            break
        log(a)
""",
    ),
    # Without hints, 3.8 to 3.10 loaded the attribute as a method, for a call behind the end of the
    # handler, and could not get the method's slots out of it.
    Found(
        "attribute_returned_from_a_handler_in_a_with",
        8,
        """\
def f(x, y=1, *args, k=2, **named):
    with cm(6):
        try:
            boom(0)
        except Exception as x1:
            return V(11).b
""",
    ),
    # The simulator copied the mappings of a display, which compared equal keys once more.
    Found(
        "equal_keys_in_a_display_with_stars",
        8,
        """\
def f(x, y=1, *args, k=2, **named):
    return {1: V(2), V(1): 3, V(1): 4, **keys(3)}
""",
    ),
    # Up to 3.10 what is folded away stays the first constant of a comprehension; emit lost it where
    # the program needs no other.
    Found(
        "a_first_constant_that_nothing_loads",
        8,
        """\
def f(x, y=1, *args, k=2, **named):
    return {i for i in V(8) if ''}
""",
    ),
]


@pytest.mark.parametrize(
    "found", [one for one in FOUND if one.level <= sys.version_info[1]], ids=lambda one: one.name
)
def test_found(found: Found) -> None:
    problems = check(found.source)
    assert not problems, "\n".join(problems)
