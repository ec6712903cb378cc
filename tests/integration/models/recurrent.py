"""Recurrent models: classifiers over words, and a sequence-to-sequence model with attention."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import nn

KINDS = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.SimpleRNN}


class Classifier(nn.Layer):
    def __init__(self, kind="LSTM", vocab=30, width=8, classes=3, direction="bidirect"):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.rnn = KINDS[kind](width, width, num_layers=2, direction=direction, dropout=0.2)
        self.out = nn.Linear(width * (2 if direction == "bidirect" else 1), classes)

    def forward(self, ids, lengths=None):
        outputs, state = self.rnn(self.embed(ids), sequence_length=lengths)
        if isinstance(state, tuple):
            state = state[0]
        if self.rnn.num_directions == 2:
            last = paddle.concat([state[-2], state[-1]], axis=-1)
        else:
            last = state[-1]
        return self.out(last), outputs.mean(axis=1)


class Attention(nn.Layer):
    def __init__(self, width):
        super().__init__()
        self.score = nn.Linear(width, width, bias_attr=False)
        self.out = nn.Linear(2 * width, width)

    def forward(self, hidden, memory):
        scores = paddle.matmul(self.score(hidden).unsqueeze(1), memory, transpose_y=True)
        context = paddle.squeeze(paddle.matmul(F.softmax(scores), memory), 1)
        return paddle.tanh(self.out(paddle.concat([context, hidden], 1)))


class Seq2Seq(nn.Layer):
    """The decoder steps through its cells in a Python loop."""

    def __init__(self, vocab=30, width=8, layers=2):
        super().__init__()
        self.source = nn.Embedding(vocab, width)
        self.target = nn.Embedding(vocab, width)
        self.encoder = nn.GRU(width, width, num_layers=layers)
        self.cells = nn.LayerList([nn.GRUCell(width, width) for _ in range(layers)])
        self.attention = Attention(width)
        self.out = nn.Linear(width, vocab)

    def forward(self, source, target):
        memory, final = self.encoder(self.source(source))
        states = [final[i] for i in range(len(self.cells))]
        embedded = self.target(target)
        logits = []
        for step in range(embedded.shape[1]):
            x = embedded[:, step]
            for index, cell in enumerate(self.cells):
                x, states[index] = cell(x, states[index])
            logits.append(self.out(self.attention(x, memory)))
        return paddle.stack(logits, axis=1)


class CellLoop(nn.Layer):
    """An LSTM cell that starts from its own states."""

    def __init__(self, width=8):
        super().__init__()
        self.cell = nn.LSTMCell(width, width)

    def forward(self, x):
        states = self.cell.get_initial_states(batch_ref=x)
        outputs = []
        for item in paddle.unbind(x, axis=1):
            y, states = self.cell(item, states)
            outputs.append(y)
        return paddle.stack(outputs, 1), states
