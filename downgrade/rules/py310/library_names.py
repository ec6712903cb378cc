"""Names that the standard library got in 3.10."""

from __future__ import annotations

from ...rule import Example
from ..library import LibraryRule


class LibraryNames310(LibraryRule):
    """Replaces them where they are used: see library/replacements.py."""

    name = "library-3.10"
    version = (3, 10)
    title = "Names of the standard library of 3.10"
    examples = (
        Example(
            "\nfor a, b in zip(x, y, strict=True): pass\n",
            "import _downgrade\nfor a, b in _downgrade.zip_strict(x, y, strict=True): pass\n",
        ),
        Example(
            "import functools\nz = functools.partial(zip, strict=True)\n",
            "import _downgrade; import functools\n"
            "z = functools.partial(_downgrade.zip_strict, strict=True)\n",
        ),
        Example(
            "from itertools import (\n    chain,\n    pairwise,  # of 3.10\n    tee,\n)\n",
            "import _downgrade; from itertools import (\n    chain,\n    # of 3.10\n    tee,\n"
            "); pairwise = _downgrade.pairwise\n",
        ),
        Example(
            "\nfrom dataclasses import dataclass\n@dataclass(slots=True)\nclass A:\n    x: int\n",
            "import _downgrade\nfrom dataclasses import dataclass\n@_downgrade.dataclass(slots=True)\n"
            "class A:\n    x: int\n",
        ),
        Example(
            "from dataclasses import dataclass\nA = dataclass(slots=True)(B)\n",
            "import _downgrade; from dataclasses import dataclass\n"
            "A = _downgrade.dataclass(slots=True)(B)\n",
        ),
        Example(
            "import dataclasses, functools\n"
            "data = functools.partial(dataclasses.dataclass, frozen=True, **options)\n",
            "import _downgrade; import dataclasses, functools\n"
            "data = functools.partial(_downgrade.dataclass, frozen=True, **options)\n",
        ),
        Example(
            "\nimport types\nprint(types.NoneType)\ndel types\n",
            "import _downgrade\nimport types\nprint(_downgrade.NoneType)\ndel types\n",
            output="<class 'NoneType'>\n",
        ),
        Example(
            "\nimport bisect\nif bisect is None: bisect = 1\na = [3, 1]\n"
            "bisect.insort(a, 2, key=lambda x: -x)\nprint(a)\n",
            "import _downgrade\nimport bisect\nif bisect is None: bisect = 1\na = [3, 1]\n"
            '_downgrade.attribute_of(bisect, "bisect", "insort", _downgrade.insort_right)'
            "(a, 2, key=lambda x: -x)\nprint(a)\n",
            output="[3, 2, 1]\n",
        ),
    )
