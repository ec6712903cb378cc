"""Lists, tuples, dicts, sets, ranges and the containers of ``collections``, made inside."""

from __future__ import annotations

from collections import ChainMap, Counter, OrderedDict, defaultdict, deque

import paddle

from tests.constructs.construct import construct


@construct()
def list_methods(x):
    items = [3, 1]
    items.append(2)
    items.extend((5, 4))
    items.insert(0, 9)
    items.remove(1)
    last, first = items.pop(), items.pop(0)
    items.reverse()
    copied = items.copy()
    items.clear()
    return x * last + first, items, copied, copied.index(2), copied.count(5)


@construct()
def list_of_tensors(x):
    items = [x]
    items.append(x + 1)
    items += [x * 2]
    items[0] = items[-1]
    return items, len(items), paddle.stack(items)


@construct()
def list_operators(x):
    a = [1, 2] + [3]
    b = [0] * 3
    a *= 2
    return x * len(a), a, b, a == b, a > b, [1, [2]] == [1, [2]], 3 in a


@construct(graphs=0)  # no operation of a tensor is in it
def list_slices(x):
    items = list(range(8))
    items[1:3] = ["a", "b", "c"]
    items[::4] = [x, None, 0]
    del items[5:7]
    return items, items[::-1], items[-3:], items[:2], items[10:]


@construct()
def list_sort(x):
    items = [(2, "b"), (1, "c"), (2, "a")]
    items.sort(key=lambda pair: pair[0], reverse=True)
    names = sorted(["b", "C", "a"], key=str.lower)
    return x * items[0][0], items, names


@construct()
def list_sort_with_tensors(x):
    items = [(2, x), (1, x + 1), (3, x + 2)]
    items.sort(key=lambda pair: pair[0])
    return [tensor for _, tensor in items]


@construct()
def list_aliases(x):
    items = [x]
    again = items
    nested = [items, items]
    nested[0].append(1)
    return x + 1, items is again, nested, items is nested[1]


@construct()
def list_contains_itself(x):
    items = [x * 2]
    items.append(items)
    return items[1][1][0], items[1] is items


@construct()
def tuple_operations(x):
    pair = (1, 2) + (3,)
    return x * pair[1], pair * 2, pair[::-1], pair.index(3), pair.count(1), len(pair), hash((1, 2))


@construct()
def tuple_of_tensors(x):
    pair = (x, x + 1)
    return pair[0] + pair[-1], pair[:1], (*pair, 3)


@construct()
def dict_methods(x):
    table = {"a": 1, "b": 2}
    table["c"] = x
    table.update(d=4, a=7)
    table.setdefault("e", []).append(5)
    got = table.get("zz"), table.get("zz", 3), table.pop("b"), table.pop("zz", None)
    last = table.popitem()
    return x * table["a"], table, got, last, len(table)


@construct()
def dict_views(x):
    table = {"a": x, "b": 2}
    keys, items = list(table), list(table.items())
    return x + 1, keys, items, list(table.values()), table.keys() & {"a", "z"}, "b" in table.keys()


@construct()
def dict_of_keys(x):
    table = {1: "int", "1": "str", (1, 2): "tuple", None: "none", 2.5: "float"}
    table[True] = "bool"
    return x * len(table), table[(1, 2)], table[None], table


@construct()
def dict_by_type(x):
    table = {int: 1, str: 2, Counter: 3}
    return x * table[type("s")] + table[Counter]


@construct()
def dict_construction(x):
    made = dict([("a", 1), ("b", x)]), dict(c=3), dict({"d": 4}, e=5), dict.fromkeys("xy", 0)
    return x * 2, made


@construct()
def dict_merging(x):
    left, right = {"a": 1, "b": x}, {"b": 2, "c": 3}
    return x * 2, {**left, **right}, {**right, "c": 9}


@construct()
def dict_order(x):
    table = {"a": 1, "b": 2}
    del table["a"]
    table["a"] = 3
    table["b"] = 4
    return x * 2, list(table), list(reversed(table))


@construct()
def dict_comparison(x):
    return x + 1, {"a": 1, "b": 2} == {"b": 2, "a": 1}, {} != {"k": 1}, "a" in {"a": 1}


@construct()
def set_methods(x):
    found = {1, 2}
    found.add(3)
    found.update([4, 5])
    found.discard(9)
    found.remove(1)
    return x * len(found), sorted(found), found.copy() == found


