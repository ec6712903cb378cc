"""Questions about objects, classes and words that came after 3.8."""

from __future__ import annotations

import re
import types
from typing import Any, List

__all__ = ["NOFLAG", "ismethodwrapper", "issoftkeyword", "softkwlist", "update_abstractmethods"]

NOFLAG = re.RegexFlag(0)
#: 3.8 has none.
softkwlist: List[str] = []
issoftkeyword = frozenset(softkwlist).__contains__


def ismethodwrapper(object: Any) -> bool:
    """``inspect.ismethodwrapper`` of 3.11."""
    return isinstance(object, types.MethodWrapperType)


def update_abstractmethods(cls: Any) -> Any:
    """``abc.update_abstractmethods`` of 3.10."""
    if not hasattr(cls, "__abstractmethods__"):
        return cls
    found = {
        name
        for base in cls.__bases__
        for name in getattr(base, "__abstractmethods__", ())
        if getattr(getattr(cls, name, None), "__isabstractmethod__", False)
    }
    found.update(
        name
        for name, value in cls.__dict__.items()
        if getattr(value, "__isabstractmethod__", False)
    )
    cls.__abstractmethods__ = frozenset(found)
    return cls
