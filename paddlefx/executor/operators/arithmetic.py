"""Operators over symbolic values: tensors go into the graph, the rest is computed here."""

from __future__ import annotations

import enum
import operator
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ..breaks import GraphBreak, Kind
from ..containers import arrays
from ..objects import object_operators, type_parameters
from ..tensors import operations as tensors
from ..tensors import reading
from ..values import (
    AddressVariable,
    CompareKeyVariable,
    ConstantVariable,
    DequeVariable,
    DictVariable,
    ExceptionVariable,
    FreshVariable,
    FunctionVariable,
    GeneratorVariable,
    IteratorVariable,
    MadeVariable,
    MethodVariable,
    NotConstant,
    NumberVariable,
    ObjectVariable,
    RandomVariable,
    SequenceVariable,
    SetVariable,
    SliceVariable,
    TensorVariable,
    Variable,
    ViewVariable,
    WeakReferenceVariable,
)
from ..wrapping import data_of, from_python
from . import deprecated, digits, numbers, sequences

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["binary", "compare", "equal", "identical", "same_or_equal", "truth", "unary"]

Operator = Callable[..., Any]

#: What an operator of a tensor takes beside it.
_OPERANDS = (TensorVariable, ConstantVariable, NumberVariable)

_IN_PLACE: Dict[Operator, Operator] = {
    operator.iadd: operator.add,
    operator.isub: operator.sub,
    operator.imul: operator.mul,
    operator.itruediv: operator.truediv,
    operator.ifloordiv: operator.floordiv,
    operator.imod: operator.mod,
    operator.ipow: operator.pow,
    operator.imatmul: operator.matmul,
    operator.ilshift: operator.lshift,
    operator.irshift: operator.rshift,
    operator.iand: operator.and_,
    operator.ior: operator.or_,
    operator.ixor: operator.xor,
}


def fold(machine: Machine, function: Operator, values: List[Variable]) -> Optional[Variable]:
    """``function`` of known data; ``None`` when some value isn't known.

    Raises:
        ObservedException: it raises in the plain program too.
    """
    try:
        known = [data_of(value) for value in values]
    except NotConstant:
        return None
    if function is operator.mod and isinstance(known[0], (str, bytes)):
        digits.check_shown(machine, known[1])
    deprecated.check(machine, function, known)
    try:
        if arrays.concern(machine, function, known):
            result = arrays.evaluate(machine, function, known, {})
        else:
            result = function(*known)
    except GraphBreak:
        raise
    except Exception as error:
        machine.raise_observed(error)
    return from_python(machine, result)


#: What most plain computations are made of: operators of these give these again.
_SCALARS = frozenset([int, float, complex, bool, str, bytes, type(None)])


def _of_scalars(machine: Machine, function: Operator, left: Any, right: Any) -> Variable:
    try:
        return ConstantVariable(function(left, right))
    except Exception as error:
        machine.raise_observed(error)


def unary(machine: Machine, function: Operator, value: Variable) -> Variable:
    """``+v``, ``-v`` or ``~v``."""
    if isinstance(value, TensorVariable):
        return tensors.operate(machine, function, [value])
    if isinstance(value, NumberVariable):
        return numbers.unary(machine, function, value)
    if isinstance(value, ConstantVariable):
        folded = fold(machine, function, [value])
        assert folded is not None
        return folded
    if isinstance(value, ObjectVariable):
        found = object_operators.unary(machine, function, value)
        if found is not None:
            return found
    return machine.break_graph(
        Kind.OPERATION, f"{function.__name__} of a {value.python_type().__name__}"
    )


