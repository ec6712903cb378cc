"""The guard on what the frames around a call handle."""

from __future__ import annotations

from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.source import HandledSource


def test_nothing_is_handled() -> None:
    program = compile_guards([Guard(HandledSource(), GuardKind.IS, None, "user.py", 3)])
    assert program.check((), {})
    assert program.explain((), {}) is None
    try:
        raise KeyError("handled")
    except KeyError:
        assert not program.check((), {})
        told = program.explain((), {})
        assert told is not None and "the handled exception" in told
        try:
            raise ValueError("another")
        except ValueError:
            assert not program.check((), {})
    assert program.check((), {})


def test_a_generator_sees_what_its_caller_handles() -> None:
    program = compile_guards([Guard(HandledSource(), GuardKind.IS, None)])

    def asking() -> object:
        yield program.check((), {})
        try:
            raise KeyError
        except KeyError:
            yield program.check((), {})
        yield program.check((), {})

    made = asking()
    assert next(made)  # type: ignore[call-overload]
    assert not next(made)  # type: ignore[call-overload]
    try:
        raise ValueError
    except ValueError:
        assert not next(made)  # type: ignore[call-overload]
