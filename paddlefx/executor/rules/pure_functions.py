"""Library functions that only compute: known arguments give a known result.

They are called while capturing. The result is data: immutable data is a constant of the
compiled code, anything else is made anew by each call. A function that warns, reads
the clock, draws numbers or keeps state isn't here.
"""

from __future__ import annotations

import base64
import bisect
import cmath
import colorsys
import fnmatch
import fractions
import html
import json
import keyword
import math
import operator
import os
import posixpath
import re
import shlex
import statistics
import string
import textwrap
import types
import unicodedata
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, List, Optional

from ..breaks import GraphBreak
from ..containers import arrays
from ..operators import deprecated, digits
from ..values import NotConstant, Variable
from ..wrapping import data_of, from_python

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["PURE", "computed", "is_pure", "purely"]

_BUILTINS = (
    abs, ascii, bin, chr, divmod, format, hex, len, max, min, oct, ord, pow, repr, round,
    sorted, sum, all, any, callable, hash,
)  # fmt: skip


def _functions(module: types.ModuleType, *names: str) -> List[Any]:
    """Functions of a module, by name or all of its public ones."""
    chosen = names or [name for name in vars(module) if not name.startswith("_")]
    found = [vars(module)[name] for name in chosen if name in vars(module)]
    kinds = (types.FunctionType, types.BuiltinFunctionType)
    return [function for function in found if isinstance(function, kinds)]


def _methods(cls: type, *names: str) -> List[Any]:
    """Methods of a class written in C."""
    return [vars(cls)[name] for name in names]


_CHANGING = {"setitem", "delitem", "call", "is_", "is_not"} | {
    name for name in vars(operator) if name.startswith("i") and name[1:] in vars(operator)
}
_OPERATORS = [function for function in _functions(operator) if function.__name__ not in _CHANGING]

#: Builtins and functions of the standard library.
PURE: FrozenSet[Any] = frozenset(
    [
        *_BUILTINS,
        *_OPERATORS,
        *_functions(math),
        *_functions(cmath),
        *_functions(unicodedata),
        *_functions(colorsys),
        *_functions(html, "escape", "unescape"),
        *_functions(fnmatch, "fnmatch", "fnmatchcase", "filter", "translate"),
        *_functions(re, "match", "fullmatch", "search", "sub", "subn", "split", "findall"),
        *_functions(re, "compile", "escape"),
        *_functions(textwrap, "wrap", "fill", "shorten", "dedent", "indent"),
        *_functions(string, "capwords"),
        *_functions(bisect, "bisect", "bisect_left", "bisect_right"),
        *_functions(base64, "b64encode", "b64decode", "b16encode", "b16decode"),
        *_functions(json, "dumps", "loads"),
        *_functions(shlex, "split", "quote"),
        *_functions(
            statistics, "mean", "fmean", "median", "median_low", "median_high", "mode",
            "pstdev", "pvariance", "stdev", "variance",
        ),
        *_functions(
            posixpath, "join", "basename", "dirname", "split", "splitext", "normpath", "isabs",
            "commonprefix", "commonpath",
        ),
        *_methods(re.Pattern, "sub", "subn", "split", "findall", "match", "fullmatch", "search"),
        *_methods(re.Match, "group", "groups", "groupdict", "start", "end", "span"),
        os.fspath,
        keyword.iskeyword,
        str.maketrans,
        bytes.maketrans,
        int.from_bytes,
        bytes.fromhex,
        float.fromhex,
    ]
)  # fmt: skip

#: Classes whose construction from data only computes.
CLASSES: FrozenSet[Any] = frozenset(
    [
        fractions.Fraction,
        bytearray,
        operator.itemgetter,
        operator.attrgetter,
        operator.methodcaller,
    ]
)


def is_pure(machine: Machine, target: Any) -> bool:
    """Whether calling ``target`` with data only computes."""
    try:
        if target in PURE or target in CLASSES:
            return True
    except TypeError:
        return False
    return bool(machine.framework.arrays.computes(target))


def purely(
    machine: Machine, target: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """The result of a pure function; ``None`` when an argument isn't known data.

    Raises:
        ObservedException: what it raises in the plain program.
    """
    try:
        known = [data_of(item) for item in args]
        named = {key: data_of(item) for key, item in kwargs.items()}
    except NotConstant:
        return None
    called = [item for item in (*known, *named.values()) if callable(item)]
    if "out" in named or not all(isinstance(item, type) for item in called):
        if target not in _BUILTINS:
            return None
    return computed(machine, target, known, named)


def computed(machine: Machine, target: Any, args: Any, kwargs: Dict[str, Any]) -> Variable:
    """Call ``target`` now.

    Raises:
        GraphBreak: it would warn, which has to happen at each call; or the outcome depends
            on a setting that no guard watches.
    """
    digits.check_call(machine, target, (*args, *kwargs.values()))
    deprecated.check(machine, target, args)
    try:
        if arrays.concern(machine, target, (*args, *kwargs.values())):
            result = arrays.evaluate(machine, target, args, kwargs)
        else:
            result = target(*args, **kwargs)
    except GraphBreak:
        raise
    except Exception as error:
        machine.raise_observed(error)
    return from_python(machine, result)
