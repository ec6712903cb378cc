"""``ReemitHook``: imported modules run re-emitted code, and nothing else is different."""

from __future__ import annotations

import builtins
import cProfile
import importlib
import importlib.machinery
import importlib.util
import inspect
import marshal
import py_compile
import runpy
import sys
import traceback
import zipfile
import zipimport

import pytest

from paddlefx.errors import DecodeError, ReemitError
from paddlefx.reemit import Reemitter
from paddlefx.reemit.imports import ReemitHook
from tests.support.code_objects import codes

BODY = """
def function(x):
    return [x + k for k in range(3)]
class Klass:
    def method(self):
        return function(1)
"""
CODES = len(list(codes(compile(BODY, "", "exec"))))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory to import from; what is imported there is forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(place, name, body=BODY):
    path = place / f"{name}.py"
    path.write_text(body, "utf-8")
    importlib.invalidate_caches()
    return path


def is_made_by(hook, function):
    """Whether the hook made this function's code: asked again for it, it has nothing to do."""
    before = hook.again.codes
    return hook.again(function.__code__) is function.__code__ and hook.again.codes == before


def test_a_module_runs_what_was_emitted(place):
    write(place, "from_source")
    with ReemitHook() as hook:
        import from_source
    assert hook.modules == ["from_source"]
    assert hook.again.codes == CODES
    assert is_made_by(hook, from_source.function)
    assert is_made_by(hook, from_source.Klass.method)
    assert from_source.Klass().method() == [1, 2, 3]


def test_the_next_module_is_plain_again(place):
    write(place, "while_on")
    write(place, "when_off")
    originals = [
        vars(importlib.machinery.SourcelessFileLoader)["get_code"],
        vars(importlib.machinery.FrozenImporter)["exec_module"],
        *map(vars(builtins).get, ("compile", "exec", "eval")),
    ]
    hook = ReemitHook(builtin=True).install()
    import while_on

    hook.uninstall()
    import when_off

    assert is_made_by(hook, while_on.function)
    assert not is_made_by(hook, when_off.function)
    assert originals == [
        vars(importlib.machinery.SourcelessFileLoader)["get_code"],
        vars(importlib.machinery.FrozenImporter)["exec_module"],
        *map(vars(builtins).get, ("compile", "exec", "eval")),
    ]


@pytest.mark.parametrize("cached", [False, True])
def test_the_pyc_file_holds_the_compilers_code(place, monkeypatch, cached):
    path = write(place, "cached")
    if cached:
        py_compile.compile(str(path))
    emit = Reemitter.__call__.__globals__["emit"]
    monkeypatch.setitem(
        Reemitter.__call__.__globals__,
        "emit",
        lambda program, code, table: emit(program, code, table).replace(co_name="emitted"),
    )
    with ReemitHook(builtin=True):
        import cached as module
    assert module.function.__code__.co_name == "emitted"
    with open(importlib.util.cache_from_source(str(path)), "rb") as file:
        stored = marshal.loads(file.read()[16:])
    assert stored == compile(BODY, str(path), "exec", dont_inherit=True)
    assert "emitted" not in [code.co_name for code in codes(stored)]


def test_a_pyc_file_without_source(place):
    path = write(place, "sourceless")
    py_compile.compile(str(path), cfile=str(place / "sourceless.pyc"))
    path.unlink()
    importlib.invalidate_caches()
    with ReemitHook() as hook:
        import sourceless
    assert is_made_by(hook, sourceless.function)


def test_a_zip_archive(place, monkeypatch):
    with zipfile.ZipFile(place / "archive.zip", "w") as archive:
        archive.writestr("zipped.py", BODY)
    monkeypatch.syspath_prepend(str(place / "archive.zip"))
    with ReemitHook() as hook:
        import zipped
    assert hook.modules == ["zipped"]
    assert is_made_by(hook, zipped.function)


def test_a_frozen_module(place, monkeypatch):
    monkeypatch.delitem(sys.modules, "__hello__", raising=False)
    with ReemitHook() as hook:
        import __hello__
    assert hook.modules == ["__hello__"]
    assert hook.again.codes >= 1
    assert __hello__.__spec__.origin == "frozen"


def test_runpy_sees_it_too(place):
    write(place, "as_main", BODY + "made = function\n")
    with ReemitHook() as hook:
        found = runpy.run_module("as_main", run_name="__main__")
    assert is_made_by(hook, found["made"])


