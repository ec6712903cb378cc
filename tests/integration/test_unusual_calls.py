"""What CPython's own tests do to builtins, classes and functions, beside tensors."""

from __future__ import annotations

import collections
import operator
import sys
import types
import warnings

import paddle
import pytest

import paddlefx
from tests.support.versus import versus


def refused(call):
    """The type and the text with which a call is refused."""
    try:
        return call()
    except Exception as error:
        return type(error), str(error)


#: Calls with too few or too many arguments, or with keywords that CPython doesn't take.
MISFITS = [
    lambda: operator.itemgetter(1)(),
    lambda: operator.itemgetter(1)([1, 2], 3),
    lambda: operator.attrgetter("real")(),
    lambda: operator.attrgetter("real")(1, key=2),
    lambda: operator.methodcaller("upper")(),
    lambda: len(),
    lambda: len([], 1),
    lambda: isinstance(1),
    lambda: getattr(1),
    lambda: getattr(sys, 1),
    lambda: getattr(1, b"real", 2),
    lambda: hasattr(sys, 1),
    lambda: bool(x=10),
    lambda: bool(1, 2),
    lambda: list(sequence=[]),
    lambda: list([1], [2]),
    lambda: tuple(sequence=()),
    lambda: dict([], []),
    lambda: dict(42),
    lambda: set([], []),
    lambda: next(),
    lambda: iter([], 1, 2),
    lambda: any([], 1),
    lambda: sorted([1], 2),
    lambda: max(),
    lambda: max(1, 2, default=3),
    lambda: {}.get(),
    lambda: {}.get(1, 2, 3),
    lambda: {}.setdefault(),
    lambda: {}.pop(),
    lambda: {}.popitem(1),
    lambda: [].append(),
    lambda: [].append(1, 2),
    lambda: [1].insert(0),
    lambda: [].pop(1, 2),
    lambda: [].count(),
    lambda: [].index(),
    lambda: [1].sort(None),
    lambda: (1,).count(),
    lambda: {1}.add(),
    lambda: {1}.issubset(),
    lambda: {1}.discard(1, 2),
    lambda: set.add(0, 1),
    lambda: list.append({}, 1),
    lambda: super(1, int),
    lambda: super(int, "x"),
    lambda: super(),
    lambda: [1][::0],
    lambda: "abc"[::0],
    lambda: (1, 2)[::0],
]


@pytest.mark.parametrize("number", range(len(MISFITS)))
def test_a_call_that_does_not_fit_is_refused_in_cpythons_words(number):
    misfit = MISFITS[number]

    def f(x):
        return x + 1, refused(misfit)

    plain = f(paddle.ones([2]))[1]
    compiled = paddlefx.optimize(f)
    assert compiled(paddle.ones([2]))[1] == plain
    assert compiled(paddle.ones([2]))[1] == plain
    assert paddlefx.stats().get("fallbacks", 0) == 0


@pytest.fixture(autouse=True)
def counted():
    paddlefx.reset()
    yield
    paddlefx.reset()


class Disguised:
    """Says that it is an int, and counts who asks."""

    asked = 0

    @property
    def __class__(self):
        type(self).asked += 1
        return int


class Watched:
    """Notes every attribute that is read."""

    log = []

    def __getattribute__(self, name):
        Watched.log.append(name)
        return object.__getattribute__(self, name)


def test_capture_asks_no_object_for_its_class():
    def f(x, thing):
        held = [thing]
        return x + 1, isinstance(thing, str), held[0] is thing

    def g(x, thing):
        thing.color = 3
        return x + thing.color

    for function, cls in ((f, Disguised), (g, Watched)):
        compiled = paddlefx.optimize(function)
        counts = []
        for one in (function, compiled, compiled):
            Disguised.asked = 0
            Watched.log.clear()
            thing = object.__new__(cls)
            one(paddle.ones([2]), thing)
            counts.append((Disguised.asked, Watched.log[:]))
        assert counts[0] == counts[1] == counts[2]


