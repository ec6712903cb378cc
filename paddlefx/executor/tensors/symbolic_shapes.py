"""What an operation gives when sizes or numbers among its arguments vary.

Input: an operation and its arguments, with symbolic numbers in them.
Output: its result's description, the sizes that vary as symbolic numbers.

The framework infers with real numbers only. So it is asked several times, once for each of the
imagined calls (:data:`~paddlefx.symbolic.SAMPLES`; both ends of what the guards let through are
among them), and the sizes that came out are fitted: a number that is there already, ``a * n + b``,
``(n + b) // k``, products and sums. What doesn't fit in every call isn't guessed: numbers are
taken to be equal, bounds become narrower, or the numbers become constants, and capture begins
anew.
"""

from __future__ import annotations

import itertools
import math
import operator
import types
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Tuple

from ...errors import InferenceError
from ...marks import is_allowed
from ...nested import gather
from ...source import ComputedSource, ConstantSource, Source
from ...symbolic import (
    SAMPLES,
    Root,
    Specialise,
    SymbolicNumber,
    compute,
    nothing_but_again,
    samples_of,
)
from ...tensor_meta import TensorMeta
from . import symbolic_index

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["answer", "concrete", "fitted", "infer", "symbols_in", "unknown"]

#: Python functions are inferred by running them: not with numbers beyond this.
_LARGEST_RUN = 2**17

#: Calls with fewer different numbers prove nothing.
_FEWEST = 4

_Outcome = Tuple[Any, Dict[int, TensorMeta]]


class _Differs(Exception):
    """The results of the imagined calls have nothing in common."""


def symbols_in(value: Any) -> Iterator[SymbolicNumber]:
    """Every symbolic number in nested arguments, those in shapes too."""
    return iter(gather((value,), SymbolicNumber))


def _map(value: Any, change: Callable[[SymbolicNumber], Any]) -> Any:
    """A copy of nested arguments with each symbolic number changed."""
    if type(value) is SymbolicNumber:
        return change(value)
    if isinstance(value, TensorMeta):
        return value._replace(shape=tuple([_map(size, change) for size in value.shape]))
    if isinstance(value, (tuple, list)):
        return type(value)([_map(item, change) for item in value])
    if type(value) is dict:
        return {key: _map(item, change) for key, item in value.items()}
    if type(value) is slice:
        return slice(*[_map(part, change) for part in (value.start, value.stop, value.step)])
    return value


def concrete(value: Any) -> Any:
    """Nested arguments as they are in the call at hand; the very ones without symbols."""
    if next(symbols_in(value), None) is None:
        return value
    return _map(value, lambda number: number.value)


def unknown(value: Any) -> Any:
    """Nested descriptions with -1 for each size that varies."""
    return _map(value, lambda number: -1)


