"""A UNet-like denoiser: time embedding, skips kept in a list, attention at the bottom."""

from __future__ import annotations

import math

import paddle
import paddle.nn.functional as F
from paddle import nn


def timestep_embedding(steps, width):
    half = width // 2
    frequencies = paddle.exp(-math.log(10000) * paddle.arange(0, half, dtype="float32") / half)
    angles = steps[:, None].astype("float32") * frequencies[None]
    embedding = paddle.concat([paddle.cos(angles), paddle.sin(angles)], axis=-1)
    if width % 2:
        embedding = paddle.concat([embedding, paddle.zeros_like(embedding[:, :1])], axis=-1)
    return embedding


class ResBlock(nn.Layer):
    def __init__(self, inner, outer, time):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(2, inner), nn.GroupNorm(2, outer)
        self.conv1 = nn.Conv2D(inner, outer, 3, padding=1)
        self.conv2 = nn.Conv2D(outer, outer, 3, padding=1)
        self.time = nn.Linear(time, outer)
        self.skip = nn.Conv2D(inner, outer, 1) if inner != outer else None

    def forward(self, x, time):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time(F.silu(time))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (x if self.skip is None else self.skip(x))


class AttentionBlock(nn.Layer):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(2, channels)
        self.qkv = nn.Conv1D(channels, 3 * channels, 1)
        self.proj = nn.Conv1D(channels, channels, 1)

    def forward(self, x):
        batch, channels, *spatial = x.shape
        flat = x.reshape([batch, channels, -1])
        q, k, v = paddle.split(self.qkv(self.norm(flat)), 3, axis=1)
        weights = F.softmax(paddle.einsum("bct,bcs->bts", q, k) / channels**0.5, axis=-1)
        h = self.proj(paddle.einsum("bts,bcs->bct", weights, v))
        return (flat + h).reshape([batch, channels, *spatial])


class UNet(nn.Layer):
    def __init__(self, channels=3, width=8, multipliers=(1, 2, 2)):
        super().__init__()
        self.width = width
        time = width * 4
        self.time = nn.Sequential(nn.Linear(width, time), nn.Silu(), nn.Linear(time, time))
        self.start = nn.Conv2D(channels, width, 3, padding=1)
        self.down, self.up = nn.LayerList(), nn.LayerList()
        current, kept = width, [width]
        for level, multiplier in enumerate(multipliers):
            self.down.append(ResBlock(current, width * multiplier, time))
            current = width * multiplier
            kept.append(current)
            if level < len(multipliers) - 1:
                self.down.append(nn.Conv2D(current, current, 3, stride=2, padding=1))
                kept.append(current)
        self.middle = nn.LayerList(
            [
                ResBlock(current, current, time),
                AttentionBlock(current),
                ResBlock(current, current, time),
            ]
        )
        for level, multiplier in reversed(list(enumerate(multipliers))):
            for index in range(2 if level else 1):
                self.up.append(ResBlock(current + kept.pop(), width * multiplier, time))
                current = width * multiplier
                if level and index == 1:
                    self.up.append(nn.Upsample(scale_factor=2, mode="nearest"))
        self.up.append(ResBlock(current + kept.pop(), width, time))
        self.out = nn.Sequential(
            nn.GroupNorm(2, width), nn.Silu(), nn.Conv2D(width, channels, 3, padding=1)
        )

    def forward(self, x, steps):
        time = self.time(timestep_embedding(steps, self.width))
        h = self.start(x)
        skips = [h]
        for layer in self.down:
            h = layer(h, time) if isinstance(layer, ResBlock) else layer(h)
            skips.append(h)
        for layer in self.middle:
            h = layer(h, time) if isinstance(layer, ResBlock) else layer(h)
        for layer in self.up:
            if isinstance(layer, ResBlock):
                h = layer(paddle.concat([h, skips.pop()], axis=1), time)
            else:
                h = layer(h)
        return self.out(h)
