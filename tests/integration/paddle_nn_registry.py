"""Every layer class of ``paddle.nn``: how to make one, and what to call it with.

``LAYERS`` maps a public name to cases; a case is ``(make, inputs)``: functions without
arguments for the layer and for the tuple it is called with. Names that are aliases of another
class need no entry. ``DATA_DEPENDENT`` lists the classes whose forward reads tensor data, and
why: they may break the graph.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import paddle
from paddle import nn

__all__ = [
    "ABSTRACT",
    "CHANGE_THEMSELVES",
    "DATA_DEPENDENT",
    "IDENTITIES",
    "LAYERS",
    "NO_KERNEL",
    "Case",
    "cases",
]


class Case(NamedTuple):
    """A layer and a call of it."""

    make: Callable[[], Any]
    inputs: Callable[[], Tuple[Any, ...]]


LAYERS: Dict[str, List[Case]] = {}

#: Bases that aren't called themselves.
ABSTRACT = frozenset(["Layer", "RNNCellBase", "ParameterDict", "ParameterList", "LayerDict",
                      "LayerList", "Module", "ModuleDict", "ModuleList"])  # fmt: skip

#: Classes whose first call changes an attribute that they read: the second compiles again.
CHANGE_THEMSELVES = frozenset(["BatchNorm1D", "BatchNorm3D", "Upsample"])

#: Classes that do nothing to a tensor in eval mode, or never: nothing is captured.
IDENTITIES = frozenset(["Identity", "AlphaDropout", "Dropout", "Dropout2D", "Dropout3D",
                        "FeatureAlphaDropout"])  # fmt: skip

#: No kernel for the CPU: the plain call raises, ours has to raise the same.
NO_KERNEL = frozenset(["SyncBatchNorm"])

#: Class -> why its forward depends on the data of its inputs.
DATA_DEPENDENT: Dict[str, str] = {
    "AdaptiveLogSoftmaxWithLoss": "the rows of each cluster are selected by the labels",
    "GaussianNLLLoss": "asks whether any variance is negative",
    "MultiLabelMarginLoss": "asks whether all labels are valid",
    "TripletMarginWithDistanceLoss": "asks whether the distances are negative",
}


def x(*shape: int) -> Any:
    """Random numbers, with a gradient."""
    value = paddle.randn(list(shape))
    value.stop_gradient = False
    return value


def positive(*shape: int) -> Any:
    """Numbers between 0.1 and 0.9."""
    return paddle.rand(list(shape)) * 0.8 + 0.1


def ints(high: int, *shape: int, dtype: str = "int64") -> Any:
    """Random integers."""
    return paddle.randint(0, high, list(shape), dtype=dtype)


def signs(*shape: int) -> Any:
    """Random -1 and 1."""
    return (paddle.randint(0, 2, list(shape)) * 2 - 1).astype("float32")


def add(name: str, make: Callable[[], Any], *inputs: Callable[[], Any]) -> None:
    """One more case of a class, unless this Paddle hasn't got it."""
    if hasattr(nn, name):
        LAYERS.setdefault(name, []).append(Case(make, lambda: tuple([value() for value in inputs])))


def flat() -> Any:
    return x(2, 3, 4)


def line() -> Any:
    return x(2, 4, 8)


def image() -> Any:
    return x(2, 4, 8, 8)


def volume() -> Any:
    return x(1, 2, 4, 4, 4)


# -- activations

for _name in (
    "CELU ELU GELU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid LogSoftmax Mish "
    "RReLU ReLU ReLU6 SELU Sigmoid Silu Softmax Softplus Softshrink Softsign Swish Tanh "
    "Tanhshrink ThresholdedReLU Identity Flatten"
).split():
    add(_name, lambda name=_name: getattr(nn, name)(), flat)
add("GELU", lambda: nn.GELU(approximate=True), flat)
add("Softmax", lambda: nn.Softmax(axis=1), flat)
add("GLU", lambda: nn.GLU(), flat)
add("Maxout", lambda: nn.Maxout(2), image)
add("PReLU", lambda: nn.PReLU(), image)
add("PReLU", lambda: nn.PReLU(4), image)
add("Softmax2D", lambda: nn.Softmax2D(), image)

# -- convolution and pooling

