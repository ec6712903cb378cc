"""What the executor needs from the layers around it, handed in by translate."""

from __future__ import annotations

import types
from typing import AbstractSet, Any, Callable, Dict, NamedTuple, Optional, Tuple

from ..ir.program import Program
from ..source import Source
from .varying import Varying

__all__ = ["Services"]


class Services(NamedTuple):
    """The executor's surroundings.

    Args:
        decode: code object to verified program, on the running interpreter.
        framework: the tensor framework's adapter.
        unbound: the object that stands for an unbound local in a frame's state.
        unwrap: gives the plain function behind an optimised callable, anything else as is.
        disabled: why a call of a function isn't captured, and whether that is an error;
            ``None`` when it may be captured.
        runs_user_code: whether calling an object may reach functions worth compiling.
        is_users: whether code of a file, with these globals, is compiled piece by piece.
        hooked_call: calls its first argument with the rest, frames inside it captured.
        hooked_callable: makes a callable that does so.
        marked: whether the user said of a tensor that a dimension's size varies.
        varying: which numbers and sizes vary between the calls of the frame's code.
        wanted: whether the user asked for this frame to be compiled; the others were met
            on the way, and are worth a break only where they have tensors.
        remade: places where calls of this code find a new object each time; what was there
            is gone, so its identity says nothing.
    """

    decode: Callable[[types.CodeType], Program]
    framework: Any
    unbound: Any
    unwrap: Callable[[Any], Any]
    disabled: Callable[[Any], Optional[Tuple[str, bool]]]
    runs_user_code: Callable[[Any], bool]
    is_users: Callable[[str, Dict[str, Any]], bool]
    hooked_call: Callable[..., Any]
    hooked_callable: Callable[[Any], Callable[..., Any]]
    marked: Callable[[Any, int], bool]
    varying: Varying
    wanted: bool = True
    remade: AbstractSet[Source] = frozenset()
