"""Why capture stops, and the signals by which it does."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Optional, Union

from ..symbolic import Specialise
from .values import CaughtVariable, ExceptionVariable

__all__ = [
    "BreakReason",
    "GiveUp",
    "GraphBreak",
    "Kind",
    "ObservedException",
    "Restart",
    "forget_frames",
]


class Kind(enum.Enum):
    """What stands behind a graph break; one word each for tables and tests."""

    CALL = "call"
    DATA = "data-dependent"
    SIDE_EFFECT = "side effect"
    ATTRIBUTE = "attribute"
    EXCEPTION = "exception"
    LANGUAGE = "language"
    OPERATION = "operation"
    LIMIT = "limit"
    DISABLED = "disabled"
    REFUSED = "refused"
    INTERNAL = "internal error"


@dataclass(frozen=True)
class BreakReason:
    """One graph break or fallback, as people read it.

    Args:
        kind: its class.
        reason: one sentence.
        hint: what the user can do about it.
        filename: the user's file.
        lineno: its line, 1-based.
        function: the qualified name of the function that holds the line.
        again: told before: the frame is one of several inside each other that one break
            divides.
        rest: what comes behind it runs as plain Python too.
    """

    kind: Kind
    reason: str
    hint: Optional[str] = None
    filename: Optional[str] = None
    lineno: Optional[int] = None
    function: Optional[str] = None
    again: bool = False
    rest: bool = False

    def __str__(self) -> str:
        text = f"{self.filename}:{self.lineno} in {self.function}: {self.reason}"
        return text if self.hint is None else f"{text} ({self.hint})"


class GraphBreak(Exception):
    """The instruction at hand can't be captured; it has to run for real."""

    def __init__(self, kind: Kind, reason: str, hint: Optional[str] = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.hint = hint
        self.filename: Optional[str] = None
        self.lineno: Optional[int] = None
        self.function: Optional[str] = None

    def locate(self, filename: str, lineno: Optional[int], function: str) -> None:
        """Note the place once: the innermost frame comes first."""
        if self.filename is None:
            self.filename, self.lineno, self.function = filename, lineno, function

    def described(self) -> BreakReason:
        """The same as a record."""
        return BreakReason(
            self.kind, self.reason, self.hint, self.filename, self.lineno, self.function
        )


class Restart(Exception):
    """Capture begins anew and breaks before the given step, counted over all frames.

    Raised when an instruction failed half-way, inside an inlined call: what it
    did to symbolic values can't be taken back, so the capture is repeated up to it.
    Also for an exception that only the plain program can make: the break is then at
    the instruction that raises it.
    """

    def __init__(self, step: int, reason: BreakReason) -> None:
        super().__init__(reason.reason)
        self.step = step
        self.reason = reason


class GiveUp(Exception):
    """The whole frame can't be compiled; it runs as the plain function.

    Args:
        reason: why.
        passing: it may be otherwise at the next call, whatever the arguments are.
    """

    def __init__(self, reason: BreakReason, passing: bool = False) -> None:
        super().__init__(reason.reason)
        self.reason = reason
        self.passing = passing


class ObservedException(Exception):
    """The plain program raises here, and capture follows it to its handler."""

    def __init__(self, variable: Union[ExceptionVariable, CaughtVariable]) -> None:
        super().__init__(type(variable.value).__name__)
        if isinstance(variable, ExceptionVariable):
            variable.raised = True
        self.variable = variable

    def forget_frames(self) -> None:
        """Let go of the executor's own frames, which hold on to symbolic values."""
        self.__traceback__ = None
        self.__context__ = None


_SIGNALS = (GraphBreak, Restart, GiveUp, ObservedException, Specialise)


def forget_frames(error: Optional[BaseException]) -> None:
    """Let go of the frames in which signals of the executor's, one led to by another, were raised.

    They hold on to what the user's frame held, and to the signal: a cycle.
    """
    while isinstance(error, _SIGNALS):
        error.__traceback__ = None
        cause = error.__cause__ or error.__context__
        error.__cause__ = error.__context__ = None
        error = cause