add("Conv1D", lambda: nn.Conv1D(4, 3, 3, padding=1), line)
add("Conv1DTranspose", lambda: nn.Conv1DTranspose(4, 3, 3), line)
add("Conv2D", lambda: nn.Conv2D(4, 3, 3, stride=2, padding=1), image)
add("Conv2D", lambda: nn.Conv2D(4, 4, 3, groups=4, padding="same", bias_attr=False), image)
add("Conv2D", lambda: nn.Conv2D(4, 4, 3, padding=1, padding_mode="reflect"), image)
add("Conv2DTranspose", lambda: nn.Conv2DTranspose(4, 3, 2, stride=2), image)
add("Conv3D", lambda: nn.Conv3D(2, 3, 2), volume)
add("Conv3DTranspose", lambda: nn.Conv3DTranspose(2, 3, 2), volume)
for _kind in ("Avg", "Max"):
    add(f"Adaptive{_kind}Pool1D", lambda k=_kind: getattr(nn, f"Adaptive{k}Pool1D")(4), line)
    add(f"Adaptive{_kind}Pool2D", lambda k=_kind: getattr(nn, f"Adaptive{k}Pool2D")(3), image)
    add(f"Adaptive{_kind}Pool3D", lambda k=_kind: getattr(nn, f"Adaptive{k}Pool3D")(2), volume)
    add(f"{_kind}Pool1D", lambda k=_kind: getattr(nn, f"{k}Pool1D")(2), line)
    add(f"{_kind}Pool2D", lambda k=_kind: getattr(nn, f"{k}Pool2D")(3, 2, 1), image)
    add(f"{_kind}Pool3D", lambda k=_kind: getattr(nn, f"{k}Pool3D")(2), volume)
add("AdaptiveAvgPool2D", lambda: nn.AdaptiveAvgPool2D((None, 1)), image)
add("MaxPool2D", lambda: nn.MaxPool2D(2, return_mask=True), image)
add("LPPool1D", lambda: nn.LPPool1D(2.0, 2), line)
add("LPPool2D", lambda: nn.LPPool2D(2.0, 2), image)
add("FractionalMaxPool2D", lambda: nn.FractionalMaxPool2D(3, random_u=0.3), image)
add("FractionalMaxPool3D", lambda: nn.FractionalMaxPool3D(2, random_u=0.3), volume)
add("MaxUnPool1D", lambda: nn.MaxUnPool1D(2), lambda: x(2, 4, 4),
    lambda: paddle.to_tensor([[[0, 2, 4, 6]] * 4] * 2, dtype="int32"))  # fmt: skip
add("MaxUnPool2D", lambda: nn.MaxUnPool2D(2), lambda: x(1, 1, 2, 2),
    lambda: paddle.to_tensor([[[[0, 2], [8, 10]]]], dtype="int32"))  # fmt: skip
add("MaxUnPool3D", lambda: nn.MaxUnPool3D(2), lambda: x(1, 1, 1, 2, 2),
    lambda: paddle.to_tensor([[[[[0, 2], [8, 10]]]]], dtype="int32"))  # fmt: skip

# -- padding, shapes, upsampling

for _kind, _input in (("1D", line), ("2D", image), ("3D", volume)):
    add(f"Pad{_kind}", lambda k=_kind: getattr(nn, f"Pad{k}")(1), _input)
    add(f"Pad{_kind}", lambda k=_kind: getattr(nn, f"Pad{k}")(1, mode="replicate"), _input)
    add(f"ZeroPad{_kind}", lambda k=_kind: getattr(nn, f"ZeroPad{k}")(1), _input)
    add(f"CircularPad{_kind}", lambda k=_kind: getattr(nn, f"CircularPad{k}")(1), _input)
    add(f"ConstantPad{_kind}", lambda k=_kind: getattr(nn, f"ConstantPad{k}")(1, 2.0), _input)
    add(f"ReflectionPad{_kind}", lambda k=_kind: getattr(nn, f"ReflectionPad{k}")(1), _input)
    add(f"ReplicationPad{_kind}", lambda k=_kind: getattr(nn, f"ReplicationPad{k}")(1), _input)
