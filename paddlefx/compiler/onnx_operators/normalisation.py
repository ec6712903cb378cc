"""Normalisations, as they are outside of training."""

from __future__ import annotations

from typing import Any, List, Optional

import numpy as np

from ...graph import Node
from ..node_by_node import Unsupported
from .model import ModelVisitor, Value, first_only

__all__ = ["NormalisationOperators"]


class NormalisationOperators(ModelVisitor):
    """Batch, layer, group and instance norm; the second results aren't there."""

    def _along_channels(self, x: Value, values: Optional[Value], number: float) -> Value:
        if values is None:
            return self._constant(np.full([x.shape[1]], number), x.dtype)
        return self._reshaped(values, [x.shape[1]])

    def batch_norm(
        self,
        node: Node,
        x: Value,
        mean: Value,
        variance: Value,
        scale: Optional[Value] = None,
        bias: Optional[Value] = None,
        *,
        is_test: bool,
        epsilon: float,
        data_format: str,
        use_global_stats: bool,
        trainable_statistics: bool,
        **rest: Any,
    ) -> List[Value]:
        """By the running statistics."""
        del rest
        self._need_float(x, mean, variance, scale, bias)
        first_only(node)
        if trainable_statistics or not (is_test or use_global_stats) or len(x.shape) < 2:
            raise Unsupported("training")
        if not data_format.startswith("NC") and len(x.shape) > 2:
            raise Unsupported(data_format)
        inputs = [
            x,
            self._along_channels(x, scale, 1.0),
            self._along_channels(x, bias, 0.0),
            mean,
            variance,
        ]
        return [self._call("BatchNormalization", inputs, x, epsilon=epsilon)]

    def layer_norm(
        self,
        node: Node,
        x: Value,
        scale: Optional[Value] = None,
        bias: Optional[Value] = None,
        *,
        epsilon: float,
        begin_norm_axis: int,
    ) -> List[Value]:
        """Over the last axes."""
        self._need_float(x, scale, bias)
        first_only(node)
        shape = x.shape[begin_norm_axis:]
        if not shape:
            raise Unsupported("no axis")
        if scale is None:
            factors = self._constant(np.ones(shape), x.dtype)
        else:
            factors = self._reshaped(scale, shape)
        inputs = [x, factors]
        if bias is not None:
            inputs.append(self._reshaped(bias, shape))
        result = self._call("LayerNormalization", inputs, x, axis=begin_norm_axis, epsilon=epsilon)
        return [result]

    def group_norm(
        self,
        node: Node,
        x: Value,
        scale: Optional[Value] = None,
        bias: Optional[Value] = None,
        *,
        epsilon: float,
        groups: int,
        data_format: str,
    ) -> List[Value]:
        """Over groups of channels: as instances of one channel each."""
        self._need_float(x, scale, bias)
        first_only(node)
        if not data_format.startswith("NC") or len(x.shape) < 3:
            raise Unsupported(data_format)
        size = int(np.prod(x.shape)) // (x.shape[0] * groups)
        rows = self._reshaped(x, [x.shape[0], groups, size])
        ones = self._along_channels(rows, None, 1.0)
        zeros = self._along_channels(rows, None, 0.0)
        normal = self._call("InstanceNormalization", [rows, ones, zeros], rows, epsilon=epsilon)
        result = self._reshaped(normal, x.shape)
        channels = [x.shape[1], *[1] * (len(x.shape) - 2)]
        if scale is not None:
            result = self._call("Mul", [result, self._reshaped(scale, channels)], x)
        if bias is not None:
            result = self._call("Add", [result, self._reshaped(bias, channels)], x)
        return [result]

    def instance_norm(
        self,
        node: Node,
        x: Value,
        scale: Optional[Value] = None,
        bias: Optional[Value] = None,
        *,
        epsilon: float,
    ) -> List[Value]:
        """Over each channel of each example."""
        self._need_float(x, scale, bias)
        first_only(node)
        if len(x.shape) < 3:
            raise Unsupported("no spatial axis")
        inputs = [x, self._along_channels(x, scale, 1.0), self._along_channels(x, bias, 0.0)]
        return [self._call("InstanceNormalization", inputs, x, epsilon=epsilon)]
