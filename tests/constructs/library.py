"""``itertools``, ``functools``, ``operator``, ``math``, ``copy``, ``re``, numpy, random and time."""

from __future__ import annotations

import collections.abc
import copy
import functools
import itertools
import math
import numbers
import operator
import random
import re
import string
import time
import typing
import warnings

import numpy as np
import paddle

from tests.constructs.construct import construct


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.singledispatch
def described(value):
    return "other"


@described.register(int)
def _(value):
    return "int"


@functools.total_ordering
class Version:
    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    def __lt__(self, other):
        return self.number < other.number


@construct(library=True)
def itertools_chain(x):
    merged = list(itertools.chain([1], (2, 3), "a"))
    flat = list(itertools.chain.from_iterable([[x], [x * 2]]))
    return flat, merged


@construct()
def itertools_islice_count(x):
    return (
        x + 1,
        list(itertools.islice(itertools.count(3, 2), 4)),
        list(itertools.islice("abcdef", 1, 5, 2)),
    )


@construct()
def itertools_cycle_repeat(x):
    signs = itertools.cycle([1, -1])
    for _ in range(3):
        x = x * next(signs)
    return x, list(itertools.repeat("a", 2))


@construct()
def itertools_accumulate(x):
    return list(itertools.accumulate([x, x, x])), list(
        itertools.accumulate([1, 2, 3], operator.mul)
    )


@construct()
def itertools_product(x):
    for a, b in itertools.product([1, 2], "ab"):
        x = x * a + ord(b)
    return x, list(itertools.product([0, 1], repeat=2))


@construct()
def itertools_combinatorics(x):
    pairs = list(itertools.combinations([x, x + 1, x + 2], 2))
    return (
        [a * b for a, b in pairs],
        list(itertools.permutations("abc", 2)),
        list(itertools.combinations_with_replacement([1, 2], 2)),
    )


@construct()
def itertools_groupby(x):
    groups = {key: len(list(group)) for key, group in itertools.groupby("aabccc")}
    return x * groups["c"], groups


@construct()
def itertools_filters(x):
    return (
        x + 1,
        list(itertools.takewhile(lambda n: n < 3, range(6))),
        list(itertools.dropwhile(lambda n: n < 3, range(6))),
        list(itertools.compress("abc", [1, 0, 1])),
        list(itertools.filterfalse(lambda n: n % 2, range(4))),
    )


@construct()
def itertools_starmap_zip_longest(x):
    made = list(itertools.starmap(lambda a, b: a * b, [(x, 2), (x, 3)]))
    return made, list(itertools.zip_longest("abc", [1], fillvalue="-"))


@construct()
def itertools_tee(x):
    left, right = itertools.tee([1, 2, 3])
    next(left)
    return x * next(left), list(right)


@construct()
def functools_lru_cache(x):
    return x * fibonacci(10)


@construct()
def functools_singledispatch(x):
    return x + 1, described(3), described("s")


@construct()
def functools_cmp_to_key(x):
    ordered = sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a))
    return x * ordered[0], ordered


@construct(library=True)
def functools_total_ordering(x):
    return x + 1, Version(1) >= Version(0), Version(1) <= Version(0), Version(2) > Version(1)


@construct()
def operator_functions(x):
    return (
        operator.add(x, 1), operator.mul(x, x), operator.getitem([5, 6], 1), operator.neg(x),
        operator.truth([]), operator.contains([1], 1), operator.is_(x, x), operator.matmul(x, x.t()),
    )  # fmt: skip


@construct()
def operator_getters(x):
    first = operator.itemgetter(1)
    rank = operator.attrgetter("ndim")
    upper = operator.methodcaller("upper")
    return x * first([5, 6]) + rank(x), upper("a"), operator.itemgetter(0, 2)("abc")


@construct()
def math_functions(x):
    scale = math.sqrt(x.shape[-1]) * math.pi
    return (
        x * scale,
        math.ceil(2.1),
        math.floor(2.9),
        math.log2(8),
        math.prod([2, 3]),
        math.isclose(1, 1),
    )


@construct()
def math_in_attention(x):
    scores = paddle.matmul(x, x, transpose_y=True) / math.sqrt(x.shape[-1])
    return paddle.nn.functional.softmax(scores + math.log(2), axis=-1)


@construct()
def copy_containers(x):
    state = {"a": [1, 2], "t": (3, [4])}
    shallow, deep = copy.copy(state), copy.deepcopy(state)
    state["a"].append(9)
    return x * len(shallow["a"]), shallow, deep


@construct()
def string_constants(x):
    return x * len(string.ascii_lowercase), string.digits, string.capwords("a b")


@construct()
def regular_expressions(x):
    found = re.match(r"layer\.(\d+)\.(\w+)", "layer.12.weight")
    return x * int(found.group(1)), found.group(2), re.sub(r"\d", "#", "a1b2"), re.split(",", "a,b")


@construct()
def numpy_constants(x):
    return x * np.pi, x + np.float32(2), np.prod(x.shape), int(np.prod([2, 3])), np.sqrt(64)


@construct()
def numpy_array_to_tensor(x):
    table = np.arange(3, dtype="float32")
    return x + paddle.to_tensor(table), table


@construct()
def numpy_dtype_and_shape(x):
    made = np.zeros((2, 3))
    return x * made.shape[1], made.ndim, np.dtype("float32").itemsize, np.iinfo("int8").max


@construct()
def abstract_base_classes(x):
    return (
        x + 1,
        isinstance([], collections.abc.Sequence),
        isinstance({}, collections.abc.Mapping),
        isinstance(3, numbers.Integral),
        isinstance("s", collections.abc.Iterable),
        isinstance(lambda: 0, collections.abc.Callable),
    )


@construct()
def typing_at_run_time(x):
    cast = typing.cast("paddle.Tensor", x)
    return cast * 2, typing.TYPE_CHECKING


@construct()
def random_with_own_generator(x):
    chosen = random.Random(3).random() < 2
    return x * 2, chosen


@construct(graphs=2, breaks=1)
def random_breaks(x):
    y = x + 1
    random.seed(5)
    return y * 2


@construct(graphs=2, breaks=1)
def time_breaks(x):
    y = x + 1
    time.tzset()
    return y * 2


@construct()
def warning_caught(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = x + 1
    return y


@construct()
def attribute_of_module_function(x):
    return paddle.nn.functional.relu(x - 2), paddle.add(x, x), paddle.linalg.norm(x)
