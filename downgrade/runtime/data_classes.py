"""``dataclass`` with ``kw_only``, ``slots``, ``match_args`` and ``weakref_slot``.

The sources are ``_process_class``, ``_init_fn`` and ``_add_slots`` in Lib/dataclasses.py of 3.10
and 3.11. Where the standard library takes the parameters, it is asked itself; before that its own
parts make the fields and the lines of ``__init__``.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import sys
from typing import Any, Dict, Iterator, List, Set, Tuple

__all__ = ["KW_ONLY", "dataclass", "field"]

_MISSING: Any = dataclasses.MISSING
_PARTS: Any = dataclasses


class _KwOnlyType:
    pass


KW_ONLY: Any = getattr(dataclasses, "KW_ONLY", None) or _KwOnlyType()


class _Field(dataclasses.Field):  # type: ignore[type-arg]
    """A field with ``kw_only``, before 3.10."""

    __slots__ = ("kw_only",)


def field(*, kw_only: Any = _MISSING, **options: Any) -> Any:
    """``dataclasses.field`` of 3.10."""
    if sys.version_info >= (3, 10):
        return dataclasses.field(kw_only=kw_only, **options)
    return _with_kw_only(dataclasses.field(**options), kw_only)


def _with_kw_only(plain: Any, kw_only: Any) -> Any:
    made: Any = _Field.__new__(_Field)
    for name in _PARTS.Field.__slots__:
        setattr(made, name, getattr(plain, name))
    made.kw_only = kw_only
    return made


def dataclass(cls: Any = None, /, **options: Any) -> Any:
    """``dataclasses.dataclass`` of 3.11."""

    def decorate(cls: Any) -> Any:
        return _decorate(cls, dict(options))

    return decorate if cls is None else decorate(cls)


def _decorate(cls: Any, options: Dict[str, Any]) -> Any:
    annotations = vars(cls).get("__annotations__", {})
    marks = {name: KW_ONLY for name, one in annotations.items() if _is_mark(one)}
    if marks:  # as a string it would be known under the name in ``dataclasses`` only
        cls.__annotations__ = {**annotations, **marks}
    try:
        made = _with_options(cls, options)
    finally:
        if marks:
            cls.__annotations__ = annotations
    if marks and made is not cls:
        made.__annotations__ = annotations
    return made


def _is_mark(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.rpartition(".")[2] == "KW_ONLY"
    return annotation is KW_ONLY


def _with_options(cls: Any, options: Dict[str, Any]) -> Any:
    if sys.version_info >= (3, 11):
        return dataclasses.dataclass(**options)(cls)
    weakref_slot = options.pop("weakref_slot", False)
    slots = options.pop("slots", False)
    if weakref_slot and not slots:
        raise TypeError("weakref_slot is True but slots is False")
    had_doc = bool(cls.__doc__)
    if not had_doc:  # it is written below: an exception may have no signature, which it asks for
        cls.__doc__ = "Its signature."
    if sys.version_info >= (3, 10):
        made = dataclasses.dataclass(**options)(cls)
    else:
        made = _process(cls, options, slots)
    if not had_doc:
        try:
            text = str(inspect.signature(made)).replace(" -> None", "")
        except (TypeError, ValueError):
            text = ""
        made.__doc__ = made.__name__ + text
    return _add_slots(made, options.get("frozen", False), weakref_slot) if slots else made


def _process(cls: Any, options: Dict[str, Any], slots: bool) -> Any:
    """Do what 3.10 does without ``slots``."""
    kw_only = options.pop("kw_only", False)
    match_args = options.pop("match_args", True)
    init = options.pop("init", True)
    frozen = options.get("frozen", False)
    annotations = vars(cls).get("__annotations__", {})
    keywords, marks = _keywords(cls, annotations, kw_only)
    if marks:
        cls.__annotations__ = {k: v for k, v in annotations.items() if k not in marks}
    made: Any = dataclasses.dataclass(init=False, **options)(cls)
    if marks:
        cls.__annotations__ = annotations
    made.__dataclass_params__.init = init
    fields = made.__dataclass_fields__
    for name in annotations:
        if name in fields:
            fields[name] = _with_kw_only(fields[name], name in keywords)
    taken = [one for one in fields.values() if one._field_type is not _PARTS._FIELD_CLASSVAR]
    positional = [one for one in taken if one.init and not getattr(one, "kw_only", False)]
    named = [one for one in taken if one.init and getattr(one, "kw_only", False)]
    if init and "__init__" not in cls.__dict__:
        made.__init__ = _init(made, taken, positional, named, (frozen, slots))
    if match_args and "__match_args__" not in cls.__dict__:
        made.__match_args__ = tuple(one.name for one in positional)  # type: ignore[misc]
    return made


def _keywords(cls: Any, annotations: Dict[str, Any], kw_only: bool) -> Tuple[Set[str], Set[str]]:
    """The names that are for keywords only, and those that only say so for what follows."""
    keywords: Set[str] = set()
    marks: Set[str] = set()
    for name, annotation in annotations.items():
        if annotation is KW_ONLY:
            if marks:
                raise TypeError(f"{name!r} is KW_ONLY, but KW_ONLY has already been specified")
            marks.add(name)
            kw_only = True
            continue
        own = getattr(cls.__dict__.get(name), "kw_only", _MISSING)
        if kw_only if own is _MISSING else own:
            keywords.add(name)
    return keywords, marks


def _init(
    cls: Any, fields: List[Any], positional: List[Any], named: List[Any], kind: Tuple[bool, bool]
) -> Any:
    seen_default = False
    for one in positional:
        if one.default is not _MISSING or one.default_factory is not _MISSING:
            seen_default = True
        elif seen_default:
            raise TypeError(f"non-default argument {one.name!r} follows default argument")
    frozen, slots = kind
    me = "__dataclass_self__" if any(one.name == "self" for one in fields) else "self"
    space: Dict[str, Any] = {f"_type_{one.name}": one.type for one in fields}
    space.update(MISSING=_MISSING, _HAS_DEFAULT_FACTORY=_PARTS._HAS_DEFAULT_FACTORY)
    space["__dataclass_builtins_object__"] = object
    lines = []
    for one in fields:
        line = _PARTS._field_init(one, frozen, space, me)
        if line is None and slots and not one.init and one.default is not _MISSING:
            # a slot has no default in the class to fall back on
            space[f"_dflt_{one.name}"] = one.default
            line = _PARTS._field_assign(frozen, one.name, f"_dflt_{one.name}", me)
        if line:
            lines.append(line)
    if hasattr(cls, "__post_init__"):
        given = [one.name for one in fields if one._field_type is _PARTS._FIELD_INITVAR]
        lines.append(f"{me}.__post_init__({','.join(given)})")
    arguments = [me, *(_PARTS._init_param(one) for one in positional)]
    if named:
        arguments += ["*", *(_PARTS._init_param(one) for one in named)]
    module = sys.modules.get(cls.__module__)
    made = _PARTS._create_fn(
        "__init__",
        arguments,
        lines or ["pass"],
        locals=space,
        globals=vars(module) if module else {},
        return_type=None,
    )
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _slots_of(cls: Any) -> Iterator[str]:
    slots = cls.__dict__.get("__slots__")
    if isinstance(slots, str):
        yield slots
    elif slots is not None:
        if hasattr(slots, "__next__"):
            raise TypeError(f"Slots of '{cls.__name__}' cannot be determined")
        yield from slots


def _state(self: Any) -> List[Any]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _set_state(self: Any, state: List[Any]) -> None:
    for one, value in zip(dataclasses.fields(self), state):
        object.__setattr__(self, one.name, value)


def _add_slots(cls: Any, is_frozen: bool, weakref_slot: bool) -> Any:
    if "__slots__" in cls.__dict__:
        raise TypeError(f"{cls.__name__} already specifies __slots__")
    namespace = dict(cls.__dict__)
    names = tuple(one.name for one in dataclasses.fields(cls))
    inherited = set(itertools.chain.from_iterable(map(_slots_of, cls.__mro__[1:-1])))
    wanted = (*names, "__weakref__") if weakref_slot else names
    namespace["__slots__"] = tuple(name for name in wanted if name not in inherited)
    for name in (*names, "__dict__", "__weakref__"):
        namespace.pop(name, None)
    made = type(cls)(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    if is_frozen:  # pickling needs it
        if "__getstate__" not in namespace:
            made.__getstate__ = _state
        if "__setstate__" not in namespace:
            made.__setstate__ = _set_state
    return made
