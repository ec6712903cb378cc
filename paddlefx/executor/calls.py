"""What happens at a call: a graph node, an inlined function, a rule, or a break."""

from __future__ import annotations

import functools
import inspect
import operator
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ..guards import GuardKind
from ..marks import is_constant_result
from ..optimized_layer import WRAPPED
from ..source import AttributeSource, ConstantSource, TypeAttributeSource, TypeSource
from . import functions_outside
from .breaks import Kind
from .exceptions import wording
from .iterators.iteration import all_keys
from .objects.attributes import special_method
from .rules import (
    builtins as rules,
)
from .rules import (
    functional as functional_rules,
)
from .rules import (
    library as library_rules,
)
from .rules import (
    logs as logging_rules,
)
from .rules import (
    operators as operator_rules,
)
from .rules import (
    pure_functions,
)
from .tensors import operations as tensors
from .values import (
    ConstantVariable,
    DictVariable,
    FunctionVariable,
    InstanceVariable,
    MethodVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    TensorVariable,
    Variable,
)

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["bind", "call"]


def call(
    machine: Machine,
    function: Variable,
    args: List[Variable],
    kwargs: Dict[str, Variable],
    direct: bool = False,
) -> Variable:
    """``function(*args, **kwargs)``.

    Args:
        machine: the capture.
        function: what is called.
        args: the positional arguments.
        kwargs: those by name.
        direct: whether the instruction at hand does no more than push the result.

    Raises:
        GraphBreak: the call has to run for real.
        ObservedException: it raises in the plain program.
    """
    if isinstance(function, MethodVariable):
        if function.function is None:
            return rules.call_method(machine, function.receiver, function.name, args, kwargs)
        return call(machine, function.function, [function.receiver, *args], kwargs, direct)
    if isinstance(function, FunctionVariable):
        return _function(machine, function, args, kwargs, direct)
    if isinstance(function, ObjectVariable):
        return _object(machine, function, args, kwargs, direct)
    made = functional_rules.call_made(machine, function, args, kwargs)
    if made is not None:
        return made
    if isinstance(function, ConstantVariable) and isinstance(function.value, GETTERS):
        return operator_rules.getter(machine, function.value, args, kwargs)
    if isinstance(function, ConstantVariable) and not callable(function.value):
        machine.raise_observed(wording.raised_by(function.value))
    return machine.break_graph(Kind.CALL, f"a call of a {function.python_type().__name__}")


def _function(
    machine: Machine,
    function: FunctionVariable,
    args: List[Variable],
    kwargs: Dict[str, Variable],
    direct: bool,
) -> Variable:
    if function.function is not None and id(function.function) not in machine.plain_functions:
        known = _by_rule(machine, function, function.function, args, kwargs, direct)
        if known is not None:
            return known
    return machine.enter(function, bind(machine, function, args, kwargs), direct)


def _by_rule(
    machine: Machine,
    function: FunctionVariable,
    target: Any,
    args: List[Variable],
    kwargs: Dict[str, Variable],
    direct: bool,
) -> Optional[Variable]:
    """What a call of an existing function gives by a rule; ``None`` where it is inlined."""
    rule = library_rules.RULES.get((target.__module__, function.name))
    if rule is None:
        rule = rules.of_function(target)
    if rule is not None:
        return rule(machine, args, kwargs)
    pure = pure_functions.is_pure(machine, target)
    if pure:
        known = pure_functions.purely(machine, target, args, kwargs)
        if known is not None:
            return known
    logging_rules.check(machine, function, args)
    chosen = functional_rules.dispatched(machine, function, args)
    if chosen is not None:
        return machine.call(chosen, args, kwargs, direct)
    _check_rules(machine, target)
    if is_constant_result(target):
        return _constant_result(machine, target, args, kwargs)
    known = _framework_call(machine, target, args, kwargs)
    if known is None and not (
        pure or logging_rules.concerns(target) or functional_rules.dispatches(target)
    ):
        framework = machine.framework
        if not (
            framework.is_op(target) or framework.may_answer(target) or framework.data_read(target)
        ):
            machine.plain_functions[id(target)] = target
    return known


def _check_rules(machine: Machine, function: Any) -> None:
    """Break where the user, or a rule, keeps a function out of graphs."""
    found = machine.services.disabled(function)
    if found is not None:
        reason, refused = found
        machine.break_graph(Kind.REFUSED if refused else Kind.DISABLED, reason)


def _constant_result(
    machine: Machine, function: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """What a function marked with ``assume_constant_result`` gives now, for good."""
    try:
        known = [item.as_constant() for item in args]
        named = {key: item.as_constant() for key, item in kwargs.items()}
    except NotConstant:
        return machine.break_graph(
            Kind.CALL,
            f"{function.__name__} is marked with paddlefx.assume_constant_result, "
            "and its arguments aren't constants",
        )
    try:
        value = function(*known, **named)
    except Exception as error:
        machine.raise_observed(error)
    finally:
        machine.class_attributes.clear()  # the user's code may have changed classes
    return machine.wrap(value, ConstantSource(value, f"{function.__name__}(...)"))


GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)

_TAKES_MORE = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_CACHED = type(functools.lru_cache(maxsize=None)(lambda: None))


