"""Saving a captured graph with its parameters, and loading it again."""

from __future__ import annotations

import base64
import copy
import io
import json
import zipfile
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import paddle
from paddle.base import core

from ..graph import Graph, GraphError
from ..graph.serialise import Codec, graph_from_data, graph_to_data
from .paddle_inference import canonical_dtype

__all__ = ["PaddleCodec", "copied_attributes", "load", "save"]

_GRAPH = "graph.json"
_TENSORS = "tensors.pdparams"
_PARAMETER = paddle.base.framework.EagerParamBase
_PLACES: Tuple[Any, ...] = (core.Place, core.CPUPlace, core.CUDAPlace)
#: The class of a place by the device's word.
_OF_DEVICES = {"cpu": "CPUPlace", "gpu": "CUDAPlace"}


class PaddleCodec(Codec):
    """Dtypes, places, arrays of numpy, and the functions of ``paddle.base.core``."""

    def encode(self, value: Any) -> Optional[List[Any]]:
        """See :meth:`paddlefx.graph.serialise.Codec.encode`."""
        if type(value) is type(paddle.float32):
            return ["dtype", str(canonical_dtype(value)).rsplit(".", 1)[-1]]
        if isinstance(value, _PLACES):
            return ["place", type(value).__name__, str(value)[len("Place(") : -1]]
        if type(value) is np.ndarray and value.dtype.hasobject is False:
            data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
            return ["array", value.dtype.str, list(value.shape), data]
        if isinstance(value, np.generic):
            return ["scalar", *(self.encode(np.asarray(value)) or [])]
        name = getattr(value, "__name__", "")
        if name and getattr(core, name, None) is value:
            return ["core", name]
        return None

    def decode(self, word: str, data: List[Any]) -> Any:
        """See :meth:`paddlefx.graph.serialise.Codec.decode`."""
        if word == "dtype":
            return getattr(paddle, data[0])
        if word == "core":
            return getattr(core, data[0])
        if word == "array":
            return np.frombuffer(base64.b64decode(data[2]), data[0]).reshape(data[1]).copy()
        if word == "scalar":
            return self.decode(data[0], data[1:])[()]
        if word == "place" and data[0] == "Place":
            place = core.Place()
            place.set_place(self.decode("place", [_OF_DEVICES[data[1].partition(":")[0]], data[1]]))
            return place
        if word == "place":
            numbers = [int(part) for part in data[1].partition(":")[2:] if part]
            return getattr(core, data[0])(*numbers)
        return super().decode(word, data)


def save(path: Any, graph: Graph, attributes: Dict[str, Any]) -> None:
    """Write a graph and what it reads into one file.

    Args:
        path: the file's, or a binary file.
        graph: its targets and constants can be named or written down.
        attributes: tensors and parameters.

    Raises:
        GraphError: something can't be saved, with its node.
    """
    text = json.dumps(graph_to_data(graph, PaddleCodec()))
    tensors = {name: value for name, value in attributes.items() if _is_tensor(value)}
    if len(tensors) < len(attributes):
        other = next(name for name in attributes if name not in tensors)
        raise GraphError(f"attribute {other!r} is no tensor; only tensors are saved")
    kinds = {name: _kind(value) for name, value in tensors.items()}
    buffer = io.BytesIO()
    if tensors:
        paddle.save({name: value.detach() for name, value in tensors.items()}, buffer)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(_GRAPH, text)
        file.writestr("kinds.json", json.dumps(kinds))
        file.writestr(_TENSORS, buffer.getvalue())


def load(path: Any) -> Tuple[Graph, Dict[str, Any]]:
    """What :func:`save` wrote: the graph and its attributes.

    The tensors are read with ``paddle.load``, so load files only that you trust.

    Raises:
        GraphError: the file is none of these, or needs what isn't installed.
    """
    try:
        with zipfile.ZipFile(path) as file:
            data = json.loads(file.read(_GRAPH))
            kinds = json.loads(file.read("kinds.json"))
            tensors = paddle.load(io.BytesIO(file.read(_TENSORS))) if kinds else {}
    except (zipfile.BadZipFile, KeyError) as error:
        raise GraphError(f"{path} holds no graph of paddlefx: {error}") from error
    attributes = {name: _restored(tensors[name], *kinds[name]) for name in kinds}
    return graph_from_data(data, PaddleCodec()), attributes


def copied_attributes(attributes: Dict[str, Any], memo: Dict[int, Any]) -> Dict[str, Any]:
    """New tensors with the same data; parameters stay parameters."""
    return {name: copy.deepcopy(value, memo) for name, value in attributes.items()}


def _is_tensor(value: Any) -> bool:
    return isinstance(value, paddle.Tensor)


def _kind(value: Any) -> Tuple[bool, bool]:
    return isinstance(value, _PARAMETER), bool(value.stop_gradient)


def _restored(tensor: Any, is_parameter: bool, stop_gradient: bool) -> Any:
    tensor = tensor if isinstance(tensor, paddle.Tensor) else paddle.to_tensor(tensor)
    if is_parameter:
        return _PARAMETER.from_tensor(tensor, trainable=not stop_gradient)
    tensor.stop_gradient = stop_gradient
    return tensor
