"""What a training loop changes between calls and inside them: as plain, and no stale graph."""

from __future__ import annotations

import paddle
import paddle.nn.functional as F
import pytest
from paddle import nn

import paddlefx
from tests.support.same import assert_same


class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3))
        self.norm = nn.BatchNorm(8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.norm(self.body(x)))


def plain(target):
    return target


def both(scenario):
    """A scenario run plain and compiled, from the same seed; asserts that they give the same."""
    paddle.seed(21)
    expected = scenario(plain)
    paddle.seed(21)
    actual = scenario(paddlefx.optimize)
    assert_same(actual, expected)
    return dict(paddlefx.stats())


def batch(index=0):
    return paddle.randn([5, 4]) + index, paddle.randint(0, 3, [5])


def step_of(net, call, optimizer, index=0):
    x, y = batch(index)
    loss = F.cross_entropy(call(x), y)
    loss.backward()
    gradients = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    optimizer.step()
    optimizer.clear_grad()
    return loss.detach(), gradients


def state(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


OPTIMIZERS = ["SGD", "Momentum", "Adam", "AdamW", "Adagrad", "RMSProp", "Adamax", "Lamb"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimisers_and_schedulers(name):
    def scenario(wrap):
        net = Net()
        call = wrap(net)
        schedule = paddle.optimizer.lr.CosineAnnealingDecay(0.1, T_max=4)
        clip = nn.ClipGradByGlobalNorm(0.5)
        make = getattr(paddle.optimizer, name)
        optimizer = make(learning_rate=schedule, parameters=net.parameters(), grad_clip=clip)
        seen = []
        for index in range(4):
            seen.append(step_of(net, call, optimizer, index))
            seen.append(optimizer.get_lr())
            schedule.step()
        return seen, state(net)

    stats = both(scenario)
    assert (stats["graphs"], stats["graph_breaks"], stats["recompiles"]) == (1, 0, 0), stats


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_the_whole_step_compiled(name):
    def scenario(wrap):
        net = Net()
        optimizer = getattr(paddle.optimizer, name)(
            learning_rate=0.1, parameters=net.parameters(), grad_clip=nn.ClipGradByNorm(0.1)
        )

        @wrap
        def step(x, y):
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            return loss.detach()

        return [step(*batch(index)) for index in range(4)], state(net)

    both(scenario)


def test_paddle_grad_inside():
    def scenario(wrap):
        net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

        @wrap
        def penalty(x):
            x = x * 1
            x.stop_gradient = False
            out = net(x).sum()
            (gradient,) = paddle.grad(out, x, create_graph=True)
            return (gradient.norm(axis=1) - 1).square().mean()

        seen = []
        for index in range(3):
            loss = penalty(batch(index)[0])
            loss.backward()
            seen.append((loss, [p.grad for p in net.parameters() if p.grad is not None]))
        return seen

    both(scenario)


def test_train_and_eval_switches():
    def scenario(wrap):
        net = Net()
        call = wrap(net)
        x = batch()[0]
        seen = []
        for mode in (True, False, True, False):
            net.train() if mode else net.eval()
            seen.append(call(x))
        return seen, state(net)

    stats = both(scenario)
    assert (stats["graphs"], stats["cache_hits"], stats["graph_breaks"]) == (2, 2, 0), stats


def test_dropout_masks_come_in_the_same_sequence():
    def scenario(wrap):
        @wrap
        def masks(x):
            return [F.dropout(x, 0.5) for _ in range(3)], paddle.rand([2]), nn.Dropout2D(0.5)

        net = nn.Dropout(0.5)
        call = wrap(net)
        x = paddle.ones([4, 4])
        return [(call(x), masks(x)[:2], call(x)) for _ in range(3)]

    both(scenario)


def test_parameters_that_change_between_calls():
    def scenario(wrap):
        net = Net()
        net.eval()
        call = wrap(net)
        x = batch()[0]
        seen = [call(x)]
        with paddle.no_grad():
            net.out.weight.set_value(net.out.weight * 2)
            seen.append(call(x))
            net.out.weight.scale_(0.5)
            seen.append(call(x))
        net.set_state_dict({name: value + 1 for name, value in net.state_dict().items()})
        seen.append(call(x))
        net.out.weight = net.create_parameter([8, 3])
        seen.append(call(x))
        net.out = nn.Linear(8, 2)
        seen.append(call(x))
        net.out.weight.stop_gradient = True
        seen.append((call(x), call(x).stop_gradient))
        return seen

    both(scenario)


def test_layers_cast_and_moved():
    def scenario(wrap):
        net = Net()
        net.eval()
        call = wrap(net)
        x = batch()[0]
        seen = [call(x)]
        net.to(dtype="float64")
        seen.append(call(x.astype("float64")))
        net.to(dtype="float32")
        seen.append(call(x))
        return seen

    both(scenario)


def test_sublayers_added_and_removed():
    def scenario(wrap):
        net = nn.Sequential(nn.Linear(4, 4))
        call = wrap(net)
        x = batch()[0]
        seen = [call(x)]
        net.add_sublayer("1", nn.Tanh())
        seen.append(call(x))
        net.append(nn.Linear(4, 2)) if hasattr(net, "append") else net.add_sublayer(
            "2", nn.Linear(4, 2)
        )
        seen.append(call(x))
        del net._sub_layers["1"]
        seen.append(call(x))
        return seen

    both(scenario)


def test_hooks():
    def scenario(wrap):
        net = Net()
        log = []
        net.out.register_forward_pre_hook(lambda layer, inputs: (inputs[0] * 2,))
        handle = net.body.register_forward_post_hook(lambda layer, inputs, out: out + 1)
        net.out.weight.register_hook(lambda gradient: log.append("grad") or gradient * 3)
        call = wrap(net)
        optimizer = paddle.optimizer.SGD(0.1, parameters=net.parameters())
        seen = [step_of(net, call, optimizer) for _ in range(2)]
        handle.remove()
        seen += [step_of(net, call, optimizer) for _ in range(2)]
        return seen, log, state(net)

    stats = both(scenario)
    assert (stats["graph_breaks"], stats["fallbacks"]) == (0, 0), stats


@pytest.mark.parametrize("norm", [nn.utils.weight_norm, nn.utils.spectral_norm])
def test_reparametrised_weights(norm):
    def scenario(wrap):
        net = nn.Sequential(norm(nn.Linear(4, 8)), nn.Tanh(), nn.Linear(8, 3))
        call = wrap(net)
        optimizer = paddle.optimizer.SGD(0.1, parameters=net.parameters())
        return [step_of(net, call, optimizer, index) for index in range(3)], state(net)

    both(scenario)


def test_shared_parameters():
    class Tied(nn.Layer):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4)
            self.second = nn.Linear(4, 4)
            self.second.weight = self.first.weight
            self.again = self.first

        def forward(self, x):
            return self.again(self.second(self.first(x)))[:, :3]

    def scenario(wrap):
        net = Tied()
        call = wrap(net)
        optimizer = paddle.optimizer.Adam(0.1, parameters=net.parameters())
        return [step_of(net, call, optimizer, index) for index in range(3)], state(net)

    stats = both(scenario)
    assert (stats["graphs"], stats["graph_breaks"]) == (1, 0), stats


def test_gradients_that_accumulate_and_are_read():
    def scenario(wrap):
        net = Net()
        call = wrap(net)

        @wrap
        def norms():
            return [p.grad.norm() for p in net.parameters() if p.grad is not None]

        seen = [norms()]
        for index in range(3):
            F.cross_entropy(call(batch(index)[0]), batch(index)[1]).backward()
            seen.append(norms())
        net.clear_gradients()
        seen.append(norms())
        return seen

    both(scenario)


def test_amp_with_a_scaler():
    def scenario(wrap):
        net = Net()
        optimizer = paddle.optimizer.SGD(0.1, parameters=net.parameters())
        scaler = paddle.amp.GradScaler(init_loss_scaling=8.0)

        @wrap
        def forward(x, y):
            with paddle.amp.auto_cast():
                return F.cross_entropy(net(x), y)

        seen = []
        for index in range(3):
            scaled = scaler.scale(forward(*batch(index)))
            scaled.backward()
            scaler.minimize(optimizer, scaled)
            optimizer.clear_grad()
            seen.append(scaled.detach())
        return seen, state(net)

    with pytest.warns(UserWarning, match="no effect|only be enabled|CUDAPlace"):
        both(scenario)


def test_a_gradient_is_an_input():
    def scenario(wrap):
        @wrap
        def read(x):
            gradient = x.grad
            if gradient is None:
                return x * 2, None
            return x * gradient, gradient is x.grad, gradient

        seen = []
        x = paddle.ones([3])
        x.stop_gradient = False
        for _ in range(3):
            seen.append(read(x)[:2])
            (x * x).sum().backward()
        return seen, read(x)[2]

    stats = both(scenario)
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (2, 0, 0), stats


def test_backward_and_the_gradient_in_one_function():
    def scenario(wrap):
        @wrap
        def step(x, w):
            (x * w).sum().backward()
            return w.grad * 2, x.grad

        seen = []
        for _ in range(3):
            w = paddle.ones([3])
            w.stop_gradient = False
            seen.append(step(paddle.ones([3]) * 4, w))
        return seen

    stats = both(scenario)
    assert (stats["graph_breaks"], stats["fallbacks"]) == (1, 0), stats
