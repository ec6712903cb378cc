"""How often a callable is compiled, for each instance and in all."""

from __future__ import annotations

import types
import warnings

import paddle
import pytest

import paddlefx
from paddlefx import limits
from paddlefx.cache.manager import GuardedCode
from paddlefx.translate import CACHE

X = paddle.to_tensor([1.0, 2.0])


@pytest.fixture(autouse=True)
def _fresh():
    paddlefx.reset()


def test_beyond_the_limit_calls_are_plain_and_counted(monkeypatch):
    monkeypatch.setattr(limits, "INSTANCE_LIMIT", 3)
    compiled = paddlefx.optimize(lambda x, name: x * len(name))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for size in range(1, 8):
            assert compiled(X, "n" * size).tolist() == [size, 2.0 * size]
    told = [str(item.message) for item in caught if "was compiled 3 times" in str(item.message)]
    assert len(told) == 1 and "name has to be" in told[0]
    stats = paddlefx.stats()
    assert stats["translations"] == 3 and stats["over_limit"] == 4
    compiled(X, "nn")
    assert paddlefx.stats()["over_limit"] == 4
    assert paddlefx.stats()["cache_hits"] == stats["cache_hits"] + 1


def test_why_no_form_fits_is_asked_once(monkeypatch):
    """It takes milliseconds, which each call behind the limit paid."""
    monkeypatch.setattr(limits, "INSTANCE_LIMIT", 3)
    asked = []
    explain = CACHE.explain_miss
    monkeypatch.setattr(CACHE, "explain_miss", lambda *args: asked.append(1) or explain(*args))
    monkeypatch.setattr(GuardedCode, "unfulfilled", lambda *args: asked.append(2) or [])
    compiled = paddlefx.optimize(lambda x, name: x * len(name))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for size in range(1, 20):
            assert compiled(X, "n" * size).tolist() == [size, 2.0 * size]
    assert asked == [2, 2, 2, 1]


class Scaled:
    def __init__(self, limits):
        self.limits = limits

    @paddlefx.optimize
    def by_name(self, x, name):
        return x * len(name)


def warned_in(calls):
    """The texts of the warnings about limits that ``calls()`` gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        calls()
    return [str(item.message) for item in caught if "was compiled" in str(item.message)]


def test_each_instance_has_a_limit_of_its_own(monkeypatch):
    monkeypatch.setattr(limits, "INSTANCE_LIMIT", 3)
    monkeypatch.setattr(limits, "ENTRY_LIMIT", 7)
    objects = [Scaled([number]) for number in range(3)]

    def call(which, sizes):
        for size in sizes:
            assert objects[which].by_name(X, "n" * size).tolist() == [size, 2.0 * size]

    told = warned_in(lambda: call(0, range(1, 6)))
    assert len(told) == 1 and "compiled 3 times for one Scaled" in told[0]
    assert "name has to be" in told[0]
    assert warned_in(lambda: call(1, range(11, 14))) == []
    assert paddlefx.stats()["translations"] == 6 and paddlefx.stats()["over_limit"] == 2
    told = warned_in(lambda: call(2, range(21, 24)))
    assert len(told) == 1 and "compiled 7 times" in told[0]
    assert paddlefx.stats()["translations"] == 7


def test_the_forms_of_an_instance_that_is_gone_make_room(monkeypatch):
    monkeypatch.setattr(limits, "ENTRY_LIMIT", 3)

    class Layer(paddle.nn.Layer):
        def forward(self, x):
            return x * 2.0

    for _ in range(8):
        layer = paddlefx.optimize(Layer())
        assert warned_in(lambda layer=layer: layer(X)) == []
    assert paddlefx.stats()["over_limit"] == 0


def makes_a_class(x):
    class Holder:
        pass

    holder = Holder()
    holder.tensor = x + 1
    nothing()
    return holder.tensor * 2


@paddlefx.disable
def nothing() -> None:
    pass


def test_forms_for_what_each_call_makes_anew_are_bounded() -> None:
    """Behind the break code is compiled for a class that is gone when the collector has run."""
    compiled = paddlefx.optimize(makes_a_class)
    x = paddle.ones([2])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(4 * limits.INSTANCE_LIMIT):
            assert compiled(x).tolist() == [4.0, 4.0]
    assert paddlefx.stats()["translations"] <= 2 * limits.INSTANCE_LIMIT + 3
    assert paddlefx.stats()["over_limit"] > 0
    assert len([one for one in told if "more calls that fit none" in str(one.message)]) == 1


def test_forms_that_were_used_count_for_nothing() -> None:
    """A model after another, each called several times."""

    class Model(paddle.nn.Layer):
        def forward(self, x):
            return x + 1

    def runs(model, x):
        return model(x) * 2

    compiled = paddlefx.optimize(runs)
    x = paddle.ones([2])
    for _ in range(limits.INSTANCE_LIMIT + 5):
        model = Model()
        for _ in range(3):
            assert compiled(model, x).tolist() == [4.0, 4.0]
        del model
    assert paddlefx.stats()["over_limit"] == 0


#: The user's module, whose globals a call is not to write to.
CALLER = """
def called(x, number):
    return x * number

def call_all(compiled, x, numbers):
    for number in numbers:
        call(compiled, x, number)

def call(compiled, x, number):
    compiled(x, number)
"""


def test_the_warning_leaves_the_users_globals_as_they_are():
    """``warnings.warn`` notes what it told in the globals of the frame that it tells of."""
    module = types.ModuleType("module_of_its_own")
    exec(compile(CALLER, "own.py", "exec"), vars(module))
    compiled = paddlefx.optimize(module.called, dynamic=False)
    before = set(vars(module))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        module.call_all(compiled, X, range(limits.INSTANCE_LIMIT + 3))
    assert any("more calls that fit none" in str(one.message) for one in told)
    assert set(vars(module)) == before
