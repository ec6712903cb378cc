"""The interpreter that runs this program: the one place that asks for its version."""

from __future__ import annotations

import sys

#: (major, minor) of the host. What is written out never depends on it, only the way there.
HOST = sys.version_info[:2]
#: The spans in the host's ``ast`` are right everywhere: those of f-strings are, from 3.12 on.
AST_HAS_SPANS = HOST >= (3, 12)