add("ChannelShuffle", lambda: nn.ChannelShuffle(2), image)
add("PixelShuffle", lambda: nn.PixelShuffle(2), image)
add("PixelUnshuffle", lambda: nn.PixelUnshuffle(2), image)
add("Fold", lambda: nn.Fold([4, 4], 2), lambda: x(2, 12, 9))
add("Unfold", lambda: nn.Unfold(3), image)
add("Unflatten", lambda: nn.Unflatten(1, [2, 2]), image)
add("Flatten", lambda: nn.Flatten(1, 2), image)
add("Upsample", lambda: nn.Upsample(scale_factor=2), image)
add("Upsample", lambda: nn.Upsample(size=[5, 6], mode="bilinear"), image)
add("UpsamplingBilinear2D", lambda: nn.UpsamplingBilinear2D(size=[5, 6]), image)
add("UpsamplingNearest2D", lambda: nn.UpsamplingNearest2D(scale_factor=2), image)

# -- linear, embedding, distance, dropout

add("Linear", lambda: nn.Linear(4, 5), flat)
add("Linear", lambda: nn.Linear(4, 5, bias_attr=False), flat)
add("Bilinear", lambda: nn.Bilinear(4, 3, 2), lambda: x(5, 4), lambda: x(5, 3))
add("Embedding", lambda: nn.Embedding(10, 4), lambda: ints(10, 2, 3))
add("Embedding", lambda: nn.Embedding(10, 4, padding_idx=0), lambda: ints(10, 2, 3))
add("CosineSimilarity", lambda: nn.CosineSimilarity(), lambda: x(3, 4), lambda: x(3, 4))
add("PairwiseDistance", lambda: nn.PairwiseDistance(), lambda: x(3, 4), lambda: x(3, 4))
add("Dropout", lambda: nn.Dropout(0.5), flat)
add("Dropout", lambda: nn.Dropout(0.3, axis=1, mode="downscale_in_infer"), flat)
add("Dropout2D", lambda: nn.Dropout2D(0.5), image)
add("Dropout3D", lambda: nn.Dropout3D(0.5), volume)
add("AlphaDropout", lambda: nn.AlphaDropout(0.5), flat)
add("FeatureAlphaDropout", lambda: nn.FeatureAlphaDropout(0.5), image)

# -- normalisation

add("BatchNorm", lambda: nn.BatchNorm(4, act="relu"), image)
add("BatchNorm1D", lambda: nn.BatchNorm1D(4), line)
add("BatchNorm2D", lambda: nn.BatchNorm2D(4), image)
add("BatchNorm2D", lambda: nn.BatchNorm2D(4, use_global_stats=True), image)
add("BatchNorm3D", lambda: nn.BatchNorm3D(2), volume)
add("SyncBatchNorm", lambda: nn.SyncBatchNorm(4), image)
add("GroupNorm", lambda: nn.GroupNorm(2, 4), image)
add("InstanceNorm1D", lambda: nn.InstanceNorm1D(4), line)
add("InstanceNorm2D", lambda: nn.InstanceNorm2D(4), image)
add("InstanceNorm3D", lambda: nn.InstanceNorm3D(2), volume)
add("LayerNorm", lambda: nn.LayerNorm([3, 4]), flat)
add("LayerNorm", lambda: nn.LayerNorm(4, weight_attr=False, bias_attr=False), flat)
add("LocalResponseNorm", lambda: nn.LocalResponseNorm(3), image)
add("SpectralNorm", lambda: nn.SpectralNorm([4, 3], power_iters=2), lambda: x(4, 3))
add("RMSNorm", lambda: nn.RMSNorm(4), flat)

# -- recurrent

for _name in ("LSTM", "GRU", "SimpleRNN"):
    _kind = getattr(nn, _name)
    add(_name, lambda k=_kind: k(4, 5), flat)
    add(_name, lambda k=_kind: k(4, 5, num_layers=2, direction="bidirect"), flat)
    add(_name, lambda k=_kind: k(4, 5, time_major=True), flat,
        lambda: None, lambda: paddle.to_tensor([1, 2, 2]))  # fmt: skip
    add(f"{_name}Cell", lambda n=_name: getattr(nn, f"{n}Cell")(4, 5), lambda: x(2, 4))
    add("RNN", lambda n=_name: nn.RNN(getattr(nn, f"{n}Cell")(4, 5)), flat)