def test_tuples_that_cpython_gives_back_are_the_very_objects():
    def f(x, given):
        made = (x, 1)
        same = [tuple(made) is made, made * 1 is made, made[:] is made, made + () is made]
        same += [() + given is given, tuple(given) is given, made * 2 is made]
        return x + 1, same, [made] * 2, type(given[:])

    versus(f, [lambda: (paddle.ones([2]), (1, 2))] * 2)


def test_numbers_that_may_not_be_written_and_sequences_too_long_to_hold():
    huge = 10**6000

    def f(x, number):
        return x + 1, number > 5, refused(lambda: str(number)), refused(lambda: [1] * (1 << 62))

    versus(f, [lambda: (paddle.ones([2]), huge)] * 2)


class Sized(int):
    def __index__(self):
        return 42


def test_int_of_a_subclass_is_its_value():
    def f(x, one):
        return x + int(one), int(one), [0] * 50 if one else None

    versus(f, [lambda: (paddle.ones([2]), Sized(7))] * 2)


def test_keywords_of_a_class_derived_from_tuple():
    class Plain(tuple):  # noqa: SLOT001
        pass

    class Named(tuple):  # noqa: SLOT001
        def __new__(cls, items, note=None):
            self = super().__new__(cls, items)
            self.note = note
            return self

    def f(x):
        named = Named([1, 2], note=3)
        return x + 1, refused(lambda: Plain(sequence=())), list(named), named.note

    versus(f, [lambda: (paddle.ones([2]),)] * 2)


def test_the_lines_of_a_code_object():
    code = refused.__code__

    def f(x):
        lines = list(code.co_lines()) if hasattr(code, "co_lines") else []
        return x + 1, lines

    versus(f, [lambda: (paddle.ones([2]),)] * 2)


def test_super_looks_at_what_the_first_parameter_is_bound_to():
    class Base:
        def told(self):
            return type(self).__name__

    class Derived(Base):
        def deleted(self):
            del self
            return super()

        def rebound(self, other):
            self = other
            return super().told()

    class Further(Derived):
        pass

    def f(x):
        return x + 1, Derived().rebound(Further()), refused(lambda: Derived().deleted())

    versus(f, [lambda: (paddle.ones([2]),)] * 2)
    versus(Derived.deleted, [lambda: (Derived(),)])


class NoAdd:
    __iadd__ = None
    __add__ = None
    __iter__ = None
    __contains__ = None
    __call__ = None

    def __radd__(self, other):
        return 1


class Adds(NoAdd):
    def __add__(self, other):
        return 5


def test_a_special_method_that_is_none_is_refused():
    def f(x, one):
        def add():
            value = one
            value += 1
            return value

        results = [refused(add), refused(lambda: one + one), refused(lambda: list(one))]
        results += [refused(lambda: 1 in one), refused(lambda: one(2))]
        return x + 1, results

    for one in (NoAdd(), Adds()):
        plain = f(paddle.ones([2]), one)[1]
        assert paddlefx.optimize(f)(paddle.ones([2]), one)[1] == plain


def test_methods_of_callables_without_a_name():
    class Called:
        def __call__(self, receiver):
            return receiver

    class Own:
        def plain(self):
            return 1

        renamed = plain

    method = types.MethodType(Called(), 7)

    def f(x):
        return x + method(), Own().renamed.__name__, refused(lambda: method.__name__)

    versus(f, [lambda: (paddle.ones([2]),)] * 2)


def test_functions_are_given_other_parts():
    def other():
        return 3

    def f(x):
        def made():
            return None

        first = made()
        made.__code__ = other.__code__
        second = made()
        return x + 1, first, second, made.__name__

    def defaults(x):
        def made(a=1, *, b=2):
            return a, b

        before = made()
        made.__defaults__ = (5,)
        made.__kwdefaults__ = {"b": 6}
        return x + 1, before, made()

    def names(x):
        def made():
            return 1

        made.__name__ = "another"
        made.mark = 4
        return x + 1, made.__name__, made.mark, refused(lambda: setattr(made, "__name__", 7))

    for function in (f, defaults, names):
        versus(function, [lambda: (paddle.ones([2]),)] * 2)


