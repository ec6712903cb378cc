"""Names that the standard library got in 3.9."""

from __future__ import annotations

from ...rule import Example
from ..library import LibraryRule


class LibraryNames39(LibraryRule):
    """Replaces them where they are used: see library/replacements.py."""

    name = "library-3.9"
    version = (3, 9)
    title = "Names of the standard library of 3.9"
    examples = (
        Example(
            "class A: pass\nx = y.removeprefix('a')\n",
            "class A: pass\nx = __import__(\"_downgrade\").removeprefix(y, 'a')\n",
        ),
        Example(
            "\nfrom functools import cache, wraps\nfrom typing import Annotated as A\n",
            "import _downgrade\nfrom functools import wraps; cache = _downgrade.cache\n"
            "from typing_extensions import Annotated as A\n",
        ),
        Example(
            "\nprint(f(x).removeprefix('a'))\n",
            "import _downgrade\nprint(_downgrade.removeprefix(f(x), 'a'))\n",
        ),
        Example(
            "\nprint(str.removeprefix('ab', 'a'), *map(float.__ceil__, [1.5]))\n",
            "import _downgrade\n"
            "print(_downgrade.removeprefix('ab', 'a'), *map(_downgrade.float_ceil, [1.5]))\n",
            output="b 2\n",
        ),
        Example(
            "import sys\nif sys.version_info >= (3, 9):\n    from functools import cache\n",
            "import sys\nif sys.version_info >= (3, 9):\n    from functools import cache\n",
        ),
        Example(
            "\ntry:\n    from functools import cache\nexcept Exception:\n    cache = None\n",
            "\ntry:\n    from functools import cache\nexcept Exception:\n    cache = None\n",
        ),
        Example(
            "\ntry:\n    f()\n    from functools import cache\nexcept Exception: pass\n",
            "import _downgrade\ntry:\n    f()\n    cache = _downgrade.cache\nexcept Exception: pass\n",
        ),
        Example(
            "\ntry:\n    def f():\n        from functools import cache\nexcept ImportError: pass\n",
            "import _downgrade\ntry:\n    def f():\n        cache = _downgrade.cache\n"
            "except ImportError: pass\n",
        ),
    )
