"""What is written for checkers: bounds in quotes, bodies that name no parameter, a public module."""

from __future__ import annotations

from downgrade import downgrade
from downgrade.runtime import assemble
from tests.downgrade.verdicts import Difference, Error, compare


def lowered(text: str) -> str:
    result = downgrade(text, (3, 8))
    assert result.ok, result.messages
    return result.text


def test_bounds_constraints_and_defaults_are_in_quotes() -> None:
    text = lowered(
        "import a\n\ndef f[T: list[Late], U: (int, Late), V = Late](x: T | U | V): ...\n"
    )
    assert '"_T_1", bound="_downgrade.List[Late]")' in text
    assert "_downgrade.lazily(_T_1, bound=lambda: _downgrade.List[Late])" in text
    assert '"_U_1", int, "Late"); _downgrade.lazily(_U_1, int, lambda: Late)' in text
    assert '"_V_1", default="Late"); _downgrade.lazily(_V_1, default=lambda: Late)' in text


def test_quotes_in_a_bound() -> None:
    text = lowered("import a\n\ndef f[T: 'Late', U: list['Late'], V: a['\\n', \"'\"]](x: T): ...\n")
    assert "bound='Late'); _downgrade.lazily(_T_1, bound=lambda: 'Late')" in text
    assert "bound=\"_downgrade.List['Late']\")" in text
    assert '"_V_1", bound=lambda: a[\'\\n\', "\'"])' in text


def test_a_bound_of_one_type_that_is_there_stays() -> None:
    assert "lazily" not in lowered("import a\n\ndef f[T: int](x: T): ...\n")


def test_an_alias_in_a_class_names_what_the_class_has() -> None:
    text = lowered("import a\n\nclass C:\n    X = int\n    type A[*Ts] = tuple[X, *Ts]\n")
    assert '"_downgrade.Tuple[X, _typing_extensions.Unpack[_Ts_1]]", type_params=(_Ts_1,))' in text


def test_the_body_of_a_class_names_no_parameter_but_in_types() -> None:
    text = lowered("import a\n\nclass C[T]:\n    x: T\n")
    assert "_type_params_1 = _downgrade.type_params(_T_1)\n" in text
    assert "    __type_params__ = _type_params_1; x: _T_1\n" in text


def test_bodies_with_nothing_but_annotations() -> None:
    for base in ("NamedTuple", "TypedDict"):
        text = lowered(f"from typing import {base}\n\nclass C[T]({base}):\n    x: T\n\nC\n")
        assert "    x: _T_1\n\n_downgrade.set_type_params(C, _type_params_1); C\n" in text


def test_names_of_other_modules_are_public() -> None:
    text = assemble({"TypeVar", "List"})
    assert "__all__ = [" in text and '"TypeVar"' in text and '"List"' in text
    scope = {"__name__": "_downgrade"}
    exec(text, scope)
    assert all(name in scope for name in scope["__all__"])


def test_compared_by_place_and_code() -> None:
    old, moved = Error("misc", "T"), Error("misc", "_T_1")
    new = Error("arg-type", "int")
    same, found = compare({(0, 1): [old], (0, 2): [old]}, {(0, 1): [new, moved], (0, 3): [old]})
    assert same == 1
    assert list(found) == [
        Difference((0, 1), "+", new),
        Difference((0, 2), "-", old),
        Difference((0, 3), "+", old),
    ]