def unbound_cell(x):
    x = x + 1
    try:
        print(y)  # noqa: F821
    except UnboundLocalError as error:
        told = str(error)
    try:
        del y  # noqa: F821
    except UnboundLocalError as error:
        told += str(error)

    def inner():
        return y

    y = 1
    return x + inner(), told


def emptied_cell(x):
    y = 1

    def inner():
        return y

    cell = inner.__closure__[0]
    print("a break")
    del cell.cell_contents
    try:
        print(y)
    except NameError as error:
        told = type(error), str(error)
    y = 2
    return x + y, told


def raises_unbound(x):
    print(y)  # noqa: F821

    def inner():
        return y

    y = 1
    return inner


def test_a_variable_in_a_cell_of_the_frames_own_is_a_local_where_it_is_unbound():
    for function in (unbound_cell, emptied_cell):
        versus(function, [lambda: (paddle.ones([2]),)] * 2)
    expected = refused(lambda: raises_unbound(1))
    compiled = paddlefx.optimize(raises_unbound)
    assert refused(lambda: compiled(paddle.ones([2]))) == expected
    assert expected[0] is UnboundLocalError


def test_comprehensions_give_back_all_names_that_they_use():
    def f(x):
        k, v = "k", "v"
        made = {k: v for v in range(3) for k in range(v)}
        nested = [(k, v) for k in range(2) for v in [j for j in range(k + 1)]]
        print("a break")
        again = {k: v for v in range(3) for k in range(v)}
        return x + 1, made, nested, again, k, v

    versus(f, [lambda: (paddle.ones([2]),)] * 2)


class Slotted:
    __slots__ = ("slot",)


class Sneaky:
    __slots__ = ("other", "shadow")
    borrowed = Slotted.slot


def test_a_slot_of_another_class_is_refused():
    def f(x, one):
        return x + 1, refused(lambda: one.borrowed), refused(lambda: Slotted.slot.__get__(one))

    versus(f, [lambda: (paddle.ones([2]), Sneaky())] * 2)


def test_bound_slots_of_c_are_method_wrappers():
    def f(x, one):
        wrapper, method = one.__init__, one.__reduce__
        return (
            x + 1,
            type(wrapper),
            type(method),
            wrapper.__name__,
            isinstance(wrapper, types.MethodWrapperType),
        )

    def kept(x, one):
        wrapper = one.__init__
        return x + 1, wrapper

    one = Adds()
    versus(f, [lambda: (paddle.ones([2]), one)] * 2)
    held = paddlefx.optimize(kept)(paddle.ones([2]), one)[1]
    assert type(held) is types.MethodWrapperType
    assert held == one.__init__


