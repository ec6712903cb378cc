"""Integers as text: how many digits may be converted is a setting of the running program.

``sys.set_int_max_str_digits`` (CPython 3.11, and later releases of 3.8 to 3.10) sets the limit,
and a long conversion may run ``Lib/_pylong.py`` (3.12+). No guard watches either.
"""

from __future__ import annotations

import fractions
import json
from typing import TYPE_CHECKING, Any

from ..breaks import Kind

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["check_call", "check_shown"]

#: ``sys.int_info.str_digits_check_threshold``: with fewer digits there is no limit.
_DIGITS = 640
_BITS = (10**_DIGITS).bit_length() - 1
#: Functions that write numbers, and those that read them.
_WRITE = frozenset([str, repr, ascii, format, json.dumps])
_READ = frozenset([int, fractions.Fraction, json.loads])
_WRITING_METHODS = frozenset(["__str__", "__repr__", "__format__", "__mod__", "__rmod__"])


def _is_long(data: Any) -> bool:
    kind = type(data)
    if kind is int:
        return bool(data.bit_length() > _BITS)
    if kind in (tuple, list, set, frozenset):
        return any(map(_is_long, data))
    if kind is dict:
        return any(map(_is_long, data)) or any(map(_is_long, data.values()))
    return False


def check_shown(machine: Machine, data: Any) -> None:
    """``data`` is made into text.

    Raises:
        GraphBreak: it holds an integer with more digits than every limit allows.
    """
    if _is_long(data):
        machine.break_graph(Kind.OPERATION, "the text of a long integer, whose length has a limit")


def check_call(machine: Machine, target: Any, args: Any) -> None:
    """A function is called with known data.

    Raises:
        GraphBreak: it writes or reads an integer with more digits than every limit allows.
    """
    receiver = getattr(target, "__self__", None)
    of_text = isinstance(receiver, (str, bytes, bytearray))
    try:
        writes, reads = target in _WRITE, target in _READ
    except TypeError:
        return
    if writes or of_text or getattr(target, "__name__", None) in _WRITING_METHODS:
        check_shown(machine, (receiver, *args))
    elif reads and args and isinstance(args[0], (str, bytes, bytearray)) and len(args[0]) > _DIGITS:
        machine.break_graph(Kind.OPERATION, "a long integer from text, whose length has a limit")
