"""``_C.uncollected``: a call with the garbage collector off, and nothing left switched."""

from __future__ import annotations

import gc

import pytest

from paddlefx import _C


def both(first, second):
    return gc.isenabled(), first, second


def test_the_collector_is_off_in_the_call_and_on_behind_it():
    assert gc.isenabled()
    assert _C.uncollected(both, 1, 2) == (False, 1, 2)
    assert gc.isenabled()


def test_it_stays_off_where_it_was():
    gc.disable()
    try:
        assert _C.uncollected(both, 1, 2) == (False, 1, 2)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_exception_comes_through():
    with pytest.raises(ZeroDivisionError):
        _C.uncollected(lambda: 1 / 0)
    assert gc.isenabled()
    with pytest.raises(TypeError, match="takes a callable"):
        _C.uncollected()
    assert gc.isenabled()


def test_one_in_another():
    assert _C.uncollected(lambda: _C.uncollected(both, 1, 2)) == (False, 1, 2)
    assert gc.isenabled()
