"""Rules for ``functools``: partial, update_wrapper, cmp_to_key, reduce, caches, singledispatch."""

from __future__ import annotations

import functools
import gc
import types
import weakref
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ...guards import GuardKind
from ...source import ConstantSource, InstanceDictSource, ItemSource
from ..breaks import Kind
from ..iterators import iteration
from ..values import (
    ComparatorVariable,
    CompareKeyVariable,
    ConstantVariable,
    FunctionVariable,
    MethodVariable,
    NotConstant,
    ObjectVariable,
    PartialVariable,
    SequenceVariable,
    Variable,
    WeakReferenceVariable,
)
from ..wrapping import data_of, is_literal
from . import weak_references
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = [
    "FUNCTIONS",
    "attribute_of_partial",
    "call_cached",
    "call_made",
    "dispatched",
    "dispatches",
]


def _callable(value: Variable) -> bool:
    if isinstance(value, (FunctionVariable, PartialVariable)):
        return True
    if isinstance(value, ObjectVariable):
        return callable(value.value)
    return not isinstance(value, ConstantVariable)


# -- partial


def partial(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``functools.partial(function, *args, **kwargs)``; one of a partial is flattened."""
    if not args or not _callable(args[0]):
        error = (
            "type 'partial' takes at least one argument"
            if not args
            else ("the first argument must be callable")
        )
        machine.raise_observed(TypeError(error))
    function, rest = args[0], args[1:]
    if isinstance(function, PartialVariable):
        merged = {**function.kwargs, **kwargs}
        return PartialVariable(function.function, [*function.args, *rest], merged)
    if isinstance(function, ObjectVariable) and isinstance(function.value, functools.partial):
        return machine.break_graph(Kind.CALL, "a partial of a partial from outside")
    return PartialVariable(function, rest, dict(kwargs))


def attribute_of_partial(machine: Machine, value: PartialVariable, name: str) -> Variable:
    """``partial.func``, ``args`` or ``keywords``."""
    if name == "func":
        return value.function
    if name == "args":
        return SequenceVariable(value.args, tuple)
    if name == "keywords":
        return value.keywords
    return machine.break_graph(Kind.ATTRIBUTE, f"attribute {name!r} of a partial")


def call_made(
    machine: Machine, function: Variable, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """A call of what this module's rules made; ``None`` for anything else."""
    if isinstance(function, PartialVariable):
        merged = {**function.kwargs, **kwargs}
        if not all(isinstance(key, str) for key in merged):
            machine.break_graph(Kind.CALL, "a partial object whose keywords aren't all texts")
        return machine.call(function.function, [*function.args, *args], merged)
    if isinstance(function, WeakReferenceVariable):
        return weak_references.referent(machine, function, args, kwargs)
    if isinstance(function, ComparatorVariable) and len(args) == 1 and not kwargs:
        return CompareKeyVariable(function.function, args[0])
    return None


# -- the others


def _cmp_to_key(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if len(args) + len(kwargs) != 1 or set(kwargs) - {"mycmp"}:
        return machine.break_graph(Kind.CALL, "a call of cmp_to_key() with these arguments")
    return ComparatorVariable((args or list(kwargs.values()))[0])


def _reduce(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if not 2 <= len(args) <= 3 or kwargs:
        return machine.break_graph(Kind.CALL, "a call of reduce() with these arguments")
    iterator = iteration.iterate(machine, args[1])
    total = args[2] if len(args) > 2 else iteration.advance(machine, iterator)
    if total is None:
        machine.raise_observed(
            TypeError(_words(lambda: functools.reduce(lambda one, two: one, [])))
        )
    while True:
        item = iteration.advance(machine, iterator)
        if item is None:
            return total
        total = machine.realise(machine.call(args[0], [total, item], {}))


def _words(failing: Callable[[], Any]) -> str:
    try:
        failing()
    except TypeError as error:
        return str(error)
    raise AssertionError("it has to fail")


def update_wrapper(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``functools.update_wrapper(wrapper, wrapped)``, the wrapper a function made in the frame."""
    from ..objects.attributes import get_attribute, has_attribute
    from ..objects.function_attributes import store_in_made

    given = dict(zip(["wrapper", "wrapped", "assigned", "updated"], args))
    given.update(kwargs)
    wrapper, wrapped = given.get("wrapper"), given.get("wrapped")
    defaults = update_defaults()
    for name in ("assigned", "updated"):
        chosen = given.get(name)
        if chosen is None:
            continue
        names = tuple(item.as_constant() for item in iteration.unpacked(machine, chosen))
        if names != defaults[name]:
            machine.break_graph(Kind.CALL, "update_wrapper() with a choice of attributes")
    plain = wrapped  # a bound method's attributes are its function's
    if isinstance(wrapped, MethodVariable) and wrapped.function is not None:
        plain = machine.realise(wrapped.function)
    if (
        not isinstance(wrapper, FunctionVariable)
        or not isinstance(plain, FunctionVariable)
        or wrapper.function is not None
    ):
        return machine.break_graph(Kind.CALL, "update_wrapper() of what isn't made in the frame")
    found: Dict[str, Variable] = {}
    for name in defaults["assigned"]:
        if has_attribute(machine, plain, name):
            found[name] = machine.realise(get_attribute(machine, plain, name))
    if plain.function is None:
        found.update(plain.attributes)
    else:
        table = InstanceDictSource(ConstantSource(plain.function, plain.name))
        own = dict(plain.function.__dict__)  # another thread may change it
        machine.guard(table, GuardKind.KEYS, tuple(own))
        for name, value in own.items():
            found[name] = machine.wrap(value, ItemSource(table, name))
    for name, value in {**found, "__wrapped__": given["wrapped"]}.items():
        store_in_made(machine, wrapper, name, value)
    return wrapper


def update_defaults() -> Dict[str, Any]:
    """What ``functools.update_wrapper`` copies, on this interpreter."""
    return {"assigned": functools.WRAPPER_ASSIGNMENTS, "updated": functools.WRAPPER_UPDATES}


# -- caches


def call_cached(
    machine: Machine, function: ObjectVariable, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """A call of what ``functools.lru_cache`` made, with literals.

    What the cache holds is the result, under a guard that it still does; what it lacks is
    found by inlining the function. Either way the compiled code calls it, for its
    statistics and the order in which it forgets.
    """
    target = function.value
    try:
        known = tuple(data_of(item) for item in args)
    except NotConstant:
        return machine.break_graph(Kind.CALL, "a call of a cached function of unknown values")
    if kwargs or not all(is_literal(machine, item) for item in known):
        return machine.break_graph(Kind.CALL, "a call of a cached function with these arguments")
    table = next((part for part in gc.get_referents(target) if type(part) is dict), None)
    if table is None:
        return machine.break_graph(Kind.CALL, "a call of a cached function")
    source = ConstantSource(table, f"the cache of {target.__name__}")
    keys = _cache_keys(known)
    for key in keys:
        if key in table:
            held = table[key]
            machine.guard(ItemSource(source, key), GuardKind.IS, held)
            result = _held_result(machine, target, table, key)
            if not is_literal(machine, result):
                machine.break_graph(Kind.CALL, "a cached function that gives an object")
            machine.side_effects.call(target, known)
            return machine.opaque(result)
    for key in keys:
        machine.guard(source, GuardKind.LACKS, key)
    before = len(machine.side_effects.log), len(machine.graph)
    inner = machine.wrap(target.__wrapped__, ConstantSource(target.__wrapped__, target.__name__))
    result_of = machine.realise(machine.call(inner, args, {}))
    changed = before != (len(machine.side_effects.log), len(machine.graph))
    if changed or not isinstance(result_of, ConstantVariable):
        machine.break_graph(Kind.CALL, "a call that fills the cache of a function")
    machine.side_effects.call(target, known)
    return result_of


def _cache_keys(known: Any) -> List[Any]:
    """The keys of ``lru_cache_make_key`` in ``Modules/_functoolsmodule.c``, plain and typed."""
    typed = (*known, *map(type, known))
    if len(known) == 1 and type(known[0]) in (int, str):
        return [known[0], typed]
    return [known, typed]


def _held_result(machine: Machine, target: Any, table: Dict[Any, Any], key: Any) -> Any:
    """The result under a key: the value of the table, or in the list of a bounded cache.

    The list is what ``lru_cache_tp_traverse`` visits first: key and result of each link,
    and since 3.9 types between them.
    """
    link = table[key]
    if type(link).__name__ != "_lru_list_elem":
        return link
    kinds = (type(target), type(link))
    parts = [part for part in gc.get_referents(target) if not any(part is kind for kind in kinds)]
    pairs = parts[: 2 * len(table)]
    if not all(any(held is other for other in table) for held in pairs[::2]):
        machine.break_graph(Kind.CALL, "a call of a cached function")
    return next(result for held, result in zip(pairs[::2], pairs[1::2]) if held == key)


# -- singledispatch


@functools.singledispatch
def _sample(value: object) -> None:
    """Any function of ``singledispatch``: they all run the same code."""


_DISPATCHING: types.CodeType = _sample.__code__  # type: ignore[attr-defined]


def dispatches(target: Any) -> bool:
    """Whether a function is one of ``singledispatch``."""
    return getattr(target, "__code__", None) is _DISPATCHING


def dispatched(
    machine: Machine, function: FunctionVariable, args: List[Variable]
) -> Optional[Variable]:
    """What a function of ``singledispatch`` calls; ``None`` when it isn't one."""
    if function.code is not _DISPATCHING or function.function is None or not args:
        return None
    target: Any = function.function
    dispatch = target.dispatch
    cells = dict(zip(dispatch.__code__.co_freevars, dispatch.__closure__))
    registry = cells["registry"].cell_contents
    if type(cells["dispatch_cache"].cell_contents) is not weakref.WeakKeyDictionary:
        return None  # the user's own, which sees what is done with it
    source = ConstantSource(registry, f"the registry of {function.name}")
    machine.guard(source, GuardKind.KEYS, tuple(registry))
    for key, implementation in list(registry.items()):
        machine.guard(ItemSource(source, key), GuardKind.IS, implementation)
    try:
        chosen = dispatch(args[0].python_type())
    except Exception as error:
        machine.raise_observed(error)
    return machine.wrap(chosen, ConstantSource(chosen, function.name))


FUNCTIONS: Dict[Any, Rule] = {
    functools.reduce: _reduce,
    functools.cmp_to_key: _cmp_to_key,
}
