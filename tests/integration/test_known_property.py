"""Generated functions of tensors whose data is known give what the plain ones give."""

from __future__ import annotations

import paddle
from hypothesis import HealthCheck, given, settings, strategies

import paddlefx
from tests.property.amount import amount
from tests.support.versus import alike, outcome

#: Tensors of ints: {0} and {1} are names of such, {n} is a small int.
MADE = (
    "paddle.shape(x)", "paddle.shape(x)[0]", "paddle.shape(x)[{n}:]", "paddle.numel(x)",
    "paddle.to_tensor([3, 1, 2])", "paddle.arange(4)", "paddle.full([2], {n}, 'int64')",
    "paddle.ones([2, 2], 'int64')", "paddle.arange(paddle.shape(x)[0])", "kept.count", "kept.one",
)  # fmt: skip
COMPUTED = (
    "{0} + {1}", "{0} - {n}", "{0} * {1}", "{0} // 2", "{0} % 3", "{0}.max()", "{0}.sum()",
    "{0}[0]", "{0}[-1:]", "{0}[1:3]", "{0}.reshape([-1])", "{0}.cast('int32')", "-{0}",
    "paddle.concat([{0}, {1}])", "paddle.stack([{0}, {0}])", "{0}.unsqueeze(0)", "{0}.tile([2])",
    "paddle.where({0} > {n}, {0}, {0} * 2)", "{0}.flatten()", "{0}.astype('float32').mean()",
    "{0}.expand([2] + {0}.shape)", "paddle.to_tensor({0})", "{0}.detach()", "{0}.clone()",
    "paddle.nonzero({0})", "{0}.sort()", "{0}.cumsum(0)", "{0}.split(2)[1]", "{0}.squeeze()",
    "({0} / 2).floor()", "paddle.maximum({0}, {1})", "{0}.T", "x.sum().cast('int64') + {0}",
)  # fmt: skip
WRITES = (
    "{0}[0] = {n}", "{0}.add_({1})", "{0}.zero_()", "{0}.scale_(2.0)", "{0}.set_value({0} + 1)",
    "x[0] = 2.0", "{0}[0] = {1}[0]", "kept.count.add_(paddle.to_tensor(1))",
)  # fmt: skip
ASKED = (
    "{0}.tolist()", "{0}.numpy()", "{0}.item()", "int({0})", "bool({0}.sum() > {n})",
    "float({0})", "{0}.max().item()", "[5, 6, 7][{0}[0]]", "x.reshape([{0}[0], -1])", "{0} + 1",
    "x[:{0}[-1]]", "paddle.zeros([{0}.max(), 2])", "1 if {0}.min() > 1 else 2", "range({0}.max())",
    "x.tile([{0}.max(), 1])", "paddle.full({0}, 1.5)", "{0}.shape",
)  # fmt: skip


class Kept:
    """Keeps numbers in tensors."""

    def __init__(self, count):
        self.count = paddle.to_tensor(count)
        self.one = paddle.to_tensor([count])


def program(random):
    names, lines, asked = [], [], []

    def line(form):
        one, other = [random.choice(names) if names else "" for _ in range(2)]
        return form.format(one, other, n=random.randint(0, 3))

    for place in range(random.randint(2, 7)):
        kind = random.random()
        if not names or kind < 0.3:
            text = line(random.choice(MADE))
        elif kind < 0.75:
            text = line(random.choice(COMPUTED))
        else:
            lines.append(line(random.choice(WRITES)))
            continue
        lines.append(f"t{place} = {text}")
        names.append(f"t{place}")
        if random.random() < 0.3:
            lines.append(f"a{place} = {line(random.choice(ASKED))}")
            asked.append(f"a{place}")
    asked += [line(random.choice(ASKED)) for _ in range(random.randint(1, 3))]
    body = "".join([f"    {text}\n" for text in lines])
    return (
        f"def f(x, kept):\n    x = x + 0\n{body}    return x, [{', '.join(asked)}], {names[-1]}\n"
    )


@settings(max_examples=amount(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.randoms(use_true_random=False))
def test_plain_equals_compiled(random):
    source = program(random)
    namespace = {"paddle": paddle}
    exec(source, namespace)
    compiled = paddlefx.optimize(namespace["f"])
    for _ in range(5):
        shape, count = [random.randint(1, 5), random.randint(1, 5)], random.randint(1, 5)
        values = paddle.rand(shape)
        plain, ours = [
            outcome(function, (values.clone(), Kept(count)))
            for function in (namespace["f"], compiled)
        ]
        assert type(ours.error) is type(plain.error), (source, shape, count, ours, plain)
        found = None if plain.error else alike(ours.value, plain.value)
        assert found is None, (source, shape, count, found)
    paddlefx.reset()
