"""Objects of the library that the frame makes or asks: heaps, counters, generators of random
numbers, weak references, partials, the module's globals, filters of warnings."""

from __future__ import annotations

import collections
import functools
import gc
import heapq
import random
import textwrap
import warnings
import weakref

import paddle
import pytest

import paddlefx
from tests.support.expressions_compiled import captured, function_of
from tests.support.versus import versus

SCALE = 3


class Keyed:
    def __init__(self, key):
        self.key = key

    def __lt__(self, other):
        return self.key < other.key

    def __eq__(self, other):
        return self.key == other.key

    __hash__ = None


KEPT = Keyed(1)
NAMES = dict(
    heapq=heapq, collections=collections, random=random, weakref=weakref, functools=functools,
    warnings=warnings, Keyed=Keyed, KEPT=KEPT, SCALE=SCALE,
)  # fmt: skip

CASES = {
    "a heap": """
        heap = []
        for key in (5, 1, 4, 1, 3):
            heapq.heappush(heap, key)
        result = heap[:], [heapq.heappop(heap) for _ in range(3)], heapq.heappushpop(heap, 2), heap
        """,
    "a heap of a list": """
        heap = [9, 4, 7, 1, 8, 2, 6]
        heapq.heapify(heap)
        result = heap[:], heapq.heapreplace(heap, 5), heap, heapq.nsmallest(3, heap)
        """,
    "a heap of objects with tensors": """
        heap = [(3, x), (1, y), (2, x + y)]
        heapq.heapify(heap)
        result = heapq.heappop(heap)[1], [key for key, _ in heap]
        """,
    "a heap of objects": """
        heap = [Keyed(3), Keyed(1), Keyed(2)]
        heapq.heapify(heap)
        result = [heapq.heappop(heap).key for _ in range(3)]
        """,
    "the largest": "result = heapq.nlargest(2, [3, 9, 4]), list(heapq.merge([1, 4], [2, 3]))",
    "an empty heap": """
        try:
            heapq.heappop([])
        except IndexError as error:
            result = str(error)
        """,
    "a counter": """
        counts = collections.Counter("abracadabra")
        counts.update("xyz")
        counts.subtract({"a": 1})
        result = counts["a"], counts.most_common(2), counts["missing"], sum(counts.values()), counts
        """,
    "random numbers": """
        made = random.Random(3)
        result = (
            made.random(), made.randint(1, 6), made.choice([1, 2, 3]), made.uniform(0, 1),
            made.sample(range(10), 3), made.gauss(0, 1), x * made.random(),
        )
        """,
    "a generator that lives on": """
        made = random.Random("seed")
        first = made.random()
        result = first, made.getstate(), [made.random()]
        """,
    "globals": "result = globals()['SCALE'], 'SCALE' in globals(), globals().get('absent', 5)",
    "a partial's parts": """
        made = functools.partial(max, 3, key=abs)
        made.keywords['default'] = None
        result = made.keywords, made.args, made.func is max, made.keywords is made.keywords
        """,
    "a weak reference": """
        reference = weakref.ref(KEPT)
        result = reference() is KEPT, reference().key, bool(reference)
        """,
    "filters of warnings": """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("never seen")
            y = y + 1
        result = len(warnings.filters)
        """,
}


@pytest.mark.parametrize("name", CASES)
def test_captured(name):
    captured(textwrap.dedent(CASES[name]), NAMES)


def test_a_generator_goes_on_where_capture_left_it():
    compiled = paddlefx.optimize(
        function_of("made = random.Random(7)\nresult = made.random(), made", NAMES)
    )
    for _ in range(2):
        (first, made), _ = compiled(paddle.ones([3]))
        plain = random.Random(7)
        assert first == plain.random()
        assert made.random() == plain.random()


def test_globals_that_change():
    function = function_of("x * globals()['SCALE']", dict(NAMES))
    compiled = paddlefx.optimize(function)
    x = paddle.ones([3])
    for scale in (3, 4, 5):
        function.__globals__["SCALE"] = scale
        assert compiled(x)[0].tolist() == [scale] * 3


@pytest.mark.parametrize(
    "text",
    [
        "globals()['SCALE'] = 5\nresult = x * SCALE",
        "held = globals()\nglobal OTHER\nOTHER = 7\nresult = held['OTHER'], OTHER",
        "global OTHER\nOTHER = 8\nresult = globals()['OTHER']",
        "held = globals()\nprint('between')\nheld['SCALE'] = 6\nresult = x * SCALE",
    ],
)
def test_globals_written_both_ways(text):
    function = function_of(text, dict(NAMES))
    versus(function, [lambda: (paddle.ones([3]),)] * 2)


def test_a_weak_reference_to_what_is_gone():
    class Holder:
        pass

    holder = Holder()

    def dropped(x):
        reference = weakref.ref(holder.held)
        holder.held = None
        return x + 1, reference() is None

    compiled = paddlefx.optimize(dropped)
    for _ in range(2):
        holder.held = Keyed(1)
        gc.collect()
        assert compiled(paddle.ones([2]))[1] is True


def test_a_warning_that_is_recorded():
    def recorded(x):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            warnings.warn("seen", stacklevel=1)
            y = x + 1
        return y, len(found), str(found[0].message)

    versus(recorded, [lambda: (paddle.ones([2]),)] * 2)


def test_a_warning_that_is_an_exception():
    def caught(x):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                warnings.warn("refused", stacklevel=1)
            except UserWarning as error:
                return x + 1, str(error)
        return x, None

    versus(caught, [lambda: (paddle.ones([2]),)] * 2)


def test_filters_outside_decide_what_a_warning_is():
    def caught(x):
        try:
            warnings.warn("refused", stacklevel=1)
        except UserWarning as error:
            return x + 1, str(error)
        return x * 2, None

    compiled = paddlefx.optimize(caught)
    x = paddle.ones([2])
    for action in ("ignore", "error", "ignore"):
        with warnings.catch_warnings():
            warnings.simplefilter(action)
            assert compiled(x)[1] == (None if action == "ignore" else "refused")
