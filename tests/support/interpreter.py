"""Looks into the running interpreter that owe nothing to our C code."""

from __future__ import annotations

import ctypes
import os
from typing import Callable


def _address(function: object) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _reader() -> Callable[[], int]:
    """A function that reads the interpreter's frame evaluator (PEP 523)."""
    api = ctypes.pythonapi
    if hasattr(api, "_PyInterpreterState_GetEvalFrameFunc"):
        api.PyInterpreterState_Get.restype = ctypes.c_void_p
        get = api._PyInterpreterState_GetEvalFrameFunc
        get.restype, get.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        state = api.PyInterpreterState_Get()
        return lambda: get(state)
    # 3.8 has no getter: the slot of PyInterpreterState that holds the default is found once.
    api._PyInterpreterState_Get.restype = ctypes.c_void_p
    slots = ctypes.cast(api._PyInterpreterState_Get(), ctypes.POINTER(ctypes.c_size_t))
    default = _address(api._PyEval_EvalFrameDefault)
    index = next(index for index in range(1000) if slots[index] == default)
    return lambda: slots[index]


_read = _reader()
_default = _read()


def hook_is_on() -> bool:
    """Whether a frame evaluator other than the one at the start of the tests is installed."""
    return _read() != _default


def resident_bytes() -> int:
    """The process's resident set size."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
