"""Names that the standard library got in 3.14."""

from __future__ import annotations

from ...rule import Example
from ..library import LibraryRule


class LibraryNames314(LibraryRule):
    """Replaces them where they are used: see library/replacements.py."""

    name = "library-3.14"
    version = (3, 14)
    title = "Names of the standard library of 3.14"
    examples = (
        Example(
            "\nfrom string.templatelib import Template\n",
            "import _downgrade\nTemplate = _downgrade.templatelib.Template\n",
        ),
    )
