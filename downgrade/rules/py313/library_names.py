"""Names that the standard library got in 3.13."""

from __future__ import annotations

from ...rule import Example
from ..library import LibraryRule


class LibraryNames313(LibraryRule):
    """Replaces them where they are used: see library/replacements.py."""

    name = "library-3.13"
    version = (3, 13)
    title = "Names of the standard library of 3.13"
    examples = (
        Example(
            "from warnings import warn, deprecated\n",
            "from warnings import warn; from typing_extensions import deprecated\n",
        ),
    )
