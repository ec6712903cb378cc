"""Arguments for functions of which only the name is known.

:data:`CANDIDATES` are tried in order until one is accepted by the plain function;
:data:`GIVEN` has the arguments of functions that want particular ones.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import paddle

__all__ = ["CANDIDATES", "GIVEN", "tensor"]

Arguments = Tuple[Any, ...]
Maker = Callable[[], Arguments]


def tensor(shape: List[int], dtype: str = "float32", high: int = 5) -> Any:
    """A tensor of small positive values that repeat; one that can have a gradient asks for it."""
    count = int(np.prod(shape)) if shape else 1
    values = (np.arange(count).reshape(shape) % high + 1).astype("float64")
    if dtype == "bool":
        return paddle.to_tensor(values > 2)
    if not dtype.startswith("int"):
        values = values / 4
    made = paddle.to_tensor(values.astype("float32")).astype(dtype)
    if dtype.startswith(("float", "complex")):
        made = made.detach()
        made.stop_gradient = False
    return made


def f(*shape: int) -> Any:
    return tensor(list(shape))


def i(*shape: int) -> Any:
    return tensor(list(shape), "int64")


def b(*shape: int) -> Any:
    return tensor(list(shape), "bool")


def c(*shape: int) -> Any:
    return tensor(list(shape), "complex64")


def zeros(*shape: int) -> Any:
    """Indices: zeros of int64."""
    return paddle.zeros(list(shape), "int64")


def positive(size: int) -> Any:
    """A positive definite matrix."""
    made = (f(size, size) + f(size, size).T + paddle.eye(size) * 9).detach()
    made.stop_gradient = False
    return made


def plain(*shape: int) -> Any:
    """Without a gradient."""
    return f(*shape).detach()


CANDIDATES: List[Maker] = [
    lambda: (f(3, 4),),
    lambda: (f(3, 4), f(3, 4)),
    lambda: (f(4, 4),),
    lambda: (f(4), f(4)),
    lambda: (i(3, 4),),
    lambda: (i(3, 4), i(3, 4)),
    lambda: (b(3, 4),),
    lambda: (b(3, 4), b(3, 4)),
    lambda: (c(3, 4),),
    lambda: ([f(3, 4), f(3, 4)],),
    lambda: (f(3, 4), 2),
    lambda: (f(3, 4), 1),
    lambda: (f(3, 4), 0),
    lambda: (f(3, 4), [4, 3]),
    lambda: (f(3, 4), [1, 0]),
    lambda: (f(3, 4), "float64"),
    lambda: (f(3, 4), i(3)),
    lambda: (f(4, 4), i(4)),
    lambda: (f(3, 4), f(4)),
    lambda: (f(3, 4), f(4, 3)),
    lambda: (f(4, 4), f(4, 4)),
    lambda: (f(3, 4), i(3, 4)),
    lambda: (f(3, 4), i(3, 1), 1),
    lambda: (f(3, 4), zeros(3, 4), 1),
    lambda: (f(3, 4), zeros(3, 4), f(3, 4), 1),
    lambda: (f(3, 4), b(3, 4)),
    lambda: (f(3, 4), b(3, 4), 1.5),
    lambda: (b(3, 4), f(3, 4), f(3, 4)),
    lambda: (f(3, 4), f(3, 4), f(3, 4)),
    lambda: (f(3, 4), f(3, 4), 0.5),
    lambda: ([2, 3],),
    lambda: ([2, 3], 1.5),
    lambda: (4,),
    lambda: (0, 4, 5),
    lambda: (2, 3),
    lambda: (zeros(3), 4),
    lambda: (i(3),),
    lambda: (i(3), 10),
    lambda: (f(3, 4), zeros(2), f(2, 4)),
    lambda: (f(3, 4), zeros(2), 0, f(2, 4)),
    lambda: (f(2, 3, 4), f(2, 4, 5)),
    lambda: (f(2, 3, 4), f(2, 3, 4)),
    lambda: (f(3), f(3, 4), f(4)),
    lambda: (f(2, 3, 5), f(2, 3, 4), f(2, 4, 5)),
    lambda: (f(2, 4, 8),),
    lambda: (f(2, 4, 8), 2),
    lambda: (f(2, 4, 8, 8),),
    lambda: (f(2, 4, 8, 8), 2),
    lambda: (f(2, 4, 8, 8), [1, 1, 1, 1]),
    lambda: (f(1, 2, 4, 4, 4),),
    lambda: (f(1, 2, 4, 4, 4), 2),
    lambda: (f(2, 4, 8, 8), f(3, 4, 3, 3)),
    lambda: (f(2, 4, 8), f(3, 4, 3)),
    lambda: (f(2, 4, 8), f(4, 3, 3)),
    lambda: (f(2, 4, 8, 8), f(4, 3, 3, 3)),
    lambda: (f(1, 2, 4, 4, 4), f(3, 2, 2, 2, 2)),
    lambda: (f(1, 2, 4, 4, 4), f(2, 3, 2, 2, 2)),
    lambda: (f(2, 4, 8, 8), f(2, 5, 5, 2)),
    lambda: (f(2, 2, 3), [2, 3, 4, 4]),
    lambda: (f(2, 4, 8, 8), f(4), f(4)),
    lambda: (f(2, 4, 8, 8), plain(4), plain(4), f(4), f(4)),
    lambda: (f(3, 4), [4]),
    lambda: (f(3, 4), [4], f(4), f(4)),
    lambda: (f(3, 4), f(4, 5), f(5)),
    lambda: (zeros(3), f(5, 4)),
    lambda: (f(4, 5), i(4) % 5),
    lambda: (f(4, 5), i(4, 1) % 5),
    lambda: (f(4, 5), plain(4, 5)),
    lambda: (f(3, 4), [1, 2], [0, 0]),
    lambda: (f(3, 4), [0, 1], [0, 0], [2, 3]),
    lambda: (f(3, 4), [0, 1], [0, 0], [2, 3], [1, 1]),
    lambda: (f(3, 4), [2, 3]),
    lambda: (f(3, 4), [2, 2], [0, 0]),
    lambda: (f(3, 4), 0, 1),
    lambda: (f(3, 4), 1, 0, 2),
    lambda: (f(12), [3, 4]),
    lambda: (f(2, 3, 4), 0, 1),
    lambda: (f(2, 3, 4), (1, 2), [4, 3]),
    lambda: (f(2, 3, 4), 1, [1, 3]),
    lambda: (f(2, 4, 2, 8), f(2, 4, 2, 8), f(2, 4, 2, 8)),
    lambda: (f(2, 4, 8, 8), 2, 1),
    lambda: (f(2, 12, 9), [4, 4], 2),
    lambda: (f(2, 4, 8, 8), 3),
    lambda: (4, "float32"),
    lambda: (positive(4),),
    lambda: (positive(4), f(4, 2)),
    lambda: (positive(4), f(4)),
    lambda: ("float32",),
    lambda: (),
]

_signs: Callable[[], Any] = lambda: paddle.to_tensor([1.0, -1.0, 1.0])  # noqa: E731


def _boxes() -> Any:
    """Two boxes in an image of six by six."""
    return paddle.to_tensor([[0.0, 0.0, 4.0, 4.0], [1.0, 1.0, 5.0, 3.0]])


def _count() -> Any:
    """That both are in the first image."""
    return paddle.to_tensor([2], "int32")


#: By name; an in-place function is given what its plain one is.
GIVEN: Dict[str, Maker] = {
    "adaptive_log_softmax_with_loss": lambda: (
        f(4, 8), i(4) % 3, f(8, 4), [[f(8, 4), f(4, 4)]], [3, 7],
    ),
    "addmm": lambda: (f(3, 5), f(3, 4), f(4, 5)),
    "as_complex": lambda: (f(3, 4, 2),),
    "as_strided": lambda: (f(3, 4), [2, 2], [4, 1]),
    "baddbmm": lambda: (f(2, 3, 5), f(2, 3, 4), f(2, 4, 5)),
    "bilinear": lambda: (f(3, 4), f(3, 5), f(2, 4, 5), f(1, 2)),
    "broadcast_shape": lambda: ([3, 1], [1, 4]),
    "broadcast_to": lambda: (f(1, 4), [3, 4]),
    "cartesian_prod": lambda: ([f(3), f(4)],),
    "cast": lambda: (f(3, 4), "float64"),
    "cholesky_inverse": lambda: (positive(4),),
    "cosine_embedding_loss": lambda: (f(3, 4), f(3, 4), _signs()),
    "create_parameter": lambda: ([3, 4], "float32"),
    "ctc_loss": lambda: (
        f(5, 2, 4), tensor([2, 2], "int32", 3), paddle.to_tensor([5, 5]), paddle.to_tensor([2, 2]),
    ),
    "dropout3d": lambda: (f(1, 2, 4, 4, 4),),
    "einsum": lambda: ("ij,jk->ik", f(3, 4), f(4, 5)),
    "empty": lambda: ([2, 3],),
    "expand": lambda: (f(1, 4), [3, 4]),
    "finfo": lambda: ("float32",),
    "fold": lambda: (f(2, 12, 9), [4, 4], 2),
    "gather_tree": lambda: (zeros(3, 2, 2), zeros(3, 2, 2)),
    "gaussian_nll_loss": lambda: (f(3, 4), f(3, 4), f(3, 4)),
    "grid_sample": lambda: (f(2, 4, 8, 8), f(2, 5, 5, 2)),
    "hinge_embedding_loss": lambda: (f(3, 4), paddle.to_tensor([[1.0, -1.0, 1.0, 1.0]] * 3)),
    "iinfo": lambda: ("int32",),
    "increment": lambda: (plain(1),),
    "index_add": lambda: (f(3, 4), zeros(2), 0, f(2, 4)),
    "index_fill": lambda: (f(3, 4), zeros(2), 0, 1.5),
    "index_put": lambda: (f(3, 4), (zeros(2), i(2)), f(2)),
    "interpolate": lambda: (f(2, 4, 8, 8), [4, 4]),
    "linspace": lambda: (0.0, 1.0, 5),
    "logspace": lambda: (0.0, 1.0, 5),
    "lu_unpack": lambda: paddle.linalg.lu(positive(4)),
    "log_loss": lambda: (f(4, 1) / 9, plain(4, 1) / 9),
    "lp_pool1d": lambda: (f(2, 4, 8), 2.0, 2),
    "hsigmoid_loss": lambda: (f(4, 8), i(4, 1) % 3, 3, f(2, 8)),
    "rms_norm": lambda: (f(3, 4), [4], f(4)),
    "upsample": lambda: (f(2, 4, 8, 8), [4, 4]),
    "margin_cross_entropy": lambda: (f(4, 5) / 9, i(4) % 5),
    "margin_ranking_loss": lambda: (f(3, 4), f(3, 4), plain(3, 4)),
    "masked_fill": lambda: (f(3, 4), b(3, 4), 1.5),
    "masked_scatter": lambda: (f(3, 4), b(3, 4), f(3, 4)),
    "max_unpool1d": lambda: paddle.nn.functional.max_pool1d(f(2, 4, 8), 2, return_mask=True) + (2,),
    "max_unpool2d": lambda: (
        *paddle.nn.functional.max_pool2d(f(2, 4, 8, 8), 2, return_mask=True), 2,
    ),
    "max_unpool3d": lambda: (
        *paddle.nn.functional.max_pool3d(f(1, 2, 4, 4, 4), 2, return_mask=True), 2,
    ),
    "multi_dot": lambda: ([f(3, 4), f(4, 5), f(5, 2)],),
    "multi_margin_loss": lambda: (f(4, 5), i(4) % 5),
    "multinomial": lambda: (plain(3, 4), 2),
    "multiplex": lambda: ([f(3, 4), f(3, 4)], paddle.to_tensor([[0], [1], [0]], "int32")),
    "npair_loss": lambda: (f(3, 4), f(3, 4), f(3)),
    "one_hot": lambda: (i(3), 6),
    "ormqr": lambda: (f(4, 4), f(4), f(4, 4)),
    "householder_product": lambda: (f(4, 4), f(4)),
    "pad": lambda: (f(2, 4, 8, 8), [1, 1, 1, 1]),
    "polygamma": lambda: (f(3, 4), 1),
    "prelu": lambda: (f(2, 4, 8, 8), f(4)),
    "randint_like": lambda: (i(3, 4), 0, 9),
    "renorm": lambda: (f(3, 4), 2.0, 0, 1.0),
    "reshape": lambda: (f(3, 4), [4, 3]),
    "rnnt_loss": lambda: (
        f(1, 4, 3, 5), tensor([1, 2], "int32", 3), paddle.to_tensor([4], "int32"),
        paddle.to_tensor([2], "int32"),
    ),
    "scaled_dot_product_attention": lambda: (f(2, 4, 2, 8), f(2, 4, 2, 8), f(2, 4, 2, 8)),
    "scatter": lambda: (f(3, 4), paddle.to_tensor([0, 2]), f(2, 4)),
    "scatter_add": lambda: (f(3, 4), 0, zeros(2, 4), f(2, 4)),
    "scatter_nd": lambda: (zeros(3, 1), f(3, 4), [5, 4]),
    "scatter_nd_add": lambda: (f(3, 4), zeros(2, 1), f(2, 4)),
    "scatter_reduce": lambda: (f(3, 4), 0, zeros(2, 4), f(2, 4), "sum"),
    "select_scatter": lambda: (f(3, 4), f(4), 0, 1),
    "set_value": lambda: (plain(3, 4), plain(3, 4)),
    "shard_index": lambda: (zeros(3, 1), 20, 2, 0),
    "sigmoid_focal_loss": lambda: (f(3, 4), plain(3, 4)),
    "slice": lambda: (f(3, 4), [0, 1], [0, 0], [2, 3]),
    "slice_scatter": lambda: (f(3, 4), f(3, 2), [1], [0], [2], [1]),
    "soft_margin_loss": lambda: (f(3, 4), paddle.to_tensor([[1.0, -1.0, 1.0, 1.0]] * 3)),
    "softmax_with_cross_entropy": lambda: (f(4, 5), i(4, 1) % 5),
    "strided_slice": lambda: (f(3, 4), [0, 1], [0, 0], [2, 3], [1, 2]),
    "tensordot": lambda: (f(3, 4), f(4, 5), 1),
    "to_tensor": lambda: ([1.0, 2.0],),
    "unflatten": lambda: (f(3, 4), 1, [2, 2]),
    "unfold": lambda: (f(2, 4, 8, 8), 3),
    "view_as": lambda: (f(3, 4), f(4, 3)),
    "where": lambda: (b(3, 4), f(3, 4), f(3, 4)),
    "send_u_recv": lambda: (f(4, 3), i(5) % 4, i(5) % 3),
    "send_ue_recv": lambda: (f(4, 3), f(5, 3), i(5) % 4, i(5) % 3),
    "send_uv": lambda: (f(4, 3), f(4, 3), i(5) % 4, i(5) % 3),
    "segment_max": lambda: (f(3, 4), paddle.to_tensor([0, 0, 1])),
    "segment_mean": lambda: (f(3, 4), paddle.to_tensor([0, 0, 1])),
    "segment_min": lambda: (f(3, 4), paddle.to_tensor([0, 0, 1])),
    "segment_sum": lambda: (f(3, 4), paddle.to_tensor([0, 0, 1])),
    "box_coder": lambda: (plain(4, 4), [0.1, 0.1, 0.2, 0.2], plain(3, 4)),
    "deform_conv2d": lambda: (f(1, 2, 5, 5), f(1, 18, 3, 3), f(4, 2, 3, 3)),
    "nms": lambda: (plain(4, 4),),
    "prior_box": lambda: (plain(1, 2, 4, 4), plain(1, 3, 9, 9), [4.0]),
    "psroi_pool": lambda: (f(1, 8, 6, 6), _boxes(), _count(), 2),
    "roi_align": lambda: (f(1, 2, 6, 6), _boxes(), _count(), 2),
    "roi_pool": lambda: (f(1, 2, 6, 6), _boxes(), _count(), 2),
    "yolo_box": lambda: (
        plain(1, 14, 4, 4), paddle.to_tensor([[64, 64]], "int32"), [10, 13, 16, 30], 2, 0.01, 32,
    ),
    "istft": lambda: (c(2, 5, 4), 8),
    "stft": lambda: (f(2, 32), 8),
    "frame": lambda: (f(2, 16), 4, 2),
    "overlap_add": lambda: (f(2, 4, 5), 2),
    "Tensor.fill_": lambda: (plain(3, 4), 1.5),
    "Tensor.new_empty": lambda: (f(3, 4), [2, 3]),
    "Tensor.new_full": lambda: (f(3, 4), [2, 3], 1.5),
    "Tensor.to": lambda: (f(3, 4), "float64"),
    "Tensor.unfold": lambda: (f(3, 4), 1, 2, 1),
    "Tensor.where": lambda: (f(3, 4), f(3, 4), f(3, 4)),
}  # fmt: skip
