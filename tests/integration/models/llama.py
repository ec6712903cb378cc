"""A Llama-like decoder: RMS norm, rotary embeddings, grouped queries, gated feed-forward."""

from __future__ import annotations

from typing import Any, NamedTuple

import paddle
import paddle.nn.functional as F
from paddle import nn


class LlamaOutput(NamedTuple):
    logits: Any
    past: Any = None
    hidden: Any = None


class RMSNorm(nn.Layer):
    def __init__(self, width, epsilon=1e-6):
        super().__init__()
        self.weight = self.create_parameter(
            [width], default_initializer=nn.initializer.Constant(1.0)
        )
        self.epsilon = epsilon

    def forward(self, x):
        dtype = x.dtype
        x = x.astype("float32")
        variance = x.pow(2).mean(-1, keepdim=True)
        return (self.weight * (x * paddle.rsqrt(variance + self.epsilon))).astype(dtype)


class RotaryEmbedding(nn.Layer):
    def __init__(self, size, length, base=10000.0):
        super().__init__()
        frequencies = 1.0 / base ** (paddle.arange(0, size, 2, dtype="float32") / size)
        angles = paddle.outer(paddle.arange(length, dtype="float32"), frequencies)
        angles = paddle.concat([angles, angles], axis=-1)
        self.cos = angles.cos()[None, :, None, :]
        self.sin = angles.sin()[None, :, None, :]

    def forward(self, start, length):
        return self.cos[:, start : start + length], self.sin[:, start : start + length]


def rotate_half(x):
    first, second = paddle.chunk(x, 2, axis=-1)
    return paddle.concat([-second, first], axis=-1)


def apply_rotary(q, k, cos, sin):
    return q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin


def repeat_kv(x, times):
    if times == 1:
        return x
    batch, length, heads, size = x.shape
    return (
        x.unsqueeze(3).expand([batch, length, heads, times, size])
        .reshape([batch, length, heads * times, size])
    )  # fmt: skip


class LlamaAttention(nn.Layer):
    def __init__(self, width, heads, kv_heads, length):
        super().__init__()
        self.heads, self.kv_heads, self.size = heads, kv_heads, width // heads
        self.q_proj = nn.Linear(width, heads * self.size, bias_attr=False)
        self.k_proj = nn.Linear(width, kv_heads * self.size, bias_attr=False)
        self.v_proj = nn.Linear(width, kv_heads * self.size, bias_attr=False)
        self.o_proj = nn.Linear(heads * self.size, width, bias_attr=False)
        self.rotary = RotaryEmbedding(self.size, length)

    def forward(self, x, past=None, use_cache=False):
        batch, length, _ = x.shape
        q = self.q_proj(x).reshape([0, 0, self.heads, self.size])
        k = self.k_proj(x).reshape([0, 0, self.kv_heads, self.size])
        v = self.v_proj(x).reshape([0, 0, self.kv_heads, self.size])
        start = past[0].shape[1] if past is not None else 0
        q, k = apply_rotary(q, k, *self.rotary(start, length))
        if past is not None:
            k = paddle.concat([past[0], k], axis=1)
            v = paddle.concat([past[1], v], axis=1)
        present = (k, v) if use_cache else None
        times = self.heads // self.kv_heads
        k, v = repeat_kv(k, times), repeat_kv(v, times)
        mask = None
        if past is None:
            mask = paddle.triu(paddle.full([1, 1, length, length], -1e9), 1)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.o_proj(out.reshape([batch, length, -1])), present


class LlamaLayer(nn.Layer):
    def __init__(self, width, heads, kv_heads, length):
        super().__init__()
        self.attention = LlamaAttention(width, heads, kv_heads, length)
        self.gate = nn.Linear(width, 2 * width, bias_attr=False)
        self.up = nn.Linear(width, 2 * width, bias_attr=False)
        self.down = nn.Linear(2 * width, width, bias_attr=False)
        self.input_norm = RMSNorm(width)
        self.output_norm = RMSNorm(width)

    def forward(self, x, past=None, use_cache=False):
        attended, present = self.attention(self.input_norm(x), past=past, use_cache=use_cache)
        x = x + attended
        normed = self.output_norm(x)
        return x + self.down(F.silu(self.gate(normed)) * self.up(normed)), present


class Llama(nn.Layer):
    def __init__(self, vocab=40, width=16, heads=4, kv_heads=2, layers=2, length=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.layers = nn.LayerList(
            [LlamaLayer(width, heads, kv_heads, length) for _ in range(layers)]
        )
        self.norm = RMSNorm(width)
        self.head = nn.Linear(width, vocab, bias_attr=False)

    def forward(self, input_ids, past=None, use_cache=False, output_hidden_states=False):
        x = self.embed(input_ids)
        presents, hidden = [], []
        for layer, memory in zip(self.layers, past or [None] * len(self.layers)):
            if output_hidden_states:
                hidden.append(x)
            x, present = layer(x, past=memory, use_cache=use_cache)
            presents.append(present)
        logits = self.head(self.norm(x))
        return LlamaOutput(
            logits,
            tuple(presents) if use_cache else None,
            hidden if output_hidden_states else None,
        )
