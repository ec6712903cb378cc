"""paddlefx compiles Python functions of tensors as they run: ``optimize(function_or_layer)``."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Explanation, disable, explain, optimize, reset, stats
    from .conditional import cond
    from .errors import GraphBreakError, PaddlefxError
    from .marks import allow_in_graph, assume_constant_result, mark_dynamic
    from .tracing import symbolic_trace

__all__ = [
    "Explanation",
    "GraphBreakError",
    "PaddlefxError",
    "__version__",
    "allow_in_graph",
    "assume_constant_result",
    "cond",
    "disable",
    "explain",
    "mark_dynamic",
    "optimize",
    "reset",
    "stats",
    "symbolic_trace",
]

__version__ = "0.1.0"

_HOMES = {
    "allow_in_graph": ".marks",
    "assume_constant_result": ".marks",
    "Explanation": ".api",
    "GraphBreakError": ".errors",
    "PaddlefxError": ".errors",
    "cond": ".conditional",
    "disable": ".api",
    "explain": ".api",
    "mark_dynamic": ".marks",
    "optimize": ".api",
    "reset": ".api",
    "stats": ".api",
    "symbolic_trace": ".tracing",
}

#: Homes that need the C extension.
_COMPILING = (".api", ".tracing")

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """A public name, imported when it is first asked for (PEP 562).

        So the layers below :mod:`.api` (decode, emit, ``python -m paddlefx dis``) load without
        the C extension and the executor.

        Raises:
            UnsupportedPythonError: the C extension isn't built for this interpreter.
        """
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if home in _COMPILING:
            importlib.import_module(".opcodes", __name__).require_compiler()
            # What modules make lives on: collections meanwhile would free nothing.
            importlib.import_module("._C", __name__).uncollected(_fetch, _HOMES)
        else:
            _fetch({key: place for key, place in _HOMES.items() if place not in _COMPILING})
        return globals()[name]

    def _fetch(homes: Any) -> None:
        """All at once: captured code that reads one finds it where it will stay."""
        for name, place in homes.items():
            globals()[name] = getattr(importlib.import_module(place, __name__), name)


def __dir__() -> Any:
    return sorted({*globals(), *__all__})
