"""Rules: containers, and taking them apart."""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Tuple

from paddlefx.ir.instr import Op

from .frame import Frame
from .registry import rule


@rule(Op.BUILD_TUPLE)
def _build_tuple(f: Frame, count: int) -> None:
    f.stack.append(tuple(f.pop(count)))


@rule(Op.BUILD_LIST)
def _build_list(f: Frame, count: int) -> None:
    f.stack.append(f.pop(count))


@rule(Op.BUILD_SET)
def _build_set(f: Frame, count: int) -> None:
    made = set()
    for value in f.pop(count):
        made.add(value)
    f.stack.append(made)


@rule(Op.BUILD_MAP)
def _build_map(f: Frame, count: int) -> None:
    values = f.pop(2 * count)
    made: Dict[Any, Any] = {}
    for key, value in zip(values[::2], values[1::2]):
        made[key] = value
    f.stack.append(made)


@rule(Op.BUILD_CONST_KEY_MAP)
def _build_const_key_map(f: Frame, keys: Tuple[Any, ...]) -> None:
    f.stack.append(dict(zip(keys, f.pop(len(keys)))))


@rule(Op.LIST_TO_TUPLE)
def _list_to_tuple(f: Frame, arg: Any) -> None:
    f.stack.append(tuple(f.stack.pop()))


# -- adding to one further down


@rule(Op.LIST_APPEND)
def _list_append(f: Frame, i: int) -> None:
    value = f.stack.pop()
    f.stack[-i].append(value)


@rule(Op.SET_ADD)
def _set_add(f: Frame, i: int) -> None:
    value = f.stack.pop()
    f.stack[-i].add(value)


@rule(Op.MAP_ADD)
def _map_add(f: Frame, i: int) -> None:
    key, value = f.pop(2)
    f.stack[-i][key] = value


@rule(Op.LIST_EXTEND)
def _list_extend(f: Frame, i: int) -> None:
    value = f.stack.pop()
    f.stack[-i].extend([*value])


@rule(Op.SET_UPDATE)
def _set_update(f: Frame, i: int) -> None:
    value = f.stack.pop()
    f.stack[-i].update(value)


@rule(Op.DICT_UPDATE)
def _dict_update(f: Frame, i: int) -> None:
    value = f.stack.pop()
    _update(f.stack[-i], value)


@rule(Op.DICT_MERGE)
def _dict_merge(f: Frame, i: int) -> None:
    value = f.stack.pop()
    into = f.stack[-i]
    _merge(f.stack[-i - 2], into, value)


def _update(into: Dict[Any, Any], value: Any) -> None:
    """Take a mapping in; what is none raises. A copy of it would compare its keys once more."""
    into.update(value if hasattr(value, "keys") else {**value})


def _merge(function: Any, into: Dict[Any, Any], value: Any) -> None:
    """Keyword arguments into one dict; CPython itself words the errors, which name the function."""
    if not hasattr(value, "keys"):
        function(**value)
        raise AssertionError("a call with ** of no mapping came back")
    new = {**value}
    for key in new:
        if key in into:
            function(**{key: None}, **{key: None})
            raise AssertionError("a call with a repeated keyword came back")
    into.update(new)


# -- 3.8's displays with stars


@rule(Op.BUILD_UNPACK)
def _build_unpack(f: Frame, arg: Tuple[str, int]) -> None:
    kind, count = arg
    values = f.pop(count)
    # below a call's arguments is the function; its positional ones may stand in between
    function = f.stack[-1] if kind == "args" else f.stack[-2] if kind == "kwmap" else None
    f.stack.append(_UNPACK[kind](function, values))


def _unpack_list(function: Any, values: List[Any]) -> List[Any]:
    made: List[Any] = []
    for value in values:
        made += [*value]
    return made


def _unpack_arguments(function: Any, values: List[Any]) -> Tuple[Any, ...]:
    made: List[Any] = []
    for value in values:
        if not hasattr(value, "__iter__") and not hasattr(value, "__getitem__"):
            function(*value)
            raise AssertionError("a call with * of no iterable came back")
        made += [*value]
    return tuple(made)


def _unpack_set(function: Any, values: List[Any]) -> Any:
    made: Any = set()
    for value in values:
        made.update(value)
    return made


def _unpack_map(function: Any, values: List[Any]) -> Dict[Any, Any]:
    made: Dict[Any, Any] = {}
    for value in values:
        _update(made, value)
    return made


def _unpack_keywords(function: Any, values: List[Any]) -> Dict[Any, Any]:
    made: Dict[Any, Any] = {}
    for value in values:
        _merge(function, made, value)
    return made


_UNPACK: Dict[str, Callable[[Any, List[Any]], Any]] = {
    "list": _unpack_list,
    "tuple": lambda function, values: tuple(_unpack_list(function, values)),
    "set": _unpack_set,
    "map": _unpack_map,
    "kwmap": _unpack_keywords,
    "args": _unpack_arguments,
}


# -- unpacking


@functools.lru_cache(maxsize=None)
def _unpacker(before: int, star: bool, after: int) -> Callable[[Any], Tuple[Any, ...]]:
    """An assignment to that many names, whose messages are CPython's."""
    names = [f"a{i}" for i in range(before)]
    names += ["*rest"] * star + [f"z{i}" for i in range(after)]
    result = ", ".join(names).replace("*", "")
    scope: Dict[str, Any] = {}
    exec(f"def unpack(value):\n    [{', '.join(names)}] = value\n    return [{result}]", scope)
    unpack: Callable[[Any], Tuple[Any, ...]] = scope["unpack"]
    return unpack


@rule(Op.UNPACK_SEQUENCE)
def _unpack_sequence(f: Frame, count: int) -> None:
    f.stack.extend(reversed(_unpacker(count, False, 0)(f.stack.pop())))


@rule(Op.UNPACK_EX)
def _unpack_ex(f: Frame, arg: Tuple[int, int]) -> None:
    f.stack.extend(reversed(_unpacker(arg[0], True, arg[1])(f.stack.pop())))
