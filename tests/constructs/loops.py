"""``for`` and ``while`` over values that are known."""

from __future__ import annotations

import paddle

from tests.constructs.construct import construct


@construct()
def for_range(x):
    for index in range(3):
        x = x * index + 1
    return x


@construct()
def for_list(x):
    for scale in [1.0, 2.5, -1.0]:
        x = x * scale - 1
    return x


@construct()
def for_continue(x):
    for index in range(5):
        if index % 2:
            continue
        x = x + index
    return x


@construct()
def for_break(x):
    for index in range(5):
        if index == 3:
            break
        x = x + index
    return x, index


@construct()
def for_else_runs(x):
    for index in range(2):
        x = x + index
    else:
        x = x * 10
    return x


@construct()
def for_else_skipped(x):
    for index in range(4):
        x = x + index
        if index == 1:
            break
    else:
        x = x * 10
    return x


@construct()
def for_nested(x):
    for row in range(2):
        for column in range(3):
            if column > row:
                break
            x = x + row * column
        else:
            x = x - 1
    return x


@construct()
def for_return_inside(x):
    for index in range(10):
        x = x + 1
        if index == 2:
            return x * index
    return x


@construct()
def for_unpacking(x):
    for name, (first, *rest) in [("a", (1, 2, 3)), ("bc", (4, 5))]:
        x = x * len(name) + first - sum(rest)
    return x


@construct()
def for_over_tensors(x):
    total = x * 0
    for part in (x, x + 1, x * 2):
        total = total + part
    return total


@construct()
def for_rows_of_known_length(x):
    total = 0
    for row in x:
        total = row + total
    return total


@construct()
def for_string(x):
    for letter in "abc":
        x = x + ord(letter)
    return x


@construct()
def for_dict(x):
    table = {"a": 1, "b": 2}
    for key in table:
        x = x * table[key]
    for key, value in table.items():
        x = x + value + len(key)
    for value in table.values():
        x = x - value
    return x


@construct()
def for_set_of_one(x):
    for value in {2}:
        x = x * value
    return x


@construct()
def for_enumerate_zip(x):
    for index, (left, right) in enumerate(zip([1, 2], (3, 4)), start=1):
        x = x * index + left - right
    return x


@construct()
def for_reversed(x):
    for value in reversed([1, 2, 3]):
        x = x * value - 1
    return x


@construct()
def for_target_attribute(x):
    class Target:
        pass

    target = Target()
    for target.value in range(3):
        x = x + target.value
    return x, target.value


@construct()
def for_target_subscript(x):
    cells = [0]
    for cells[0] in range(3):
        x = x + cells[0]
    return x, cells


@construct()
def for_list_grows(x):
    items = [1]
    for item in items:
        x = x + item
        if len(items) < 4:
            items.append(item * 2)
    return x, items


@construct()
def for_list_shrinks(x):
    items = [1, 2, 3, 4]
    for item in items:
        x = x + item
        items.pop()
    return x, items


@construct()
def for_variable_stays(x):
    for index in range(3):
        pass
    return x * index


@construct()
def for_empty(x):
    for index in ():
        x = x * 0
    else:
        index = 7
    return x + index


@construct()
def for_deletes_its_variable(x):
    for index in range(2):
        x = x + index
        del index
    return x


@construct()
def while_counter(x):
    count = 0
    while count < 4:
        x = x + count
        count += 1
    return x, count


@construct()
def while_true_break(x):
    count = 0
    while True:
        count += 1
        x = x + count
        if count > 3:
            break
    return x


@construct()
def while_else(x):
    count = 3
    while count:
        count -= 1
        if count == 5:
            break
        x = x * 2
    else:
        x = x + 1
    return x


@construct()
def while_continue(x):
    count = 0
    while count < 6:
        count += 1
        if count in (2, 4):
            continue
        x = x + count
    return x


@construct()
def while_pops(x):
    work = [1, 2, 3]
    while work:
        value = work.pop()
        x = x * value
        if value == 3:
            work.append(10)
    return x


@construct()
def while_walrus(x):
    values = iter([3, 2, 0, 9])
    while value := next(values):
        x = x + value
    return x, next(values)


@construct()
def while_compares_shape(x):
    while x.shape[0] < 16:
        x = paddle.concat([x, x])
    return x


@construct()
def while_nested_flags(x):
    outer, found = 0, False
    while not found and outer < 5:
        inner = 0
        while inner < 5:
            if outer * inner == 4:
                found = True
                break
            inner += 1
        outer += 1
    return x * outer + inner


@construct()
def loop_variable_captured_late(x):
    functions = []
    for scale in (1, 2, 3):
        functions.append(lambda value: value * scale)
    return [function(x) for function in functions]


@construct()
def loop_variable_captured_early(x):
    functions = [lambda value, scale=scale: value * scale for scale in (1, 2, 3)]
    return [function(x) for function in functions]


@construct()
def loop_with_iterator_shared(x):
    values = iter([1, 2, 3, 4, 5])
    for value in values:
        x = x * value + next(values, 0)
    return x
