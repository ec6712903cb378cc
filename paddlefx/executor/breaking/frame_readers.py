"""Which functions look into their own frame: such a frame can't go on in another one."""

from __future__ import annotations

import builtins
from typing import Any, Dict, List, Optional

from ...ir.effects import effect
from ...ir.flow import parameter_count
from ...ir.instr import Instr, Op
from ...ir.program import Program
from ..frame import Frame
from .suspended import own_program

__all__ = ["reads_itself"]

#: Builtins that look into the frame that calls them, and from how many arguments on they don't.
_ENOUGH: Dict[str, Optional[int]] = {"locals": None, "vars": 1, "dir": 1, "eval": 2, "exec": 2}
#: Attributes of ``sys`` and ``inspect`` that give the frame itself.
_FRAMES = frozenset(["_getframe", "currentframe"])
#: Instructions that make dicts.
_DISPLAYS = (Op.BUILD_MAP, Op.BUILD_CONST_KEY_MAP)
#: Builtins that do, the same in whatever frame of the module they are called.
_MAKE_DICTS = frozenset(["dict", "globals"])


def reads_itself(frame: Frame) -> bool:
    """Whether the frame's function may ask for its own locals.

    A call of ``eval`` or ``exec`` that is given dicts doesn't, nor does one of ``vars`` or
    ``dir`` that is given an object.
    """
    names = frame.code.co_names
    if not _FRAMES.isdisjoint(names):
        return True
    if _ENOUGH.keys().isdisjoint(names):
        return False
    program = own_program(frame)[0]
    items = program.items
    for index, item in enumerate(items):
        if not isinstance(item, Instr) or item.arg not in names or item.arg not in _ENOUGH:
            continue
        if item.op is Op.LOAD_ATTR:
            if _is_builtins(frame, items[index - 1]):
                return True
        elif item.op in (Op.LOAD_GLOBAL, Op.LOAD_NAME) and not _is_given_all(frame, program, index):
            return True
    return False


def _is_builtins(frame: Frame, before: Any) -> bool:
    """Whether an attribute is looked up in the module ``builtins``; else it is an object's own."""
    if not isinstance(before, Instr) or before.op is not Op.LOAD_GLOBAL:
        return False
    return before.arg == "__builtins__" or frame.globals.get(before.arg) is builtins


def _is_given_all(frame: Frame, program: Program, index: int) -> bool:
    """Whether the builtin that an instruction loads is called with enough arguments at once."""
    loaded = program.items[index]
    assert isinstance(loaded, Instr)
    enough = _ENOUGH[loaded.arg]
    pushed: List[Instr] = []  # what made the values from the builtin on
    for item in program.items[index:]:
        if not isinstance(item, Instr) or item.op in _ELSEWHERE:
            return False
        change = effect(item.op, item.arg)
        if change.pops >= len(pushed) and pushed:
            if item.op is not Op.CALL or change.pops != len(pushed) or enough is None:
                return False
            count, names = item.arg
            if count - len(names) < enough:
                return False
            return enough == 1 or _is_dict(frame, program, pushed[2])
        del pushed[len(pushed) - change.pops :]
        pushed += [item] * change.pushes
    return False


#: Instructions behind which another one than the next follows, or which move values.
_ELSEWHERE = frozenset(
    [Op.JUMP, Op.BRANCH, Op.FOR_ITER, Op.SWAP, Op.COPY, Op.RETURN, Op.RAISE, Op.YIELD]
)


def _is_dict(frame: Frame, program: Program, made_by: Instr) -> bool:
    """Whether a value is a dict, not ``None``, by what made it."""
    if made_by.op in _DISPLAYS:
        return True
    if made_by.op is not Op.LOAD_LOCAL:
        return False
    name = made_by.arg
    if name in program.varnames[: parameter_count(program)]:
        return False
    stores = [
        index
        for index, item in enumerate(program.items)
        if isinstance(item, Instr) and item.op is Op.STORE_LOCAL and item.arg == name
    ]
    return bool(stores) and all(_makes_dict(frame, program, index - 1) for index in stores)


def _makes_dict(frame: Frame, program: Program, index: int) -> bool:
    """Whether an instruction pushes a dict."""
    item: Optional[Any] = program.items[index]
    if not isinstance(item, Instr):
        return False
    if item.op is Op.CALL and item.arg == (0, ()):
        called = program.items[index - 1]
        return (
            isinstance(called, Instr)
            and called.op is Op.LOAD_GLOBAL
            and called.arg in _MAKE_DICTS
            and called.arg not in frame.globals
        )
    return item.op in _DISPLAYS
