"""Arrays whose contents are known: computed in capture for real, made anew by each call.

One that the frame makes is a real array which capture computes with and changes; views of it
are real views, so that what one shows of the other's changes is numpy's own doing. The
program gets copies of what is alive when capture ends, views as views.

One from outside is known under a guard on its contents, where it is small and was found
somewhere, not handed in; it is only read. Where its contents turn out to vary, it is an
object like any other from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from ...guards import GuardKind
from ...source import CellSource, ItemSource, LocalSource, Source
from ..breaks import Kind
from ..values import ConstantVariable, FreshVariable, NotConstant, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = [
    "argument",
    "attribute",
    "call_method",
    "check_shown",
    "concern",
    "evaluate",
    "from_outside",
    "made",
    "update",
]


def from_outside(machine: Machine, value: Any, source: Source) -> Optional[FreshVariable]:
    """An array found at ``source``, under a guard; ``None``: it is an object like any other."""
    arrays = machine.framework.arrays
    if str(source) in machine.services.varying.changing:
        return None
    if value.ndim and _handed_in(source):
        return None
    expected = arrays.snapshot(value)
    if expected is None:
        return None
    machine.guard(source, GuardKind.TYPE, type(value))
    machine.guard(source, GuardKind.BUFFER, expected)
    return machine.arrays.setdefault(id(value), FreshVariable(value, source))


def _handed_in(source: Source) -> bool:
    """Whether a caller, or the frame before a break, gave it: its contents are data."""
    while isinstance(source, ItemSource):
        source = source.base
    return isinstance(source, (CellSource, LocalSource))


def made(machine: Machine, value: Any) -> FreshVariable:
    """The variable of an array that capture computed; the very one where it is known.

    Raises:
        GraphBreak: it refers to objects, which a copy would share.
    """
    arrays = machine.framework.arrays
    known: Optional[FreshVariable] = machine.arrays.get(id(value))
    if known is not None:
        return known
    if not arrays.holds_data(value):
        machine.break_graph(Kind.OPERATION, "an array of objects")
    root = arrays.root(value)
    variable = FreshVariable(value, step=machine.direct_step())
    if root is not value:
        variable.root = made(machine, root)
        if variable.root.source is None:
            variable.window = arrays.window(value)
    machine.arrays[id(value)] = variable
    return variable


def concern(machine: Machine, function: Any, values: Iterable[Any]) -> bool:
    """Whether the array library has a part in a call of ``function`` with ``values``."""
    arrays = machine.framework.arrays
    return arrays.computes(function) or any(_holds(arrays, value) for value in values)


def _holds(arrays: Any, value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds(arrays, item) for item in value)
    if isinstance(value, dict):
        return any(_holds(arrays, item) for item in value.values())
    return bool(arrays.known(value))


def evaluate(
    machine: Machine, function: Callable[..., Any], args: Sequence[Any], kwargs: Dict[str, Any]
) -> Any:
    """``function(*args, **kwargs)`` of data, some of it the array library's.

    Raises:
        GraphBreak: it would warn, which has to happen at each call.
    """
    try:
        with machine.framework.arrays.strictly():
            result = function(*args, **kwargs)
    except FloatingPointError as error:
        machine.break_graph(Kind.CALL, f"a call of numpy that warns: {error}")
    if type(result) is str:
        for item in (*args, *kwargs.values()):
            check_shown(machine, item)
    return result


def check_shown(machine: Machine, value: Any) -> None:
    """Break before an array becomes text: how it looks is a setting of its library.

    Raises:
        GraphBreak: there is one in ``value``.
    """
    if isinstance(value, (list, tuple)):
        for item in value:
            check_shown(machine, item)
    elif isinstance(value, dict):
        for item in value.values():
            check_shown(machine, item)
    elif isinstance(value, machine.framework.arrays.mutable):
        machine.break_graph(Kind.LANGUAGE, "the text of an array")


def update(
    machine: Machine,
    target: FreshVariable,
    function: Callable[..., Any],
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Any:
    """``function(array, *args)``, which writes to the array.

    Raises:
        GraphBreak: the array is from outside, or an argument isn't known; nothing is changed.
    """
    arrays = machine.framework.arrays
    root = arrays.root(target.value)
    owner = machine.arrays.get(id(root))
    if target.source is not None or owner is None or owner.source is not None:
        machine.break_graph(Kind.SIDE_EFFECT, "an array from outside is changed in place")
    try:
        known = [item.as_constant() for item in args]
        named = {key: item.as_constant() for key, item in kwargs.items()}
    except NotConstant:
        machine.break_graph(Kind.SIDE_EFFECT, "an array is changed with what isn't known")
    saved = arrays.copy(root)
    try:
        with arrays.strictly():
            return function(target.value, *known, **named)
    except FloatingPointError as error:
        arrays.restore(root, saved)
        machine.break_graph(Kind.CALL, f"a call of numpy that warns: {error}")
    except Exception as error:
        machine.raise_observed(error)


def call_method(
    machine: Machine,
    target: FreshVariable,
    name: str,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Optional[Any]:
    """A method of an array that writes to it; ``None`` for one that only computes.

    Raises:
        GraphBreak: the method does something else.
    """
    kind = machine.framework.arrays.method(name)
    if kind is None:
        machine.break_graph(Kind.CALL, f"a call of {type(target.value).__name__}.{name}()")
    if kind == "reads":
        return None
    return (update(machine, target, getattr(type(target.value), name), args, kwargs),)


def attribute(machine: Machine, value: Any, name: str) -> None:
    """Check that an attribute of an array or scalar is data.

    Raises:
        GraphBreak: it is something else: the memory, the flags, the array it is a view of.
    """
    arrays = machine.framework.arrays
    if not hasattr(value, name) or arrays.attribute(name) or arrays.method(name) is not None:
        return
    machine.break_graph(Kind.ATTRIBUTE, f"attribute {name!r} of a {type(value).__name__}")


def argument(machine: Machine, value: ConstantVariable, target: Any) -> Optional[Tuple[Any, Any]]:
    """An array or scalar as a graph holds it, and as inference takes it.

    Returns:
        ``None`` where the operation doesn't take such values, or it isn't one. The graph's
        array is a copy that nobody else has.
    """
    arrays = machine.framework.arrays
    if not arrays.known(value.value):
        return None
    takes = machine.framework.takes_arrays(target)
    if isinstance(value, FreshVariable):
        if not takes:
            return None
        array = arrays.copy(value.value)
        return array, array
    if isinstance(value.value, arrays.numbers) and takes:
        return value.value, value.value
    if isinstance(value.value, arrays.numbers) and machine.framework.takes_scalars(target):
        return value.value, value.value.item()
    index = arrays.index(value.value)
    return None if index is None else (value.value, index)
