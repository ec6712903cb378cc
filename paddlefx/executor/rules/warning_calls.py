"""``warnings.warn`` in captured code: issued by the residual program, at the place that asked."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Dict, List

from ...source import ConstantSource, ItemSource
from ..breaks import Kind
from ..iterators import iteration
from ..values import ConstantVariable, NotConstant, Variable
from .rule import Rule

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["RULES"]


def _issue(message: Any, category: Any, filename: str, lineno: int, names: Dict[str, Any]) -> None:
    registry = names.setdefault("__warningregistry__", {})
    module = names.get("__name__") or "<string>"
    # Without the globals, as `warn` does: with them the module's source is read in each call.
    warnings.warn_explicit(message, category, filename, lineno, module, registry)


def _warn(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
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
    _check_settings(machine, str(message), category, frame)
    machine.side_effects.call(
        _issue, (message, category, frame.filename, frame.lineno or 1, frame.globals)
    )
    return ConstantVariable(None)


def _check_settings(machine: Machine, message: str, category: Any, frame: Frame) -> None:
    """What a warning comes to has to be seen by nobody before the graph has run.

    Raises:
        GraphBreak: a filter makes an exception of it, or captured code has it recorded.
    """
    settings = vars(warnings)
    for name in ("showwarning", "_showwarnmsg", "_showwarnmsg_impl"):
        if machine.side_effects.pending_global(settings, name) is not None:
            machine.break_graph(Kind.CALL, "a warning that is recorded")
    filters = machine.side_effects.pending_global(settings, "filters")
    if filters is None:
        filters = machine.wrap(settings["filters"], ItemSource(_SETTINGS, "filters"))
    module = str(frame.globals.get("__name__") or "<string>")
    for entry in iteration.unpacked(machine, filters):
        parts = [item.as_constant() for item in iteration.unpacked(machine, entry)]
        action, text, kind, place, line = parts
        if isinstance(category, type) and not issubclass(category, kind):
            continue
        if not _matches(text, message) or not _matches(place, module):
            continue
        if line in (0, frame.lineno):
            if action == "error":
                machine.break_graph(Kind.CALL, "a warning that is an exception")
            return


def _matches(pattern: Any, text: str) -> bool:
    """As ``check_matched`` of ``Python/_warnings.c``."""
    if pattern is None or isinstance(pattern, str):
        return pattern is None or pattern == text
    return pattern.match(text) is not None


def _mutated(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """The filters have changed: said when they really have, behind the stores before it."""
    machine.side_effects.call(vars(warnings)["_filters_mutated"], ())
    return ConstantVariable(None)


_SETTINGS = ConstantSource(vars(warnings), "warnings")

RULES: Dict[Any, Rule] = {warnings.warn: _warn}
if "_filters_mutated" in vars(warnings):
    RULES[vars(warnings)["_filters_mutated"]] = _mutated
