"""A ViT-like image classifier with stochastic depth and a class token."""

from __future__ import annotations

import paddle
from paddle import nn


def pair(value):
    return value if isinstance(value, (tuple, list)) else (value, value)


class DropPath(nn.Layer):
    def __init__(self, probability):
        super().__init__()
        self.probability = probability

    def forward(self, x):
        if self.probability == 0.0 or not self.training:
            return x
        keep = 1.0 - self.probability
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        mask = paddle.floor(keep + paddle.rand(shape, dtype=x.dtype))
        return x.divide(paddle.to_tensor(keep)) * mask


class PatchEmbed(nn.Layer):
    def __init__(self, image, patch, channels, width):
        super().__init__()
        self.image, self.patch = pair(image), pair(patch)
        self.count = (self.image[0] // self.patch[0]) * (self.image[1] // self.patch[1])
        self.proj = nn.Conv2D(channels, width, self.patch, stride=self.patch)

    def forward(self, x):
        _, _, height, width = x.shape
        assert (height, width) == self.image, f"{height}x{width} is not {self.image}"
        return self.proj(x).flatten(2).transpose([0, 2, 1])


class Attention(nn.Layer):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, width * 3)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        _, n, c = x.shape
        qkv = self.qkv(x).reshape([-1, n, 3, self.heads, c // self.heads])
        q, k, v = qkv.transpose([2, 0, 3, 1, 4]).unbind(0)
        attention = nn.functional.softmax((q @ k.transpose([0, 1, 3, 2])) * self.scale, -1)
        return self.proj((attention @ v).transpose([0, 2, 1, 3]).reshape([-1, n, c]))


class Block(nn.Layer):
    def __init__(self, width, heads, drop_path):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.drop_path = DropPath(drop_path) if drop_path > 0.0 else nn.Identity()
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x):
        x = x + self.drop_path(self.attention(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class VisionTransformer(nn.Layer):
    def __init__(self, image=16, patch=4, width=16, depth=3, heads=2, classes=5, drop_path=0.2):
        super().__init__()
        self.patches = PatchEmbed(image, patch, 3, width)
        zeros = nn.initializer.Constant(0.0)
        self.token = self.create_parameter([1, 1, width], default_initializer=zeros)
        self.positions = self.create_parameter([1, self.patches.count + 1, width])
        rates = [drop_path * i / (depth - 1) for i in range(depth)]
        self.blocks = nn.LayerList([Block(width, heads, rate) for rate in rates])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes) if classes > 0 else nn.Identity()

    def forward_features(self, x):
        x = self.patches(x)
        token = self.token.expand([x.shape[0], -1, -1])
        x = paddle.concat((token, x), axis=1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]

    def forward(self, x):
        return self.head(self.forward_features(x))