def binary(machine: Machine, function: Operator, left: Variable, right: Variable) -> Variable:
    """``left <operator> right``, in place where the operator says so."""
    plain = _IN_PLACE.get(function, function)
    if type(left) is type(right) is ConstantVariable:
        one, two = left.value, right.value
        shown = plain is operator.mod and isinstance(one, (str, bytes))
        if type(one) in _SCALARS and type(two) in _SCALARS and not shown:
            return _of_scalars(machine, plain, one, two)
    if isinstance(left, TensorVariable) or isinstance(right, TensorVariable):
        left, right = _number(plain, left), _number(plain, right)
        if isinstance(left, _OPERANDS) and isinstance(right, _OPERANDS):
            return tensors.operate(machine, function, [left, right])
    if plain is operator.or_ and (
        isinstance(left, MadeVariable) or isinstance(right, MadeVariable)
    ):
        return type_parameters.union(machine, left, right)
    if isinstance(left, ObjectVariable) or isinstance(right, ObjectVariable):
        name = object_operators.method_name(plain)[2:]
        names = ("__" + name, "__r" + name, "__i" + name)
        one, two = (_as_builtin(machine, value, *names) for value in (left, right))
        if one is not left or two is not right:
            if function is operator.or_:
                for derived, part in ((left, one), (right, two)):
                    cls = derived.python_type()
                    if derived is not part and issubclass(cls, (OrderedDict, defaultdict)):
                        reason = f"a merge makes another {cls.__name__}"
                        machine.break_graph(Kind.OPERATION, reason)
            changed = binary(machine, function, one, two)
            if isinstance(changed, SequenceVariable) and changed.cls is tuple:
                # Only a tuple itself is given back as it is.
                if (changed is one and one is not left) or (changed is two and two is not right):
                    return SequenceVariable(changed.items[:], tuple)
            return left if changed is one else changed
    if numbers.involved(left, right):
        return numbers.binary(machine, plain, left, right)
    if isinstance(left, ConstantVariable) and isinstance(right, ConstantVariable):
        if function is not plain and isinstance(left, FreshVariable):
            return from_python(machine, arrays.update(machine, left, function, [right], {}))
        folded = fold(machine, plain, [left, right])
        assert folded is not None
        return folded
    if plain is operator.mod and isinstance(left, ConstantVariable) and type(left.value) is str:
        folded = fold(machine, plain, [left, right])
        if folded is not None:
            return folded
    if isinstance(left, SequenceVariable):
        result = sequences.binary(machine, function, plain, left, right)
        if result is not None:
            return result
    if isinstance(right, SequenceVariable) and plain is operator.mul:
        result = sequences.binary(machine, plain, plain, right, left)
        if result is not None:
            return result
    from ..containers import deques
    from . import set_operators

    found = set_operators.combine(machine, function, left, right)
    if found is None:
        found = set_operators.merge(machine, function, left, right)
    if found is None and isinstance(left, DequeVariable):
        found = deques.operate(machine, function, left, right)
    if found is not None:
        return found
    return _dunder(machine, function, left, right)


def _as_builtin(machine: Machine, value: Variable, *names: str) -> Variable:
    from ..objects.builtin_parts import as_builtin

    return as_builtin(machine, value, *names)


def _dunder(machine: Machine, function: Operator, left: Variable, right: Variable) -> Variable:
    plain = _IN_PLACE.get(function, function)
    if _enumerated(plain, left) or _enumerated(plain, right):
        folded = fold(machine, plain, [left, right])
        if folded is not None:
            return folded
    found = object_operators.binary(machine, plain, function is not plain, left, right)
    if found is not None:
        return found
    _refused(machine, function, left, right)
    kinds = f"{left.python_type().__name__} and {right.python_type().__name__}"
    return machine.break_graph(Kind.OPERATION, f"operator {plain.__name__} of {kinds}")


#: Types whose empty instances refuse an operator as any others do.
_EMPTIES = (list, tuple, dict, set, frozenset, str, bytes, int, float, OrderedDict, deque)


def _refused(machine: Machine, function: Operator, left: Variable, right: Variable) -> None:
    """Raise the TypeError of operands whose types have no such operator."""
    kinds = (left.python_type(), right.python_type())
    if not all(kind in _EMPTIES for kind in kinds):
        return
    try:
        function(kinds[0](), kinds[1]())
    except TypeError as error:
        machine.raise_observed(error)
    except ArithmeticError:
        return


def _number(function: Operator, value: Variable) -> Variable:
    """The number that a member of an enum of numbers is to a tensor."""
    if _enumerated(function, value) and isinstance(value, ObjectVariable):
        for kind in (int, float):
            if isinstance(value.value, kind):
                return ConstantVariable(kind(value.value))
    return value


def _enumerated(function: Operator, value: Variable) -> bool:
    """Whether it is a member of an enum of data that leaves the operator to the data."""
    if not isinstance(value, ObjectVariable) or not issubclass(type(value.value), enum.Enum):
        return False
    if not isinstance(value.value, (int, float, str, enum.Flag)):
        return False
    name = object_operators.method_name(function)
    return all(
        base.__module__ in ("enum", "builtins")
        for base in type(value.value).__mro__
        if name in base.__dict__ or "__r" + name[2:] in base.__dict__
    )


