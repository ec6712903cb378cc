"""Training, random state, threads and the ways in: compiled as plain."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.versus import alike, outcome, versus


def t(*shape):
    return paddle.arange(int(np.prod(shape or (1,))), dtype="float32").reshape(list(shape or (1,)))


class Net(paddle.nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv = paddle.nn.Conv2D(1, 2, 3)
        self.norm = paddle.nn.BatchNorm2D(2)
        self.drop = paddle.nn.Dropout(0.5)
        self.out = paddle.nn.Linear(8, 2)
        self.register_buffer("calls", paddle.zeros([1]))
        self.count = 0

    def forward(self, x):
        self.count += 1
        self.calls += 1
        x = self.drop(paddle.nn.functional.relu(self.norm(self.conv(x))))
        return self.out(x.flatten(1))


def trained(optimizer_class, compiled, train):
    paddle.seed(3)
    net = Net()
    net.train() if train else net.eval()
    optimizer = optimizer_class(parameters=net.parameters())
    call = paddlefx.optimize(net) if compiled else net
    losses = []
    for step in range(4):
        x = paddle.ones([2, 1, 4, 4]) * (step + 1)
        loss = call(x).square().mean()
        loss.backward()
        losses.append(
            (loss.item(), [None if p.grad is None else p.grad.clone() for p in net.parameters()])
        )
        optimizer.step()
        optimizer.clear_grad()
    return losses, net.state_dict(), net.count


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize(
    "optimizer", [paddle.optimizer.SGD, paddle.optimizer.Momentum, paddle.optimizer.Adam]
)
def test_training_steps(optimizer, train):
    plain, ours = trained(optimizer, False, train), trained(optimizer, True, train)
    found = alike(ours, plain)
    assert found is None, found


def test_a_whole_step_in_the_function():
    def make():
        paddle.seed(1)
        net = paddle.nn.Linear(2, 2)
        return net, paddle.optimizer.Momentum(parameters=net.parameters())

    def step(net, optimizer, x):
        loss = (net(x) * paddle.nn.functional.dropout(x, 0.5)).sum()
        loss.backward()
        optimizer.step()
        gradient = net.weight.grad.clone()
        optimizer.clear_grad()
        return loss, gradient, net.weight.clone()

    results = []
    for function in (step, paddlefx.optimize(step)):
        net, optimizer = make()
        results.append([function(net, optimizer, t(2, 2) + i) for i in range(4)])
    found = alike(results[1], results[0])
    assert found is None, found


def test_random_draws_come_in_order():
    drop = paddle.nn.Dropout(0.5)

    def function(x):
        a = drop(x)
        unused = paddle.rand([3])  # noqa: F841
        print("break")
        b = paddle.nn.functional.dropout(x, 0.3)
        if b.sum() > 0:
            return a, b, paddle.randn([2]), paddle.randint(0, 10, [3])
        return a, b, paddle.uniform([2])

    def seeded():
        paddle.seed(7)
        return (paddle.ones([8, 8]),)

    versus(function, [seeded] * 3)


def test_tensor_hooks_and_gradients_inside():
    def function(x, w):
        w = w.detach()
        w.stop_gradient = False
        y = (x * w).sum()
        y.backward()
        seen = []
        z = x * w
        handle = z.register_hook(lambda g: seen.append(1) or g * 2)
        z.sum().backward()
        handle.remove()
        return w.grad, seen, y

    versus(function, [lambda: (t(3), t(3) + 1)] * 3)


def test_paddle_grad_inside():
    def function(x):
        x.stop_gradient = False
        y = (x * x).sum()
        (g,) = paddle.grad(y, x, create_graph=True)
        return g * 2, y

    versus(function, [lambda: (t(3),)] * 3)


def test_containers_of_tensors():
    def function(batch):
        x, (mask, *rest), table = batch["x"], batch["rest"], batch["table"]
        table = {key: value * 2 for key, value in table.items()}
        return {"out": [x * mask, (rest, table)], "same": batch["x"], "n": len(rest)}

    def make():
        return ({"x": t(2), "rest": [t(2) + 1, 3, t(1)], "table": {"a": t(2), 3: t(1)}},)

    versus(function, [make] * 3)


def test_optimised_inside_optimised():
    inner = paddlefx.optimize(lambda x, k=2: x * k)

    @paddlefx.optimize
    def noisy(x):
        print("noisy")
        return inner(x) + 1

    def function(x, depth=2):
        y = inner(x, k=3)
        y = noisy(y)
        return compiled(y, depth - 1) if depth else y

    compiled = paddlefx.optimize(function)
    versus(lambda x: function(x), [lambda: (t(3),)] * 3)
    versus(function, [lambda: (t(3),)] * 3, compiled)


def test_reset_and_disable_inside():
    @paddlefx.disable
    def plain(x):
        paddlefx.reset()
        return x + 1

    def function(x):
        y = plain(x * 2) * 3
        with paddlefx.disable():
            y = y + inner(x)
        return y

    inner = paddlefx.optimize(lambda x: x * 5)
    versus(function, [lambda: (t(3),)] * 4)


@pytest.mark.parametrize("what", ["same", "different"])
def test_threads(what):
    def make(scale):
        def function(x, n):
            y = x * scale
            for i in range(n):
                y = y + i
            if y.sum() > 0:
                print(end="")
                return y * 2
            return y - 1

        return function

    functions = [make(1.0) if what == "same" else make(float(i)) for i in range(4)]
    if what == "same":
        functions = [functions[0]] * 4
        compiled = [paddlefx.optimize(functions[0])] * 4
    else:
        compiled = [paddlefx.optimize(function) for function in functions]
    net = Net()
    net.eval()
    failures = []
    start = threading.Barrier(5)

    def work(index):
        start.wait()
        for n in range(12):
            for sign in (1, -1):
                x = t(3) * sign + n
                found = alike(compiled[index](x, n), functions[index](x, n))
                if found is not None:
                    failures.append((index, n, found))

    def eager():
        start.wait()
        for _ in range(20):
            net(paddle.ones([2, 1, 4, 4])).sum().item()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    threads.append(threading.Thread(target=eager))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]


def test_ways_in():
    @paddlefx.optimize
    async def coroutine(x):
        await asyncio.sleep(0)
        return x + 1

    @paddlefx.optimize
    def generator(x):
        yield x
        yield x + 1

    @paddlefx.optimize
    async def agen(x):
        yield x

    async def collect():
        return [v async for v in agen(t(2))]

    for _ in range(2):
        assert alike(asyncio.run(coroutine(t(2))), t(2) + 1) is None
        assert alike(list(generator(t(2))), [t(2), t(2) + 1]) is None
        assert len(asyncio.run(collect())) == 1
    for wrong in (Net, len, 3, "text", None.__class__):
        with pytest.raises(TypeError):
            paddlefx.optimize(wrong)

    class Calls:
        @paddlefx.optimize
        def method(self, x):
            return x * 2

        @staticmethod
        @paddlefx.optimize
        def static(x):
            return x * 3

        @classmethod
        @paddlefx.optimize
        def of_class(cls, x):
            return x * 4, cls

        @property
        @paddlefx.optimize
        def value(self):
            return t(2) + 1

        def __call__(self, x):
            return x - 1

    for _ in range(2):
        made = Calls()
        assert alike(made.method(t(2)), t(2) * 2) is None
        assert alike(Calls.method(made, t(2)), t(2) * 2) is None
        assert alike(made.static(t(2)), t(2) * 3) is None
        assert alike(made.of_class(t(2)), (t(2) * 4, Calls)) is None
        assert alike(made.value, t(2) + 1) is None
        assert alike(paddlefx.optimize(made)(t(2)), t(2) - 1) is None


def test_full_graph_leaves_no_trace():
    def function(x, box):
        box.append(1)
        print("never")
        return x + 1

    compiled = paddlefx.optimize(function, full_graph=True)
    for _ in range(2):
        box = []
        with pytest.raises(paddlefx.GraphBreakError) as caught:
            compiled(t(2), box)
        assert box == []
        assert caught.value.lineno is not None and caught.value.filename == __file__
    assert outcome(compiled, (t(2), [])).out == ""
