"""The models, by field: each is data (see :class:`benchmarks.models.model.Model`)."""

from __future__ import annotations

from typing import List

from ..model import Model
from . import graphs, images, language, pictures, science, segmentation, speech

__all__ = ["MODELS"]

MODELS: List[Model] = [
    *images.MODELS,
    *segmentation.MODELS,
    *pictures.MODELS,
    *language.MODELS,
    *speech.MODELS,
    *science.MODELS,
    *graphs.MODELS,
]
