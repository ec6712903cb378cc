"""More calls for the proof that inference equals eager: vision, language, layers, a training step."""

from __future__ import annotations

from typing import Any, Callable, Dict

import paddle
import paddle.nn.functional as F
from paddle import nn

from .paddle_op_cases import CASES, Check, case, image, simple, tensor, x

__all__ = ["CASES"]

# -- vision and language

for _name, _function in {
    "conv1d": lambda: F.conv1d(tensor([2, 3, 9]), tensor([4, 3, 3]), padding=1),
    "conv2d": lambda: F.conv2d(image(), tensor([4, 3, 3, 3]), tensor([4])),
    "conv2d stride": lambda: F.conv2d(image(), tensor([4, 3, 3, 3]), stride=2, padding=1),
    "conv2d same": lambda: F.conv2d(image(), tensor([4, 3, 3, 3]), padding="SAME"),
    "conv2d dilation": lambda: F.conv2d(image(), tensor([4, 3, 3, 3]), dilation=2),
    "conv2d groups": lambda: F.conv2d(image(4), tensor([4, 2, 3, 3]), groups=2),
    "conv2d depthwise": lambda: F.conv2d(image(4), tensor([4, 1, 3, 3]), groups=4),
    "conv2d NHWC": lambda: F.conv2d(tensor([2, 8, 8, 3]), tensor([4, 3, 3, 3]), data_format="NHWC"),
    "conv3d": lambda: F.conv3d(tensor([1, 2, 4, 4, 4]), tensor([3, 2, 2, 2, 2])),
    "conv2d_transpose": lambda: F.conv2d_transpose(image(), tensor([3, 4, 3, 3]), stride=2),
    "conv2d_transpose size": lambda: F.conv2d_transpose(
        image(), tensor([3, 4, 3, 3]), stride=2, output_size=[18, 18]
    ),
    "max_pool1d": lambda: F.max_pool1d(tensor([2, 3, 8]), 2),
    "max_pool2d": lambda: F.max_pool2d(image(), 3, 2, 1),
    "max_pool2d ceil": lambda: F.max_pool2d(image(), 3, 2, ceil_mode=True),
    "max_pool2d mask": lambda: F.max_pool2d(image(), 2, 2, return_mask=True),
    "max_unpool2d": lambda: F.max_unpool2d(*F.max_pool2d(image(), 2, 2, return_mask=True), 2),
    "avg_pool2d": lambda: F.avg_pool2d(image(), 2),
    "avg_pool2d exclusive": lambda: F.avg_pool2d(image(), 3, 2, 1, exclusive=False),
    "adaptive_avg_pool1d": lambda: F.adaptive_avg_pool1d(tensor([2, 3, 8]), 4),
    "adaptive_avg_pool2d": lambda: F.adaptive_avg_pool2d(image(), (1, 1)),
    "adaptive_avg_pool2d none": lambda: F.adaptive_avg_pool2d(image(), (None, 3)),
    "adaptive_max_pool2d": lambda: F.adaptive_max_pool2d(image(), 3),
    "adaptive_avg_pool3d": lambda: F.adaptive_avg_pool3d(tensor([1, 2, 4, 4, 4]), 2),
    "lp_pool2d": lambda: F.lp_pool2d(image(), 2.0, 2),
    "layer_norm": lambda: F.layer_norm(x(), [4], tensor([4]), tensor([4])),
    "layer_norm plain": lambda: F.layer_norm(x(), [3, 4]),
    "group_norm": lambda: F.group_norm(image(4), 2),
    "instance_norm": lambda: F.instance_norm(image()),
    "local_response_norm": lambda: F.local_response_norm(image(), 3),
    "batch_norm eval": lambda: F.batch_norm(
        image(), tensor([3], grad=False), tensor([3], grad=False), tensor([3]), tensor([3])
    ),
    "batch_norm train": lambda: F.batch_norm(
        image(),
        tensor([3], grad=False),
        tensor([3], grad=False),
        tensor([3]),
        tensor([3]),
        training=True,
    ),
    "dropout": lambda: F.dropout(x(), 0.5),
    "dropout eval": lambda: F.dropout(x(), 0.5, training=False),
    "dropout axis": lambda: F.dropout(x(), 0.5, axis=1),
    "dropout2d": lambda: F.dropout2d(image()),
    "alpha_dropout": lambda: F.alpha_dropout(x()),
    "embedding": lambda: F.embedding(tensor([2, 3], "int64"), tensor([10, 4])),
    "embedding padding": lambda: F.embedding(
        tensor([2, 3], "int64"), tensor([10, 4]), padding_idx=0
    ),
    "cross_entropy": lambda: F.cross_entropy(tensor([4, 5]), tensor([4], "int64")),
    "cross_entropy 2d": lambda: F.cross_entropy(tensor([4, 5]), tensor([4, 1], "int64")),
    "cross_entropy soft": lambda: F.cross_entropy(
        tensor([4, 5]), tensor([4, 5], grad=False), soft_label=True
    ),
    "cross_entropy weight": lambda: F.cross_entropy(
        tensor([4, 5]), tensor([4], "int64"), weight=tensor([5], grad=False)
    ),
    "softmax_with_cross_entropy": lambda: F.softmax_with_cross_entropy(
        tensor([4, 5]), tensor([4, 1], "int64"), return_softmax=True
    ),
    "nll_loss": lambda: F.nll_loss(tensor([4, 5]), tensor([4], "int64")),
    "mse_loss": lambda: F.mse_loss(x(), x()),
    "l1_loss": lambda: F.l1_loss(x(), x()),
    "smooth_l1_loss": lambda: F.smooth_l1_loss(x(), x()),
    "kl_div": lambda: F.kl_div(x(), x()),
    "binary_cross_entropy": lambda: F.binary_cross_entropy(
        tensor([3]) / 4, tensor([3], grad=False) / 4
    ),
    "bce_with_logits": lambda: F.binary_cross_entropy_with_logits(
        tensor([3]), tensor([3], grad=False)
    ),
    "margin_ranking_loss": lambda: F.margin_ranking_loss(
        tensor([3]), tensor([3]), tensor([3], grad=False)
    ),
    "cosine_similarity": lambda: F.cosine_similarity(tensor([2, 3]), tensor([2, 3])),
    "ctc_loss": lambda: F.ctc_loss(
        tensor([5, 2, 4]),
        tensor([2, 2], "int32"),
        paddle.to_tensor([5, 5]),
        paddle.to_tensor([2, 2]),
    ),
    "interpolate nearest": lambda: F.interpolate(image(), scale_factor=2),
    "interpolate bilinear": lambda: F.interpolate(image(), size=[5, 7], mode="bilinear"),
    "interpolate bicubic": lambda: F.interpolate(image(), size=[5, 7], mode="bicubic"),
    "interpolate linear": lambda: F.interpolate(
        tensor([2, 3, 8]), size=[5], mode="linear", data_format="NCW"
    ),
    "interpolate area": lambda: F.interpolate(image(), size=[4, 4], mode="area"),
    "upsample": lambda: F.upsample(image(), scale_factor=2, mode="bilinear"),
    "pixel_shuffle": lambda: F.pixel_shuffle(image(4), 2),
    "pixel_unshuffle": lambda: F.pixel_unshuffle(image(4), 2),
    "channel_shuffle": lambda: F.channel_shuffle(image(4), 2),
    "pad": lambda: F.pad(image(), [1, 1, 2, 2]),
    "pad reflect": lambda: F.pad(image(), [1, 1, 2, 2], mode="reflect"),
    "pad nd": lambda: F.pad(tensor([2, 3]), [1, 1, 2, 2], value=1.0),
    "grid_sample": lambda: F.grid_sample(image(), tensor([2, 4, 4, 2])),
    "affine_grid": lambda: F.affine_grid(tensor([2, 2, 3]), [2, 3, 4, 4]),
    "scaled_dot_product_attention": lambda: F.scaled_dot_product_attention(
        tensor([2, 4, 2, 8]), tensor([2, 4, 2, 8]), tensor([2, 4, 2, 8])
    ),
    "prelu": lambda: F.prelu(image(), tensor([1])),
    "maxout": lambda: F.maxout(image(4), 2),
    "label_smooth": lambda: F.label_smooth(tensor([2, 5], grad=False)),
    "sequence_mask": lambda: F.sequence_mask(tensor([3], "int64"), maxlen=4),
    "temporal_shift": lambda: F.temporal_shift(tensor([4, 4, 2, 2]), 2),
    "rms_norm": lambda: nn.RMSNorm(4)(x()) if hasattr(nn, "RMSNorm") else None,
    "roi_align": lambda: paddle.vision.ops.roi_align(
        image(), paddle.to_tensor([[0.0, 0.0, 4.0, 4.0]]), paddle.to_tensor([1, 0], "int32"), 2
    ),
    "deform_conv2d": lambda: paddle.vision.ops.deform_conv2d(
        image(), tensor([2, 18, 6, 6]), tensor([4, 3, 3, 3])
    ),
}.items():
    simple(f"nn {_name}", _function)

