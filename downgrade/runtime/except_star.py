"""``except*`` (PEP 654) as ``with`` statements.

``try`` becomes ``with ExceptStar() as star:``, which keeps what the body raises; each handler
``with star.block, star(star.active and Types) as e:``, whose body runs if a part of it matches and
whose exceptions are kept too. The last block uses ``star.last`` and so raises what is to be
raised. The sources are ``compiler_try_star_except`` in Python/compile.c of CPython 3.11, and
``_PyEval_ExceptionGroupMatch`` and ``_PyExc_PrepReraiseStar``.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from types import TracebackType
from typing import Any, List, Optional, Set, Type

__all__ = ["ExceptStar"]

if sys.version_info < (3, 11):
    BaseExceptionGroup: Any = importlib.import_module("exceptiongroup").BaseExceptionGroup


class _Skip(BaseException):
    """Raised where a block would begin that has nothing to do."""


def _handle(exc: Optional[BaseException]) -> None:
    """Make ``exc`` what ``sys.exc_info()`` gives in this frame, as CPython does in a handler."""
    parts = (None, None, None) if exc is None else (type(exc), exc, exc.__traceback__)
    objects = [ctypes.py_object(part) for part in parts]
    if sys.version_info >= (3, 11):
        ctypes.pythonapi.PyErr_SetHandledException(objects[1])
    else:  # this one takes the references over
        for part in objects:
            ctypes.pythonapi.Py_IncRef(part)
        ctypes.pythonapi.PyErr_SetExcInfo(*objects)


def _check_types(types: Any) -> None:
    for one in types if isinstance(types, tuple) else (types,):
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            raise TypeError(
                "catching classes that do not inherit from BaseException is not allowed"
            )
        if issubclass(one, BaseExceptionGroup):
            raise TypeError(
                "catching ExceptionGroup with except* is not allowed. Use except instead."
            )


def _leaves(exc: BaseException, into: Set[int]) -> None:
    if isinstance(exc, BaseExceptionGroup):
        for one in exc.exceptions:
            _leaves(one, into)
    else:
        into.add(id(exc))


def _is_part(exc: BaseException, whole: BaseException) -> bool:
    """Whether it was split off ``whole`` and raised again unchanged."""
    return (
        isinstance(exc, BaseExceptionGroup)
        and exc.__traceback__ is whole.__traceback__
        and exc.__cause__ is whole.__cause__
        and exc.__context__ is whole.__context__
        and getattr(exc, "__notes__", None) == getattr(whole, "__notes__", None)
    )


class ExceptStar:
    """The state of one statement while it runs, and the body's context manager."""

    def __init__(self) -> None:
        """Begin with nothing raised."""
        self.outer = sys.exc_info()[1]
        self.raised: Optional[BaseException] = None
        #: whether a handler's types are to be evaluated
        self.active = False
        #: what of ``raised`` no handler has taken
        self.rest: Optional[BaseException] = None
        #: the part that the running handler takes
        self.match: Optional[BaseException] = None
        #: what handlers raised, in their order
        self.collected: List[BaseException] = []
        #: an error outside of handlers, to be raised at the end
        self.error: Optional[BaseException] = None
        self.block = _Block(self, False)
        self.last = _Block(self, True)
        self.otherwise = _Else(self)
        self.end = _End(self)
        self.cleanup = _Cleanup(self)

    def __enter__(self) -> ExceptStar:  # noqa: PYI034 -- a part needs no more than it must
        """Give itself to the statement's variable."""
        return self

    def __exit__(
        self,
        cls: Optional[Type[BaseException]],
        exc: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> bool:
        """Keep what the body raises."""
        self.raised = self.rest = exc
        self.active = exc is not None
        return self.active

    def __call__(self, types: Any) -> _Handler:
        """Take the part of the exception that matches."""
        self.match = None
        if self.active:
            _check_types(types)
            if isinstance(self.rest, BaseExceptionGroup):
                self.match, self.rest = self.rest.split(types)
            elif isinstance(self.rest, types):
                assert self.rest is not None
                self.match, self.rest = BaseExceptionGroup("", [self.rest]), None
        return _Handler(self)

    def result(self) -> Optional[BaseException]:
        """What the statement raises in the end."""
        if self.error is not None or self.raised is None:
            return self.error
        found = self.collected + ([] if self.rest is None else [self.rest])
        whole = self.raised
        if not isinstance(whole, BaseExceptionGroup):
            return found[0] if found else None
        again: Set[int] = set()
        new: List[BaseException] = []
        for exc in found:
            if _is_part(exc, whole):
                _leaves(exc, again)
            else:
                new.append(exc)
        if again:
            part = whole.subgroup(lambda exc: id(exc) in again)
            assert part is not None
            new.append(part)
        if not new:
            return None
        return new[0] if len(new) == 1 else BaseExceptionGroup("", new)

    def finish(self) -> None:
        """Raise what is to be raised."""
        _handle(self.outer)
        exc = self.result()
        self.raised = self.rest = self.match = None
        self.collected.clear()
        if exc is not None:
            context = exc.__context__
            try:
                raise exc
            finally:
                exc.__context__ = context
                self.error = self.outer = exc = None


class _Part:
    """A context manager of one part of the statement."""

    def __init__(self, star: ExceptStar) -> None:
        self.star = star


class _Handler(_Part):
    """The body of a handler: it sees the exceptions it takes; what it raises is kept."""

    def __enter__(self) -> BaseException:
        if self.star.match is None:
            raise _Skip
        _handle(self.star.match)
        return self.star.match

    def __exit__(self, cls: object, exc: Optional[BaseException], traceback: object) -> bool:
        if exc is None:
            _handle(self.star.outer)
            return False
        self.star.collected.append(exc)
        return True


class _Else(_Part):
    """The ``else`` block: it runs if the body raised nothing."""

    def __enter__(self) -> None:
        if self.star.raised is not None or self.star.error is not None:
            raise _Skip

    def __exit__(self, cls: object, exc: object, traceback: object) -> None:
        pass


class _Block(_Part):
    """Around a handler or ``else``: it passes over what doesn't run."""

    def __init__(self, star: ExceptStar, is_last: bool) -> None:
        super().__init__(star)
        self.is_last = is_last

    def __enter__(self) -> None:
        pass

    def __exit__(self, cls: object, exc: Optional[BaseException], traceback: object) -> bool:
        star = self.star
        if exc is not None and not isinstance(exc, _Skip):
            # the types can't be evaluated, or it is the else block that raises
            if star.raised is not None and exc.__context__ is star.outer:
                exc.__context__ = star.raised
            if self.is_last:
                return False
            star.error, star.active = exc, False
            return True
        if self.is_last:
            star.finish()
        elif exc is None:
            _handle(star.outer)
        return True


class _End(_Part):
    """Around ``finally``: at its end the statement raises what it has to."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, cls: object, exc: object, traceback: object) -> None:
        self.star.finish()


class _Cleanup(_Part):
    """The ``finally`` block: it sees what is to be raised, and replaces it if it raises."""

    def __enter__(self) -> None:
        self.star.error = self.star.result()
        _handle(self.star.outer if self.star.error is None else self.star.error)

    def __exit__(self, cls: object, exc: Optional[BaseException], traceback: object) -> bool:
        if exc is not None:
            self.star.error = exc
        return exc is not None
