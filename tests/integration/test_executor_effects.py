"""Side effects, aliases and exceptions: in the plain program's order, on the plain objects."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.versus import versus


def t(*shape):
    return paddle.arange(int(np.prod(shape or (1,))), dtype="float32").reshape(list(shape or (1,)))


class Box:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Logged:
    """Every access is seen."""

    def __init__(self, value):
        object.__setattr__(self, "log", [])
        object.__setattr__(self, "value", value)

    def __setattr__(self, name, value):
        self.log.append(("set", name))
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        self.log.append(("get", name))
        if name.startswith("no"):
            raise AttributeError(name)
        return 2.0


class Computed:
    def __init__(self):
        self.hidden = 1.0
        self.reads = 0

    @property
    def value(self):
        self.reads = self.reads + 1
        return self.hidden

    @value.setter
    def value(self, new):
        self.hidden = new * 2

    def __delattr__(self, name):
        self.hidden = -1.0


class Descriptor:
    def __get__(self, instance, owner):
        return 3.0 if instance is None else instance.raw

    def __set__(self, instance, value):
        instance.raw = value


class Described:
    field = Descriptor()

    def __init__(self):
        self.raw = 1.0


class Adder:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return ("add", other)

    def __iadd__(self, other):
        self.value = other
        return self

    def __radd__(self, other):
        return ("radd", other)

    def __mul__(self, other):
        return NotImplemented

    def __rmul__(self, other):
        return ("rmul", other)

    def __eq__(self, other):
        return "eq"

    def __lt__(self, other):
        return ["lt"]

    def __contains__(self, item):
        return [1]

    def __len__(self):
        return 4

    def __bool__(self):
        return False

    def __getitem__(self, key):
        return key

    def __call__(self, x, k=1):
        return x * k + self.value

    def __iter__(self):
        yield 1
        yield self.value

    def __neg__(self):
        return "neg"

    __hash__ = None


def old_value(x, box):
    old = box.value
    box.value = x + 1
    return old, box.value


def swapped(x, box):
    box.value, box.other = box.other, box.value
    return x + 1, box.value


def old_value_over_a_break(x, box):
    old = box.value
    y = x + 1
    print("break", setattr(box, "value", None))
    return old, y, box.value


def old_element_over_a_break(x, items):
    old, first = items[-1], items[0]
    y = x + 1
    print("break", items.clear())
    return old, first, y, items


def stores_before_an_exception(x, box):
    box.value = x + 1
    box.other = 3
    raise ValueError(f"after {len(x.shape)}")


def stores_in_a_callee(x, box):
    def inner():
        box.value = x + 1
        raise KeyError("k")

    try:
        inner()
    except KeyError as error:
        box.other = type(error).__name__
    return box.value * 2


def stores_through_an_alias(x, box):
    other = box
    other.value = x * 2
    box.value = box.value + 1
    return vars(other)["value"], other is box


def dict_taken_before(x, box):
    table = box.__dict__
    box.value = x * 2
    return table["value"] + 1


def deletes(x, box):
    y = x + 1
    del box.value
    return y, hasattr(box, "value")


def fresh_attribute(x, box):
    box.new = x + 1
    box.new_list = [x, box.new]
    box.new_list.append(1)
    box.again = box.new_list
    return box.new_list


def from_setattr(x, box):
    setattr(box, "value", x + 1)
    return getattr(box, "value") * 2


def mutates_list(x, items):
    items[0] = x + 1
    items += [1]
    items.append(items[0] * 2)
    items.sort(key=lambda v: 0)
    del items[0]
    return items


def mutates_dict(x, table):
    table["a"] = x + 1
    table.setdefault("b", []).append(table["a"] * 2)
    table.update(c=1)
    popped = table.pop("a")
    return popped, table


def mutates_deep(x, table):
    for key in list(table):
        table[key].append(x * 2)
    return x + 1


def same_list_twice(x, items):
    return items, (items, [items]), x + 1


def shares_inside(x):
    a = [x]
    b = {"a": a, "b": a}
    c = (a, b, b)
    a.append(x + 1)
    return c, a, b


def shares_over_a_break(x):
    a = [x]
    b = {"a": a}
    y = x + 1
    print("break")
    a.append(y)
    return a, b, y


def holds_itself(x):
    a = [x + 1]
    a.append(a)
    return a


def holds_itself_over_a_break(x):
    table = {"x": x + 1}
    table["me"] = table
    print("break")
    return table


def recursive_closure(x):
    def down(n):
        return x if n == 0 else down(n - 1) + 1

    y = down(2)
    print("break")
    return down(3) + y


def pair_of_closures(x):
    def even(n):
        return x if n == 0 else odd(n - 1)

    def odd(n):
        return x * 0 if n == 0 else even(n - 1)

    y = x + 1
    return even, odd, y


def property_reads(x, box):
    a = box.value * x
    box.value = 5.0
    return a, box.value * x, box.reads, box.hidden


def property_deletes(x, box):
    y = x + 1
    del box.value
    return y, box.hidden


def descriptor(x, box):
    a = x * box.field
    box.field = 4.0
    return a, x * box.field, box.raw, type(box).field


def logged(x, box):
    a = x * box.value + box.missing
    box.value = 5.0
    return a, x * box.value, hasattr(box, "nothing"), getattr(box, "nope", 1)


def operators(x, box):
    out = [x * 2, box + 1, 1 + box, 2 * box, box == 1, box != 1, box < 3, 5 in box, len(box)]
    out += [bool(box), box[3], box(x), box(x, k=2), list(box), -box, 1 if box else 2, not box]
    original = box
    box += 7.0
    return out, box is original, box.value, box and 1, box or 2


def special_methods_are_the_types(x, box):
    box.__len__ = lambda: 99
    box.__add__ = lambda other: "instance"
    return len(box), box + 1, x + 1


def loop_variables_live(x):
    for i, (a, *b) in enumerate([(1, 2, 3), (4, 5)]):
        x = x * a + len(b)
    return x, i, a, b


CASES = [
    (old_value, lambda: Box(value=[1])),
    (old_value, lambda: Box(value=t(2))),
    (old_value, lambda: Box(value=3.0)),
    (swapped, lambda: Box(value=[1], other=t(2))),
    (swapped, lambda: Box(value=t(2), other=t(3))),
    (swapped, lambda: Box(value=1, other=2)),
    (old_value_over_a_break, lambda: Box(value=[1])),
    (old_value_over_a_break, lambda: Box(value=t(3))),
    (old_value_over_a_break, lambda: Box(value=1)),
    (old_value_over_a_break, lambda: Box(value=Box(k=1))),
    (old_element_over_a_break, lambda: [[1], 2, t(2)]),
    (old_element_over_a_break, lambda: [t(3), {}]),
    (stores_before_an_exception, Box),
    (stores_in_a_callee, Box),
    (stores_through_an_alias, Box),
    (dict_taken_before, lambda: Box(value=t(2))),
    (deletes, lambda: Box(value=1)),
    (fresh_attribute, Box),
    (from_setattr, Box),
    (mutates_list, lambda: [1, 2]),
    (mutates_dict, lambda: {"z": 1}),
    (mutates_dict, lambda: collections.OrderedDict(z=1)),
    (mutates_dict, lambda: collections.defaultdict(list)),
    (mutates_deep, lambda: {"p": [1], "q": []}),
    (same_list_twice, lambda: [1, t(2)]),
    (property_reads, Computed),
    (property_deletes, Computed),
    (descriptor, Described),
    (logged, lambda: Logged(2.0)),
    (operators, lambda: Adder(2.0)),
    (special_methods_are_the_types, lambda: Adder(2.0)),
]


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda i: CASES[i][0].__name__)
def test_objects(index):
    function, make = CASES[index]
    versus(function, [lambda: (t(2), make())] * 3)


@pytest.mark.parametrize(
    "function",
    [
        shares_inside, shares_over_a_break, recursive_closure, pair_of_closures,
        loop_variables_live,
    ],
    ids=lambda function: function.__name__,
)  # fmt: skip
def test_sharing(function):
    versus(function, [lambda: (t(2),)] * 3)


@pytest.mark.parametrize("function", [holds_itself, holds_itself_over_a_break])
def test_what_holds_itself(function):
    compiled = paddlefx.optimize(function)
    for _ in range(2):
        made = compiled(t(2))
        assert (made[1] if isinstance(made, list) else made["me"]) is made
    assert paddlefx.stats()["fallbacks"] >= 1


@dataclasses.dataclass
class Data:
    a: object
    b: object = 2.0

    def total(self):
        return self.a + self.b


Point = collections.namedtuple("Point", "x y")


def test_data_classes_and_named_tuples():
    def function(x, data, point):
        made = Data(x + 1, b=data.total())
        other = Point(made.total(), y=point.x)
        a, b = point
        data.b = other
        return made, other, a, b, other.x + 1, point[0], point._replace(x=1), made == made

    versus(function, [lambda: (t(2), Data(t(2)), Point(t(2), 3.0))] * 3)


def test_each_closure_keeps_its_cells():
    def function(x, log):
        seen = []

        def note(v):
            seen.append(v)
            return v

        y = note(x * 2)
        print("break")
        for i in range(2):
            note(y + i)
            print(i)
        log.append(seen)
        return seen

    versus(function, [lambda: (t(2), []), lambda: (t(2) * 3, []), lambda: (-t(2), [])] * 2)
