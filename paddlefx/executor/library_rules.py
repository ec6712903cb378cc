"""Rules for library functions whose own code can't be followed, by module and name."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple

from ..guards import GuardKind
from ..source import ConstantSource
from . import functional_rules
from .breaks import Kind
from .values import DictVariable, ObjectVariable, SequenceVariable, Variable

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["RULES"]

Rule = Callable[["Machine", List[Variable], Dict[str, Variable]], Variable]


def _fix(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``decorator.fix(args, kwargs, sig)``: the arguments in the order of a signature.

    The binding itself doesn't look at the values, so the symbolic ones are bound.
    """
    given, named, signature = args
    if (
        not isinstance(signature, ObjectVariable)
        or not isinstance(signature.value, inspect.Signature)
        or not isinstance(given, SequenceVariable)
        or not isinstance(named, DictVariable)
        or signature.source is None
    ):
        return machine.break_graph(Kind.CALL, "a decorated call whose signature isn't known")
    machine.guard(signature.source, GuardKind.IS, signature.value)
    try:
        bound = signature.value.bind(*given.items, **named.items)
    except TypeError as error:
        machine.raise_observed(error)
    bound.apply_defaults()

    def symbolic(value: Any) -> Variable:
        if isinstance(value, Variable):
            return value
        return machine.wrap(value, ConstantSource(value, "default"))

    return SequenceVariable(
        [
            SequenceVariable([symbolic(value) for value in bound.args], tuple),
            DictVariable({key: symbolic(value) for key, value in bound.kwargs.items()}),
        ],
        tuple,
    )


RULES: Dict[Tuple[str, str], Rule] = {
    ("decorator", "fix"): _fix,
    ("functools", "update_wrapper"): functional_rules.update_wrapper,
}
