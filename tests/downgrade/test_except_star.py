"""``except*`` lowered: programs print what they print on 3.11 and later, where it is native."""

from __future__ import annotations

import contextlib
import io
import textwrap
from typing import Any, Dict

import pytest

from downgrade import runtime

#: The lowered text of programs; the printed lines were checked against CPython 3.12's except*.
HANDLERS = """
    import sys
    def run(body, *, again=False, other=None):
        with D.ExceptStar() as star:
            body()
        with star.block, star(star.active and ValueError) as e:
            print("V", type(e).__name__, e.exceptions, sys.exc_info()[1] is e)
            if again: raise
            if other: raise other
        with star.last, star(star.active and (TypeError, OSError)) as e:
            print("T", e.exceptions)
    def attempt(*args, **kw):
        try:
            run(*args, **kw)
        except BaseException as e:
            print("out", repr(e), repr(e.__context__))
        else:
            print("none")
        print(sys.exc_info()[1])
"""


def output(code: str) -> str:
    """What a program prints that finds the emitted module as ``D``."""
    module: Dict[str, Any] = {"__name__": "_downgrade"}
    exec(compile(runtime.assemble(["ExceptStar"]), "_downgrade.py", "exec"), module)
    group = module.get("BaseExceptionGroup")
    if group is None:
        import builtins

        group = builtins.BaseExceptionGroup  # type: ignore[attr-defined]
    space: Dict[str, Any] = {"D": type("D", (), module), "G": group}
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(textwrap.dedent(HANDLERS) + textwrap.dedent(code), space)
    return out.getvalue()


RAISE = "def raising(e):\n    def body(): raise e\n    return body\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("attempt(lambda: 1)", "none\nNone\n"),
        (
            "attempt(raising(ValueError(1)))",
            "V ExceptionGroup (ValueError(1),) True\nnone\nNone\n",
        ),
        (
            "attempt(raising(KeyError(1)))",
            "out KeyError(1) None\nNone\n",
        ),
        (
            "attempt(raising(G('g', [ValueError(1), TypeError(2), KeyError(3)])))",
            (
                "V ExceptionGroup (ValueError(1),) True\nT (TypeError(2),)\n"
                "out ExceptionGroup('g', [KeyError(3)]) None\nNone\n"
            ),
        ),
        (
            "attempt(raising(G('g', [ValueError(1), KeyError(3)])), again=True)",
            (
                "V ExceptionGroup (ValueError(1),) True\n"
                "out ExceptionGroup('g', [ValueError(1), KeyError(3)]) None\nNone\n"
            ),
        ),
        (
            "attempt(raising(G('g', [ValueError(1), TypeError(2)])), other=KeyError(3))",
            (
                "V ExceptionGroup (ValueError(1),) True\nT (TypeError(2),)\n"
                "out KeyError(3) ExceptionGroup('g', [ValueError(1)])\nNone\n"
            ),
        ),
        (
            "attempt(raising(G('g', [ValueError(1), KeyError(2)])), other=KeyError(3))",
            (
                "V ExceptionGroup (ValueError(1),) True\n"
                "out ExceptionGroup('', [KeyError(3), ExceptionGroup('g', [KeyError(2)])]) None\nNone\n"
            ),
        ),
    ],
)
def test_groups_and_what_is_raised(code: str, expected: str) -> None:
    assert output(RAISE + code) == expected


def test_types_that_cannot_be_caught() -> None:
    code = """
        def wrong(types, fail):
            try:
                with D.ExceptStar() as star:
                    if fail: raise ValueError
                with star.last, star(star.active and types):
                    print("not reached")
            except TypeError as e:
                print(e)
        for fail in (0, 1):
            wrong(G, fail)
            wrong(int, fail)
    """
    assert output(code) == (
        "catching ExceptionGroup with except* is not allowed. Use except instead.\n"
        "catching classes that do not inherit from BaseException is not allowed\n"
    )


def test_else_and_finally() -> None:
    code = """
        def run(body, otherwise):
            with D.ExceptStar() as star:
                body()
            with star.block, star(star.active and ValueError) as e:
                print("handler")
            with star.block, star.otherwise:
                print("else")
                otherwise()
            with star.end, star.cleanup:
                print("finally", repr(sys.exc_info()[1]))
        def attempt(*args):
            try:
                run(*args)
            except Exception as e:
                print(repr(e))
        def bad(e):
            raise e
        nothing = lambda: None
        attempt(nothing, nothing)
        attempt(lambda: bad(ValueError(1)), nothing)
        attempt(lambda: bad(KeyError(1)), nothing)
        attempt(nothing, lambda: bad(ValueError(2)))
        print(sys.exc_info()[1])
    """
    assert output(code) == (
        "else\nfinally None\n"
        "handler\nfinally None\n"
        "finally KeyError(1)\nKeyError(1)\n"
        "else\nfinally ValueError(2)\nValueError(2)\n"
        "None\n"
    )
