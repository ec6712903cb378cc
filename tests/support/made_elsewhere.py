"""Functions of another module that make functions, for tests of what outlives a graph."""

from __future__ import annotations

SCALE = 3.0

__all__ = ["adder", "annotated", "scaler", "with_defaults"]


def scaler(x, by=SCALE):
    """A closure over a tensor and a global of this module."""

    def scaled(value):
        return value * x * by * SCALE

    scaled.note = "noted"
    return scaled


def with_defaults(x):
    """Defaults of both kinds, and no closure."""

    def inner(value, first=x, *rest, key=(x, 2.0), **names):
        """Its text."""
        return value + first * SCALE, key, rest, names

    return inner


def adder(x):
    """Two functions that share a cell."""
    total = x

    def add(value):
        nonlocal total
        total = total + value
        return total

    def read():
        return total

    return add, read


def annotated(scale):
    """A function with annotations."""

    def inner(x: int, *, more: "text" = 2) -> float:  # noqa: F821 - a text is what it is
        return x * scale + more

    return inner
