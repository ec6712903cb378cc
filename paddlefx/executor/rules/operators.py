"""Rules for the functions of ``operator``, which do what the operators do."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Callable, Dict, List

from ..breaks import Kind
from ..iterators import iteration
from ..operators import arithmetic, membership
from ..values import ConstantVariable, Variable
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["FUNCTIONS", "getter"]

_NONE = ConstantVariable(None)


def _arity(function: Any, count: int, does: Callable[..., Variable]) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if len(args) != count or kwargs:
            try:
                function(*[0] * len(args), **dict.fromkeys(kwargs, 0))
            except TypeError as error:
                machine.raise_observed(error)
        return does(machine, *args)

    return rule


def _through(does: Callable[..., Variable], function: Any, count: int) -> Rule:
    return _arity(function, count, lambda machine, *args: does(machine, function, *args))


def _truth(machine: Machine, value: Variable) -> Variable:
    return ConstantVariable(arithmetic.truth(machine, value))


def _not(machine: Machine, value: Variable) -> Variable:
    return ConstantVariable(not arithmetic.truth(machine, value))


def _is(machine: Machine, left: Variable, right: Variable) -> Variable:
    return ConstantVariable(arithmetic.identical(machine, left, right))


def _is_not(machine: Machine, left: Variable, right: Variable) -> Variable:
    return ConstantVariable(not arithmetic.identical(machine, left, right))


def _contains(machine: Machine, container: Variable, item: Variable) -> Variable:
    return ConstantVariable(membership.contains(machine, item, container))


def _get_item(machine: Machine, container: Variable, key: Variable) -> Variable:
    from ..operators.subscripts import get_item

    return get_item(machine, container, key)


def _set_item(machine: Machine, container: Variable, key: Variable, value: Variable) -> Variable:
    from ..operators.subscripts import set_item

    set_item(machine, container, key, value)
    return _NONE


def _del_item(machine: Machine, container: Variable, key: Variable) -> Variable:
    from ..operators.subscripts import delete_item

    delete_item(machine, container, key)
    return _NONE


def _concat(machine: Machine, left: Variable, right: Variable) -> Variable:
    return arithmetic.binary(machine, operator.add, left, right)


def _count_of(machine: Machine, over: Variable, value: Variable) -> Variable:
    found = 0
    for item in iteration.each(machine, over):
        found += arithmetic.same_or_equal(machine, item, value)
    return ConstantVariable(found)


def getter(
    machine: Machine, made: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """A call of an ``itemgetter``, ``attrgetter`` or ``methodcaller``.

    Raises:
        GraphBreak: it takes one argument by position, and was given others.
    """
    if kwargs or len(args) != 1:
        name = type(made).__name__
        machine.break_graph(Kind.EXCEPTION, f"a call of {name}() with arguments that don't fit")
    (value,) = args
    kind, state = made.__reduce__()[:2]
    if isinstance(made, operator.methodcaller):
        return _call_method(machine, value, made)
    del kind
    found = [
        _get_item(machine, value, _constant(machine, key))
        if isinstance(made, operator.itemgetter)
        else _attribute(machine, value, key)
        for key in state
    ]
    found = [machine.realise(item) for item in found]
    from ..values import SequenceVariable

    return found[0] if len(found) == 1 else SequenceVariable(found, tuple)


def _constant(machine: Machine, key: Any) -> Variable:
    from ..wrapping import from_python

    return from_python(machine, key)


def _attribute(machine: Machine, value: Variable, path: str) -> Variable:
    for name in path.split("."):
        value = machine.realise(machine.get_attribute(value, name))
    return value


def _call_method(machine: Machine, value: Variable, made: Any) -> Variable:
    import functools

    kind, state = made.__reduce__()[:2]
    named: Dict[str, Any] = {}
    if isinstance(kind, functools.partial):  # with keywords
        named = dict(kind.keywords)
        name, rest = kind.args[0], state
    else:
        name, rest = state[0], state[1:]
    return machine.call(
        machine.get_attribute(value, name),
        [_constant(machine, item) for item in rest],
        {key: _constant(machine, item) for key, item in named.items()},
    )


_BINARY = [
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor",
    "lshift", "rshift", "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow",
    "imatmul", "iand", "ior", "ixor", "ilshift", "irshift",
]  # fmt: skip

FUNCTIONS: Dict[Any, Rule] = {
    **{
        getattr(operator, name): _through(arithmetic.binary, getattr(operator, name), 2)
        for name in _BINARY
    },
    **{
        getattr(operator, name): _through(arithmetic.compare, getattr(operator, name), 2)
        for name in ("lt", "le", "eq", "ne", "gt", "ge")
    },
    **{
        getattr(operator, name): _through(arithmetic.unary, getattr(operator, name), 1)
        for name in ("neg", "pos", "invert")
    },
    operator.truth: _arity(operator.truth, 1, _truth),
    operator.not_: _arity(operator.not_, 1, _not),
    operator.is_: _arity(operator.is_, 2, _is),
    operator.is_not: _arity(operator.is_not, 2, _is_not),
    operator.contains: _arity(operator.contains, 2, _contains),
    operator.getitem: _arity(operator.getitem, 2, _get_item),
    operator.setitem: _arity(operator.setitem, 3, _set_item),
    operator.delitem: _arity(operator.delitem, 2, _del_item),
    operator.concat: _arity(operator.concat, 2, _concat),
    operator.countOf: _arity(operator.countOf, 2, _count_of),
}
