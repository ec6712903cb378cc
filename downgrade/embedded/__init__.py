"""Code in files that aren't modules: notebooks, Markdown, and the doctests of docstrings.

Each module here finds the code in a kind of file, has it lowered, and writes it back; everything
else of the file stays as it is, to the byte.
"""

from __future__ import annotations

from typing import Callable, Dict, Optional

from .doctests import lower_docstrings
from .fragments import Lowered, LowerText
from .markdown import lower_markdown
from .notebooks import lower_notebook

__all__ = ["KINDS", "LowerText", "Lowered", "kind_of", "lower_docstrings", "lower_file"]

#: The setting that asks for a kind -> how its files end.
KINDS = {"notebooks": (".ipynb",), "markdown": (".md", ".markdown")}
_LOWER: Dict[str, Callable[[str, LowerText], Lowered]] = {
    "notebooks": lower_notebook,
    "markdown": lower_markdown,
}


def kind_of(suffix: str) -> Optional[str]:
    """The kind of file with code in it that a suffix (``.ipynb``) means; None for others."""
    for kind, suffixes in KINDS.items():
        if suffix.lower() in suffixes:
            return kind
    return None


def lower_file(kind: str, text: str, lower: LowerText) -> Lowered:
    """Lower the code in the text of a file of one of the ``KINDS``.

    Raises:
        ValueError: it isn't such a file.
    """
    return _LOWER[kind](text, lower)
