"""Names that the standard library got in 3.11."""

from __future__ import annotations

from ...rule import Example
from ..library import LibraryRule


class LibraryNames311(LibraryRule):
    """Replaces them where they are used: see library/replacements.py."""

    name = "library-3.11"
    version = (3, 11)
    title = "Names of the standard library of 3.11"
    examples = (
        Example(
            "from typing import Any, Self\n",
            "from typing import Any; from typing_extensions import Self\n",
        ),
        Example(
            "from typing import Any, \\\n    Never, \\\n    Self\n"
            "from typing import Never, Any, \\\n    Self, \\\n    List\n"
            "from typing import (\n    Any,\n    Never,  # one\n    Self  # two\n)\n",
            "from typing import Any \\\n \\\n; from typing_extensions import Never, Self\n"
            "from typing import Any, \\\n     \\\nList; from typing_extensions import Never, Self\n"
            "from typing import (\n    Any,\n    # one\n      # two\n)"
            "; from typing_extensions import Never, Self\n",
        ),
        Example(
            "\nimport tomllib, sys\nfrom datetime import datetime, UTC\n",
            "import _downgrade\nimport sys; tomllib = _downgrade.tomllib\n"
            "from datetime import datetime; UTC = _downgrade.UTC\n",
        ),
        Example(
            "\nimport typing as t\ndef f(x) -> t.Self: raise ExceptionGroup('', [x])\n",
            "import typing_extensions as _typing_extensions; import _downgrade\nimport typing as t\n"
            "def f(x) -> _typing_extensions.Self: raise _downgrade.ExceptionGroup('', [x])\n",
        ),
        Example(
            "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n",
            "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n",
        ),
        Example(
            "\ntry:\n    raise ExceptionGroup('', [x])\nexcept Exception:\n    pass\n",
            "import _downgrade\ntry:\n    raise _downgrade.ExceptionGroup('', [x])\n"
            "except Exception:\n    pass\n",
        ),
        Example(
            "from sqlite3 import Blob\n",
            error="sqlite3.Blob came with Python 3.11, and nothing stands for it",
        ),
        Example(
            "import os\nos.login_tty(3)\n",
            error="os.login_tty came with Python 3.11, and nothing stands for it",
        ),
        Example(
            "import glob\nglob.glob('*', include_hidden=True)\n",
            error="glob.glob(include_hidden) came with Python 3.11, and nothing stands for it",
        ),
        Example(
            "\nfrom datetime import datetime as time\nprint(time.fromisoformat('20110104'))\n",
            "import _downgrade\nfrom datetime import datetime as time\n"
            "print(_downgrade.datetime_fromisoformat('20110104'))\n",
            output="2011-01-04 00:00:00\n",
        ),
        Example(
            "\nfrom datetime import datetime\nclass A:\n    import datetime\n"
            "import datetime\nprint(datetime.UTC)\ndatetime = A\n",
            "import _downgrade\nfrom datetime import datetime\nclass A:\n    import datetime\n"
            "import datetime\nprint(_downgrade.attribute_of("
            'datetime, "datetime", "UTC", _downgrade.UTC))\ndatetime = A\n',
            output="UTC\n",
        ),
        Example(
            "\ntry: import datetime\nexcept ImportError: datetime = None\n"
            "print(datetime.datetime.fromisoformat('20110104'))\n",
            "import _downgrade\ntry: import datetime\nexcept ImportError: datetime = None\n"
            'print(_downgrade.attribute_of(datetime.datetime, "datetime.datetime", '
            "\"fromisoformat\", _downgrade.datetime_fromisoformat)('20110104'))\n",
            output="2011-01-04 00:00:00\n",
        ),
        Example(
            "import dataclasses\n@dataclasses.dataclass(**options)\nclass A: pass\n",
            "import _downgrade; import dataclasses\n@_downgrade.dataclass(**options)\n"
            "class A: pass\n",
        ),
    )