def test_importing_a_submodule_of_a_package_imports_it(tmp_path, monkeypatch):
    package = tmp_path / "package_of_submodules"
    package.mkdir()
    (package / "__init__.py").write_text("present = 1\n")
    (package / "inner.py").write_text("value = 5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import package_of_submodules

    def f(x):
        from package_of_submodules import inner, present

        return x + inner.value + present

    assert "inner" not in vars(package_of_submodules)
    compiled = paddlefx.optimize(f)
    assert compiled(paddle.ones([2])).tolist() == [7.0, 7.0]
    assert compiled(paddle.ones([2])).tolist() == [7.0, 7.0]


class Base:
    """Something that ``super()`` looks in."""


class Looking(Base):
    def class_of_super(self):
        return super().__class__

    def own_attributes(self):
        return super().__thisclass__, super().__self_class__

    def after_deletion(self):
        del self
        return super().__init__


@pytest.mark.parametrize("name", ["class_of_super", "own_attributes", "after_deletion"])
def test_what_super_objects_answer_themselves(name):
    def f(x, looking):
        x = x + 1
        return getattr(looking, name)(), x

    versus(f, [lambda: (paddle.ones([2]), Looking())] * 2)


def test_an_empty_cell_has_no_contents():
    def f(x, cell):
        try:
            return cell.cell_contents
        except ValueError as error:
            return x + 1, str(error)

    compiled = paddlefx.optimize(f)
    for _ in range(2):
        value, told = compiled(paddle.ones([2]), types.CellType())
        assert (value.tolist(), told) == ([2.0, 2.0], "Cell is empty")


@pytest.mark.parametrize("kind", [list, tuple, collections.deque])
@pytest.mark.parametrize("added", [operator.add, operator.iadd], ids=["add", "iadd"])
def test_a_tensor_refuses_to_be_added_to_a_sequence(kind, added):
    def f(x):
        items = kind([1])
        return added(items, x * 2)

    versus(f, [lambda: (paddle.ones([2]),)] * 2)


def nested(depth):
    kinds = (int,)
    for _ in range(depth):
        kinds = (kinds, float)
    return kinds


@pytest.mark.parametrize("depth", [3, 19, 20, 30])
def test_classes_in_tuples_in_each_other(depth):
    def function(x):
        kinds = nested(depth)
        asked = isinstance(1, kinds), isinstance("", kinds), isinstance(1.5, kinds)
        return x + 1, asked, issubclass(bool, kinds), issubclass(str, kinds)

    versus(function, [lambda: (paddle.ones([2]),)] * 2)


def test_tuples_of_classes_deeper_than_the_stack():
    def function(x):
        y, kinds = x + 1, (str,)
        for _ in range(100_000):
            kinds = (kinds,)
        try:
            isinstance("", kinds)
        except RecursionError:
            return y * 2
        return y

    versus(function, [lambda: (paddle.ones([2]),)] * 2)


class Keywords:
    """A mapping that isn't a dict: the call asks it for its keys."""

    def __init__(self, **items):
        self.items = items

    def keys(self):
        return list(self.items)

    def __getitem__(self, key):
        return self.items[key]


def given(*args, **kwargs):
    return args, kwargs


@pytest.mark.parametrize("kept", [False, True], ids=["in a try", "with values below"])
@pytest.mark.parametrize(
    "one, two",
    [
        ({"a": 1}, {"b": 2}),
        ({"a": 1}, {"a": 2}),
        (Keywords(a=1), Keywords(b=2)),
        (Keywords(a=1), Keywords(a=2)),
        (Keywords(a=1), {1: 2}),
        ({"a": 1}, 5),
    ],
)
def test_a_break_where_keywords_are_put_together(kept, one, two):
    """The instruction tells the name of the function, which it finds below the arguments."""

    def caught(x):
        y = x + 1
        try:
            return y, given(*[1], **one, **two), y * 2
        except TypeError as error:
            return y, str(error)

    def with_values_below(x):
        y = x + 1
        return [y, given(*[1], **one, **two), y * 2]

    counts = versus(with_values_below if kept else caught, [lambda: (paddle.ones([2]),)] * 3)
    assert counts["fallbacks"] == 0


def test_the_truth_of_not_implemented():
    """It warns at each call from 3.9 on."""

    def function(x):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            found = [bool(NotImplemented), not NotImplemented, NotImplemented and 3]
            if NotImplemented:
                found.append("yes")
            found.append(any([NotImplemented]))
        return x + 1, found, [str(item.message) for item in seen]

    versus(function, [lambda: (paddle.ones([2]),)] * 3)


class Unnamed(type):
    __qualname__ = "Unnamed"

    @property
    def __module__(self):
        raise ZeroDivisionError


def test_a_class_whose_metaclass_fails_to_tell_its_module():
    cls = Unnamed("cls", (), {"__qualname__": "cls"})

    def function(x):
        return x + 1, isinstance(cls(), cls), cls.__name__, type(cls()) is cls

    versus(function, [lambda: (paddle.ones([2]),)] * 2)
