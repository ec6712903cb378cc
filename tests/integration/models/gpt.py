"""A GPT-like decoder: causal mask from a buffer, a key-value cache, tied embeddings."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import nn


class CausalSelfAttention(nn.Layer):
    def __init__(self, width, heads, length, dropout):
        super().__init__()
        assert width % heads == 0
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.heads = heads
        self.width = width
        self.dropout = dropout
        mask = paddle.tril(paddle.ones([length, length])).reshape([1, 1, length, length])
        self.register_buffer("mask", mask, persistable=False)

    def forward(self, x, cache=None):
        batch, length, width = x.shape
        q, k, v = self.qkv(x).split(3, axis=2)
        shape = [batch, length, self.heads, width // self.heads]
        q, k, v = [t.reshape(shape).transpose([0, 2, 1, 3]) for t in (q, k, v)]
        past = 0
        if cache is not None:
            if len(cache) > 0:
                past = cache["k"].shape[2]
                k = paddle.concat([cache["k"], k], axis=2)
                v = paddle.concat([cache["v"], v], axis=2)
            cache["k"], cache["v"] = k, v
        scores = (q @ k.transpose([0, 1, 3, 2])) * (1.0 / k.shape[-1] ** 0.5)
        visible = self.mask[:, :, past : past + length, : past + length]
        scores = paddle.where(visible == 0, paddle.full_like(scores, -1e9), scores)
        scores = F.dropout(F.softmax(scores, axis=-1), self.dropout, training=self.training)
        y = (scores @ v).transpose([0, 2, 1, 3]).reshape([batch, length, width])
        return F.dropout(self.proj(y), self.dropout, training=self.training)


class Block(nn.Layer):
    def __init__(self, width, heads, length, dropout):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = CausalSelfAttention(width, heads, length, dropout)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(approximate=True),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )

    def forward(self, x, cache=None):
        x = x + self.attn(self.ln_1(x), cache)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Layer):
    def __init__(self, vocab=40, width=16, heads=2, layers=2, length=16, dropout=0.1):
        super().__init__()
        self.length = length
        self.tokens = nn.Embedding(vocab, width)
        self.positions = nn.Embedding(length, width)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.LayerList([Block(width, heads, length, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)

    def forward(self, ids, targets=None, caches=None):
        batch, length = ids.shape
        if length > self.length:
            raise ValueError(f"{length} tokens, at most {self.length}")
        past = 0
        if caches is not None and caches[0]:
            past = caches[0]["k"].shape[2]
        positions = paddle.arange(past, past + length).unsqueeze(0)
        x = self.drop(self.tokens(ids) + self.positions(positions))
        for index, block in enumerate(self.blocks):
            x = block(x, None if caches is None else caches[index])
        x = self.norm(x)
        logits = paddle.matmul(x, self.tokens.weight, transpose_y=True)
        if targets is None:
            return logits[:, -1:], None
        loss = F.cross_entropy(
            logits.reshape([-1, logits.shape[-1]]), targets.reshape([-1]), ignore_index=-1
        )
        return logits, loss
