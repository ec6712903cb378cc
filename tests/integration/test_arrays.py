"""numpy arrays and scalars whose data is known: constants, views, changes, guards on contents."""

from __future__ import annotations

import copy
import textwrap

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.expressions_compiled import captured, function_of
from tests.support.versus import versus

TABLE = np.arange(6, dtype="float32").reshape(2, 3)
ORDERED = np.asfortranarray(np.arange(6).reshape(2, 3))
RATE = np.float64(0.5)
NARROW = np.float32(0.25)
ZERO = np.array(0.25)
YES = np.bool_(True)
NAMES = dict(
    np=np, paddle=paddle, copy=copy,
    TABLE=TABLE, ORDERED=ORDERED, RATE=RATE, NARROW=NARROW, ZERO=ZERO, YES=YES,
)  # fmt: skip

EXPRESSIONS = [
    "np.array([1.0, 2.0, 3.0])",
    "x + np.array([1.0, 2.0, 3.0], 'float32'), np.arange(3, dtype='float32') * x",
    "x * np.float32(2), np.float32(2) * x, np.float64(2) - x, x / np.int64(3), x < np.float32(1)",
    "paddle.to_tensor(np.arange(3, dtype='float32')) + x, paddle.to_tensor(TABLE)",
    "paddle.to_tensor([np.float32(1), np.int64(2)]), paddle.to_tensor(RATE, dtype='float32')",
    "x * float(RATE), x * RATE, 1 - RATE, RATE == 0.5, RATE * x, x - RATE, x * NARROW",
    "(1 - ZERO) * 2, ZERO == 0.25, bool(ZERO == 0.0), x if YES else -x, not YES",
    "x + TABLE[0], TABLE.sum(), TABLE.max(axis=1), TABLE.shape, TABLE.dtype, TABLE.T[0, 1]",
    "[float(v) for row in TABLE for v in row], [row.sum() for row in ORDERED], len(TABLE)",
    "x.reshape([np.prod(x.shape), 1]), x.reshape([-1, np.int64(3)]), paddle.zeros([np.int64(2)])",
    "x / np.sqrt(64), x / np.sqrt(np.float32(64)), x * np.pi, np.log(1.0 * 3 / 2 + 1) * x",
    "float(np.linalg.norm(np.array([3., 4.]))), np.dot([1, 2], [3, 4])",
    "np.where(np.array([True, False]), 1, 2), np.stack([TABLE, TABLE]), np.concatenate([[1], [2]])",
    "TABLE is TABLE, np.asarray(TABLE) is TABLE, TABLE[0] is TABLE[0], np.ones(1) is np.ones(1)",
    "int(np.ceil(2.5)), list(range(np.int64(3))), [1, 2, 3][np.int64(1)], x[np.int64(1)]",
    "np.meshgrid(np.arange(2), np.arange(3)), np.split(np.arange(4), 2)",
    "np.array([[1, 2], [3, 4]]) @ np.array([1, 1]), -np.array([1]), ~np.array([True])",
    "sorted(np.array([3, 1, 2])), max(np.array([1, 5])), sum(np.array([1, 2]))",
    "(np.array([1, 2]) > 1).any(), np.array_equal(TABLE, TABLE), 1.0 in np.array([1.0, 2.0])",
    "np.array([1, 2]).tolist(), np.array([5]).item(), np.array([1, 2]).astype('float32') * 2",
    "copy.deepcopy({'a': TABLE}), copy.copy(TABLE), np.array([1.0, 2.0]).tobytes()",
    "[i for i, v in enumerate(np.array([0, 1, 0])) if v], dict(zip('ab', np.arange(2)))",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_known_arrays_are_constants(text):
    captured(text, NAMES)


STATEMENTS = {
    "an element": "a = np.zeros(3)\na[1] = 5\nresult = a",
    "in place": "a = b = np.zeros(3)\na += 2\na *= 3\nresult = a, b, a is b",
    "methods": "a = np.array([3, 1, 2])\na.sort()\nb = a.copy()\na.fill(7)\nresult = a, b",
    "a loop": "a = np.zeros((2, 3))\nfor i in range(2):\n    a[i] = i + 1\nresult = a",
    "through a view": "a = np.arange(6).reshape(2, 3)\nb = a[1]\nb[0] = 50\nresult = a, b",
    "of a view": "a = np.zeros(4)\nb = a[1:]\na[2] = 9\nresult = b, b.sum()",
    "the array itself": "a = np.arange(3)\nb = np.asarray(a)\nb[0] = 9\nresult = a, a is b",
    "in a graph": """
        a = np.ones(3, 'float32')
        t = x + a
        u = paddle.to_tensor(a)
        a[:] = 5
        result = t, u, x + a
        """,
    "refused": """
        a = np.arange(3)
        try:
            a[5] = 1
        except IndexError as error:
            result = str(error), a
        """,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_arrays_made_in_the_frame_can_be_changed(name):
    captured(textwrap.dedent(STATEMENTS[name]), NAMES)


def test_a_view_shares_the_memory_of_its_array():
    compiled = paddlefx.optimize(
        function_of("a = np.arange(6)\nresult = a.reshape(2, 3).T, a, a[1:4], a[::2]", NAMES)
    )
    for _ in range(2):
        (turned, whole, part, even), _ = compiled(paddle.ones([3]))
        assert turned.base is whole
        whole[2] = 77
        assert turned.tolist() == [[0, 3], [1, 4], [77, 5]]
        assert part.tolist() == [1, 77, 3]
        assert even.tolist() == [0, 77, 4]


def test_a_view_of_an_array_from_outside_is_one():
    table = np.arange(4.0)
    holder = {"table": table}
    compiled = paddlefx.optimize(function_of("holder['table'][1:]", dict(holder=holder)))
    result, _ = compiled(paddle.ones([3]))
    assert result.base is table


class Holder(paddle.nn.Layer):
    def __init__(self):
        super().__init__()
        self.anchors = np.array([1.0, 2.0, 3.0], "float32")
        self.rate = np.float32(0.5)

    def forward(self, x):
        return paddle.to_tensor(self.anchors) * x + self.rate


def test_an_array_from_outside_is_guarded_by_its_contents():
    layer = Holder()
    compiled = paddlefx.optimize(layer)
    x = paddle.ones([3])
    for _ in range(2):
        assert compiled(x).tolist() == [1.5, 2.5, 3.5]
    assert paddlefx.stats()["translations"] == 1
    layer.anchors[0] = 5
    assert compiled(x).tolist() == [5.5, 2.5, 3.5]
    layer.anchors = layer.anchors[::-1].copy()
    assert compiled(x).tolist() == [3.5, 2.5, 5.5]
    layer.anchors = layer.anchors.astype("float64")
    assert compiled(x).dtype == paddle.float64
    layer.rate = np.float32(1)
    assert compiled(x).tolist() == [4.0, 3.0, 6.0]


def test_an_array_that_changes_in_each_call_is_compiled_for_twice():
    layer = Holder()
    compiled = paddlefx.optimize(layer)
    x = paddle.ones([3])
    for value in range(6):
        layer.anchors[0] = value
        assert compiled(x).tolist() == [value + 0.5, 2.5, 3.5]
    assert paddlefx.stats()["recompiles"] <= 2


def test_an_array_that_is_handed_in_is_data():
    def scaled(x, array):
        return x + paddle.to_tensor(array * 2)

    compiled = paddlefx.optimize(scaled)
    x = paddle.ones([2])
    for value in (1.0, 2.0, 3.0):
        assert compiled(x, np.array([value, 0.0], "float32")).tolist() == [1 + 2 * value, 1]
    assert paddlefx.stats()["recompiles"] == 0


def test_a_scalar_that_is_handed_in_varies():
    def scaled(x, rate):
        return x * rate if rate > 0 else x

    def call(value):
        return lambda: (paddle.ones([2]), np.float32(value))

    versus(scaled, [call(value) for value in (0.5, 0.5, 2.0, -1.0, 3.0)])


def test_an_array_from_outside_is_changed_for_real():
    layer = Holder()

    def changed(x):
        layer.anchors[0] += 1
        layer.anchors *= 2
        return x + paddle.to_tensor(layer.anchors)

    compiled = paddlefx.optimize(changed)
    x = paddle.zeros([3])
    assert compiled(x).tolist() == [4, 4, 6]
    assert compiled(x).tolist() == [10, 8, 12]


@pytest.mark.parametrize(
    "text",
    [
        "np.array([1.0]) / 0",
        "np.float64(1) / 0",
        "str(np.array([1.0]) / 3), f'{TABLE}', '%s' % TABLE, '{}'.format(TABLE)",
        "np.array([x, x], dtype=object).shape",
        "TABLE.base is None, np.ones(2).flags.owndata",
        "[int(record['a']) for record in np.zeros(2, dtype=[('a', int)])]",
    ],
)
def test_what_warns_or_shows_settings_breaks(text):
    function = function_of(text, NAMES)
    with np.errstate(divide="ignore"):
        versus(function, [lambda: (paddle.ones([3]),)] * 2)
    assert paddlefx.stats()["graph_breaks"] > 0


def test_a_change_that_warns_leaves_the_array_alone_in_capture():
    function = function_of("a = np.ones(2)\na /= 0\nresult = a", NAMES)
    with np.errstate(divide="ignore"):
        versus(function, [lambda: (paddle.ones([3]),)] * 2)


def test_a_record_looks_into_its_array():
    function = function_of(
        "a = np.zeros(2, dtype=[('v', int)])\nr = a[0]\nr['v'] = 5\nresult = a['v'].tolist()",
        NAMES,
    )
    versus(function, [lambda: (paddle.ones([3]),)] * 2)


def test_the_truth_of_several_elements_raises():
    function = function_of("bool(np.array([1, 2]))", NAMES)
    compiled = paddlefx.optimize(function)
    with pytest.raises(ValueError, match="ambiguous"):
        compiled(paddle.ones([3]))


def test_an_array_alive_over_a_break():
    function = function_of(
        "a = np.zeros(3)\nb = a[1:]\nprint('here')\na[1] = 4\nresult = a, b, a.sum()", NAMES
    )
    versus(function, [lambda: (paddle.ones([3]),)] * 2)


def test_a_function_of_numpy_is_known_by_its_identity():
    names = dict(chosen=np.sqrt)
    function = function_of("x * float(chosen(4.0))", names)
    compiled = paddlefx.optimize(function)
    for chosen in (np.sqrt, np.square, np.sqrt):
        function.__globals__["chosen"] = chosen
        result, _ = compiled(paddle.ones([3]))
        assert result.tolist() == [chosen(4.0)] * 3
