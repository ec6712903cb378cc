"""The stand-ins for ``compile``, ``exec`` and ``eval``: as the originals, and re-emitted."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import traceback

import pytest

from paddlefx import _C
from paddlefx.reemit.imports import ReemitHook

GLOBAL = "global"


@pytest.fixture
def hook():
    with ReemitHook(builtin=True) as hook:
        yield hook


def test_each_gives_re_emitted_code(hook):
    counts = [hook.again.codes]
    made = compile("1 + 1", "file", "eval")
    counts.append(hook.again.codes)
    namespace = {}
    exec("def f(): return 5", namespace)
    counts.append(hook.again.codes)
    assert eval("f() + 1", namespace) == 6
    counts.append(hook.again.codes)
    assert eval(made) == 2
    counts.append(hook.again.codes)
    assert [after - before for before, after in zip(counts, counts[1:])] == [1, 2, 1, 0]
    assert hook.again(namespace["f"].__code__) is namespace["f"].__code__


@pytest.mark.parametrize("source", ["a = x", b"a = x", bytearray(b"a = x"), memoryview(b"a = x")])
def test_whatever_holds_source(hook, source):
    before = hook.again.codes
    namespace = {"x": 1}
    exec(source, namespace)
    assert namespace["a"] == 1
    assert hook.again.codes == before + 1


@pytest.mark.parametrize("source", [" \t x", b"\t x"])
def test_eval_ignores_blanks_in_front(hook, source):
    assert eval(source, {"x": 1}) == 1


def test_they_run_where_they_are_called(hook):
    x = 1
    assert eval("x") == 1
    assert eval("GLOBAL") == "global"

    class Body:
        exec("inside = GLOBAL")

    assert Body.inside == "global"
    assert eval("y", {}, {"y": 2}) == 2


def test_future_statements_of_the_caller_count(hook):
    # This file's own: annotations stay strings.
    namespace = {}
    exec("def f(x: undefined): pass", namespace)
    assert namespace["f"].__annotations__ == {"x": "undefined"}
    code = compile("def f(x: undefined): pass", "", "exec", dont_inherit=True)
    assert "undefined" in code.co_names or any(
        "undefined" in const.co_names for const in code.co_consts if hasattr(const, "co_names")
    )


def test_a_syntax_tree_passes(hook):
    tree = compile("1 + 1", "", "eval", ast.PyCF_ONLY_AST)
    assert isinstance(tree, ast.Expression)
    assert eval(compile(tree, "", "eval")) == 2


def test_they_show_no_frame(hook):
    with pytest.raises(ZeroDivisionError) as caught:
        exec("1 / 0")
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names == ["test_they_show_no_frame", "<module>"]
    with pytest.raises(SyntaxError) as caught:
        exec("1 /")
    assert len(traceback.extract_tb(caught.value.__traceback__)) == 1


def test_tracers_do_not_see_the_translation(hook):
    seen = []

    def tracer(frame, event, arg):
        seen.append(frame.f_code.co_filename)
        return tracer

    previous = sys.gettrace()
    sys.settrace(tracer)
    try:
        exec("x = 1\ny = 2")
    finally:
        sys.settrace(previous)
    assert "<string>" in seen
    assert set(seen) == {"<string>"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: exec(),
        lambda: exec(1),
        lambda: exec("x = 1", 5),
        lambda: eval("1", [], {}),
        lambda: exec("x = 1", {}, 5),
        lambda: exec("a\0b"),
        lambda: eval("x = 1"),
        lambda: eval(memoryview(b"a b")),
        lambda: exec("x = 1", nothing=2),
        lambda: compile("1"),
    ],
)
def test_errors_are_the_originals(call):
    def error():
        with pytest.raises(Exception) as caught:
            call()
        return type(caught.value), str(caught.value)

    plain = error()
    with ReemitHook(builtin=True):
        assert error() == plain


def test_they_look_like_the_originals():
    originals = compile, exec, eval
    with ReemitHook(builtin=True):
        for plain, made in zip(originals, (compile, exec, eval)):
            assert made is not plain
            assert type(made) is type(plain)
            assert repr(made) == repr(plain)
            assert made.__doc__ == plain.__doc__
            assert made.__module__ == plain.__module__
            assert inspect.signature(made) == inspect.signature(plain)
    assert (builtins.compile, builtins.exec, builtins.eval) == originals


def test_an_error_of_the_transform_is_raised():
    def refuse(code):
        raise LookupError("refused")

    made_compile, made_exec, made_eval = _C.transforming_builtins(refuse)
    for call in (
        lambda: made_compile("1", "", "eval"),
        lambda: made_exec("1"),
        lambda: made_eval("1"),
    ):
        with pytest.raises(LookupError, match="refused"):
            call()
    assert made_eval(compile("1", "", "eval")) == 1


def test_they_stay_when_the_originals_come_back():
    """Found by test_imp: what starts a sub-interpreter fills ``builtins`` from a copy."""
    original = builtins.exec
    with ReemitHook(builtin=True):
        before = sys.getrefcount(builtins)
        builtins.exec = original
        assert sys.getrefcount(builtins) == before
    assert builtins.exec is original


def test_a_recursion_that_ends_in_the_transform_is_no_fault(hook):
    """Found by test_runpy: the program's recursion, which it catches, is not ours."""

    def deeper():
        exec("deeper()", {"deeper": deeper})

    with pytest.raises(RecursionError):
        deeper()
    assert hook.failures == []


def test_no_references_are_lost():
    kept = []

    def transform(code):
        return code

    made_compile, made_exec, made_eval = _C.transforming_builtins(transform)
    source, namespace = "value + 0 # " + "x" * 50, {"value": 10**20}

    def use():
        for _ in range(50):
            made_exec(source, namespace)
            made_eval(" " + source, namespace)
            made_eval(bytearray(source, "ascii"), namespace)
            made_compile(source, "file", "exec")
            for wrong in (lambda: made_exec("1 +"), lambda: made_eval("1", 5), lambda: made_exec()):
                try:
                    wrong()
                except (SyntaxError, TypeError):
                    pass

    use()
    objects = source, namespace, transform, namespace["value"]
    before = [sys.getrefcount(one) for one in objects]
    use()
    assert [sys.getrefcount(one) for one in objects] == before
    assert not kept
