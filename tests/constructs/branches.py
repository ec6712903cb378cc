"""Conditions, boolean operators and assignments of known values."""

from __future__ import annotations

import paddle

from tests.constructs.construct import construct


@construct()
def if_elif_else(x):
    rank = len(x.shape)
    if rank == 1:
        return x
    elif rank == 2:
        x = x + 2
    else:
        x = x + 3
    return x


@construct()
def if_on_dtype(x):
    if x.dtype == paddle.float32:
        return x * 2
    return x


@construct()
def if_on_tensor_is_none(x, other=None):
    if other is None:
        other = x
    if other is not None and x is other:
        return x + other
    return x


@construct()
def if_on_isinstance(x):
    return x + 1 if isinstance(x, (int, paddle.Tensor)) else x - 1


@construct()
def if_on_container_truth(x):
    items, table, empty = [x], {"k": x}, ()
    if items and table and not empty and not "" and not 0:
        return x * 3
    return x


@construct()
def boolean_values(x):
    zero, empty = 0, []
    first = zero or empty or x
    second = x is not None and x * 2
    third = None or {}
    return first, second, third, not zero


@construct()
def boolean_short_circuit(x):
    seen = []

    def note(value):
        seen.append(value)
        return value

    result = note(0) or (note(2) and note(0)) or note(5)
    return x * result, seen


@construct()
def chained_comparison(x):
    size = x.shape[1]
    if 1 < size <= 3 != 4 > 2:
        x = x + 1
    if 3 < size < (1 // 0 if size > 5 else 9):
        x = x * 100
    return x


@construct()
def conditional_expression_nested(x):
    level = x.ndim
    return x * (1 if level == 1 else 2 if level == 2 else 3)


@construct()
def walrus_in_condition(x):
    if (rank := x.ndim) > 1 and (size := x.shape[0]) == 2:
        return x * rank + size
    return x


@construct()
def walrus_in_comprehension(x):
    values = [last := value * 2 for value in range(4)]
    return x + last, values


@construct()
def identity_tests(x):
    y = x
    z = x + 0
    return x * 2, y is x, z is x, z is not y, None is None, x is None


@construct()
def membership(x):
    found = [2 in (1, 2), 3 not in [1, 2], "b" in "abc", "k" in {"k": 1}, 5 in {5}, 2 in range(3)]
    return x * sum(found), found


@construct()
def comparisons(x):
    known = [1 < 2, 2 <= 1, "a" == "b", (1, 2) < (1, 3), [1] != [1], {1} < {1, 2}, 3 >= 3.0]
    return x > 2, x <= 1, x == x, x != 0, known


@construct()
def assert_holds(x):
    assert x.shape[0] == 2, "two rows"
    assert True
    return x + 1


@construct()
def augmented_assignments(x):
    y = x + 0
    number = 7
    y += 1
    y -= 2.5
    y *= 3
    y /= 2
    y **= 2
    number //= 2
    number %= 2
    number <<= 4
    number >>= 1
    number |= 3
    number &= 10
    number ^= 5
    return y, number


@construct()
def arithmetic_of_tensors(x):
    return x + x, x - 1, 2 * x, x / 4, x // 2, x % 3, x**2, 2**x, -x, +x, 1 - x, 1 / (x + 1), abs(x)


@construct()
def arithmetic_of_numbers(x):
    values = [7 // 2, -7 // 2, 7 % -3, 2**10, 2**-1, 1 / 4, 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4, 9 >> 1]
    return x * sum(values), values, 1j * 1j, 10**20, -(-3), not 3


@construct()
def comparison_of_shapes(x):
    if x.shape == [2, 3] and tuple(x.shape) == (2, 3) and x.shape != [3, 2]:
        return x.reshape([x.shape[1], -1])
    return x


@construct()
def multiple_assignment(x):
    a = b = c = x + 1
    a, b = b * 2, a
    (d, e), [f, g] = (a, b), [c, x]
    return a, b, c, d, e, f, g


@construct()
def star_unpacking(x):
    first, *middle, last = [1, 2, 3, 4]
    *head, tail = x, x * 2, x * 3
    front, *nothing = [x]
    return x * first + last, middle, head, tail, front, nothing


@construct()
def star_in_displays(x):
    some = [1, 2]
    return [*some, 3, *(4, 5)], (*some, x * 2), {*some, 3}, {**{"a": 1}, "b": x, **{"a": 2}}


@construct()
def unpacking_a_tensor(x):
    first, second = x
    return first + second


@construct()
def deletes(x):
    y = x + 1
    items = [1, 2, 3, 4]
    table = {"a": 1, "b": 2}
    del items[0], items[1:], table["a"]
    z = y
    del y
    return z, items, table


@construct()
def global_constant(x):
    return x * SCALE + len(NAMES)


@construct()
def imports_inside(x):
    import math
    import os.path as path
    from collections import OrderedDict
    from collections import deque as queue

    return x * math.pi, path.join("a", "b"), OrderedDict(a=1), queue([1])


@construct()
def ellipsis_and_constants(x):
    return x[..., 0], ..., NotImplemented, None, b"bytes", 1.5, __debug__


@construct()
def annotated_locals(x):
    scale: float = 2.0
    unset: int  # noqa: F842 - the construct under test
    return x * scale


SCALE = 2.5
NAMES = ("a", "b")
