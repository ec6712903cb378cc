"""Passes over a captured graph, one a module, and what they ask of it."""

from __future__ import annotations

from .aliasing import Aliasing, Memory, OutputSharing
from .common_subexpressions import common_subexpressions
from .constant_folding import constant_folding
from .conv_batch_norm import conv_batch_norm
from .dead_code import dead_code
from .decomposition import decomposition
from .fusion import FusionGroup, fusion, fusion_groups
from .propagation import propagation
from .running import Pass, run_passes

__all__ = [
    "Aliasing",
    "FusionGroup",
    "Memory",
    "OutputSharing",
    "Pass",
    "common_subexpressions",
    "constant_folding",
    "conv_batch_norm",
    "dead_code",
    "decomposition",
    "fusion",
    "fusion_groups",
    "propagation",
    "run_passes",
]
