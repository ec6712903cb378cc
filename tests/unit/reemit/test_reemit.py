"""``reemit``, ``reemitted`` and ``reemit_loaded``: nothing but the code is new."""

from __future__ import annotations

import functools
import types
import weakref

import pytest

from paddlefx.errors import DecodeError, ReemitError
from paddlefx.reemit import Reemitter, reemit
from paddlefx.reemit import functions as module_under_test
from paddlefx.reemit.functions import reemit_loaded, reemitted
from tests.support.code_objects import codes

SOURCE = """
def outer(n):
    class Inner:
        def method(self):
            return [k * n for k in range(3)]
    return Inner().method(), (lambda: n)()
result = outer(2)
"""


def compiled(source=SOURCE, name="somewhere.py"):
    return compile(source, name, "exec")


def test_every_nested_code_object_is_a_new_one():
    code = compiled()
    again = Reemitter()
    made = again(code)
    old = {id(one) for one in codes(code)}
    new = list(codes(made))
    assert len(new) == len(old) == again.codes
    assert not old & {id(one) for one in new}
    namespace = {}
    exec(made, namespace)
    assert namespace["result"] == ([0, 2, 4], 2)


def test_a_code_object_is_made_again_once():
    code = compiled()
    again = Reemitter()
    made = again(code)
    assert again(code) is made
    assert again(made) is made
    (inner,) = (c for c in code.co_consts if isinstance(c, types.CodeType))
    assert again(inner) in made.co_consts


def test_no_code_object_is_kept_alive():
    again = Reemitter()
    code = compiled()
    made = again(code)
    alive = weakref.ref(code), weakref.ref(made), weakref.ref(made.co_consts[0])
    del code
    assert [one() is None for one in alive] == [True, False, False]
    assert again(made) is made
    del made
    assert [one() for one in alive] == [None, None, None]
    assert not again._known


def test_equal_code_of_two_files_stays_two():
    again = Reemitter()
    one, other = again(compiled(name="one.py")), again(compiled(name="other.py"))
    assert (one.co_filename, other.co_filename) == ("one.py", "other.py")


def test_a_fault_names_module_and_code_object(monkeypatch):
    def refuse(code, table):
        if code.co_name == "method":
            raise DecodeError("no such thing", lineno=5)
        return plain(code, table)

    plain = Reemitter.__call__.__globals__["decode"]
    monkeypatch.setitem(Reemitter.__call__.__globals__, "decode", refuse)
    with pytest.raises(ReemitError) as caught:
        Reemitter()(compiled(), "package.module")
    assert "package.module: " in caught.value.reason
    assert "method can't be emitted again: no such thing" in caught.value.reason
    assert (caught.value.filename, caught.value.lineno) == ("somewhere.py", 5)
    assert isinstance(caught.value.__cause__, DecodeError)


def test_a_fault_that_is_no_error_of_ours_is_told_too(monkeypatch):
    def broken(program, code, table):
        raise KeyError("slot")

    monkeypatch.setitem(Reemitter.__call__.__globals__, "emit", broken)
    with pytest.raises(ReemitError, match=r"KeyError\('slot'\)"):
        reemit(compiled("pass"))


def make(step):
    def counted(a, /, b: int = 2, *args, c=3, **more) -> list:
        """Counts."""
        return [a, b, args, c, more, step]

    counted.attribute = "kept"
    return counted


def test_a_function_keeps_all_but_its_code():
    plain = make(5)
    again = reemitted(plain)
    assert again is not plain
    assert again.__code__ is not plain.__code__
    for name in (
        "__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__",
        "__closure__", "__globals__", "__annotations__", "__dict__",
    ):  # fmt: skip
        assert getattr(again, name) == getattr(plain, name), name
    assert getattr(again, "__type_params__", None) == getattr(plain, "__type_params__", None)
    assert again.__globals__ is plain.__globals__
    assert again(1, 4, 6, c=7, d=8) == plain(1, 4, 6, c=7, d=8) == [1, 4, (6,), 7, {"d": 8}, 5]
    again.attribute = "changed"
    assert plain.attribute == "kept"


def test_a_changed_function_keeps_its_changes():
    plain = make(0)
    plain.__doc__, plain.__name__, plain.__qualname__ = "Other.", "other", "Some.other"
    again = reemitted(plain)
    assert (again.__doc__, again.__name__, again.__qualname__) == ("Other.", "other", "Some.other")


def test_a_class_gets_new_code_in_place():
    class Base:
        def value(self):
            return 1

    class Derived(Base):
        constant = len

        def value(self):
            return super().value() + 1

        @staticmethod
        def static():
            return "static"

        @classmethod
        def of(cls):
            return cls

        @property
        def read(self):
            return self.value()

        @functools.lru_cache
        def wrapped(self):
            return "wrapped"

    members = vars(Derived)
    parts = {
        "value": members["value"],
        "static": members["static"].__func__,
        "of": members["of"].__func__,
        "read": members["read"].fget,
        "wrapped": members["wrapped"].__wrapped__,
    }
    before = {name: part.__code__ for name, part in parts.items()}
    assert reemitted(Derived) is Derived
    assert all(part.__code__ is not before[name] for name, part in parts.items())
    made = Derived()
    assert (made.value(), made.read, Derived.static(), Derived.of()) == (2, 2, "static", Derived)
    assert made.wrapped() == "wrapped"


def test_what_has_no_code_is_refused():
    with pytest.raises(TypeError, match="a Python function or a class"):
        reemitted(len)


def test_loaded_functions_get_new_code_and_share_it():
    namespace = {"__name__": "only_here"}
    exec("def one():\n def two(): return 2\n return two", namespace)
    one = namespace["one"]
    two, twin = one(), one()
    before = one.__code__, two.__code__
    again = Reemitter()
    assert reemit_loaded("only_here".__eq__, again) == 3
    assert one.__code__ is not before[0]
    assert two.__code__ is not before[1]
    assert two.__code__ is twin.__code__ is one().__code__
    assert again.codes == 2
    assert (two(), one()()) == (2, 2)


def test_only_wanted_functions_get_new_code():
    before = module_under_test.reemitted.__code__
    assert reemit_loaded(lambda module: False) == 0
    assert module_under_test.reemitted.__code__ is before