def compare(machine: Machine, function: Operator, left: Variable, right: Variable) -> Variable:
    """``left <comparison> right``."""
    if type(left) is type(right) is ConstantVariable:
        one, two = left.value, right.value
        if type(one) in _SCALARS and type(two) in _SCALARS:
            return _of_scalars(machine, function, one, two)
    if isinstance(left, TensorVariable) or isinstance(right, TensorVariable):
        if isinstance(left, _OPERANDS) and isinstance(right, _OPERANDS):
            return tensors.operate(machine, function, [left, right])
        return machine.break_graph(Kind.OPERATION, "a comparison of a tensor with an object")
    if numbers.involved(left, right):
        return numbers.compare(machine, function, left, right)
    if _enumerated(function, left) or _enumerated(function, right):
        folded = fold(machine, function, [left, right])
        if folded is not None:
            return folded
    names = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
    left, right = (_as_builtin(machine, value, *names) for value in (left, right))
    if isinstance(left, ObjectVariable) or isinstance(right, ObjectVariable):
        found = object_operators.compare(machine, function, left, right)
        if found is not None:
            return found
    if isinstance(left, ConstantVariable) and isinstance(right, ConstantVariable):
        folded = fold(machine, function, [left, right])
        assert folded is not None
        return folded
    from . import set_operators

    found = set_operators.compare(machine, function, left, right)
    if found is not None:
        return found
    if isinstance(left, CompareKeyVariable) and isinstance(right, CompareKeyVariable):
        order = machine.realise(machine.call(left.function, [left.value, right.value], {}))
        return compare(machine, function, order, ConstantVariable(0))
    if function in (operator.eq, operator.ne):
        same = equal(machine, left, right)
        return ConstantVariable(same if function is operator.eq else not same)
    folded = fold(machine, function, [left, right])
    if folded is not None:
        return folded
    if isinstance(left, SequenceVariable) and isinstance(right, SequenceVariable):
        if issubclass(left.cls, list) == issubclass(right.cls, list):
            return _order(machine, function, left, right)
    kinds = f"{left.python_type().__name__} and {right.python_type().__name__}"
    return machine.break_graph(Kind.OPERATION, f"a comparison of {kinds}")


def _order(
    machine: Machine, function: Operator, left: SequenceVariable, right: SequenceVariable
) -> Variable:
    """The first elements that differ decide (``list_richcompare``, ``tuplerichcompare``)."""
    for mine, other in zip(left.items, right.items):
        one, two = machine.realise(mine), machine.realise(other)
        if not same_or_equal(machine, one, two):
            return compare(machine, function, one, two)
    return ConstantVariable(function(len(left.items), len(right.items)))


def equal(machine: Machine, left: Variable, right: Variable) -> bool:
    """``left == right`` of two values that aren't tensors."""
    if isinstance(left, AddressVariable) and isinstance(right, AddressVariable):
        from . import addresses

        return addresses.equal(machine, left, right)
    left, right = (_as_builtin(machine, value, "__eq__") for value in (left, right))
    if isinstance(left, SequenceVariable) and isinstance(right, SequenceVariable):
        if issubclass(left.cls, list) != issubclass(right.cls, list):
            return False
        if len(left.items) != len(right.items):
            return False
        for mine, other in zip(left.items, right.items):
            one, two = machine.realise(mine), machine.realise(other)
            if not same_or_equal(machine, one, two):
                return False
        return True
    if isinstance(left, DictVariable) and isinstance(right, DictVariable):
        return _equal_dicts(machine, left, right)
    if isinstance(left, DequeVariable) and isinstance(right, DequeVariable):
        return _all_equal(machine, left.items, right.items)
    return _plainly_equal(machine, left, right)


def same_or_equal(machine: Machine, left: Variable, right: Variable) -> bool:
    """What containers ask of two elements, in this order (``PyObject_RichCompareBool``)."""
    if type(left) is type(right) is ConstantVariable:
        one, two = left.value, right.value
        if type(one) is type(two) and type(one) in _SCALARS:
            return one is two or bool(one == two)
    if left is right or equal(machine, left, right):
        return True
    # A number that isn't equal to itself may be the very object.
    if isinstance(left, ConstantVariable) and isinstance(right, ConstantVariable):
        return isinstance(left.value, (float, complex)) and left.value is right.value
    if numbers.involved(left, right) and numbers.may_be_same(left, right):
        numbers.specialise(left, right)
    return False


def _all_equal(machine: Machine, left: List[Variable], right: List[Variable]) -> bool:
    if len(left) != len(right):
        return False
    for mine, other in zip(left, right):
        one, two = machine.realise(mine), machine.realise(other)
        if not same_or_equal(machine, one, two):
            return False
    return True


