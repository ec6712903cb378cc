"""Names and parameters of single modules: each shim beside the real one, where there is one."""

from __future__ import annotations

import abc
import email.errors
import inspect
import keyword
import locale
import os
import pathlib
import platform
import re
import shutil
import sys
import sysconfig
import traceback
import unittest
import warnings
import zlib
from typing import Any, List

import pytest

from downgrade import downgrade
from downgrade.runtime import (
    compression,
    inspection,
    later_errors,
    locales,
    module_contexts,
    platforms,
    removal,
    tracebacks,
    warning_filters,
)


def same_as(module: Any, name: str, mine: Any) -> None:
    """Where the real name is, it is equal."""
    if hasattr(module, name):
        assert getattr(module, name) == mine


def test_of_the_platform() -> None:
    same_as(sys, "platlibdir", platforms.platlibdir)
    real: Any = getattr(sysconfig, "get_default_scheme", None)
    assert platforms.get_default_scheme() in sysconfig.get_scheme_names()
    assert real is None or real() == platforms.get_default_scheme()
    for name in ("android_ver", "ios_ver"):
        mine, real = getattr(platforms, name), getattr(platform, name, None)
        assert not any(mine())
        for given in [(), ("a",), ("a", "b", "c")]:
            assert real is None or (real(*given), repr(real(*given))) == (
                mine(*given),
                repr(mine(*given)),
            )


def test_the_encoding_of_the_locale() -> None:
    real: Any = getattr(locale, "getencoding", None)
    assert "x".encode(locales.getencoding()) == b"x"
    assert real is None or real() == locales.getencoding()


def test_soft_keywords_are_those_of_3_8() -> None:
    assert inspection.softkwlist == [] and not inspection.issoftkeyword("match")
    assert keyword.iskeyword("if")


def test_flags_and_questions() -> None:
    assert re.compile("a", inspection.NOFLAG).flags == re.compile("a").flags
    same_as(re, "NOFLAG", inspection.NOFLAG)
    real: Any = getattr(inspect, "ismethodwrapper", inspection.ismethodwrapper)
    for one in ("a".__str__, str.__str__, len, "a".upper, 1):
        assert inspection.ismethodwrapper(one) == real(one)
    assert inspection.ismethodwrapper("a".__str__)


@pytest.mark.parametrize(
    "update", [inspection.update_abstractmethods, getattr(abc, "update_abstractmethods", None)]
)
def test_abstract_methods(update: Any) -> None:
    if update is None:
        return

    class A(abc.ABC):
        @abc.abstractmethod
        def f(self) -> None: ...

    class B(A): ...

    cls: Any = B
    cls.f = lambda self: None
    with pytest.raises(TypeError):
        cls()
    assert update(cls) is cls and cls() is not None
    cls.g = abc.abstractmethod(lambda self: None)
    assert update(cls).__abstractmethods__ == {"g"}
    assert update(int) is int


def test_errors() -> None:
    same_as(re, "PatternError", later_errors.PatternError)
    with pytest.raises(later_errors.PatternError):
        re.compile("(")
    for name in ("HeaderWriteError", "InvalidDateDefect"):
        real, mine = getattr(email.errors, name, None), getattr(later_errors, name)
        assert real is None or real.__bases__ == mine.__bases__
    error = later_errors.attribute_error("text", name="a", obj=3)
    assert type(error) is AttributeError and str(error) == "text"
    assert (error.name, error.obj, error.args) == ("a", 3, ("text",))
    assert later_errors.attribute_error().name is None
    error = later_errors.name_error("text", name="a")
    assert type(error) is NameError and (error.name, error.args) == ("a", ("text",))
    with pytest.raises(TypeError):
        later_errors.name_error("text", obj=1)


def test_filters_inside() -> None:
    kinds = [warning_filters.catch_warnings]
    if sys.version_info >= (3, 11):
        kinds.append(warnings.catch_warnings)
    for kind in kinds:
        before = warnings.filters[:]
        with kind(record=True, action="error", category=UserWarning) as log:
            with pytest.raises(UserWarning):
                warnings.warn("one", UserWarning, stacklevel=1)
        assert log == [] and warnings.filters == before
        with kind(record=True, action="always") as log:
            warnings.warn("one", DeprecationWarning, stacklevel=1)
        assert [str(one.message) for one in log] == ["one"]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with kind(action="ignore", category=UserWarning, append=True):
                with pytest.raises(UserWarning):
                    warnings.warn("behind the others", UserWarning, stacklevel=1)
        with kind() as log:
            assert log is None and warnings.filters == before
    assert issubclass(warning_filters.catch_warnings, warnings.catch_warnings)


def test_removal(tmp_path: pathlib.Path) -> None:
    said: List[Any] = []

    def onexc(function: Any, path: Any, error: Any) -> None:
        said.append((os.path.basename(path), type(error)))

    removal.rmtree(tmp_path / "nothing", onexc=onexc)
    assert said[0] == ("nothing", FileNotFoundError)
    mine = list(said)
    said.clear()
    if sys.version_info >= (3, 12):
        shutil.rmtree(tmp_path / "nothing", onexc=onexc)
        assert said == mine
    with pytest.raises(FileNotFoundError):
        removal.rmtree(tmp_path / "nothing")
    removal.rmtree(tmp_path / "nothing", True)
    (tmp_path / "a" / "b").mkdir(parents=True)
    removal.rmtree(tmp_path / "a", onexc=onexc)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("wbits", [15, 9, -15, 31])
def test_compression(wbits: int) -> None:
    data = b"abc" * 100
    packed = compression.zlib_compress(data, wbits=wbits)
    assert zlib.decompress(packed, wbits) == data
    if sys.version_info >= (3, 11):
        assert zlib.compress(data, wbits=wbits) == packed
    assert compression.zlib_compress(data, 9) == zlib.compress(data, 9)


def test_contexts_of_modules() -> None:
    said: List[str] = []

    class Manager:
        def __enter__(self) -> int:
            said.append("in")
            return 3

        def __exit__(self, *error: object) -> None:
            said.append(f"out {error}")

    assert module_contexts.enterModuleContext(Manager()) == 3
    unittest.case.doModuleCleanups()  # type: ignore[attr-defined]
    assert said == ["in", "out (None, None, None)"]
    with pytest.raises(TypeError, match="context manager protocol"):
        module_contexts.enterModuleContext(3)


def test_tracebacks_of_errors() -> None:
    try:
        raise ValueError("one") from KeyError("two")
    except ValueError as error:
        real = traceback.TracebackException(type(error), error, error.__traceback__)
        mine = tracebacks.TracebackException(type(error), error, error.__traceback__, compact=True)
        assert list(mine.format()) == list(real.format())
        assert isinstance(mine, traceback.TracebackException)


def test_they_are_written() -> None:
    text = (
        "import re, warnings, shutil, locale\n\ntry: re.compile('(')\nexcept re.PatternError: pass\n"
        "with warnings.catch_warnings(action='ignore'): shutil.rmtree(a, onexc=f)\n"
        "raise AttributeError(locale.getencoding(), name=1, obj=2)\n"
    )
    result = downgrade(text, (3, 8))
    assert result.ok and result.text == (
        "import _downgrade; import re, warnings, shutil, locale\n\n"
        "try: re.compile('(')\nexcept _downgrade.PatternError: pass\n"
        "with _downgrade.catch_warnings(action='ignore'): _downgrade.rmtree(a, onexc=f)\n"
        "raise _downgrade.attribute_error(_downgrade.getencoding(), name=1, obj=2)\n"
    )