def bind(
    machine: Machine, function: FunctionVariable, args: List[Variable], kwargs: Dict[str, Variable]
) -> Dict[str, Variable]:
    """The arguments by parameter name, as CPython binds them.

    Raises:
        ObservedException: TypeError, the call doesn't fit the signature.
    """

    code = function.code
    names = code.co_varnames
    count = code.co_argcount
    if not kwargs and len(args) == count and not (code.co_flags & _TAKES_MORE):
        if not code.co_kwonlyargcount:
            return dict(zip(names, args))

    def refused() -> BaseException:
        functions_outside.guard_defaults(machine, function)
        return wording.of_binding(function, len(args), list(kwargs))

    keyword_only = names[count : count + code.co_kwonlyargcount]
    bound: Dict[str, Variable] = dict(zip(names[:count], args))
    has_varargs = bool(code.co_flags & inspect.CO_VARARGS)
    has_varkeywords = bool(code.co_flags & inspect.CO_VARKEYWORDS)
    if len(args) > count and not has_varargs:
        machine.raise_observed(refused())
    extra: Dict[Any, Variable] = {}
    by_keyword = {*names[code.co_posonlyargcount : count], *keyword_only} if kwargs else ()
    for name, value in kwargs.items():
        if name in by_keyword:
            if name in bound:
                machine.raise_observed(refused())
            bound[name] = value
        elif has_varkeywords:
            extra[name] = value
        else:
            machine.raise_observed(refused())
    first_default = count - len(function.defaults)
    for index in range(count):
        if names[index] not in bound:
            if index < first_default:
                machine.raise_observed(refused())
            bound[names[index]] = function.defaults[index - first_default]
    for name in keyword_only:
        if name not in bound:
            if name not in function.kwdefaults:
                machine.raise_observed(refused())
            bound[name] = function.kwdefaults[name]
    index = count + code.co_kwonlyargcount
    if has_varargs:
        bound[names[index]] = SequenceVariable(args[count:], tuple)
        index += 1
    if has_varkeywords:
        bound[names[index]] = DictVariable(extra)
    return bound


def _object(
    machine: Machine,
    function: ObjectVariable,
    args: List[Variable],
    kwargs: Dict[str, Variable],
    direct: bool,
) -> Variable:
    target = function.value
    if isinstance(function, InstanceVariable):
        called = special_method(machine, function, "__call__")
        if called is not None:
            return call(machine, called, args, kwargs, direct)
        machine.break_graph(Kind.CALL, f"a call of a {type(target).__name__} object")
    plain = machine.services.unwrap(target)
    if plain is not target:
        return call(machine, _plain(machine, function, plain), args, kwargs, direct)
    _check_rules(machine, target)
    if machine.framework.is_layer(target) and not machine.framework.is_op(target):
        method = special_method(machine, function, "__call__")
        if method is not None:
            return call(machine, method, args, kwargs, direct)
    if issubclass(type(target), type):
        if machine.framework.is_constant_type(target):
            found = tensors.constant_call(machine, target, args, kwargs)
            if found is not None:
                return found
        return rules.call_class(machine, target, args, kwargs)
    if issubclass(type(target), (*GETTERS, _CACHED)) and function.source is not None:
        machine.guard(function.source, GuardKind.IS, target)  # what they call can't be asked for
    if issubclass(type(target), GETTERS):
        return operator_rules.getter(machine, target, args, kwargs)
    if issubclass(type(target), _CACHED):
        return functional_rules.call_cached(machine, function, args, kwargs)
    if issubclass(type(target), functools.partial):
        return _partial(machine, function, args, kwargs, direct)
    known = _framework_call(machine, target, args, kwargs)
    if known is not None:
        return known
    if issubclass(type(target), rules.BUILTIN_CALLABLES) or pure_functions.is_pure(machine, target):
        return rules.call_builtin(machine, target, args, kwargs)
    method = special_method(machine, function, "__call__")
    if method is not None:
        return call(machine, method, args, kwargs, direct)
    return machine.break_graph(Kind.CALL, f"a call of a {type(target).__name__} object")


def _plain(machine: Machine, function: ObjectVariable, plain: Any) -> Variable:
    """The plain callable behind an optimised one; captured code calls that."""
    if machine.framework.is_layer(plain) and function.source is not None:
        return machine.wrap(plain, TypeAttributeSource(TypeSource(function.source), WRAPPED))
    if not function.pinned and function.source is not None:
        return machine.wrap(plain, AttributeSource(function.source, "__wrapped__"))
    return machine.wrap(plain, ConstantSource(plain, "optimised"))


def _framework_call(
    machine: Machine, target: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """A call that the framework has an answer for: a node, a known value, or a reason to break."""
    framework = machine.framework
    if framework.is_op(target) and not _copies(machine, target, args, kwargs):
        return tensors.record(machine, target, args, kwargs)
    found = tensors.constant_call(machine, target, args, kwargs)
    if found is None:
        found = tensors.state_call(machine, target, args, kwargs)
    if found is not None:
        return found
    return tensors.read_data(machine, target, args, kwargs)


def _copies(
    machine: Machine, target: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> bool:
    """Whether a function that makes a tensor of constants is given a tensor: it copies that."""
    if not machine.framework.copies_tensors(target):
        return False
    return any(isinstance(item, TensorVariable) for item in [*args[:1], *kwargs.values()])


def _partial(
    machine: Machine,
    function: ObjectVariable,
    args: List[Variable],
    kwargs: Dict[str, Variable],
    direct: bool,
) -> Variable:
    target = function.value
    source = function.source
    assert source is not None
    inner = machine.wrap(target.func, AttributeSource(source, "func"))
    first = machine.wrap(target.args, AttributeSource(source, "args"))
    named = machine.wrap(target.keywords, AttributeSource(source, "keywords"))
    assert isinstance(first, SequenceVariable)
    if not (
        isinstance(named, DictVariable) and all(type(k) is str for k in all_keys(machine, named))
    ):
        machine.break_graph(Kind.CALL, "a partial object whose keywords aren't all texts")
    merged = {key: machine.realise(named.items[key]) for key in all_keys(machine, named)}
    merged.update(kwargs)
    given = [machine.realise(item) for item in first.items] + args
    return call(machine, inner, given, merged, direct)
