"""Which arguments the rules' functions take: a call that doesn't fit is made for real.

CPython tells the signatures of few functions written in C, of others on each version, so they
are written here (``Objects/``, ``Python/bltinmodule.c``, ``Modules/_collectionsmodule.c``).
What isn't here is checked by its own rule.
"""

from __future__ import annotations

import builtins
import functools
import sys
import types
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Callable, Dict, List

from ..breaks import Kind
from ..values import Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["check", "check_method"]

Probe = Callable[..., Any]

_NOTHING = ""
_ONE = "a, /"
_TWO = "a, b, /"
_ANY = "*a"
_SEARCH = "a, b=0, c=0, /"
_MAPPING = "a=0, /, **b"


def _probes(written: Dict[Any, str]) -> Dict[Any, Probe]:
    """Functions that take the same arguments and do nothing."""
    return {key: eval(f"lambda {parameters}: None") for key, parameters in written.items()}


_FUNCTIONS: Dict[Any, Probe] = _probes(
    {
        builtins.len: _ONE,
        builtins.isinstance: _TWO,
        builtins.issubclass: _TWO,
        builtins.getattr: "a, b, c=0, /",
        builtins.hasattr: _TWO,
        builtins.setattr: "a, b, c, /",
        builtins.delattr: _TWO,
        builtins.callable: _ONE,
        builtins.iter: "a, b=0, /",
        builtins.next: "a, b=0, /",
        builtins.sum: "a, /, start=0",
        builtins.any: _ONE,
        builtins.all: _ONE,
        builtins.max: "a, /, *b, key=0, default=0",
        builtins.min: "a, /, *b, key=0, default=0",
        builtins.sorted: "a, /, *, key=0, reverse=0",
        builtins.id: _ONE,
        builtins.locals: _NOTHING,
        builtins.repr: _ONE,
        builtins.ascii: _ONE,
        builtins.format: "a, b=0, /",
        sys.exc_info: _NOTHING,
        getattr(sys, "exception", sys.exc_info): _NOTHING,
        functools.reduce: "a, b, c=0, /",
        object.__setattr__: "a, b, c, /",
        object.__delattr__: _TWO,
        object.__getattribute__: _TWO,
        object.__init__: "a, /, *b, **c",
        object.__new__: "a, /, *b, **c",
        type.__call__: "a, /, *b, **c",
        list: "a=0, /",
        tuple: "a=0, /",
        set: "a=0, /",
        frozenset: "a=0, /",
        dict: _MAPPING,
        OrderedDict: _MAPPING,
        slice: _SEARCH,
        bool: "a=0, /",
        types.MethodType: _TWO,
        super: "a=0, b=0, /",
        reversed: _ONE,
        map: "a, b, /, *c",
        filter: _TWO,
    }
)

_METHODS: Dict[type, Dict[str, Probe]] = {
    list: _probes(
        {
            "append": _ONE,
            "extend": _ONE,
            "insert": _TWO,
            "pop": "a=0, /",
            "remove": _ONE,
            "clear": _NOTHING,
            "reverse": _NOTHING,
            "copy": _NOTHING,
            "sort": "*, key=0, reverse=0",
        }
    ),
    tuple: {},
    dict: _probes(
        {
            "get": "a, b=0, /",
            "setdefault": "a, b=0, /",
            "pop": "a, b=0, /",
            "popitem": _NOTHING,
        }
    ),
    OrderedDict: _probes(
        {
            "get": "a, b=0, /",
            "setdefault": "key, default=0",
            "pop": "key, default=0",
            "popitem": "last=0",
            "move_to_end": "key, last=0",
        }
    ),
    deque: _probes(
        {
            "append": _ONE,
            "appendleft": _ONE,
            "extend": _ONE,
            "extendleft": _ONE,
            "insert": _TWO,
            "pop": _NOTHING,
            "popleft": _NOTHING,
            "remove": _ONE,
            "clear": _NOTHING,
            "reverse": _NOTHING,
            "copy": _NOTHING,
            "rotate": "a=0, /",
        }
    ),
    set: _probes(
        {
            "add": _ONE,
            "discard": _ONE,
            "remove": _ONE,
            "pop": _NOTHING,
            "clear": _NOTHING,
            "copy": _NOTHING,
            "isdisjoint": _ONE,
            "issubset": _ONE,
            "issuperset": _ONE,
            "symmetric_difference": _ONE,
            "symmetric_difference_update": _ONE,
            "union": _ANY,
            "intersection": _ANY,
            "difference": _ANY,
            "update": _ANY,
            "intersection_update": _ANY,
            "difference_update": _ANY,
        }
    ),
    slice: _probes({"indices": _ONE}),
}
_METHODS[frozenset] = _METHODS[set]

#: Methods that several kinds of containers have, with the same arguments.
_SHARED: Dict[str, Probe] = _probes(
    {
        "index": _SEARCH,
        "count": _ONE,
        "keys": _NOTHING,
        "values": _NOTHING,
        "items": _NOTHING,
        "copy": _NOTHING,
        "clear": _NOTHING,
        "update": _MAPPING,
        "__len__": _NOTHING,
        "__iter__": _NOTHING,
        "__contains__": _ONE,
        "__getitem__": _ONE,
        "__setitem__": _TWO,
        "__delitem__": _ONE,
        "__eq__": _ONE,
        "__ne__": _ONE,
    }
)


def _fits(
    machine: Machine, probe: Probe, name: str, args: List[Variable], kwargs: Dict[str, Variable]
) -> None:
    try:
        probe(*args, **kwargs)
    except TypeError:
        machine.break_graph(Kind.EXCEPTION, f"a call of {name}() with arguments that don't fit")


def check(machine: Machine, target: Any, args: List[Variable], kwargs: Dict[str, Variable]) -> None:
    """The arguments of a function or class written in C.

    Raises:
        GraphBreak: it doesn't take them.
    """
    probe = _FUNCTIONS.get(target)
    if probe is not None:
        _fits(machine, probe, target.__name__, args, kwargs)


def check_method(
    machine: Machine, cls: type, name: str, args: List[Variable], kwargs: Dict[str, Variable]
) -> None:
    """The arguments of a method of a built-in container.

    Raises:
        GraphBreak: it doesn't take them.
    """
    base = next((base for base in cls.__mro__ if base in _METHODS), None)
    probe = None if base is None else _METHODS[base].get(name)
    if probe is None:
        probe = _SHARED.get(name)
    if probe is not None:
        _fits(machine, probe, name, args, kwargs)
