"""Generated functions of sizes and numbers that vary give what the plain ones give."""

from __future__ import annotations

import paddle
from hypothesis import HealthCheck, given, settings, strategies

import paddlefx
from tests.property.amount import amount
from tests.support.versus import alike, outcome

#: Numbers: {0} and {1} are numbers again.
NUMBERS = (
    "n", "k", "x.shape[0]", "x.shape[1]", "len(x)", "({0} + {1})", "({0} - {1})", "({0} * {1})",
    "({0} // {1})", "({0} % {1})", "abs({0})", "max({0}, {1})", "min({0}, 3)", "-{0}", "int({0})",
    "({0} if {0} > {1} else {1})", "({0} / 2)", "{0} ** 2", "float({0})", "round({0})",
)  # fmt: skip
#: Tensors: {0} and {1} are tensors again, {N} is a number.
TENSORS = (
    "x", "({0} + {1})", "({0} * {N})", "({0} - {N})", "{0}[1:]", "{0}[:-1]", "{0}[:{N}]", "{0}.T",
    "{0}[{N}:]", "{0}[0]", "{0}.sum()", "{0}.reshape([-1])", "paddle.concat([{0}, {0}])",
    "{0}.flatten()", "{0}.unsqueeze(0)", "{0}.mean(0)", "paddle.zeros([{N}, 2])", "({0} / {N})",
    "paddle.arange({N}).astype('float32')", "{0}.tile([2])", "{0}[{N}]", "paddle.stack([{0}, {0}])",
    "({0} if {N} > {N} else {1})", "{0}.expand([2] + {0}.shape)",
)  # fmt: skip


def number(random, depth=2):
    form = random.choice(NUMBERS[:5] if depth == 0 else NUMBERS)
    return form.format(*[number(random, depth - 1) for _ in range(2)]) if "{" in form else form


def tensor(random, depth=2):
    form = random.choice(TENSORS) if depth else "x"
    if "{" not in form:
        return form
    for hole, made in (("{0}", tensor), ("{1}", tensor)):
        form = form.replace(hole, made(random, depth - 1)) if hole in form else form
    while "{N}" in form:
        form = form.replace("{N}", number(random), 1)
    return form


@settings(max_examples=amount(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.randoms(use_true_random=False), strategies.sampled_from([None, True]))
def test_plain_equals_compiled(random, dynamic):
    source = f"def f(x, n, k):\n    return {tensor(random)}, {number(random)}, {number(random)}\n"
    namespace = {"paddle": paddle}
    exec(source, namespace)
    compiled = paddlefx.optimize(namespace["f"], dynamic=dynamic)
    for call in range(5):
        shape = [random.randint(1, 7), random.randint(1, 7)]
        n = random.randint(-3, 9) if call < 4 else random.choice([0.5, 2.0, -1.25])
        args = (paddle.rand(shape), n, random.randint(1, 9))
        plain, ours = outcome(namespace["f"], args), outcome(compiled, args)
        assert type(ours.error) is type(plain.error), (source, shape, args[1:], ours, plain)
        found = None if plain.error else alike(ours.value, plain.value)
        assert found is None, (source, shape, args[1:], found)
    paddlefx.reset()
