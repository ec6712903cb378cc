"""Functions that between them use every operator that node-by-node backends know.

Each takes tensors of :func:`inputs` by name and gives a tuple. Those in ``WITH_INT64`` need a backend
that computes whole numbers of 64 bits.
"""

from __future__ import annotations

from typing import Any, Callable, Dict

import paddle
import paddle.nn.functional as F

__all__ = ["CASES", "WITH_INT64", "inputs"]

CASES: Dict[str, Callable[..., Any]] = {}
WITH_INT64 = frozenset(
    (
        *("along_an_axis", "casts", "comparisons", "constants", "look_ups", "reductions"),
        "whole_numbers",
    )
)


def case(function: Callable[..., Any]) -> Callable[..., Any]:
    CASES[function.__name__] = function
    return function


def inputs() -> Dict[str, Any]:
    """The tensors that the parameters of the cases name; the same in each call."""
    paddle.seed(5)
    x = paddle.randn([2, 3, 4])
    return {
        "x": x,
        "y": paddle.randn([2, 3, 4]),
        "column": paddle.randn([3, 1]),
        "scalar": paddle.randn([]),
        "matrix": paddle.randn([4, 5]),
        "vector": paddle.randn([4]),
        "positive": paddle.abs(x) + 0.1,
        "unit": paddle.tanh(x) * 0.9,
        "mask": paddle.randn([2, 3, 4]) > 0,
        "whole": paddle.to_tensor([[1, 2, 3], [3, 0, 1]]),
        "small": paddle.to_tensor([[1, -2, 3], [3, 0, 1]], dtype="int32"),
        "image": paddle.randn([2, 4, 8, 8]),
        "filters": paddle.randn([6, 4, 3, 3]),
        "depthwise": paddle.randn([4, 1, 3, 3]),
        "transposed": paddle.randn([4, 6, 3, 3]),
        "table": paddle.randn([5, 7]),
        "special": paddle.to_tensor([float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1.5]),
    }


@case
def arithmetic(x: Any, y: Any, column: Any, scalar: Any, positive: Any) -> Any:
    return (
        *(x + y, x + column, x - scalar, x + 1, x + 2.5, 3 - x, x * 2, x / 3, 2 / positive),
        *(scalar + scalar, scalar * 2 + 1, paddle.maximum(x, y), paddle.minimum(x, column)),
        *(x**2, positive**0.5, positive**-1, paddle.pow(positive, y), -x),
    )


@case
def whole_numbers(whole: Any, small: Any, mask: Any) -> Any:
    return (
        *(whole + 1, whole * whole, whole - 2, small + 1, whole * 2, abs(small), -whole),
        *(whole & whole, whole | 3 * whole, whole ^ (whole + 1), ~whole, small + small),
        *(whole.astype("float32") / 2, whole.sum(), small.sum(1), whole.max(), mask.sum()),
        *(whole.cumsum(0), paddle.clip(whole, 1, 2), paddle.maximum(whole, whole.flip(1))),
    )


@case
def comparisons(x: Any, y: Any, whole: Any, small: Any, mask: Any) -> Any:
    return (
        *(x > y, x < 0.3, x >= y, x <= 0.0, small == small, whole == 1, whole != whole),
        *(mask == mask, small <= 1, small > -2),
    )


@case
def logic(x: Any, mask: Any) -> Any:
    return (
        *(mask & (x < 1), mask | (x > 1), mask ^ (x > 0), ~mask, paddle.logical_not(x)),
        *(paddle.logical_and(mask, x > 1), paddle.logical_xor(mask, x > 1), paddle.any(mask)),
        *(paddle.all(mask, 1), paddle.any(mask, [0, 2], keepdim=True)),
    )


@case
def functions(x: Any, positive: Any, unit: Any) -> Any:
    return (
        *(paddle.exp(x), paddle.log(positive), paddle.sqrt(positive), paddle.rsqrt(positive)),
        *(paddle.abs(x), paddle.floor(x), paddle.ceil(x), paddle.sin(x), paddle.cos(x)),
        *(paddle.tan(unit), paddle.asin(unit), paddle.acos(unit), paddle.atan(x), paddle.sinh(x)),
        *(paddle.cosh(x), paddle.erf(x), paddle.tanh(x), paddle.reciprocal(positive)),
        *(paddle.square(x), paddle.sign(x), paddle.log2(positive), paddle.log10(positive)),
    )