_LAYERS: Dict[str, Callable[[], Any]] = {
    "resnet18": lambda: paddle.vision.models.resnet18(num_classes=2)(tensor([1, 3, 32, 32])),
    "resnet18 eval": lambda: _eval(paddle.vision.models.resnet18(num_classes=2))(
        tensor([1, 3, 32, 32])
    ),
    "mobilenet_v3": lambda: _eval(paddle.vision.models.mobilenet_v3_small(num_classes=2))(
        tensor([1, 3, 32, 32])
    ),
    "transformer encoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)(
        tensor([2, 3, 8])
    ),
    "transformer": lambda: nn.Transformer(8, 2, 1, 1, 16)(tensor([2, 3, 8]), tensor([2, 4, 8])),
    "lstm": lambda: nn.LSTM(4, 5, 2)(x()),
    "lstm bidirect": lambda: nn.LSTM(4, 5, direction="bidirect")(x()),
    "gru": lambda: nn.GRU(4, 5)(x()),
    "simple rnn": lambda: nn.SimpleRNN(4, 5)(x()),
    "lstm cell": lambda: nn.LSTMCell(4, 5)(tensor([2, 4])),
    "spectral norm": lambda: nn.SpectralNorm([4, 3])(tensor([4, 3])),
    "multi head attention": lambda: nn.MultiHeadAttention(8, 2)(tensor([2, 3, 8])),
}


def _eval(layer: Any) -> Any:
    layer.eval()
    return layer


for _name, _function in _LAYERS.items():
    simple(f"layer {_name}", _function)


@case("training step")
def _(check: Check) -> None:
    net = nn.Sequential(nn.Conv2D(3, 4, 3), nn.BatchNorm2D(4), nn.ReLU(), nn.Flatten())
    for optimizer in (
        paddle.optimizer.Momentum(0.1, parameters=net.parameters()),
        paddle.optimizer.Adam(0.1, parameters=net.parameters()),
        paddle.optimizer.AdamW(0.1, parameters=net.parameters()),
        paddle.optimizer.SGD(0.1, parameters=net.parameters()),
    ):
        net(image()).mean().backward()
        optimizer.step()
        optimizer.clear_grad()
