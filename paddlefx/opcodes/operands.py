"""What an operand means, and back: pool indices to values, without what an instruction does."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Sequence

from .table import Rule

__all__ = ["PoolIndices", "Pools", "is_jump", "meaning", "oparg_of"]

_CONSTS = frozenset({"const", "return_const", "kw_names"})
_LOCALS = frozenset({"fast", "fast_owned", "store_fast", "save_fast"})
_CELLS = frozenset({"cell", "classderef"})
#: Forms whose operand is a name with some bits below it.
_BITS = {"global": 1, "attr": 1, "super": 2}
_PLACES = frozenset({"forward", "backward", "absolute"})


class Pools(NamedTuple):
    """What the indices of a code object point into."""

    consts: Sequence[Any]
    names: Sequence[str]
    locals: Sequence[str]
    cells: Sequence[str]


class PoolIndices(NamedTuple):
    """The way back: the index of a constant, a name, a local and a cell."""

    const: Callable[[Any], int]
    name: Callable[[str], int]
    local: Callable[[str], int]
    cell: Callable[[str], int]


def is_jump(rule: Rule) -> bool:
    """Whether the operand is a place in the code."""
    return rule.operand in _PLACES


def meaning(rule: Rule, oparg: int, pools: Pools) -> Any:
    """What an operand stands for: a value, a name, a pair of a name and bits, or the number.

    The distance of a jump is not looked at.
    """
    form = rule.form
    if form in _CONSTS:
        return pools.consts[oparg]
    if form in _LOCALS or rule.operand == "local":
        return pools.locals[oparg]
    if form in _CELLS or rule.operand == "cell":
        return pools.cells[oparg]
    if form == "fast_pair":
        return pools.locals[oparg >> 4], pools.locals[oparg & 15]
    if form in _BITS:
        bits = _BITS[form]
        return pools.names[oparg >> bits], oparg & ((1 << bits) - 1)
    if form == "method" or rule.operand == "name":
        return pools.names[oparg]
    return oparg


def oparg_of(rule: Rule, value: Any, index: PoolIndices) -> int:
    """The operand that stands for what :func:`meaning` says; LookupError if there is none."""
    form = rule.form
    if form in _CONSTS:
        return index.const(value)
    if form in _LOCALS or rule.operand == "local":
        return index.local(value)
    if form in _CELLS or rule.operand == "cell":
        return index.cell(value)
    if form == "fast_pair":
        first, second = index.local(value[0]), index.local(value[1])
        if max(first, second) > 15:
            raise LookupError(value)
        return first << 4 | second
    if form in _BITS:
        return index.name(value[0]) << _BITS[form] | int(value[1])
    if form == "method" or rule.operand == "name":
        return index.name(value)
    return int(value)
