"""What stands for an attribute of something that is a module, or something else."""

from __future__ import annotations

import datetime as dt
import os.path
import types

import pytest

from downgrade.runtime.module_attributes import attribute_of


def test_the_value_is_given_for_the_module_alone() -> None:
    other = types.SimpleNamespace(UTC=1)
    assert attribute_of(dt, "datetime", "UTC", 2) == 2
    assert attribute_of(other, "datetime", "UTC", 2) == 1
    with pytest.raises(AttributeError, match="UTC"):
        attribute_of(dt.date, "datetime", "UTC", 2)
    with pytest.raises(AttributeError, match="UTC"):
        attribute_of(None, "no_module", "UTC", 2)


def test_it_may_be_of_something_in_a_module() -> None:
    assert attribute_of(dt.datetime, "datetime.datetime", "now", 2) == 2
    assert attribute_of(dt.date, "datetime.datetime", "min", 2) == dt.date.min
    assert attribute_of(os.path, "os.path", "sep", 2) == 2
    assert attribute_of(dt.date, "datetime.nothing.date", "min", 2) == dt.date.min
