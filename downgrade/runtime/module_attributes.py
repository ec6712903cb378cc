"""An attribute of what is a module, or something else, as it comes."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["attribute_of"]


def attribute_of(owner: Any, path: str, name: str, value: Any) -> Any:
    """``owner.name``; ``value`` if ``owner`` is the module, or what is in one, at ``path``."""
    head, rest = path, ""
    while head not in sys.modules and "." in head:
        head, _, last = head.rpartition(".")
        rest = f"{last}.{rest}" if rest else last
    found = sys.modules.get(head)
    for part in rest.split(".") if rest else ():
        found = getattr(found, part, None)
    if found is not None and owner is found:
        return value
    return getattr(owner, name)