def test_specs_and_loaders_are_what_they_were(place):
    path = write(place, "plain_spec")
    finders, hooks = list(sys.meta_path), list(sys.path_hooks)
    with ReemitHook():
        assert (finders, hooks) == (sys.meta_path, sys.path_hooks)
        import plain_spec
    assert type(plain_spec.__loader__) is importlib.machinery.SourceFileLoader
    assert plain_spec.__loader__ == importlib.machinery.SourceFileLoader("plain_spec", str(path))
    assert plain_spec.__spec__.loader is plain_spec.__loader__
    assert inspect.getsource(plain_spec.function) in BODY


@pytest.mark.parametrize(
    "body",
    ["x = (\n", "import there_is_no_such_module\n", "1 / 0\n"],
    ids=["compiling", "importing", "running"],
)
def test_tracebacks_have_the_same_frames(place, body):
    write(place, "faulty", body)

    def frames():
        with pytest.raises((SyntaxError, ImportError, ZeroDivisionError)) as caught:
            import faulty  # noqa: F401 - it fails
        shown = traceback.extract_tb(caught.value.__traceback__)
        return type(caught.value), [(frame.filename, frame.name) for frame in shown]

    plain = frames()
    with ReemitHook(builtin=True):
        assert frames() == plain


def test_what_stands_in_importlib_is_of_its_modules():
    with ReemitHook():
        for stands_in in (
            importlib.machinery.SourceFileLoader.get_code,
            importlib.machinery.SourcelessFileLoader.get_code,
            importlib.machinery.FrozenImporter.exec_module,
            vars(zipimport)["_get_module_code"],
        ):
            assert stands_in.reemits
            name = stands_in.__globals__["__name__"]
            assert name == stands_in.__module__
            assert name.startswith("importlib._bootstrap") or name == "zipimport"
            assert stands_in.__code__.co_filename.startswith("<frozen ")


def test_profilers_and_tracers_do_not_see_the_translation(place):
    write(place, "profiled")
    seen = []

    def look(frame, event, arg):
        seen.append(frame.f_code.co_filename)
        return look

    with ReemitHook() as hook:
        profiler = cProfile.Profile()
        previous = sys.gettrace()
        sys.settrace(look)
        try:
            profiler.runcall(importlib.import_module, "profiled")
        finally:
            sys.settrace(previous)
    assert is_made_by(hook, sys.modules["profiled"].function)
    files = {getattr(entry.code, "co_filename", "") for entry in profiler.getstats()} | set(seen)
    assert str(place / "profiled.py") in files
    assert not [name for name in files if "paddlefx" in name]


def test_a_fault_fails_the_import_and_says_where(place, monkeypatch):
    write(place, "unlucky")

    def refuse(code, table):
        raise DecodeError("no such opcode")

    monkeypatch.setitem(Reemitter.__call__.__globals__, "decode", refuse)
    with ReemitHook() as hook:
        with pytest.raises(ReemitError, match="unlucky: <module> can't be emitted again: no such"):
            importlib.import_module("unlucky")
        assert "unlucky" not in sys.modules
    assert [type(error) for error in hook.failures] == [ReemitError]
    assert hook.modules == []


def test_only_wanted_modules(place):
    write(place, "wanted_one")
    write(place, "other_one")
    with ReemitHook(lambda module: module.startswith("wanted")) as hook:
        import other_one
        import wanted_one
    assert hook.modules == ["wanted_one"]
    assert not is_made_by(hook, other_one.function)
    assert wanted_one.function(0) == [0, 1, 2]


def test_modules_of_ours_are_left_alone():
    hook = ReemitHook()
    assert not hook.wanted("paddlefx")
    assert not hook.wanted("paddlefx.decode.machine")
    assert hook.wanted("paddlefxtra")


def test_one_hook_at_a_time():
    with ReemitHook(), pytest.raises(RuntimeError, match="installed already"):
        ReemitHook().install()


def test_loaded_functions_on_request(place):
    write(place, "was_loaded")
    import was_loaded

    plain = was_loaded.function.__code__
    with ReemitHook("was_loaded".__eq__) as hook:
        assert was_loaded.function.__code__ is plain
        assert hook.reemit_loaded() == 2
    assert was_loaded.function.__code__ is not plain
    assert was_loaded.Klass().method() == [1, 2, 3]
