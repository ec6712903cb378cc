"""``sys.orig_argv`` (3.10)."""

from __future__ import annotations

import ctypes
from typing import List, Optional

__all__ = ["orig_argv"]


def _given() -> List[Optional[str]]:
    """What the interpreter was started with: it has kept the addresses of the words."""
    count, words = ctypes.c_int(), ctypes.POINTER(ctypes.c_wchar_p)()
    ctypes.pythonapi.Py_GetArgcArgv(ctypes.byref(count), ctypes.byref(words))
    return [words[index] for index in range(count.value)]


orig_argv = _given()
