"""What has to break: it costs the instruction, not the frame.

Behind a break the iterator of a loop is a real one, and each ``for`` over it, or ``next()`` of it,
is a break of its own: it runs for real, and the loop reaches a steady state whatever its length.
"""

from __future__ import annotations

import paddle

from tests.constructs.construct import construct, vector


def reports(x):
    y = x + 1
    print("callee")
    return y * 2


def reports_deeper(x):
    y = x * 3
    z = reports(y)
    return z - y


def chooses(x):
    if x.sum() > 0:
        return x * 2
    return x - 2


def generate(x):
    yield x + 1
    print("inside the generator")
    yield x + 2


@construct(graphs=2, breaks=1)
def tensor_if(x):
    y = x + 1
    if y.sum() > 0:
        return y * 2
    return y * 3


@construct(graphs=2, breaks=1)
def tensor_if_joined(x):
    y = x + 1
    if y.sum() > 0:
        y = y * 2
    else:
        y = y * 3
    return y - 1


@construct(graphs=2, breaks=1)
def tensor_if_not(x):
    y = x + 1
    if not (y.mean() < 0):
        y = y * 2
    return y - 1


@construct(graphs=3, breaks=2)
def tensor_and_or(x):
    y = x + 1
    if y.sum() > 0 and y.max() > 1:
        return y * 2
    return y - 1


@construct(graphs=2, breaks=1)
def tensor_conditional_expression(x):
    y = x + 1
    return y * 2 if y.sum() > 0 else y * 3


@construct(graphs=2, breaks=1)
def tensor_assert(x):
    y = x * x
    assert y.sum() > 0
    return y + 1


@construct(graphs=2, breaks=1)
def tensor_item(x):
    y = x + 1
    n = y.sum().item()
    return y * n


@construct(graphs=2, breaks=1)
def tensor_numpy(x):
    y = x + 1
    values = y.numpy()
    return y * 2, values


@construct(graphs=2, breaks=1)
def tensor_tolist(x):
    y = x + 1
    rows = y.tolist()
    return y * len(rows), rows


@construct(graphs=2, breaks=1)
def tensor_int_float(x):
    y = x + 1
    n = int(y.sum())
    return y * n


@construct(graphs=2, breaks=1)
def tensor_bool(x):
    y = x + 1
    flag = bool(y.sum() > 0)
    return y * 2, flag


@construct(graphs=2, breaks=1)
def tensor_as_index(x):
    y = x + 1
    names = ["a", "b", "c", "d"]
    name = names[paddle.argmax(y[0])]
    return y * 2, name


@construct(graphs=2, breaks=1)
def tensor_in_list(x):
    y = x + 1
    found = y.sum() in [1, 2]
    return y * 2, found


@construct(graphs=2, breaks=1)
def tensor_in_range(x):
    count = x.max().astype("int32")
    for index in range(count):
        x = x + index
    return x


@construct(graphs=2, breaks=1)
def masked_select(x):
    y = x + 1
    z = paddle.masked_select(y, y > 2)
    return z * 2


@construct(graphs=2, breaks=1)
def print_between(x):
    y = x + 1
    print("between")
    return y * 2


@construct(graphs=3, breaks=2)
def print_twice(x):
    y = x + 1
    print("one")
    y = y * 2
    print("two")
    return y - 1


@construct(graphs=1, breaks=1)
def print_first(x):
    print("first")
    return x + 1


@construct(graphs=1, breaks=1)
def print_last(x):
    y = x + 1
    print("last")
    return y


@construct(graphs=0, breaks=1)
def print_only(x):
    print("no tensors")
    return 3


@construct(graphs=2, breaks=1)
def print_of_tensor(x):
    y = x + 1
    print(y)
    return y * 2


@construct(graphs=3, breaks=1)
def print_in_callee(x):
    y = x * 5
    z = reports(y)
    return z + y


@construct(graphs=4, breaks=1)
def print_two_callees_deep(x):
    y = x * 5
    z = reports_deeper(y)
    return z + y


@construct(graphs=3, breaks=1)
def tensor_if_in_callee(x):
    y = x * 5
    z = chooses(y)
    return z + y


@construct(graphs=4, breaks=2)
def callee_called_twice(x):
    return chooses(x + 1) + chooses(x + 2)


# Each call makes a class; its instances live on behind the break, where their class is pinned.
@construct(graphs=3, breaks=1, again=1)
def break_in_method(x):
    class Layer:
        scale = 3

        def forward(self, y):
            y = y * self.scale
            print("method")
            return y + self.scale

    layer = Layer()
    return layer.forward(x + 1) * 2


@construct(graphs=3, breaks=1)
def break_in_closure(x):
    count = 0

    def inner(y):
        nonlocal count
        y = y + 1
        print("closure")
        count += 1
        return y * count

    z = inner(x)
    return z - count


