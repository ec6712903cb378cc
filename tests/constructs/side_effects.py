"""What a function changes outside of itself: kept, in order, with identities."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque

import paddle

from tests.constructs.construct import Owner, construct


class Box:
    def __init__(self, **values):
        self.__dict__.update(values)


class Counted(paddle.nn.Layer):
    def __init__(self):
        super().__init__()
        self.register_buffer("total", paddle.zeros([3]))
        self.calls = []

    def forward(self, x):
        self.total.add_(x.sum(axis=0))
        self.calls.append(x.ndim)
        self.last = x * 2
        return x + self.total


COUNT = 0
HISTORY = []


def given(*makers):
    """Makes the arguments: a tensor, and what each maker gives."""

    def make(sign):
        x = paddle.arange(6, dtype="float32").reshape([2, 3]) * sign
        return (x, *[maker() for maker in makers])

    return make


@construct(make=given(lambda: [1, 2]))
def list_append(x, items):
    y = x + 1
    items.append(y)
    items.append(3)
    return y * len(items)


@construct(make=given(lambda: [3, 1, 2]))
def list_all_methods(x, items):
    items.extend([5, 4])
    items.insert(1, x)
    items.pop(1)
    items.remove(5)
    items.sort()
    items.reverse()
    return x * items[0]


@construct(make=given(lambda: [0, 1, 2, 3]))
def list_stores(x, items):
    items[0] = x * 2
    items[1:3] = ["a"]
    del items[-1]
    items += [7]
    return items[0] + len(items)


@construct(make=given(lambda: [1, 2], lambda: [3]))
def list_cleared_and_copied(x, items, others):
    kept = list(items)
    items.clear()
    others[:] = kept
    return x * len(kept), kept


@construct(make=given(lambda: {"a": 1}))
def dict_stores(x, table):
    table["b"] = x + 1
    table["a"] += 5
    table.setdefault("c", []).append(2)
    table.update(d=4)
    return table["b"] * table["a"]


@construct(make=given(lambda: {"a": 1, "b": 2, "c": 3}))
def dict_removals(x, table):
    del table["a"]
    popped = table.pop("b"), table.pop("zz", None), table.popitem()
    return x + 1, popped, len(table)


@construct(make=given(lambda: {1, 2}))
def set_changes(x, found):
    found.add(3)
    found.discard(1)
    found |= {7}
    return x * len(found), 7 in found


@construct(make=given(lambda: deque([1, 2])))
def deque_changes(x, queue):
    queue.append(x)
    queue.popleft()
    return queue[-1] * 2


@construct(make=given(lambda: OrderedDict(a=1, b=2)))
def ordered_dict_changes(x, table):
    table.move_to_end("a")
    table["c"] = x
    return x * 2, list(table)


@construct(make=given(lambda: defaultdict(list)))
def defaultdict_changes(x, groups):
    groups["k"].append(x)
    groups["k"].append(x * 2)
    return x + len(groups["k"])


@construct(make=given(lambda: Box(a=1, b=2)))
def attribute_stores(x, box):
    box.a = x * 2
    box.new = 5
    del box.b
    return box.a + box.new, hasattr(box, "b")


@construct(make=given(lambda: Box(n=1)))
def attribute_augmented(x, box):
    box.n += 1
    box.n *= 3
    return x * box.n


@construct(make=given(lambda: Box(items=[], inner=Box(v=0))))
def attribute_chains(x, box):
    box.items.append(x)
    box.inner.v = x + 1
    box.inner.deep = box.inner
    return box.inner.v * len(box.items)


@construct(make=given(), watch=("COUNT",))
def global_store(x):
    global COUNT
    COUNT = 5
    COUNT += 1
    return x * COUNT


@construct(make=given(), watch=("HISTORY",))
def global_list(x):
    HISTORY.append(x.ndim)
    return x + 1


def counter():
    count = 0

    def step(x):
        nonlocal count
        count += 1
        return x * 2

    def value():
        return count

    return step, value


@construct(make=lambda sign: (paddle.ones([2]) * sign, counter()))
def cell_from_outside(x, functions):
    step, value = functions
    y = step(x)
    return y + value()


@construct(make=given(lambda: []))
def order_of_effects(x, log):
    log.append("first")
    y = x + 1
    log.append(y)
    log[0] = "changed"
    log.extend([log[0], len(log)])
    return y


@construct(make=lambda sign: (lambda items: (paddle.ones([2]) * sign, items, items))([]))
def two_names_for_one_list(x, left, right):
    left.append(1)
    right.append(x)
    return x * len(left), left is right


@construct(make=given(lambda: (lambda inner: {"a": inner, "b": inner})([1])))
def aliases_inside_argument(x, table):
    table["a"].append(2)
    return x * len(table["b"]), table["a"] is table["b"]


@construct(make=given(lambda: []))
def identity_of_stored(x, items):
    y = x + 1
    items.append(y)
    made = [y]
    items.append(made)
    made.append(2)
    return y, made


@construct(make=given(lambda: Box(t=None)))
def object_made_and_stored(x, box):
    inner = Box(v=x * 2)
    box.t = inner
    inner.v = inner.v + 1
    return inner.v


@construct()
def tensor_in_place(x):
    x.add_(paddle.ones([3]))
    x[0] = 5.0
    return x * 2


@construct()
def tensor_in_place_of_made(x):
    y = x * 1
    y.add_(x)
    y.scale_(2.0)
    return y, y - x


@construct()
def tensor_in_place_seen_through_alias(x):
    y = x
    y.add_(paddle.ones([3]))
    return x * 2, y is x


@construct(make=given(lambda: [paddle.zeros([3])]))
def tensor_in_place_in_container(x, items):
    items[0].add_(x[0])
    items[0].add_(x[1])
    return items[0] * 2


@construct(make=Owner(Counted))
def layer_state(x, layer):
    return layer(x)


def called_before():
    """A layer that has noted the data format: its first call changes that."""
    layer = paddle.nn.BatchNorm1D(3)
    layer(paddle.ones([2, 3]))
    return layer


@construct(make=Owner(called_before))
def batch_norm_statistics(x, layer):
    return layer(x)


@construct(graphs=2, breaks=1, make=given(lambda: []))
def effects_before_a_break(x, log):
    y = x + 1
    log.append(y)
    print("seen", len(log))
    log.append(2)
    return y * len(log)


@construct(graphs=2, breaks=1, make=given(lambda: Box(n=1)))
def attribute_before_tensor_condition(x, box):
    box.n = 2
    y = x * box.n
    if y.sum() > 0:
        box.n = 3
    return y * box.n


@construct(breaks=1, make=given(lambda: [], lambda: Box()))
def effects_before_an_exception(x, log, box):
    log.append(x + 1)
    box.done = True
    raise ValueError("after the effects")


@construct(make=given(lambda: []))
def effects_in_caught_exception(x, log):
    try:
        log.append("try")
        raise KeyError("k")
    except KeyError:
        log.append("except")
    finally:
        log.append("finally")
    return x + len(log)


@construct(make=given(lambda: [1, 2, 3]))
def list_changes_while_iterated(x, items):
    for item in items:
        if item < 3:
            items.append(item + 2)
        x = x + item
    return x


@construct(make=given(lambda: {"a": 1}, lambda: {"b": 2}))
def dict_swapped_values(x, left, right):
    left["a"], right["b"] = right["b"], left["a"]
    return x * left["a"]


@construct(make=given(lambda: [[1], [2]]))
def nested_lists(x, rows):
    rows[0].append(x)
    rows.append(rows[0])
    rows[1] = [9]
    return rows[2][1] + 1
