"""``unittest.enterModuleContext`` (3.11)."""

from __future__ import annotations

import unittest
from typing import Any

__all__ = ["enterModuleContext"]


def enterModuleContext(cm: Any) -> Any:
    """Enter a context manager; it is left after ``tearDownModule``."""
    cls = type(cm)
    try:
        enter, leave = cls.__enter__, cls.__exit__
    except AttributeError:
        name = f"{cls.__module__}.{cls.__qualname__}"
        raise TypeError(f"'{name}' object does not support the context manager protocol") from None
    result = enter(cm)
    unittest.addModuleCleanup(leave, cm, None, None, None)
    return result