@construct()
def set_operators(x):
    a, b = {1, 2, 3}, {2, 3, 4}
    return x + 1, sorted(a & b), sorted(a | b), a - b, sorted(a ^ b), {2} <= a, a.isdisjoint({7})


@construct()
def set_augmented(x):
    a = {1, 2, 3}
    same = a
    a |= {4}
    a &= {1, 4, 5}
    a -= {1}
    return x * len(a), a, a is same


@construct()
def set_of_constants(x):
    seen = set()
    for name in ("a", "b", "a"):
        if name not in seen:
            seen.add(name)
            x = x + 1
    return x, len(seen)


@construct()
def frozenset_operations(x):
    a = frozenset([1, 2])
    table = {a: "found"}
    return x + len(a | {3}), table[frozenset((2, 1))], a == {1, 2}, 1 in a


@construct()
def set_of_tensors_by_identity(x):
    y = x + 1
    ids = {id(x), id(y), id(x)}
    return y * len(ids)


@construct()
def range_operations(x):
    steps = range(2, 11, 3)
    return (
        x * steps[1],
        list(steps),
        len(steps),
        5 in steps,
        steps[::-1],
        steps.stop,
        steps == range(2, 11, 3),
    )


@construct()
def slice_objects(x):
    part = slice(0, 2)
    rows = slice(None, None, 1)
    return x[rows, part], part.stop, part.indices(5), "text"[part]


@construct()
def deque_operations(x):
    queue = deque([1, 2], maxlen=4)
    queue.append(x)
    queue.appendleft(0)
    queue.rotate(1)
    queue.extend([7, 8])
    left, right = queue.popleft(), queue.pop()
    return x * 2, list(queue), left, right, queue.maxlen, len(queue)


@construct()
def defaultdict_operations(x):
    groups = defaultdict(list)
    for index, name in enumerate("abca"):
        groups[name].append(x * index)
    counts = defaultdict(int)
    counts["k"] += 2
    return dict(groups), counts["k"], "z" in counts, counts["z"], len(counts)


@construct()
def defaultdict_returned(x):
    groups = defaultdict(list, a=[1])
    groups["b"].append(x + 1)
    return groups


@construct()
def ordered_dict_operations(x):
    table = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
    table.move_to_end("a")
    table["d"] = x
    first = table.popitem(last=False)
    return x * 2, list(table.items()), first, table


@construct()
def counter_operations(x):
    counts = Counter("abracadabra")
    counts.update("xyz")
    return x * counts["a"], counts.most_common(2), counts["missing"], sum(counts.values())


@construct()
def chain_map(x):
    merged = ChainMap({"a": 1}, {"a": 2, "b": 3})
    return x * merged["a"] + merged["b"], sorted(merged)


@construct()
def nested_structures(x):
    state = {"layers": [{"w": x, "b": (1, [2, {"deep": x * 3}])}]}
    state["layers"][0]["b"][1].append(x + 1)
    return state, state["layers"][0]["b"][1][1]["deep"] - 1


@construct()
def swap_in_list(x):
    items = [x, x + 1, 3]
    items[0], items[2] = items[2], items[0]
    return items


@construct()
def augmented_subscripts(x):
    items, table = [1, x], {"k": 2}
    items[0] += 5
    items[1] *= 2
    table["k"] **= 3
    items[-1] -= table["k"]
    return items, table


@construct()
def stack_and_queue_algorithm(x):
    graph = {0: [1, 2], 1: [3], 2: [3], 3: []}
    seen, order, work = set(), [], [0]
    while work:
        node = work.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        work.extend(graph[node])
    for node in order:
        x = x * 2 + node
    return x, order


@construct()
def tensor_indexing(x):
    return x[0], x[-1, 1:], x[:, ::2], x[None, ...], x[..., -1], x[1][2]


@construct()
def tensor_index_by_tensor(x):
    index = paddle.to_tensor([1, 0])
    return x[index], x[x > 2].shape if False else x[index, index]


@construct()
def tensor_item_assignment(x):
    y = x * 1
    y[0] = 9.0
    y[1, 1:] = y[0, :2]
    return y


@construct()
def tensor_shape_values(x):
    batch, *rest = x.shape
    return x.reshape([batch * rest[0]]), x.ndim, x.size, x.numel() if False else x.shape, len(x)


@construct()
def bytes_and_bytearray(x):
    data = b"abc"
    return x * data[0], data[1:], data.decode(), len(data), b"-".join([b"a", b"b"]), b"a" in data