def _equal_dicts(machine: Machine, left: DictVariable, right: DictVariable) -> bool:
    from ..containers.keys import found_among
    from ..iterators.iteration import all_keys

    if any(kind not in (dict, OrderedDict, defaultdict) for kind in (left.cls, right.cls)):
        return machine.break_graph(Kind.OPERATION, "equality of dicts of a class of its own")
    mine, other = all_keys(machine, left), all_keys(machine, right)
    if len(mine) != len(other):
        return False
    for key in mine:
        held = found_among(machine, other, key)
        if held not in right.items:
            return False
        one, two = machine.realise(left.items[key]), machine.realise(right.items[held])
        if not same_or_equal(machine, one, two):
            return False
    return not (left.cls is OrderedDict and right.cls is OrderedDict and mine != other)


def _container_and_scalar(one: Variable, two: Variable) -> bool:
    """Whether it is a built-in container and a number, text or ``None``: never equal."""
    if not isinstance(one, (SequenceVariable, DictVariable, DequeVariable, SetVariable)):
        return False
    return (
        isinstance(two, ConstantVariable)
        and type(two.value) in _SCALARS
        and one.cls in (list, tuple, dict, OrderedDict, deque, set, frozenset)
    )


def _plainly_equal(machine: Machine, left: Variable, right: Variable) -> bool:
    if isinstance(left, TensorVariable) or isinstance(right, TensorVariable):
        machine.break_graph(Kind.DATA, "the truth of a comparison of tensors")
    if isinstance(left, SequenceVariable) and isinstance(right, SequenceVariable):
        return equal(machine, left, right)
    for kind in (DictVariable, DequeVariable):
        if isinstance(left, kind) and isinstance(right, kind):
            return equal(machine, left, right)
    if numbers.involved(left, right):
        return truth(machine, numbers.compare(machine, operator.eq, left, right))
    if _container_and_scalar(left, right) or _container_and_scalar(right, left):
        return False  # before what it holds, which may be much, is looked at
    try:
        one, two = left.as_constant(), right.as_constant()
    except NotConstant:
        pass
    else:
        if arrays.concern(machine, None, (one, two)):
            return truth(machine, from_python(machine, _evaluated(machine, one, two)))
        if _safe_equality(machine, one) and _safe_equality(machine, two):
            return bool(one == two)
    kinds = (left.python_type(), right.python_type())
    if all(_plain_equality(kind) for kind in kinds):
        return identical(machine, left, right)
    data = (ConstantVariable, SequenceVariable, DictVariable, SetVariable)
    if isinstance(left, data) and isinstance(right, data) and kinds[0] is not kinds[1]:
        families = (list, tuple, dict, set, frozenset, str, bytes, type(None))
        of = [next((f for f in families if issubclass(kind, f)), None) for kind in kinds]
        if of[0] is not of[1] and {of[0], of[1]} != {set, frozenset}:
            return False
    if isinstance(left, ObjectVariable) or isinstance(right, ObjectVariable):
        found = object_operators.compare(machine, operator.eq, left, right)
        if found is not None:
            return truth(machine, found)
        if all(
            isinstance(value, data) or _plain_equality(kind)
            for value, kind in zip((left, right), kinds)
        ):
            return identical(machine, left, right)
    return machine.break_graph(
        Kind.OPERATION, f"equality of {kinds[0].__name__} and {kinds[1].__name__}"
    )


def _evaluated(machine: Machine, one: Any, two: Any) -> Any:
    """``one == two`` of data among which there are arrays."""
    try:
        return arrays.evaluate(machine, operator.eq, [one, two], {})
    except GraphBreak:
        raise
    except Exception as error:
        machine.raise_observed(error)


def _plain_equality(kind: type, of: type = object) -> bool:
    method: Any = kind.__eq__
    return method is of.__eq__


def _safe_equality(machine: Machine, value: Any) -> bool:
    """Whether comparing ``value`` runs no user code."""
    kind = type(value)
    if machine.framework.is_constant(value):
        return True
    if issubclass(kind, type):
        return _plain_equality(kind, type)
    if kind.__flags__ & (1 << 9):  # a class made in Python
        of_data = any(_plain_equality(kind, base) for base in (int, float, str, bytes))
        return of_data or _plain_equality(kind)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(_safe_equality(machine, item) for item in value)
    if isinstance(value, dict):
        return all(_safe_equality(machine, item) for item in value.values())
    return True


