"""Resizing of images."""

from __future__ import annotations

from typing import Any, Dict, List

from ...graph import Node
from ..node_by_node import Unsupported
from .model import ModelVisitor, Value

__all__ = ["ResamplingOperators"]


class ResamplingOperators(ModelVisitor):
    """Interpolation, channels first."""

    def nearest_interp(self, node: Node, x: Value, **given: Any) -> Value:
        """The nearest pixel to the left."""
        if given["align_corners"]:
            raise Unsupported("corners aligned")
        return self._resized(node, x, "nearest", "asymmetric", given, nearest_mode="floor")

    def bilinear_interp(self, node: Node, x: Value, **given: Any) -> Value:
        """Between four pixels."""
        if given["align_corners"]:
            transformation = "align_corners"
        else:
            transformation = "half_pixel" if given["align_mode"] == 0 else "asymmetric"
        return self._resized(node, x, "linear", transformation, given)

    linear_interp = trilinear_interp = bilinear_interp

    def bicubic_interp(self, node: Node, x: Value, **given: Any) -> Value:
        """Between sixteen pixels."""
        transformation = "align_corners" if given["align_corners"] else "half_pixel"
        return self._resized(node, x, "cubic", transformation, given, cubic_coeff_a=-0.75)

    def _resized(
        self,
        node: Node,
        x: Value,
        mode: str,
        transformation: str,
        given: Dict[str, Any],
        **attributes: Any,
    ) -> Value:
        self._need_float(x)
        if not given["data_format"].startswith("NC"):
            raise Unsupported(given["data_format"])
        shape = node.meta["tensor_meta"].shape
        factors: List[float] = list(given.get("scale") or ())
        for size, old, factor in zip(shape[2:], x.shape[2:], factors):
            # A scale that isn't the ratio of the sizes places pixels otherwise.
            if factor > 0 and size != old * factor:
                raise Unsupported("a size that isn't a multiple")
        return self._call(
            "Resize",
            [x, None, None, self._sizes(shape)],
            node,
            mode=mode,
            coordinate_transformation_mode=transformation,
            **attributes,
        )
