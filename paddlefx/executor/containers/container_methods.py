"""Methods of lists, tuples, dicts, sets and generators whose elements are symbolic."""

from __future__ import annotations

import operator
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ..breaks import Kind
from ..exceptions import wording
from ..iterators import generators, iteration
from ..objects.attributes import has_attribute
from ..operators import arithmetic
from ..operators.subscripts import guard_key, missing
from ..values import (
    ConstantVariable,
    DefaultDictVariable,
    DequeVariable,
    DictVariable,
    GeneratorVariable,
    IteratorVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    SliceVariable,
    Variable,
    ViewVariable,
)
from ..wrapping import data_of, from_python
from . import deques, set_methods
from .keys import found_among, key_of

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["call", "mapping", "not_of_base", "sort", "update"]


def call(
    machine: Machine,
    receiver: Variable,
    name: str,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Variable:
    """``receiver.name(*args, **kwargs)`` of a container or iterator."""
    table: Dict[str, Callable[..., Variable]] = {}
    if isinstance(receiver, SequenceVariable):
        table = _SEQUENCE
    elif isinstance(receiver, DictVariable):
        table = _DICT
    elif isinstance(receiver, SetVariable):
        return set_methods.call(machine, receiver, name, args)
    elif isinstance(receiver, DequeVariable):
        table = deques.METHODS
    elif isinstance(receiver, SliceVariable):
        table = _SLICE
    elif isinstance(receiver, GeneratorVariable):
        table = generators.METHODS
    elif isinstance(receiver, IteratorVariable):
        table = generators.ITERATOR_METHODS
    elif isinstance(receiver, ViewVariable) and name in ("__iter__", "__len__", "__contains__"):
        table = _VIEW
    rule = table.get(name)
    if rule is None:
        kind = receiver.python_type().__name__
        return machine.break_graph(Kind.CALL, f"method {name!r} of a {kind}")
    if table is _DICT:
        fewest, most, keywords = _ARGUMENTS.get(name, (0, len(args), tuple(kwargs)))
        if not fewest <= len(args) <= most or set(kwargs) - set(keywords):
            return machine.break_graph(Kind.CALL, f"{name}() of a dict with these arguments")
    if name in _CHANGES and receiver.source is not None and table is not deques.METHODS:
        key = _single(machine, receiver, name, args)
        with machine.side_effects.changing(machine, receiver, name, key):
            return rule(machine, receiver, args, kwargs)
    return rule(machine, receiver, args, kwargs)


def _single(
    machine: Machine, receiver: Variable, name: str, args: List[Variable]
) -> Optional[Tuple[Any]]:
    """In a tuple, the only key or index that a method touches, where that is plain to see."""
    if name == "pop" and isinstance(receiver, SequenceVariable):
        return None if args else (-1,)
    if name not in ("pop", "setdefault") or machine.hashed_keys or machine.addresses:
        return None
    known = args[0].value if args and isinstance(args[0], ConstantVariable) else None
    return (known,) if type(known) in (int, str) else None


#: Methods that change a list or dict; those of items log that themselves.
_CHANGES = frozenset(
    [
        "append",
        "extend",
        "insert",
        "pop",
        "popitem",
        "remove",
        "clear",
        "reverse",
        "sort",
        "update",
        "setdefault",
        "move_to_end",
    ]
)
#: They log what they do themselves.
_OF_ITEMS = frozenset(["__setitem__", "__delitem__"])
_NONE = ConstantVariable(None)


def not_of_base(machine: Machine, value: Variable, owner: type, name: str) -> None:
    """Refuse a method of ``dict`` that changes an OrderedDict without its knowing.

    Raises:
        GraphBreak: it is one.
    """
    changes = name in _CHANGES or name in _OF_ITEMS
    if owner is dict and changes and issubclass(value.python_type(), OrderedDict):
        machine.break_graph(Kind.CALL, f"dict.{name}() of an OrderedDict")


def _index(machine: Machine, value: Variable) -> int:
    try:
        return operator.index(value.as_constant())
    except (NotConstant, TypeError):
        return machine.break_graph(Kind.OPERATION, "an index that isn't known")


# -- sequences


def _append(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    self.push(args[0])
    return _NONE


def _extend(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    given = args[0]
    if self.source is not None and isinstance(given, SequenceVariable):
        # Elements that only move on to a list from outside are not looked at.
        for item in list(given.items):
            self.push(item)
        return _NONE
    for item in iteration.each(machine, given):
        self.push(item)
    return _NONE


def _insert(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    self.items.insert(_index(machine, args[0]), args[1])
    return _NONE


def _pop(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    index = _index(machine, args[0]) if args else -1
    try:
        value = machine.realise(self.items[index])
    except IndexError:
        machine.raise_observed(
            IndexError("pop index out of range" if self.items else "pop from empty list"),
            worded=True,
        )
    del self.items[index]
    return value


def _clear(machine: Machine, self: Any, args: Any, kwargs: Any) -> Variable:
    self.items.clear()
    return _NONE


def _reverse(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    self.items.reverse()
    return _NONE


def _copy_list(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    return SequenceVariable(self.items, list)


def _position(machine: Machine, self: SequenceVariable, value: Variable) -> int:
    for index, item in enumerate(self.items):
        other = machine.realise(item)
        if arithmetic.same_or_equal(machine, other, value):
            return index
    return -1


def _find(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    if len(args) != 1:
        return machine.break_graph(Kind.CALL, "index() with bounds")
    index = _position(machine, self, args[0])
    if index < 0:
        try:
            error = wording.raised_by(self.cls().index, args[0].as_constant())
        except NotConstant:
            error = ValueError("an object isn't in the list")
        machine.raise_observed(error)
    return ConstantVariable(index)


def _remove(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    index = _position(machine, self, args[0])
    if index < 0:
        machine.raise_observed(ValueError("list.remove(x): x not in list"), worded=True)
    del self.items[index]
    return _NONE


def _count(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    found = 0
    for item in self.items:
        other = machine.realise(item)
        found += arithmetic.same_or_equal(machine, other, args[0])
    return ConstantVariable(found)


def sort(
    machine: Machine,
    items: List[Variable],
    kwargs: Dict[str, Variable],
    into: Optional[List[Variable]] = None,
) -> List[Variable]:
    """``sorted(items, **kwargs)``; the keys have to be known.

    Args:
        machine: the capture.
        items: what is sorted.
        kwargs: of the call.
        into: takes the result; where a comparison raises, the order reached by then.
    """
    key = kwargs.get("key")
    if set(kwargs) - {"key", "reverse"}:
        machine.break_graph(Kind.CALL, "a sort with these arguments")
    reverse = arithmetic.truth(machine, kwargs["reverse"]) if "reverse" in kwargs else False
    keys = items
    if key is not None and not (isinstance(key, ConstantVariable) and key.value is None):
        keys = [machine.realise(machine.call(key, [item], {})) for item in items]
    try:
        known: List[Any] = [data_of(item) for item in keys]
    except NotConstant:
        known = [_Ordered(machine, item) for item in keys]
    order = list(range(len(items)))
    try:
        order.sort(key=known.__getitem__, reverse=reverse)
    except TypeError as error:
        machine.raise_observed(error)
    finally:
        found = [items[index] for index in order]
        if into is not None:
            into[:] = found
    return found


class _Ordered:
    """A key that CPython's sort compares as it compares the symbolic value."""

    def __init__(self, machine: Machine, value: Variable) -> None:
        self.machine = machine
        self.value = value

    def __lt__(self, other: _Ordered) -> bool:
        found = arithmetic.compare(self.machine, operator.lt, self.value, other.value)
        return arithmetic.truth(self.machine, found)


def _sort(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    sort(machine, [machine.realise(item) for item in self.items], kwargs, self.items)
    return _NONE


def _length(machine: Machine, self: Variable, args: Any, kwargs: Any) -> Variable:
    return iteration.length(machine, self)


def _iterate(machine: Machine, self: Variable, args: Any, kwargs: Any) -> Variable:
    return iteration.iterate(machine, self)


def _contains(machine: Machine, self: Variable, args: Any, kwargs: Any) -> Variable:
    from ..operators.membership import contains

    return ConstantVariable(contains(machine, args[0], self))


def _get_item(machine: Machine, self: Variable, args: Any, kwargs: Any) -> Variable:
    from ..operators.subscripts import get_item

    return get_item(machine, self, args[0])


def _set_item(machine: Machine, self: Variable, args: Any, kwargs: Any) -> Variable:
    from ..operators.subscripts import set_item

    set_item(machine, self, args[0], args[1])
    return _NONE


def _new_sized(machine: Machine, self: SequenceVariable, args: Any, kwargs: Any) -> Variable:
    total = 1
    for item in self.items:
        total *= _index(machine, item)
    return ConstantVariable(total)


_VIEW = {"__iter__": _iterate, "__len__": _length, "__contains__": _contains}
_SEQUENCE: Dict[str, Callable[..., Variable]] = {
    **_VIEW,
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "clear": _clear,
    "reverse": _reverse,
    "copy": _copy_list,
    "index": _find,
    "remove": _remove,
    "count": _count,
    "sort": _sort,
    "__getitem__": _get_item,
    "__setitem__": _set_item,
    "numel": _new_sized,
}


# -- slices


def _indices(machine: Machine, self: SliceVariable, args: Any, kwargs: Any) -> Variable:
    try:
        return from_python(machine, self.as_constant().indices(*[a.as_constant() for a in args]))
    except (TypeError, ValueError) as error:
        machine.raise_observed(error)


_SLICE: Dict[str, Callable[..., Variable]] = {"indices": _indices}


# -- dicts


def _key(machine: Machine, self: DictVariable, value: Variable) -> Any:
    return found_among(machine, self.items, key_of(machine, value))


def _item(machine: Machine, self: DictVariable, key: Any) -> Variable:
    self.items[key] = machine.realise(self.items[key])
    return self.items[key]


def _get(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    key = _key(machine, self, args[0])
    if guard_key(machine, self, key):
        return _item(machine, self, key)
    fallback: Variable = args[1] if len(args) > 1 else kwargs.get("default", _NONE)
    return fallback


def _view(kind: str) -> Callable[..., Variable]:
    def rule(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
        return ViewVariable(self, kind)

    return rule


def _pop_key(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    key = _key(machine, self, args[0])
    if guard_key(machine, self, key):
        value = machine.realise(self.items[key])
        del self.items[key]
        return value
    if len(args) > 1:
        fallback: Variable = args[1]
        return fallback
    machine.raise_observed(KeyError(key), worded=True)


def _pop_item(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    if not self.items:
        machine.raise_observed(wording.raised_by(self.cls().popitem))
    last = args[0] if args else kwargs.get("last", ConstantVariable(True))
    if len(args) > 1 or set(kwargs) - {"last"} or ((args or kwargs) and not _ordered(self)):
        return machine.break_graph(Kind.CALL, "popitem() with arguments")
    key = list(self.items)[-1 if arithmetic.truth(machine, last) else 0]
    value = machine.realise(self.items[key])
    del self.items[key]
    return SequenceVariable([from_python(machine, key), value], tuple)


def _ordered(self: DictVariable) -> bool:
    return issubclass(self.cls, OrderedDict)


def _move_to_end(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    if not _ordered(self) or not 1 <= len(args) <= 2 or set(kwargs) - {"last"}:
        return machine.break_graph(Kind.CALL, "move_to_end() with these arguments")
    last = args[1] if len(args) > 1 else kwargs.get("last", ConstantVariable(True))
    key = _key(machine, self, args[0])
    if key not in iteration.all_keys(machine, self):
        machine.raise_observed(KeyError(key), worded=True)
    value = self.items.pop(key)
    if arithmetic.truth(machine, last):
        self.items[key] = value
    else:
        rest = dict(self.items)
        self.items.clear()
        self.items[key] = value
        self.items.update(rest)
    return _NONE


def _missing(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    if not isinstance(self, DefaultDictVariable):
        return machine.break_graph(Kind.CALL, "a call of __missing__()")
    return missing(machine, self, _key(machine, self, args[0]))


def _delete_key(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    from ..operators.subscripts import delete_item

    delete_item(machine, self, args[0])
    return _NONE


def _equal(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    return arithmetic.compare(machine, operator.eq, self, args[0])


def _set_default(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    key = _key(machine, self, args[0])
    if not guard_key(machine, self, key):
        self.items[key] = args[1] if len(args) > 1 else _NONE
    return _item(machine, self, key)


def mapping(machine: Machine, value: Variable) -> Variable:
    """The items of a dict's subclass in its place, where it gives them as dict does."""
    from ..objects.builtin_parts import as_builtin

    names = ("keys", "__getitem__", "__iter__")
    if isinstance(value, ObjectVariable) and isinstance(value.value, OrderedDict):
        found = as_builtin(machine, value, "keys", "__iter__")
        if isinstance(found, DictVariable) and as_builtin(machine, value, *names) is value:
            from ..operators.subscripts import get_item

            keys = iteration.all_keys(machine, found)
            return DictVariable(
                {key: get_item(machine, value, from_python(machine, key)) for key in keys}
            )
        return found
    return as_builtin(machine, value, "__iter__")


def update(
    machine: Machine, self: DictVariable, args: List[Variable], kwargs: Dict[str, Variable]
) -> None:
    """``self.update(*args, **kwargs)``."""
    for item in args:
        given = mapping(machine, item)
        if isinstance(given, DictVariable):
            for key in iteration.all_keys(machine, given):
                self.items[found_among(machine, self.items, key)] = _item(machine, given, key)
            continue
        if isinstance(given, ObjectVariable) and has_attribute(machine, given, "keys"):
            _merge_mapping(machine, self, given)
            continue
        for number, pair in enumerate(iteration.each(machine, given)):
            known = pair.value if isinstance(pair, ConstantVariable) else ()
            both = iteration.unpacked(machine, pair) if hasattr(known, "__iter__") else []
            if len(both) != 2:
                wrong = (0,) * len(both) if hasattr(known, "__iter__") else known
                pairs = [(0, 0)] * number + [wrong]
                machine.raise_observed(wording.raised_by(self.cls().update, pairs))
            self.items[_key(machine, self, both[0])] = both[1]
    self.items.update(kwargs)


def _merge_mapping(machine: Machine, self: DictVariable, given: ObjectVariable) -> None:
    """Take over what a mapping gives by ``keys`` and ``[]`` (``dict_merge``)."""
    from ..operators.subscripts import get_item

    keys = machine.call(machine.get_attribute(given, "keys"), [], {})
    for key in iteration.unpacked(machine, keys):
        self.items[_key(machine, self, key)] = get_item(machine, given, key)


def _update(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    update(machine, self, args, kwargs)
    return _NONE


def _copy_dict(machine: Machine, self: DictVariable, args: Any, kwargs: Any) -> Variable:
    made = DictVariable({}, self.cls)
    if isinstance(self, DefaultDictVariable):
        made = DefaultDictVariable(self.factory, {})
    update(machine, made, [self], {})
    return made


#: Methods of dicts: the fewest and most arguments by position, and those by name.
_ARGUMENTS: Dict[str, Tuple[int, int, Tuple[str, ...]]] = {
    "get": (1, 2, ()),
    "keys": (0, 0, ()),
    "values": (0, 0, ()),
    "items": (0, 0, ()),
    "pop": (1, 2, ()),
    "popitem": (0, 1, ("last",)),
    "move_to_end": (1, 2, ("last",)),
    "__missing__": (1, 1, ()),
    "__delitem__": (1, 1, ()),
    "__eq__": (1, 1, ()),
    "setdefault": (1, 2, ()),
    "copy": (0, 0, ()),
    "clear": (0, 0, ()),
    "__getitem__": (1, 1, ()),
    "__setitem__": (2, 2, ()),
}
_DICT: Dict[str, Callable[..., Variable]] = {
    **_VIEW,
    "get": _get,
    "keys": _view("keys"),
    "values": _view("values"),
    "items": _view("items"),
    "pop": _pop_key,
    "popitem": _pop_item,
    "move_to_end": _move_to_end,
    "__missing__": _missing,
    "__delitem__": _delete_key,
    "__eq__": _equal,
    "setdefault": _set_default,
    "update": _update,
    "copy": _copy_dict,
    "clear": _clear,
    "__getitem__": _get_item,
    "__setitem__": _set_item,
}