add("LSTM", lambda: nn.LSTM(4, 5, num_layers=2, dropout=0.5), flat,
    lambda: (paddle.zeros([2, 2, 5]), paddle.ones([2, 2, 5])))  # fmt: skip
add("LSTM", lambda: nn.LSTM(4, 5, proj_size=3), flat)
add("RNN", lambda: nn.RNN(nn.GRUCell(4, 5), is_reverse=True, time_major=True), flat)
add("BiRNN", lambda: nn.BiRNN(nn.GRUCell(4, 5), nn.GRUCell(4, 5)), flat)

# -- attention


def words() -> Any:
    return x(2, 3, 8)


def causal() -> Any:
    return paddle.tensor.triu(paddle.full([3, 3], -1e9), 1)


add("MultiHeadAttention", lambda: nn.MultiHeadAttention(8, 2), words)
add("MultiHeadAttention", lambda: nn.MultiHeadAttention(8, 2, dropout=0.3, need_weights=True),
    words, lambda: x(2, 5, 8), lambda: x(2, 5, 8), lambda: paddle.rand([2, 2, 3, 5]) > 0.2)  # fmt: skip
add("TransformerEncoderLayer", lambda: nn.TransformerEncoderLayer(8, 2, 16), words, causal)
add("TransformerEncoderLayer",
    lambda: nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", normalize_before=True), words)  # fmt: skip
add("TransformerEncoder",
    lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2, nn.LayerNorm(8)), words)  # fmt: skip
add("TransformerDecoderLayer", lambda: nn.TransformerDecoderLayer(8, 2, 16), words,
    lambda: x(2, 4, 8), causal)  # fmt: skip
add("TransformerDecoder", lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2),
    words, lambda: x(2, 4, 8))  # fmt: skip
add("Transformer", lambda: nn.Transformer(8, 2, 1, 1, 16), words, lambda: x(2, 4, 8))

# -- losses

for _name in ("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss"):
    for _reduction in ("mean", "none"):
        if _name == "HuberLoss":
            add(_name, lambda: nn.HuberLoss(), flat, flat)
        else:
            add(_name, lambda n=_name, r=_reduction: getattr(nn, n)(reduction=r), flat, flat)
add("BCELoss", lambda: nn.BCELoss(), lambda: positive(3, 4), lambda: positive(3, 4))
add("BCEWithLogitsLoss", lambda: nn.BCEWithLogitsLoss(pos_weight=paddle.ones([4])),
    lambda: x(3, 4), lambda: positive(3, 4))  # fmt: skip
