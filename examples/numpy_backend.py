"""A backend of one's own: NumPy, operator by operator.

``python examples/numpy_backend.py``. Operators without a method run in Paddle, in their place.
"""

from __future__ import annotations

from typing import Any, Callable, List, Sequence, Tuple

import numpy as np
import paddle

import paddlefx
from paddlefx.compiler.node_by_node import NodeByNodeCompiler, OperatorVisitor, Unsupported

Step = Callable[[List[Any]], Any]


class NumpyVisitor(OperatorVisitor):
    """A value is a function of the region's inputs that gives an array."""

    inputs = 0

    def placeholder(self, name: str, meta: Any) -> Step:
        place, self.inputs = self.inputs, self.inputs + 1
        return lambda arrays: arrays[place]

    def get_attr(self, name: str, meta: Any, tensor: Any) -> Step:
        array = tensor.numpy()
        return lambda arrays: array

    def add(self, node: Any, x: Step, y: Step) -> Step:
        return lambda arrays: x(arrays) + y(arrays)

    def multiply(self, node: Any, x: Step, y: Step) -> Step:
        return lambda arrays: x(arrays) * y(arrays)

    def relu(self, node: Any, x: Step) -> Step:
        return lambda arrays: np.maximum(x(arrays), 0)

    def matmul(self, node: Any, x: Step, y: Step, *, transpose_x: bool, transpose_y: bool) -> Step:
        if transpose_x or transpose_y:
            raise Unsupported("transposed matrices")
        return lambda arrays: x(arrays) @ y(arrays)

    def scale(
        self, node: Any, x: Step, *, scale: float, bias: float, bias_after_scale: bool
    ) -> Step:
        if not bias_after_scale:
            raise Unsupported("a bias before the scale")
        return lambda arrays: (x(arrays) * scale + bias).astype("float32")

    def finish(self, outputs: Sequence[Step], metas: Sequence[Any]) -> Callable[..., Any]:
        def region(*tensors: Any) -> Tuple[Any, ...]:
            arrays = [tensor.numpy() for tensor in tensors]
            return tuple([paddle.to_tensor(output(arrays)) for output in outputs])

        return region


@paddlefx.compiler.register("numpy")
class NumpyCompiler(NodeByNodeCompiler):
    """NumPy, for float32."""

    name = "numpy"
    visitor = NumpyVisitor
    dtypes = frozenset({"float32"})


def main() -> None:
    layer = paddle.nn.Sequential(
        paddle.nn.Linear(8, 16), paddle.nn.ReLU(), paddle.nn.Softmax(), paddle.nn.Linear(16, 4)
    )
    layer.eval()
    x = paddle.randn([2, 8])
    with paddle.no_grad():
        compiled = paddlefx.optimize(layer, backend="numpy")
        for _ in range(2):
            assert np.allclose(compiled(x).numpy(), layer(x).numpy(), atol=1e-6)
        explained = paddlefx.explain(layer, backend="numpy")(x)
    print(explained.graphs[0].notes)  # ('numpy leaves to the framework: softmax',)
    assert explained.graphs[0].notes == (
        "numpy leaves to the framework: softmax (1 of 4 operations)",
    )


if __name__ == "__main__":
    main()
