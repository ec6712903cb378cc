"""A BERT-like encoder: embeddings, masked self-attention, pooler, two heads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import paddle
import paddle.nn.functional as F
from paddle import nn


@dataclass
class BertConfig:
    vocab_size: int = 50
    hidden_size: int = 16
    num_layers: int = 2
    num_heads: int = 2
    max_length: int = 12
    dropout: float = 0.1
    hidden_act: str = "gelu"


ACTIVATIONS = {"gelu": F.gelu, "relu": F.relu}


class BertEmbeddings(nn.Layer):
    def __init__(self, config):
        super().__init__()
        self.words = nn.Embedding(config.vocab_size, config.hidden_size, padding_idx=0)
        self.positions = nn.Embedding(config.max_length, config.hidden_size)
        self.types = nn.Embedding(2, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size, epsilon=1e-12)
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer("ids", paddle.arange(config.max_length).unsqueeze(0))

    def forward(self, input_ids, token_type_ids=None):
        length = input_ids.shape[1]
        if token_type_ids is None:
            token_type_ids = paddle.zeros_like(input_ids)
        embedded = self.words(input_ids) + self.positions(self.ids[:, :length])
        embedded = embedded + self.types(token_type_ids)
        return self.dropout(self.norm(embedded))


class BertSelfAttention(nn.Layer):
    def __init__(self, config):
        super().__init__()
        self.heads = config.num_heads
        self.size = config.hidden_size // config.num_heads
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)
        self.out = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.dropout)

    def split(self, x):
        new_shape = [*x.shape[:-1], self.heads, self.size]
        return x.reshape(new_shape).transpose([0, 2, 1, 3])

    def forward(self, hidden, mask=None, output_attentions=False):
        query, key, value = (
            self.split(layer(hidden)) for layer in (self.query, self.key, self.value)
        )
        scores = paddle.matmul(query, key, transpose_y=True) / math.sqrt(self.size)
        if mask is not None:
            scores = scores + mask
        probabilities = self.dropout(F.softmax(scores, axis=-1))
        context = paddle.matmul(probabilities, value).transpose([0, 2, 1, 3])
        context = self.out(context.reshape([*hidden.shape]))
        return (context, probabilities) if output_attentions else (context,)


class BertLayer(nn.Layer):
    def __init__(self, config):
        super().__init__()
        self.attention = BertSelfAttention(config)
        self.norm1 = nn.LayerNorm(config.hidden_size)
        self.up = nn.Linear(config.hidden_size, 4 * config.hidden_size)
        self.down = nn.Linear(4 * config.hidden_size, config.hidden_size)
        self.norm2 = nn.LayerNorm(config.hidden_size)
        self.dropout = nn.Dropout(config.dropout)
        self.activation = ACTIVATIONS[config.hidden_act]

    def forward(self, hidden, mask=None, output_attentions=False):
        attended = self.attention(hidden, mask, output_attentions=output_attentions)
        hidden = self.norm1(hidden + self.dropout(attended[0]))
        inner = self.down(self.activation(self.up(hidden)))
        return (self.norm2(hidden + self.dropout(inner)), *attended[1:])


class BertForClassification(nn.Layer):
    def __init__(self, config=None, classes=3):
        super().__init__()
        self.config = config or BertConfig()
        self.embeddings = BertEmbeddings(self.config)
        self.layers = nn.LayerList([BertLayer(self.config) for _ in range(self.config.num_layers)])
        self.pooler = nn.Linear(self.config.hidden_size, self.config.hidden_size)
        self.classifier = nn.Linear(self.config.hidden_size, classes)

    def forward(self, input_ids, attention_mask=None, labels=None, output_hidden_states=False):
        if attention_mask is None:
            attention_mask = (input_ids != 0).astype(self.pooler.weight.dtype)
        mask = (1.0 - attention_mask.unsqueeze([1, 2])) * -1e4
        hidden = self.embeddings(input_ids)
        states = [] if output_hidden_states else None
        attentions = ()
        for layer in self.layers:
            if states is not None:
                states.append(hidden)
            hidden, *rest = layer(hidden, mask, output_attentions=output_hidden_states)
            attentions += tuple(rest)
        pooled = paddle.tanh(self.pooler(hidden[:, 0]))
        logits = self.classifier(pooled)
        output = {"logits": logits}
        if labels is not None:
            output["loss"] = F.cross_entropy(logits, labels)
        if states is not None:
            output.update(hidden_states=states, attentions=attentions)
        return output
