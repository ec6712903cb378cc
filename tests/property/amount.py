"""How many examples a property is tried on.

``PADDLEFX_EXAMPLES`` says it; without it, few enough for CI. ``nox -s properties`` asks for 3,500.
"""

from __future__ import annotations

import os

__all__ = ["amount"]


def amount(default: int) -> int:
    """The number of examples, ``default`` unless the environment says another."""
    return int(os.environ.get("PADDLEFX_EXAMPLES", default))
