"""``warnings.warn`` in captured code: issued by the residual program, at the place that asked."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Dict, List

from ..breaks import Kind
from ..values import ConstantVariable, NotConstant, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["WARN", "warn"]

WARN = warnings.warn


def _issue(message: Any, category: Any, filename: str, lineno: int, names: Dict[str, Any]) -> None:
    registry = names.setdefault("__warningregistry__", {})
    module = names.get("__name__") or "<string>"
    # Without the globals, as `warn` does: with them the module's source is read in each call.
    warnings.warn_explicit(message, category, filename, lineno, module, registry)


def warn(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``warnings.warn(message, category, stacklevel)``, with what ``warn`` would find out.

    Follows ``warnings.warn`` of CPython's ``Lib/warnings.py``.
    """
    try:
        known: List[Any] = [item.as_constant() for item in args]
        named = {key: item.as_constant() for key, item in kwargs.items()}
    except NotConstant:
        return machine.break_graph(Kind.CALL, "a warning whose text isn't known")
    message = named.pop("message", None) if not known else known.pop(0)
    category = named.pop("category", None) if not known else known.pop(0)
    level = named.pop("stacklevel", 1) if not known else known.pop(0)
    if known or named or not isinstance(level, int) or not 1 <= level <= len(machine.frames):
        return machine.break_graph(Kind.CALL, "a warning about the caller of the compiled function")
    if isinstance(message, Warning):
        category = type(message)
    elif category is None:
        category = UserWarning
    frame = machine.frames[-level]
    machine.side_effects.call(
        _issue, (message, category, frame.filename, frame.lineno or 1, frame.globals)
    )
    return ConstantVariable(None)
