"""paddlefx compiles Python functions of tensors as they run: ``optimize(function_or_layer)``."""

from .api import Explanation, disable, explain, optimize, reset, stats
from .errors import GraphBreakError, PaddlefxError

__all__ = [
    "Explanation",
    "GraphBreakError",
    "PaddlefxError",
    "__version__",
    "disable",
    "explain",
    "optimize",
    "reset",
    "stats",
]

__version__ = "0.1.0"
