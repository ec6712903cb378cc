"""All constructs: importing this module fills ``CONSTRUCTS``."""

from __future__ import annotations

from tests.constructs import (
    branches,
    breaks,
    builtin_functions,
    calls,
    classes,
    containers,
    exceptions,
    generators,
    layers,
    library,
    loops,
    newer_grammar,
    side_effects,
    texts,
    with_statements,
)
from tests.constructs.construct import CONSTRUCTS

__all__ = ["CONSTRUCTS", "THEMES"]

THEMES = (
    branches, breaks, builtin_functions, calls, classes, containers, exceptions, generators,
    layers, library, loops, newer_grammar, side_effects, texts, with_statements,
)  # fmt: skip
