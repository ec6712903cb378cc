"""Slots of CPython's stack that are not values of the program.

A stack is described by one tag a slot, the top last. Everything but :data:`REAL` is a
ghost: decode drops the instructions that only touch ghosts and recounts COPY and SWAP,
emit puts them back. Sources: ``Python/ceval.c`` 3.8-3.11, ``Python/bytecodes.c`` 3.12+.
"""

from __future__ import annotations

from typing import List, MutableSequence, Sequence, Tuple

__all__ = [
    "DEAD",
    "EXIT_SELF",
    "HANDLER_SLOTS",
    "LASTI",
    "NONE",
    "NULL",
    "PREV",
    "PREV_COPY",
    "PREV_REST",
    "REAL",
    "RETURN_ADDRESS",
    "TB",
    "TYPE",
    "is_scope",
    "lift",
    "real_rotation",
    "reals",
    "rotate",
    "saved",
    "scopes",
    "swap",
]

#: A value.
REAL = 0
#: A NULL or a bound self, for the next call.
NULL = 1
#: Where a handler with ``lasti`` was entered from (3.11+).
LASTI = 2
#: The exception that was handled before: an open handler scope.
PREV = 3
#: The two other slots of it up to 3.10.
PREV_REST = 4
#: The type and the traceback of the exception up to 3.10.
TYPE = 5
TB = 6
#: A None that only the machinery sees.
NONE = 7
#: A PREV whose scope is closed already.
DEAD = 8
#: A copy of PREV, made to close the scope.
PREV_COPY = 9
#: The self of a ``with`` statement's exit function, or NULL: always just above it (3.14+).
EXIT_SELF = 10
#: A return address of 3.8's CALL_FINALLY is this plus the index of its instruction.
RETURN_ADDRESS = 16

#: What a handler finds on the stack up to 3.10.
HANDLER_SLOTS = (PREV, PREV_REST, PREV_REST, TB, REAL, TYPE)


def saved(slot: int, cell: bool = False) -> int:
    """The tag of a binding put aside by LOAD_FAST_AND_CLEAR; ``cell``: a new cell took its place."""
    return -(2 * slot + 1 + cell)


def is_scope(tag: int) -> bool:
    """Whether the ghost keeps a scope open (ENTER_HANDLER, SAVE_LOCAL)."""
    return tag < 0 or tag == PREV


def scopes(stack: Sequence[int]) -> int:
    """How many scopes are open."""
    return sum(1 for tag in stack if tag < 0 or tag == PREV)


def reals(stack: Sequence[int]) -> int:
    """How many values there are."""
    return stack.count(REAL)


def swap(stack: MutableSequence[int], i: int) -> List[int]:
    """Exchange the top with the i-th slot; returns the real SWAP operands that do the same."""
    low, top = stack[-i], stack[-1]
    stack[-i], stack[-1] = top, low
    between = stack[1 - i : -1].count(REAL) if i > 2 else 0
    if low == REAL and top == REAL:
        return [between + 2]
    if low == REAL:
        # the deep value comes to the top of the values
        return list(range(2, between + 2))
    if top == REAL:
        return real_rotation(between + 1)
    return []


def rotate(stack: MutableSequence[int], i: int) -> List[int]:
    """Lift the top down to the i-th place; returns the real SWAP operands that do the same."""
    top = stack.pop()
    count = stack[1 - i :].count(REAL) if i > 1 else 0
    stack.insert(len(stack) + 1 - i, top)
    return real_rotation(count + 1) if top == REAL else []


def real_rotation(n: int) -> List[int]:
    """SWAP operands that put the top below the n - 1 values under it."""
    return list(range(n, 1, -1))


def lift(n: int) -> List[int]:
    """SWAP operands that bring the n-th from the top to the top, the others keeping order."""
    return list(range(2, n + 1))


def split(stack: Sequence[int], depth: int) -> Tuple[int, ...]:
    """The shortest part of the stack, from the bottom, that holds ``depth`` values."""
    count = 0
    for index, tag in enumerate(stack):
        if count == depth:
            return tuple(stack[:index])
        count += tag == REAL
    return tuple(stack)
