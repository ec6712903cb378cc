"""Building, filling and taking apart containers, and strings made of parts."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, Tuple, Type, TypeVar

from ...ir.instr import Op
from ..breaks import Kind
from ..containers import container_methods
from ..containers.keys import elements_of, found_among, key_of
from ..exceptions import wording
from ..iterators import iteration
from ..operators import texts
from ..values import (
    ConstantVariable,
    DictVariable,
    NotConstant,
    SequenceVariable,
    SetVariable,
    SliceVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["HANDLERS"]

_Kind = TypeVar("_Kind", bound=Variable)


def build_tuple(machine: Machine, frame: Frame, count: int) -> None:
    frame.stack.append(SequenceVariable(frame.pop_many(count), tuple))


def build_list(machine: Machine, frame: Frame, count: int) -> None:
    frame.stack.append(SequenceVariable(frame.pop_many(count), list))


def _known(machine: Machine, value: Variable, what: str) -> Any:
    try:
        return value.as_constant()
    except NotConstant:
        return machine.break_graph(Kind.LANGUAGE, f"{what} that isn't known")


def _key(machine: Machine, value: Variable, known: Iterable[Any], what: str) -> Any:
    return found_among(machine, known, key_of(machine, value, what))


def build_set(machine: Machine, frame: Frame, count: int) -> None:
    frame.stack.append(SetVariable(elements_of(machine, frame.pop_many(count), "a set element")))


def build_string(machine: Machine, frame: Frame, count: int) -> None:
    parts = [_known(machine, item, "a string's part") for item in frame.pop_many(count)]
    frame.stack.append(ConstantVariable("".join(parts)))


def build_slice(machine: Machine, frame: Frame, count: int) -> None:
    parts = frame.pop_many(count)
    if count == 2:
        parts.append(ConstantVariable(None))
    frame.stack.append(SliceVariable(parts))


def build_map(machine: Machine, frame: Frame, count: int) -> None:
    flat = frame.pop_many(2 * count)
    made = DictVariable({})
    for key, value in zip(flat[::2], flat[1::2]):
        made.items[_key(machine, key, made.items, "a dict key")] = value
    frame.stack.append(made)


def build_const_key_map(machine: Machine, frame: Frame, keys: Tuple[Any, ...]) -> None:
    values = frame.pop_many(len(keys))
    frame.stack.append(DictVariable(dict(zip(keys, values))))


def build_unpack(machine: Machine, frame: Frame, arg: Tuple[str, int]) -> None:
    kind, count = arg
    values = frame.pop_many(count)
    if kind in ("map", "kwmap"):
        made = DictVariable({})
        for value in values:
            merge(machine, made, value, strict=kind == "kwmap")
        frame.stack.append(made)
        return
    if kind == "set":
        frame.stack.append(SetVariable([]))
        for value in values:
            frame.stack.append(value)
            set_update(machine, frame, 1)
    else:
        items = [item for value in values for item in iteration.unpacked(machine, value)]
        frame.stack.append(SequenceVariable(items, list if kind == "list" else tuple))


def _target(machine: Machine, frame: Frame, index: int, kind: Type[_Kind]) -> _Kind:
    """The container that a display fills; behind a break in it, it comes from outside."""
    target = frame.stack[-index]
    if not isinstance(target, kind):
        return machine.break_graph(Kind.LANGUAGE, "a container whose elements can't be followed")
    return target


def list_append(machine: Machine, frame: Frame, index: int) -> None:
    target = _target(machine, frame, index + 1, SequenceVariable)
    container_methods.call(machine, target, "append", [frame.stack[-1]], {})
    frame.stack.pop()


def set_add(machine: Machine, frame: Frame, index: int) -> None:
    target = _target(machine, frame, index + 1, SetVariable)
    container_methods.call(machine, target, "add", [frame.stack[-1]], {})
    frame.stack.pop()


def map_add(machine: Machine, frame: Frame, index: int) -> None:
    key, value = frame.stack[-2:]
    target = _target(machine, frame, index + 2, DictVariable)
    known = _key(machine, key, target.items, "a dict key")
    with machine.side_effects.changing(machine, target, "__setitem__", (known,)):
        target.items[known] = value
    del frame.stack[-2:]


def list_extend(machine: Machine, frame: Frame, index: int) -> None:
    value = frame.stack[-1]
    target = _target(machine, frame, index + 1, SequenceVariable)
    if isinstance(value, ConstantVariable) and not hasattr(type(value.value), "__iter__"):
        machine.raise_observed(wording.raised_by(lambda: [*value.value]))
    with machine.side_effects.changing(machine, target, "extend"):
        target.items.extend(iteration.unpacked(machine, value))
    frame.stack.pop()


def set_update(machine: Machine, frame: Frame, index: int) -> None:
    value = frame.stack[-1]
    target = _target(machine, frame, index + 1, SetVariable)
    # As one operation: it settles the order of the elements.
    container_methods.call(machine, target, "update", [value], {})
    frame.stack.pop()


def merge(machine: Machine, target: DictVariable, value: Variable, strict: bool) -> None:
    """``target.update(value)``; ``strict`` refuses a key that is there already."""
    value = container_methods.mapping(machine, value)
    if not isinstance(value, DictVariable):
        machine.break_graph(Kind.LANGUAGE, f"** of a {value.python_type().__name__}")
    for key in iteration.all_keys(machine, value):
        if strict and key in target.items:
            machine.raise_observed(TypeError(f"got multiple values for keyword argument {key!r}"))
    container_methods.update(machine, target, [value], {})


def dict_update(machine: Machine, frame: Frame, index: int) -> None:
    target = _target(machine, frame, index + 1, DictVariable)
    with machine.side_effects.changing(machine, target, "update"):
        merge(machine, target, frame.stack[-1], strict=False)
    frame.stack.pop()


def dict_merge(machine: Machine, frame: Frame, index: int) -> None:
    target = _target(machine, frame, index + 1, DictVariable)
    with machine.side_effects.changing(machine, target, "update"):
        merge(machine, target, frame.stack[-1], strict=True)
    frame.stack.pop()


def list_to_tuple(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(SequenceVariable(iteration.unpacked(machine, frame.stack.pop()), tuple))


def convert(machine: Machine, frame: Frame, kind: str) -> None:
    frame.stack.append(texts.converted(machine, frame.stack.pop(), kind))


def format_(machine: Machine, frame: Frame, has_spec: bool) -> None:
    spec = frame.stack.pop() if has_spec else ConstantVariable("")
    frame.stack.append(texts.formatted(machine, frame.stack.pop(), spec))


def _taken_apart(machine: Machine, value: Variable) -> Iterator[Variable]:
    """The items of what is unpacked.

    Raises:
        ObservedException: there are none (``Python/ceval.c``, ``unpack_iterable``).
    """
    if isinstance(value, ConstantVariable) and not hasattr(value.value, "__iter__"):

        def unpack() -> None:
            _, _ = value.value

        machine.raise_observed(wording.raised_by(unpack))
    return iteration.each(machine, value)


def unpack_sequence(machine: Machine, frame: Frame, count: int) -> None:
    # One more than there are names is asked for.
    items = list(itertools.islice(_taken_apart(machine, frame.stack.pop()), count + 1))
    if len(items) != count:
        machine.raise_observed(wording.of_unpacking(len(items), count))
    frame.stack.extend(reversed(items))


def unpack_ex(machine: Machine, frame: Frame, arg: Tuple[int, int]) -> None:
    before, after = arg
    items = list(_taken_apart(machine, frame.stack.pop()))
    if len(items) < before + after:
        machine.raise_observed(wording.of_unpacking(len(items), before, after))
    middle = items[before : len(items) - after]
    rest = items[len(items) - after :]
    frame.stack.extend(reversed([*items[:before], SequenceVariable(middle, list), *rest]))


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.BUILD_TUPLE: build_tuple,
    Op.BUILD_LIST: build_list,
    Op.BUILD_SET: build_set,
    Op.BUILD_STRING: build_string,
    Op.BUILD_SLICE: build_slice,
    Op.BUILD_MAP: build_map,
    Op.BUILD_CONST_KEY_MAP: build_const_key_map,
    Op.BUILD_UNPACK: build_unpack,
    Op.LIST_APPEND: list_append,
    Op.SET_ADD: set_add,
    Op.MAP_ADD: map_add,
    Op.LIST_EXTEND: list_extend,
    Op.SET_UPDATE: set_update,
    Op.DICT_UPDATE: dict_update,
    Op.DICT_MERGE: dict_merge,
    Op.LIST_TO_TUPLE: list_to_tuple,
    Op.CONVERT: convert,
    Op.FORMAT: format_,
    Op.UNPACK_SEQUENCE: unpack_sequence,
    Op.UNPACK_EX: unpack_ex,
}
