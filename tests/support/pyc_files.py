"""The .pyc files of tests/golden/pyc, and code objects as the JSON beside them has them."""

from __future__ import annotations

import importlib.util
import json
import pathlib

FILES = pathlib.Path(__file__).resolve().parents[1] / "golden" / "pyc"

_spec = importlib.util.spec_from_file_location("golden_pyc_make", FILES / "make.py")
_make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_make)


def codes(code):
    """A code object and all inside it, also where it is no ``types.CodeType``."""
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from codes(constant)


def described(code):
    """As make.py describes it."""
    return json.loads(json.dumps(_make.described(code)))