@construct(graphs=2, breaks=1)
def break_with_cell_alive(x):
    scale = 2

    def scaled(y):
        return y * scale

    y = scaled(x)
    print("alive")
    scale = 3
    return scaled(y)


@construct(graphs=4, breaks=3)
def break_in_for(x):
    for index in range(3):
        x = x + 1
        print(index)
        x = x * 2
    return x


@construct(graphs=4, breaks=3)
def break_in_while(x):
    count = 0
    while count < 3:
        x = x + count
        count += 1
        print(count)
    return x * 2


@construct(graphs=2, breaks=1)
def break_in_one_iteration(x):
    for index in range(4):
        x = x + index
        if index == 2:
            print("third")
    return x


@construct(graphs=2, breaks=1, make=vector)
def tensor_while_once(x):
    while x.sum() > 100:
        x = x / 2
    return x + 1


@construct(graphs=3, breaks=2)
def tensor_if_in_for(x):
    for index in range(2):
        if x.sum() > 0:
            x = x - index
        else:
            x = x + index
    return x


@construct(graphs=2, breaks=1)
def tensor_break_in_for(x):
    for index in range(3):
        x = x + index
        if x.max() > 1:
            break
    return x * 2


@construct(graphs=2, breaks=1)
def break_in_nested_for(x):
    for row in range(2):
        for column in range(2):
            x = x + row + column
            if row and column:
                print("corner")
                x = x * 2
    return x


@construct(graphs=2, breaks=1)
def break_in_try(x):
    try:
        x = x + 1
        print("try")
        x = x * 2
    except ValueError:
        x = x * 100
    return x


@construct(graphs=2, breaks=1)
def break_then_error_in_try(x):
    try:
        x = x + 1
        print("try")
        raise ValueError("v")
    except ValueError as error:
        x = x * 2 + len(error.args)
    return x


@construct(graphs=2, breaks=1)
def error_from_the_broken_call(x):
    try:
        x = x + 1
        print("p", file=3)
    except AttributeError:
        x = x * 2
    return x


# The exception lives over the break: the instruction that raises it is run for real too.
@construct(graphs=2, breaks=2)
def break_in_except(x):
    try:
        raise ValueError("v")
    except ValueError as error:
        x = x + 1
        print("handling", error)
        x = x * 2
    return x


@construct(graphs=2, breaks=1)
def break_in_finally(x):
    try:
        x = x + 1
    finally:
        print("finally")
        x = x * 2
    return x


# Up to 3.11 the comprehension is a function of its own, with guards of its own.
@construct(graphs=2, breaks=1, library=True)
def break_in_comprehension(x):
    y = x + 1
    made = [print(value) or value for value in (1,)]
    return y * len(made)


@construct(graphs=2, breaks=1)
def break_in_key_function(x):
    y = x + 1
    ordered = sorted([2, 1], key=lambda value: print("key") or value)
    return y * ordered[0]


@construct(graphs=2, breaks=2)
def break_in_generator(x):
    made = []
    for value in generate(x):
        made.append(value * 2)
    return made


@construct(graphs=2, breaks=1)
def break_in_argument(x):
    y = x + 1
    return paddle.add(y, print("argument") or y * 2)


@construct(graphs=2, breaks=1)
def break_with_stack(x):
    return (x + 1) * (x - 1 if print("stack") is None else x)


@construct(graphs=2, breaks=1)
def break_in_display(x):
    return [x + 1, print("display"), {"k": x * 2}, (x, 3)]


@construct(graphs=2, breaks=2)
def break_with_iterators_alive(x):
    values = iter([1, 2, 3])
    pairs = zip("abc", enumerate([4, 5, 6]))
    x = x * next(values)
    next(pairs)
    print("alive")
    return x + next(values), list(pairs)


# As break_in_method: each call makes a class.
@construct(graphs=2, breaks=1, again=1)
def break_with_object_alive(x):
    class Holder:
        pass

    holder = Holder()
    holder.t = x + 1
    same = [holder, holder]
    print("alive")
    return holder.t * 2, same[0] is same[1]


@construct(graphs=2, breaks=1)
def break_with_aliases_alive(x):
    items = [x + 1]
    table = {"a": items, "b": items}
    print("alive")
    table["a"].append(x * 2)
    return items, table["b"] is items


@construct(graphs=2, breaks=1)
def string_of_tensor(x):
    y = x + 1
    text = str(y)
    return y * 2, text


@construct(graphs=2, breaks=1)
def backward_breaks_or_is_captured(x):
    x = x * 1
    x.stop_gradient = False
    y = (x * x).sum()
    y.backward()
    return x.grad * 2
