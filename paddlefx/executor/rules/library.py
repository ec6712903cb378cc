"""Rules for library functions whose own code can't be followed, by module and name."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from ...guards import GuardKind
from ...source import ConstantSource
from ..breaks import Kind
from ..values import (
    ConstantVariable,
    DictVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from . import conditional, signatures
from . import functional as functional_rules
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["RULES"]


def _fix(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``decorator.fix(args, kwargs, sig)``: the arguments in the order of a signature.

    The binding itself doesn't look at the values, so the symbolic ones are bound.
    """
    given, named, signature = args
    if (
        not isinstance(signature, (ConstantVariable, ObjectVariable))
        or not isinstance(signature.value, inspect.Signature)
        or not isinstance(given, SequenceVariable)
        or not isinstance(named, DictVariable)
    ):
        return machine.break_graph(Kind.CALL, "a decorated call whose signature isn't known")
    if signature.source is not None:
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
    ("inspect", "signature"): signatures.signature,
    ("functools", "update_wrapper"): functional_rules.update_wrapper,
    **conditional.RULES,
}
