"""A small CNN trained through paddlefx: the network is compiled, the training loop is yours."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
from paddle import nn

import paddlefx


class SmallCNN(nn.Layer):
    """Two convolutions and a linear layer for 16x16 images."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2D(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2D(8, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 4 * 4, 4)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(F.relu(conv(x)), 2)
        return self.fc(paddle.flatten(x, 1))


paddle.seed(0)
net = paddlefx.optimize(SmallCNN())
optimizer = paddle.optimizer.Momentum(learning_rate=0.02, parameters=net.parameters())

for step in range(20):
    # Each class is a bright quadrant of a noisy image.
    labels = paddle.randint(0, 4, [32])
    images = paddle.randn([32, 1, 16, 16])
    for index, label in enumerate(labels.tolist()):
        row, column = 8 * (label // 2), 8 * (label % 2)
        images[index, 0, row : row + 8, column : column + 8] += 2.0
    loss = F.cross_entropy(net(images), labels)
    loss.backward()
    optimizer.step()
    optimizer.clear_grad()
    if step % 5 == 4:
        print(f"step {step + 1:2}: loss {float(loss):.3f}")

stats = paddlefx.stats()
print(f"captured {stats['translations']} frame, {stats['nodes']} operations, "
      f"{stats['cache_hits']} cache hits")  # fmt: skip