@case
def special_values(special: Any) -> Any:
    return (
        *(paddle.isnan(special), paddle.isinf(special), paddle.isfinite(special), special + 1),
        *(special > 0, special < 1, special.astype("bool"), F.relu(special)),
        *(special * 0, paddle.exp(special), paddle.abs(special), F.sigmoid(special)),
    )


@case
def activations(x: Any, image: Any, vector: Any) -> Any:
    return (
        *(F.relu(x), F.relu6(x * 4), F.sigmoid(x), F.gelu(x), F.gelu(x, approximate=True)),
        *(F.silu(x), F.swish(x), F.elu(x), F.elu(x, 0.5), F.celu(x), F.selu(x)),
        *(F.leaky_relu(x, 0.2), F.softplus(x), F.softplus(x, 3.0, 2.0), F.softsign(x)),
        *(F.hardsigmoid(x * 4), F.hardswish(x * 4), F.hardtanh(x), F.mish(x), F.log_sigmoid(x)),
        *(F.prelu(image, vector), F.prelu(image, vector[:1])),
    )


@case
def along_an_axis(x: Any, matrix: Any) -> Any:
    return (
        *(F.softmax(x, -1), F.softmax(x, 0), F.log_softmax(x, 1), paddle.cumsum(x, 1)),
        *(paddle.cumsum(x), paddle.argmax(x, 1), paddle.argmin(x, -1, keepdim=True)),
        *(paddle.argmax(x), paddle.logsumexp(x, 1), F.normalize(matrix)),
    )


@case
def reductions(x: Any, scalar: Any) -> Any:
    return (
        *(x.sum(), x.sum(1), x.sum([0, 2], keepdim=True), x.mean(), x.mean(-1), x.max()),
        *(x.max(1), x.min([0, 1]), paddle.prod(x, 1), paddle.prod(x), x.var(), x.std(1)),
        *(paddle.norm(x), paddle.norm(x, 2, 1), paddle.norm(x, 1, 1), scalar.sum(), scalar.mean()),
        *(paddle.amax(x, 1), paddle.amin(x, -1), paddle.logsumexp(x)),
    )


@case
def casts(x: Any, whole: Any, mask: Any) -> Any:
    return (
        *(x.astype("int32"), x.astype("int64"), mask.astype("float32"), whole.astype("float32")),
        *(whole.astype("bool"), x.astype("bool"), mask.astype("int64")),
    )


@case
def choices(x: Any, y: Any, mask: Any) -> Any:
    zeros = paddle.zeros_like(x)
    return paddle.where(mask, x, y), paddle.where(x > 0, x, zeros), paddle.clip(x, -0.5, 0.5)


@case
def constants(x: Any) -> Any:
    return (
        *(paddle.full_like(x, 2.0), paddle.zeros([2, 3]), paddle.ones([2], "int64")),
        *(paddle.arange(5) + 1, paddle.arange(1, 9, 3), paddle.eye(3), paddle.full([], 3)),
        *(paddle.to_tensor([1.5, 2.5]) * 2, x + paddle.arange(4, dtype="float32")),
    )


@case
def products(x: Any, y: Any, matrix: Any, vector: Any) -> Any:
    return (
        *(x @ matrix, paddle.matmul(x, y, transpose_y=True), vector @ matrix, x @ vector),
        *(paddle.bmm(x, y.transpose([0, 2, 1])), paddle.dot(vector, vector)),
        *(paddle.mv(matrix.t(), vector), paddle.addmm(matrix, matrix @ matrix.t(), matrix)),
        *(F.linear(x, matrix), F.linear(x, matrix, matrix[0]), vector @ vector),
    )


@case
def shapes(x: Any, column: Any, matrix: Any, scalar: Any) -> Any:
    moved = (
        *(x.reshape([6, 4]), x.flatten(), x[:1].squeeze(), x.unsqueeze(1), x.transpose([2, 0, 1])),
        *(paddle.expand(column, [2, 3, 4]), column.expand_as(x), scalar.reshape([1, 1])),
    )
    return (
        *[each * 2 for each in moved],
        *(paddle.tile(x, [2, 1, 3]), paddle.tile(scalar, [2]), paddle.flip(x, [0, 2])),
        *(paddle.roll(x, 2, 1), paddle.roll(x, 3), paddle.roll(x, [1, -1], [0, 2])),
        *(paddle.tril(matrix), paddle.triu(matrix, 1)),
    )


