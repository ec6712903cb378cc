"""Rules: branches, loops, ends, handlers, ``with``."""

from __future__ import annotations

import dis
import sys
from typing import Any, Tuple

from paddlefx.ir.instr import Label, Op

from .frame import Frame
from .native import instruction, intrinsic
from .registry import CHANGED, rule

_END = object()


@rule(Op.JUMP)
def _jump(f: Frame, label: Label) -> None:
    f.go(label)


@rule(Op.BRANCH)
def _branch(f: Frame, labels: Tuple[Label, Label]) -> None:
    f.go(labels[0] if f.stack.pop() else labels[1])


@rule(Op.GET_ITER)
def _get_iter(f: Frame, arg: Any) -> None:
    f.stack.append(iter(f.stack.pop()))


@rule(Op.FOR_ITER)
def _for_iter(f: Frame, label: Label) -> None:
    value = next(f.stack[-1], _END)
    if value is _END:
        f.stack.pop()
        f.go(label)
    else:
        f.stack.append(value)


@rule(Op.RETURN)
def _return(f: Frame, arg: Any) -> object:
    return f.finish(f.stack.pop())


@rule(Op.RAISE)
def _raise(f: Frame, count: int) -> Any:
    if count == 0:
        handled = sys.exc_info()[1]
        if handled is None:
            raise  # noqa: PLE0704  (CPython's own error)
        # raised again, not anew: its traceback stays, which except* looks at
        return f.raised(handled)
    if count == 1:
        raise f.stack.pop()
    error, cause = f.pop(2)
    raise error from cause


@rule(Op.RERAISE)
def _reraise(f: Frame, arg: Any) -> object:
    return f.raised(f.stack.pop())


# -- handlers


@rule(Op.ENTER_HANDLER)
def _enter_handler(f: Frame, arg: Any) -> object:
    f.scopes.append(None)
    f.handled.append(f.stack[-1])
    return CHANGED


@rule(Op.POP_EXCEPT)
def _pop_except(f: Frame, arg: Any) -> object:
    place = len(f.scopes) - 1
    while f.scopes[place] is not None:
        place -= 1
    del f.scopes[place]
    f.handled.pop()
    return CHANGED


def matches(error: BaseException, wanted: Any) -> bool:
    """Whether ``except wanted`` takes an exception (``PyErr_GivenExceptionMatches``)."""
    if isinstance(wanted, tuple):
        return any(matches(error, one) for one in wanted)
    return wanted in type(error).__mro__


@rule(Op.CHECK_EXC_MATCH)
def _check_exc_match(f: Frame, arg: Any) -> None:
    wanted = f.stack.pop()
    for one in wanted if isinstance(wanted, tuple) else (wanted,):
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            raise TypeError(
                "catching classes that do not inherit from BaseException is not allowed"
            )
    f.stack.append(matches(f.stack[-1], wanted))


@rule(Op.CHECK_EG_MATCH)
def _check_eg_match(f: Frame, arg: Any) -> None:
    # where there is a match, CPython makes it the handled exception: here, the level's
    f.stack.extend(instruction("CHECK_EG_MATCH", 0, f.pop(2), 2))


@rule(Op.PREP_RERAISE_STAR)
def _prep_reraise_star(f: Frame, arg: Any) -> None:
    values = f.pop(2)
    if "PREP_RERAISE_STAR" in dis.opmap:
        f.stack.append(instruction("PREP_RERAISE_STAR", 0, values)[0])
    else:
        f.stack.append(intrinsic("PREP_RERAISE_STAR", values, f.globals))


# -- with


def special(value: Any, name: str) -> Any:
    """A special method, looked up as the interpreter does, or ``None``."""
    for cls in type(value).__mro__:
        if name in cls.__dict__:
            found = cls.__dict__[name]
            bind = getattr(type(found), "__get__", None)
            return found if bind is None else bind(found, value, type(value))
    return None


@rule(Op.WITH_ENTER)
def _with_enter(f: Frame, arg: Any) -> None:
    manager = f.stack.pop()
    enter, leave = special(manager, "__enter__"), special(manager, "__exit__")
    if enter is None or leave is None:
        with manager:
            raise AssertionError("entered without __enter__ and __exit__")
    f.stack.append(leave)
    f.stack.append(enter())


@rule(Op.WITH_EXCEPT_START)
def _with_except_start(f: Frame, arg: Any) -> None:
    leave, error = f.stack[-2:]
    f.stack.append(leave(type(error), error, error.__traceback__))