add("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(), lambda: x(4, 5), lambda: ints(5, 4))
add("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(label_smoothing=0.1), lambda: x(4, 5),
    lambda: ints(5, 4))  # fmt: skip
add("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(weight=paddle.rand([5]), ignore_index=2),
    lambda: x(4, 5), lambda: ints(5, 4))  # fmt: skip
add("NLLLoss", lambda: nn.NLLLoss(), lambda: x(4, 5), lambda: ints(5, 4))
add("KLDivLoss", lambda: nn.KLDivLoss(), lambda: x(3, 4), lambda: positive(3, 4))
add("CTCLoss", lambda: nn.CTCLoss(), lambda: x(6, 2, 5), lambda: ints(4, 2, 3, dtype="int32") + 1,
    lambda: paddle.to_tensor([6, 6]), lambda: paddle.to_tensor([3, 2]))  # fmt: skip
add("RNNTLoss", lambda: nn.RNNTLoss(), lambda: x(1, 4, 3, 5),
    lambda: paddle.to_tensor([[1, 2]], dtype="int32"), lambda: paddle.to_tensor([4], dtype="int32"),
    lambda: paddle.to_tensor([2], dtype="int32"))  # fmt: skip
add("CosineEmbeddingLoss", lambda: nn.CosineEmbeddingLoss(), lambda: x(3, 4), lambda: x(3, 4),
    lambda: signs(3))  # fmt: skip
add("GaussianNLLLoss", lambda: nn.GaussianNLLLoss(), lambda: x(3, 4), lambda: x(3, 4),
    lambda: positive(3, 4))  # fmt: skip
add("HSigmoidLoss", lambda: nn.HSigmoidLoss(4, 5), lambda: x(3, 4), lambda: ints(5, 3, 1))
add("HingeEmbeddingLoss", lambda: nn.HingeEmbeddingLoss(), lambda: x(3, 4), lambda: signs(3, 4))
add("MarginRankingLoss", lambda: nn.MarginRankingLoss(0.1), lambda: x(3), lambda: x(3),
    lambda: signs(3))  # fmt: skip
add("MultiLabelSoftMarginLoss", lambda: nn.MultiLabelSoftMarginLoss(), lambda: x(3, 4),
    lambda: signs(3, 4))  # fmt: skip
add("MultiLabelMarginLoss", lambda: nn.MultiLabelMarginLoss(), lambda: x(3, 4),
    lambda: paddle.to_tensor([[1, 2, -1, 0], [0, -1, 1, 2], [3, 1, 0, -1]]))  # fmt: skip
add("MultiMarginLoss", lambda: nn.MultiMarginLoss(), lambda: x(3, 4), lambda: ints(4, 3))
add("PoissonNLLLoss", lambda: nn.PoissonNLLLoss(full=True), lambda: x(3, 4),
    lambda: positive(3, 4))  # fmt: skip
add("SoftMarginLoss", lambda: nn.SoftMarginLoss(), lambda: x(3, 4), lambda: signs(3, 4))
add("TripletMarginLoss", lambda: nn.TripletMarginLoss(swap=True), lambda: x(3, 4),
    lambda: x(3, 4), lambda: x(3, 4))  # fmt: skip
add("TripletMarginWithDistanceLoss", lambda: nn.TripletMarginWithDistanceLoss(),
    lambda: x(3, 4), lambda: x(3, 4), lambda: x(3, 4))  # fmt: skip
add(
    "AdaptiveLogSoftmaxWithLoss",
    lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 10, [3, 6]),
    lambda: x(6, 4),
    lambda: paddle.to_tensor([0, 1, 2, 0, 1, 2]),  # 3.0's other clusters read unset memory
)

# -- containers


class _Listed(nn.Layer):
    """Iterates over, indexes and slices a container of layers."""

    def __init__(self, held: Any) -> None:
        super().__init__()
        self.held = held

    def forward(self, value: Any) -> Any:
        if isinstance(self.held, nn.LayerDict):
            for name, layer in self.held.items():
                if name in self.held:
                    value = layer(value)
            return value + len(self.held) + self.held["a"](value)
        for index, layer in enumerate(self.held):
            value = layer(value) * (index + 1)
        for layer in self.held[1:]:
            value = layer(value)
        return self.held[-1](self.held[0](value)) + len(self.held)


class _Parameters(nn.Layer):
    """Uses a list or dict of parameters."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        made = [self.create_parameter([4]) for _ in range(2)]
        if kind == "list":
            self.held = nn.ParameterList(made)
        else:
            self.held = nn.ParameterDict({"a": made[0], "b": made[1]})

    def forward(self, value: Any) -> Any:
        if isinstance(self.held, nn.ParameterList):
            for parameter in self.held:
                value = value * parameter
            return value + self.held[0]
        for name in self.held:
            value = value * self.held[name] + len(name)
        return value + self.held["b"]


def _two() -> List[Any]:
    return [nn.Linear(4, 4), nn.Linear(4, 4)]


add("Sequential", lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Dropout(0.2)), flat)
add("Sequential", lambda: nn.Sequential(("a", nn.Linear(4, 3)), ("b", nn.Tanh())), flat)
add("Sequential", lambda: _Listed(nn.Sequential(*_two())), flat)
add("LayerList", lambda: _Listed(nn.LayerList(_two())), flat)
add("LayerDict", lambda: _Listed(nn.LayerDict(dict(zip("ab", _two())))), flat)
add("ParameterList", lambda: _Parameters("list"), flat)
add("ParameterDict", lambda: _Parameters("dict"), flat)


def cases() -> List[Tuple[str, Case]]:
    """All cases with names."""
    return [
        (name if len(found) == 1 else f"{name}-{index}", case)
        for name, found in sorted(LAYERS.items())
        for index, case in enumerate(found)
    ]