def identical(machine: Machine, left: Variable, right: Variable) -> bool:
    """``left is right``."""
    if left is right:
        return True
    if isinstance(left, FreshVariable) or isinstance(right, FreshVariable):
        return _same_array(machine, left, right)
    if isinstance(left, ConstantVariable) and isinstance(right, ConstantVariable):
        singletons = (bool, type(None), type(Ellipsis), type(NotImplemented))
        if isinstance(left.value, singletons) or isinstance(right.value, singletons):
            return left.value is right.value
        if type(left.value) is not type(right.value):
            return False
        if (left.source is None and right.source is None) or left.value is not right.value:
            if machine.framework.is_constant(left.value):
                return left.value is right.value
        return machine.break_graph(
            Kind.OPERATION, "the identity of numbers or strings, which Python doesn't define"
        )
    if left.python_type() is not right.python_type():
        return False
    if isinstance(left, SequenceVariable) and isinstance(right, SequenceVariable):
        if left.cls is tuple and not left.items and not right.items:
            return True  # there is one empty tuple
    known = left.is_constant() and right.is_constant() and not isinstance(left, SetVariable)
    if known and _existing(left) and _existing(right):
        return left.as_constant() is right.as_constant()
    same = machine.identities.same(machine, left, right)
    if same is not None:
        return same
    if isinstance(left, TensorVariable) and isinstance(right, TensorVariable):
        if left.source is None and right.source is None and left.node is right.node:
            return machine.break_graph(Kind.OPERATION, "the identity of two tensors")
    elif _existing(left) and _existing(right):
        return machine.break_graph(Kind.OPERATION, "the identity of two objects from outside")
    return False


def _same_array(machine: Machine, left: Variable, right: Variable) -> bool:
    """Identity with an array or bytearray; each that the frame makes is another one."""
    if left.python_type() is not right.python_type():
        return False
    if left.source is None or right.source is None:
        return False
    return machine.break_graph(Kind.OPERATION, "the identity of two objects from outside")


def _existing(value: Variable) -> bool:
    """Whether it stands for an object that is there before the frame runs."""
    if isinstance(value, FunctionVariable):
        return value.function is not None
    return value.source is not None or (isinstance(value, ObjectVariable) and value.pinned)


def truth(machine: Machine, value: Variable) -> bool:
    """``bool(value)``.

    Raises:
        GraphBreak: it depends on a tensor's data.
    """
    if isinstance(value, ConstantVariable):
        known = value.value
        if known is NotImplemented:
            machine.break_graph(Kind.CALL, "the truth of NotImplemented, which warns")
        if type(known) in _SCALARS or not arrays.concern(machine, None, [known]):
            return bool(known)
        folded = fold(machine, operator.truth, [value])
        assert folded is not None
        return bool(folded.as_constant())
    if isinstance(value, NumberVariable):
        return numbers.truth(machine, value)
    if isinstance(value, TensorVariable):
        asked = reading.asked(machine, value, "__bool__")
        if isinstance(asked, ConstantVariable):
            return bool(asked.value)
        return machine.break_graph(
            Kind.DATA,
            "a branch on the value of a tensor",
            "both sides are compiled on their own; use paddle.where to keep one graph",
        )
    if isinstance(value, (SequenceVariable, SetVariable, DequeVariable)):
        return bool(value.items)
    if isinstance(value, DictVariable):
        from ..iterators.iteration import length

        return bool(length(machine, value).as_constant())
    if isinstance(value, ViewVariable):
        return truth(machine, value.over)
    if isinstance(
        value,
        (
            FunctionVariable,
            MethodVariable,
            SliceVariable,
            IteratorVariable,
            GeneratorVariable,
            ExceptionVariable,
            RandomVariable,
            WeakReferenceVariable,
        ),
    ):
        return True
    if isinstance(value, ObjectVariable):
        return _object_truth(machine, value)
    return machine.break_graph(Kind.OPERATION, f"the truth of a {type(value).__name__}")


def _object_truth(machine: Machine, value: ObjectVariable) -> bool:
    from ..objects.attributes import ABSENT, special_method, type_attribute

    kind = type(value.value)
    for name in ("__bool__", "__len__"):
        if type_attribute(machine, kind, name) is not ABSENT:
            method = special_method(machine, value, name)
            if method is not None:
                return truth(machine, machine.call(method, [], {}))
            part = _as_builtin(machine, value)
            if part is not value:
                return truth(machine, part)
            return machine.break_graph(Kind.OPERATION, f"the truth of a {kind.__name__}")
    return True
