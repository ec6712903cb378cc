"""Building an ONNX model: values, constants, nodes."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from onnx import TensorProto, helper

from ...errors import CompileError
from ...graph import GraphLayer, Node
from ...tensor_meta import TensorMeta
from ..node_by_node import NodeByNodeCompiler, OperatorVisitor, Unsupported, dtype_name

__all__ = ["ELEMENT_TYPES", "ModelVisitor", "Value"]

#: The version of ONNX's operators that is written; every supported runtime reads it.
OPSET = 18
IR_VERSION = 8

#: A protobuf file ends at 2 GB.
_LARGEST_MODEL = 2_000_000_000

ELEMENT_TYPES: Dict[str, int] = {
    "bool": TensorProto.BOOL,
    "float16": TensorProto.FLOAT16,
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "uint8": TensorProto.UINT8,
}


class Value(NamedTuple):
    """A tensor of the model.

    Args:
        name: unique in the model.
        shape: its dimensions.
        dtype: as NumPy calls it.
    """

    name: str
    shape: Tuple[int, ...]
    dtype: str

    @property
    def is_float(self) -> bool:
        """Whether it holds floating numbers."""
        return self.dtype.startswith("float")


class ModelVisitor(OperatorVisitor):
    """A visitor whose values are those of an ONNX model."""

    def __init__(self, compiler: NodeByNodeCompiler, layer: GraphLayer) -> None:
        super().__init__(compiler, layer)
        self._inputs: List[Value] = []
        self._initializers: List[Any] = []
        self._nodes: List[Any] = []
        self._constants: Dict[Any, Value] = {}
        self._count = 0
        #: Whether equal constants are one.
        self.shares_constants = True

    # -- what methods are made of

    def _new(self, shape: Sequence[int], dtype: str) -> Value:
        self._count += 1
        return Value(f"v{self._count}", tuple(shape), dtype)

    def _call(
        self,
        op: str,
        inputs: Sequence[Optional[Value]],
        like: Union[Node, Value],
        **attributes: Any,
    ) -> Value:
        """A node with one result of the shape and dtype of ``like``."""
        if isinstance(like, Node):
            meta: TensorMeta = like.meta["tensor_meta"]
            result = self._new(meta.shape, dtype_name(meta.dtype))
        else:
            result = self._new(like.shape, like.dtype)
        names = ["" if value is None else value.name for value in inputs]
        # Without names of their own ONNX Runtime 1.19 gives two fused nodes the same one.
        self._nodes.append(
            helper.make_node(op, names, [result.name], name=result.name, **attributes)
        )
        return result

    def _several(
        self, op: str, inputs: Sequence[Value], metas: Sequence[TensorMeta], **attributes: Any
    ) -> List[Value]:
        """A node with several results."""
        results = [self._new(meta.shape, dtype_name(meta.dtype)) for meta in metas]
        names = [value.name for value in inputs]
        outputs = [value.name for value in results]
        self._nodes.append(helper.make_node(op, names, outputs, name=outputs[0], **attributes))
        return results

    def _constant(self, value: Any, dtype: str) -> Value:
        """A constant of numbers, nested or an array; equal ones are one."""
        array = np.asarray(value, dtype=dtype)
        if not array.size:
            raise Unsupported("a constant without elements")
        key: Any = (array.tobytes(), array.shape, dtype)
        if not self.shares_constants:
            key = len(self._constants)
        known = self._constants.get(key)
        if known is None:
            known = self._constants[key] = self._new(array.shape, dtype)
            self._initializers.append(
                helper.make_tensor(
                    known.name, ELEMENT_TYPES[dtype], array.shape, array.tobytes(), raw=True
                )
            )
        return known

    def _sizes(self, sizes: Sequence[int]) -> Value:
        return self._constant(list(sizes), "int64")

    def _reshaped(self, x: Value, shape: Sequence[int]) -> Value:
        if tuple(shape) == x.shape:
            return x
        like = Value("", tuple(shape), x.dtype)
        if not shape:
            return self._call("Squeeze", [x], like)
        return self._call("Reshape", [x, self._sizes(shape)], like)

    def _cast(self, x: Value, dtype: str) -> Value:
        if x.dtype == dtype:
            return x
        if dtype not in ELEMENT_TYPES:
            raise Unsupported(f"no tensors of {dtype}")
        if dtype == "bool":  # OpenVINO's own cast takes the least integer, and NaN, for false
            same = self._call("Equal", [x, self._constant(0, x.dtype)], x._replace(dtype="bool"))
            return self._call("Not", [same], same)
        return self._call("Cast", [x], x._replace(dtype=dtype), to=ELEMENT_TYPES[dtype])

    def _transposed(self, x: Value, perm: Sequence[int]) -> Value:
        if list(perm) == sorted(perm):
            return x
        shape = tuple([x.shape[axis] for axis in perm])
        return self._call("Transpose", [x], x._replace(shape=shape), perm=list(perm))

    def _need_float(self, *values: Optional[Value]) -> None:
        for value in values:
            if value is not None and not value.is_float:
                raise Unsupported(f"tensors of {value.dtype}")

    # -- the visitor's own

    def placeholder(self, name: str, meta: TensorMeta) -> Value:
        """An input of the model."""
        del name
        value = self._new(meta.shape, dtype_name(meta.dtype))
        self._inputs.append(value)
        return value

    def get_attr(self, name: str, meta: TensorMeta, tensor: Any) -> Value:
        """An initializer."""
        del name
        value = self._new(meta.shape, dtype_name(meta.dtype))
        data = np.ascontiguousarray(tensor.numpy()).tobytes()
        self._initializers.append(
            helper.make_tensor(value.name, ELEMENT_TYPES[value.dtype], value.shape, data, raw=True)
        )
        return value

    @property
    def inputs(self) -> Sequence[Value]:
        """The inputs of the model, in order."""
        return self._inputs

    def model(self, outputs: Sequence[Value]) -> Tuple[bytes, List[str]]:
        """The model in ONNX's form, and the names of its outputs: each its own tensor.

        Raises:
            CompileError: it is larger than the form allows.
        """
        # An output may be an input, a constant, or one that is an output already.
        made = [self._call("Identity", [value], value) for value in outputs]
        described = [
            [
                helper.make_tensor_value_info(value.name, ELEMENT_TYPES[value.dtype], value.shape)
                for value in values
            ]
            for values in (self._inputs, made)
        ]
        graph = helper.make_graph(
            self._nodes, "region", described[0], described[1], self._initializers
        )
        if graph.ByteSize() > _LARGEST_MODEL:
            raise CompileError("an ONNX model can't hold more than 2 GB of parameters")
        model = helper.make_model(
            graph, ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)]
        )
        return model.SerializeToString(), [value.name for value in made]


def first_only(node: Node) -> None:
    """An operator with several results of which only the first can be had.

    Raises:
        Unsupported: something uses another.
    """
    if any(user.args[1] != 0 for user in node.users):
        raise Unsupported("another result than the first")
