"""Names that the standard library got in 3.12."""

from __future__ import annotations

from ...rule import Example
from ..library import LibraryRule


class LibraryNames312(LibraryRule):
    """Replaces them where they are used: see library/replacements.py."""

    name = "library-3.12"
    version = (3, 12)
    title = "Names of the standard library of 3.12"
    examples = (
        Example(
            "\nimport itertools\nx = itertools.batched(y, 2)\n",
            "import _downgrade\nimport itertools\nx = _downgrade.batched(y, 2)\n",
        ),
        Example(
            "\nx = [one for one in y if (one.status).is_success]\n",
            "import _downgrade\nx = [one for one in y if _downgrade.is_success((one.status))]\n",
        ),
        Example("from typing import override\n", "from typing_extensions import override\n"),
    )
