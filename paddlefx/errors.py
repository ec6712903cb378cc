"""Every exception of paddlefx: what happened, where in the user's source, and a way out."""

from __future__ import annotations

from typing import Any, Optional, Tuple, Type

__all__ = [
    "CompileError",
    "CompilerNotFoundError",
    "DecodeError",
    "EmitError",
    "GraphBreakError",
    "InferenceError",
    "InvalidProgram",
    "PaddlefxError",
    "PycError",
    "ReemitError",
    "UnsupportedPythonError",
]


class PaddlefxError(Exception):
    """The base of all of them.

    Args:
        reason: what happened, one sentence.
        filename: the user's file, when known.
        lineno: its line, 1-based, when known.
        hint: what the user can do about it.
    """

    def __init__(
        self,
        reason: str,
        *,
        filename: Optional[str] = None,
        lineno: Optional[int] = None,
        hint: Optional[str] = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.filename = filename
        self.lineno = lineno
        self.hint = hint

    def __reduce__(self) -> Tuple[Any, ...]:
        return _rebuilt, (type(self), self.reason, self.filename, self.lineno, self.hint)

    def __str__(self) -> str:
        text = self.reason
        if self.filename is not None:
            text += f"\n  at {self.filename}"
            if self.lineno is not None:
                text += f":{self.lineno}"
        if self.hint is not None:
            text += f"\n  hint: {self.hint}"
        return text


def _rebuilt(
    cls: Type[PaddlefxError],
    reason: str,
    filename: Optional[str],
    lineno: Optional[int],
    hint: Optional[str],
) -> PaddlefxError:
    return cls(reason, filename=filename, lineno=lineno, hint=hint)


class UnsupportedPythonError(PaddlefxError):
    """No opcode table for this interpreter version."""


class DecodeError(PaddlefxError):
    """A code object that decode can't turn into a program."""


class PycError(PaddlefxError):
    """A .pyc file that can't be read: not one, damaged, or of an unsupported Python."""


class InvalidProgram(PaddlefxError):
    """A program that breaks a rule of the instruction set."""


class EmitError(PaddlefxError):
    """A program that can't be written for a version."""


class ReemitError(PaddlefxError):
    """Code that can't be decoded and emitted again; it names the module and the code object."""


class GraphBreakError(PaddlefxError):
    """``full_graph=True``, and something in the function can't be captured."""


class InferenceError(PaddlefxError):
    """The framework refuses the shapes or dtypes of an operation."""


class CompilerNotFoundError(PaddlefxError):
    """No backend of this name, or its package is not installed."""


class CompileError(PaddlefxError):
    """A backend can't compile a graph, or a node of it."""