@case
def slices(x: Any) -> Any:
    parts = (
        *(x[0], x[:, 1:], x[..., -1], x[:, ::2], x[:, None], x[:, ::-1], x[1, :, 1:3]),
        *(x[-1:, -2], x[:, -2:-1], x[:, 1:9], x[..., 3:0:-2]),
    )
    return tuple([part * 2 for part in parts])


@case
def joins(x: Any, y: Any, vector: Any) -> Any:
    parts = (
        *paddle.split(x, 2, -1),
        *paddle.split(x, [1, 2], 1),
        *paddle.unbind(x, 1),
        *paddle.chunk(x, 2, -1),
        *paddle.meshgrid(vector, vector[:3]),
    )
    joined = (paddle.concat([x, y], 1), paddle.stack([x, y]), paddle.stack([x, y, x], -1))
    return (*joined, *[part + 1 for part in parts])


@case
def look_ups(whole: Any, table: Any, matrix: Any, image: Any) -> Any:
    return (
        *(F.embedding(whole, table), F.embedding(whole, table, padding_idx=1), table[whole]),
        *(paddle.gather(matrix, whole[0]), paddle.gather(matrix, whole[0], axis=1)),
        *(paddle.index_select(matrix, whole[0], 1), paddle.gather_nd(matrix, whole[:, :2])),
    )


@case
def convolutions(image: Any, filters: Any, depthwise: Any, transposed: Any, vector: Any) -> Any:
    return (
        F.conv2d(image, filters),
        F.conv2d(image, filters, stride=2, padding=1),
        F.conv2d(image, depthwise, vector, groups=4, padding=[1, 2]),
        F.conv2d(image, filters, dilation=2, padding=[1, 2, 0, 1]),
        F.conv2d_transpose(image, transposed, stride=2, padding=1, output_padding=1),
        F.conv2d_transpose(image, transposed),
        F.conv1d(image[:, :, 0], filters[:, :, 0]),
        F.conv3d(image.unsqueeze(2), filters.unsqueeze(2)),
    )


@case
def pooling(image: Any) -> Any:
    return (
        *(F.max_pool2d(image, 2), F.max_pool2d(image, 3, 2, 1), F.avg_pool2d(image, 2)),
        *(F.avg_pool2d(image, 3, 2, 1), F.avg_pool2d(image, 3, 2, 1, exclusive=False)),
        *(F.max_pool2d(image, 3, 2, ceil_mode=True), F.avg_pool2d(image, 3, 2, ceil_mode=True)),
        *(F.adaptive_avg_pool2d(image, 1), F.adaptive_avg_pool2d(image, 4)),
        *(F.adaptive_max_pool2d(image, 2), F.avg_pool1d(image[:, :, 0], 2)),
        F.max_pool3d(image.unsqueeze(2), [1, 2, 2]),
    )


@case
def normalisations(x: Any, image: Any, vector: Any) -> Any:
    weight = paddle.abs(vector)
    return (
        *(F.layer_norm(x, 4), F.layer_norm(x, [3, 4]), F.layer_norm(x, 4, weight, vector)),
        F.batch_norm(image, vector, weight + 0.5, weight, vector),
        *(F.instance_norm(image), F.instance_norm(image, weight=weight, bias=vector)),
        F.group_norm(image, 2, 1e-5, weight, vector),
    )


@case
def resizing(image: Any) -> Any:
    return (
        F.interpolate(image, scale_factor=2),
        F.interpolate(image, [16, 12], mode="bilinear"),
        F.interpolate(image, scale_factor=2, mode="bilinear", align_corners=True),
        F.interpolate(image, [5, 5], mode="bilinear", align_mode=1),
        F.interpolate(image, scale_factor=2, mode="bicubic"),
        F.pixel_shuffle(image, 2),
    )


@case
def padding(image: Any, matrix: Any) -> Any:
    return (
        F.pad(image, [1, 2, 0, 1]),
        F.pad(image, [1, 2, 0, 1], mode="reflect"),
        F.pad(image, [1, 2, 0, 1], mode="replicate"),
        F.pad(image, [1, 2, 0, 1], value=2.5),
        F.pad(matrix, [1, 1, 0, 2], value=1.0),
    )
