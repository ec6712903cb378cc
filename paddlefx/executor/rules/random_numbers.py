"""``random.Random(seed)`` made in the frame: what it draws is known."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Dict, List

from ..breaks import Kind
from ..values import NotConstant, RandomVariable, Variable
from ..wrapping import from_python, is_literal
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["CLASSES", "call_method"]

#: Methods that draw, or set the state; ``shuffle`` changes what it is given.
_METHODS = frozenset(
    [
        "betavariate",
        "binomialvariate",
        "choice",
        "choices",
        "expovariate",
        "gammavariate",
        "gauss",
        "getrandbits",
        "getstate",
        "lognormvariate",
        "normalvariate",
        "paretovariate",
        "randbytes",
        "randint",
        "random",
        "randrange",
        "sample",
        "seed",
        "setstate",
        "triangular",
        "uniform",
        "vonmisesvariate",
        "weibullvariate",
    ]
)


def _made(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``random.Random(seed)``; without a seed it asks the system for one."""
    seed = args[0].as_constant() if len(args) == 1 and not kwargs else None
    if type(seed) not in (int, float, str, bytes):
        return machine.break_graph(Kind.CALL, "random.Random() without a known seed")
    return RandomVariable(random.Random(seed))  # noqa: S311 - the user asked for this one


def call_method(
    machine: Machine,
    receiver: RandomVariable,
    name: str,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Variable:
    """A method of a generator, called now.

    Raises:
        GraphBreak: an argument isn't immutable data, or the method does more than draw.
    """
    try:
        known = [item.as_constant() for item in args]
        named = {key: item.as_constant() for key, item in kwargs.items()}
    except NotConstant:
        return machine.break_graph(Kind.CALL, f"a call of Random.{name}() of what isn't known")
    given = (*known, *named.values())
    plain = all(is_literal(machine, tuple(i) if type(i) is list else i) for i in given)
    unseeded = name == "seed" and not given
    if name not in _METHODS or not plain or unseeded or None in given:
        return machine.break_graph(Kind.CALL, f"a call of Random.{name}()")
    try:
        drawn = getattr(receiver.value, name)(*known, **named)
    except Exception as error:
        machine.raise_observed(error)
    return from_python(machine, drawn)


CLASSES: Dict[Any, Rule] = {random.Random: _made}
