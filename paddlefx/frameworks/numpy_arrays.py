"""numpy as the executor sees it: which of its functions only compute, and what they give."""

from __future__ import annotations

import contextlib
import types
from typing import Any, ContextManager, Tuple

import numpy as np

from .arrays import Arrays

__all__ = ["NumpyArrays"]

#: Functions of numpy that draw, read, write, set something, or call back.
_STATE = frozenset(
    [
        "copyto", "empty", "empty_like", "errstate", "fill_diagonal", "frombuffer", "fromfile",
        "fromregex", "genfromtxt", "geterr", "getbufsize", "info", "load", "loadtxt", "memmap",
        "place", "put", "put_along_axis", "putmask", "save", "savetxt", "savez",
        "savez_compressed", "seterr", "setbufsize", "seterrcall", "set_printoptions", "show_config",
        "shares_memory", "may_share_memory", "asarray", "asanyarray", "ascontiguousarray",
        "nditer", "vectorize", "apply_along_axis", "frompyfunc", "fromiter", "fromfunction",
        "piecewise", "from_dlpack",
    ]
)  # fmt: skip


class NumpyArrays(Arrays):
    """numpy's functions, scalars and arrays."""

    constants: Tuple[type, ...] = (np.generic, np.dtype, np.finfo, np.iinfo)
    mutable: Tuple[type, ...] = (np.ndarray,)

    def computes(self, target: Any) -> bool:
        if isinstance(target, type):
            return issubclass(target, self.constants)
        name = getattr(target, "__name__", None)
        if not isinstance(name, str) or name in _STATE or name.startswith("_"):
            return False
        return vars(np).get(name) is target and not isinstance(target, types.ModuleType)

    def strictly(self, target: Any) -> ContextManager[Any]:
        if self.computes(target):
            return np.errstate(all="raise")
        return contextlib.nullcontext()