def infer(machine: Machine, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> _Outcome:
    """What a call gives, and by index the new descriptions of the arguments that it writes to.

    Args:
        machine: the capture.
        target: the operation.
        args: its arguments, :class:`TensorMeta` for tensors, with symbolic numbers.
        kwargs: its keyword arguments, likewise.

    Raises:
        InferenceError: the framework refuses the arguments of the call at hand.
        Specialise: capture has to begin anew with other bounds or with constants.
    """
    if not machine.symbols or next(symbols_in((args, kwargs)), None) is None:
        return _once(machine, target, args, kwargs)
    if is_allowed(target):  # only running it tells, which isn't for made-up sizes
        next(symbols_in((args, kwargs))).specialise()
    values_only = machine.framework.values_only
    args = tuple(
        [concrete(item) if values_only(target, place) and not isinstance(item, TensorMeta) else item
         for place, item in enumerate(args)]
    )  # fmt: skip
    restore = None
    if target in (operator.getitem, operator.setitem) and isinstance(args[0], TensorMeta):
        args, restore = symbolic_index.simplified(machine, target, args)
    symbols = list({id(item): item for item in symbols_in((args, kwargs))}.values())
    outcome = _sampled(machine, target, args, kwargs, symbols)
    return outcome if restore is None else restore(outcome)


def answer(machine: Machine, function: Any, args: Tuple[Any, ...]) -> Optional[Tuple[Any]]:
    """The value of a call that the framework answers with numbers or lists of them.

    Returns:
        the value, alone in a tuple; ``None`` when it doesn't answer the call.

    Raises:
        Specialise: there is no one formula for it.
    """
    asked = machine.framework.constant_call
    found = asked(function, concrete(args))
    if found is None or found.guards:
        return None
    symbols = list({id(item): item for item in symbols_in(args)}.values())
    if any(type(symbol.value) is not int for symbol in symbols):
        return None
    _bounded(machine, symbols)
    values = [found.value]
    for place in range(1, SAMPLES):

        def chosen(number: SymbolicNumber, place: int = place) -> Any:
            return number.samples[place]

        other = asked(function, _map(args, chosen))
        if other is None:
            break
        values.append(other.value)
    try:
        if len(values) == SAMPLES:
            return (_merged_numbers(values, symbols),)
    except _Differs:
        pass
    raise Specialise(frozenset().union(*[symbol.roots for symbol in symbols]))


def _merged_numbers(values: List[Any], symbols: List[SymbolicNumber]) -> Any:
    first = values[0]
    if any(type(value) is not type(first) for value in values):
        raise _Differs
    if type(first) is int:
        return _size(tuple(values), symbols)
    if type(first) in (list, tuple):
        if any(len(value) != len(first) for value in values):
            raise _Differs
        return type(first)([_merged_numbers(list(row), symbols) for row in zip(*values)])
    return _merge(values, symbols)


def _once(machine: Machine, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> _Outcome:
    framework = machine.framework
    result = framework.infer(target, args, kwargs)
    written = framework.mutates(target, args, kwargs)
    return result, framework.infer_mutation(target, args, kwargs) if written else {}


def _sampled(
    machine: Machine,
    target: Any,
    args: Tuple[Any, ...],
    kwargs: Dict[str, Any],
    symbols: List[SymbolicNumber],
) -> _Outcome:
    if not symbols:
        return _once(machine, target, args, kwargs)
    runs = isinstance(target, types.FunctionType)
    for symbol in symbols:
        if type(symbol.value) is not int:
            symbol.specialise()
        if runs and max(symbol.samples) > _LARGEST_RUN:
            symbol.specialise()
    _bounded(machine, symbols)
    here = _once(machine, target, concrete(args), concrete(kwargs))
    outcome = _merged_outcome(machine, target, args, kwargs, symbols, here)
    if outcome is None:
        _reconsider(machine, target, args, kwargs, symbols, here)
    assert outcome is not None
    return outcome


def _merged_outcome(
    machine: Machine,
    target: Any,
    args: Any,
    kwargs: Any,
    symbols: List[SymbolicNumber],
    here: _Outcome,
) -> Optional[_Outcome]:
    """The one outcome of all imagined calls; ``None`` when there is none."""
    if any(len(set(symbol.samples)) < _FEWEST for symbol in symbols):
        return None
    outcomes = [here]
    for place in range(1, SAMPLES):

        def chosen(number: SymbolicNumber, place: int = place) -> Any:
            return number.samples[place]

        try:
            outcomes.append(_once(machine, target, _map(args, chosen), _map(kwargs, chosen)))
        except InferenceError:
            return None
    try:
        result, changed = _merge(outcomes, symbols)
    except _Differs:
        return None
    return result, changed


def _merge(outcomes: List[Any], symbols: List[SymbolicNumber]) -> Any:
    first = outcomes[0]
    if isinstance(first, TensorMeta):
        if any(not isinstance(other, TensorMeta) for other in outcomes):
            raise _Differs
        if any(other[1:3] != first[1:3] for other in outcomes):
            raise _Differs
        shapes = [other.shape for other in outcomes]
        if any(len(shape) != len(first.shape) for shape in shapes):
            raise _Differs
        return first._replace(shape=tuple([_size(sizes, symbols) for sizes in zip(*shapes)]))
    if isinstance(first, (tuple, list)):
        if any(type(o) is not type(first) or len(o) != len(first) for o in outcomes):
            raise _Differs
        return type(first)([_merge(list(parts), symbols) for parts in zip(*outcomes)])
    if type(first) is dict:
        if any(type(other) is not dict or list(other) != list(first) for other in outcomes):
            raise _Differs
        return {key: _merge([other[key] for other in outcomes], symbols) for key in first}
    if any(type(other) is not type(first) or other != first for other in outcomes):
        raise _Differs
    return first


# -- fitting


def fitted(values: Tuple[int, ...], symbols: List[SymbolicNumber]) -> Any:
    """The int or symbolic number that is ``values`` in the imagined calls; ``None``: none is."""
    try:
        return _size(values, symbols)
    except _Differs:
        return None


def _size(sizes: Tuple[int, ...], symbols: List[SymbolicNumber]) -> Any:
    """The number that is ``sizes`` in the imagined calls."""
    if len(set(sizes)) == 1:
        return sizes[0]
    for symbol in symbols:
        if symbol.samples == sizes:
            return symbol
    for symbol in symbols:
        for fit in (_linear, _quotient):
            found = fit(sizes, symbol)
            if found is not None:
                return found
    for fit_all in (_product, _sum):
        found = fit_all(sizes, symbols)
        if found is not None:
            return found
    raise _Differs


def _checked(found: Optional[SymbolicNumber], sizes: Tuple[int, ...]) -> Optional[SymbolicNumber]:
    return found if found is not None and found.samples == sizes else None


def _combined(function: Any, one: Any, two: Any) -> Any:
    """``one <operator> two``; what changes nothing is left out."""
    if one is None or two is None:
        return None
    if function is operator.add and two == 0 and type(two) is int:
        return one
    if function in (operator.mul, operator.floordiv) and type(two) is int and two == 1:
        return one
    return compute(function, one, two)


def _linear(sizes: Tuple[int, ...], symbol: SymbolicNumber) -> Optional[SymbolicNumber]:
    """``a * symbol + b``."""
    low, high = min(symbol.samples), max(symbol.samples)
    rise = sizes[symbol.samples.index(high)] - sizes[symbol.samples.index(low)]
    if low == high or rise % (high - low) or rise == 0:
        return None
    factor = rise // (high - low)
    offset = sizes[0] - factor * symbol.samples[0]
    return _checked(_combined(operator.add, _combined(operator.mul, symbol, factor), offset), sizes)


def _quotient(sizes: Tuple[int, ...], symbol: SymbolicNumber) -> Optional[SymbolicNumber]:
    """``(symbol + b) // k``: what a strided operation leaves."""
    place = symbol.samples.index(max(symbol.samples))
    if sizes[place] < 1:
        return None
    divisor = round(symbol.samples[place] / sizes[place])
    if divisor < 2:
        return None
    least = max([divisor * size - n for size, n in zip(sizes, symbol.samples)])
    most = min([divisor * size - n + divisor - 1 for size, n in zip(sizes, symbol.samples)])
    if least > most:
        return None
    shifted = _combined(operator.add, symbol, least)
    return _checked(_combined(operator.floordiv, shifted, divisor), sizes)


def _product(sizes: Tuple[int, ...], symbols: List[SymbolicNumber]) -> Optional[SymbolicNumber]:
    """A product of numbers, times or divided by a constant."""
    for count in (2, 3):
        for chosen in itertools.combinations(symbols, count):
            total: Any = chosen[0]
            for factor in chosen[1:]:
                total = _combined(operator.mul, total, factor)
            if total is None or total.value == 0:
                continue
            common = math.gcd(sizes[0], total.value)
            scaled = _combined(operator.mul, total, sizes[0] // common)
            found = _checked(_combined(operator.floordiv, scaled, total.value // common), sizes)
            if found is not None:
                return found
    return None


def _sum(sizes: Tuple[int, ...], symbols: List[SymbolicNumber]) -> Optional[SymbolicNumber]:
    """Two numbers added or subtracted, and a constant."""
    for one, two in itertools.permutations(symbols, 2):
        for function in (operator.add, operator.sub):
            total = compute(function, one, two)
            found = None if total is None else _linear(sizes, total)
            if found is not None:
                return found
    return None


# -- when it doesn't fit


def _roots(machine: Machine, symbols: List[SymbolicNumber]) -> Dict[Root, SymbolicNumber]:
    """The numbers from outside that others are computed from."""
    varying = machine.services.varying
    shared = {varying.same_as(root) for symbol in symbols for root in symbol.roots}
    return {root: machine.symbols[root] for root in sorted(shared) if root in machine.symbols}


def _bounded(machine: Machine, symbols: List[SymbolicNumber]) -> None:
    """A plain number that sizes depend on gets the bounds of a size."""
    varying = machine.services.varying
    for root, symbol in _roots(machine, symbols).items():
        if root[1] < 0 and not varying.narrowed(root):
            low, high = varying.SIZES
            if not low <= symbol.value <= high:
                symbol.specialise()
            varying.narrow(root, low, high)
            nothing_but_again()


def _reconsider(
    machine: Machine,
    target: Any,
    args: Any,
    kwargs: Any,
    symbols: List[SymbolicNumber],
    here: _Outcome,
) -> None:
    """Assume more of the numbers.

    Raises:
        Specialise: always.
    """
    varying = machine.services.varying
    roots = _roots(machine, symbols)
    pairs = [
        (one, other)
        for one, other in itertools.combinations(roots, 2)
        if roots[one].value == roots[other].value
    ]
    for one, other in sorted(pairs, key=lambda pair: pair[0][1] != pair[1][1]):
        varying.unify(one, other)
        nothing_but_again()
    for low, high in varying.narrower([symbol.value for symbol in roots.values()]):
        known: Dict[Source, SymbolicNumber] = {}
        for place, symbol in enumerate(roots.values()):
            known[symbol.source] = SymbolicNumber(
                symbol.source,
                symbol.value,
                low,
                high,
                samples_of(symbol.value, low, high, place),
                symbol.roots,
            )
        again = {id(symbol): _again(symbol.source, known) for symbol in symbols}
        if any(item is None for item in again.values()):
            continue

        def anew(number: SymbolicNumber, again: Dict[int, Any] = again) -> Any:
            return again[id(number)]

        outcome = _merged_outcome(
            machine, target, _map(args, anew), _map(kwargs, anew), list(again.values()), here
        )
        if outcome is not None:
            for root in roots:
                varying.narrow(root, low, high)
            nothing_but_again()
    raise Specialise(frozenset().union(*[symbol.roots for symbol in symbols]))


def _again(source: Source, known: Dict[Source, SymbolicNumber]) -> Any:
    """A number computed anew, from others with other bounds."""
    if source in known:
        return known[source]
    if isinstance(source, ConstantSource):
        return source.value
    if not isinstance(source, ComputedSource):
        return None
    operands = [_again(operand, known) for operand in source.operands]
    return None if any(item is None for item in operands) else compute(source.function, *operands)
