"""``locale.getencoding`` (3.11)."""

from __future__ import annotations

import importlib
import locale
import sys

__all__ = ["getencoding"]


def getencoding() -> str:
    """The locale's encoding, whatever Python's UTF-8 mode says."""
    if sys.platform == "win32":
        found: str = importlib.import_module("_locale")._getdefaultlocale()[1]
        return found
    return locale.nl_langinfo(locale.CODESET) or "utf-8"
