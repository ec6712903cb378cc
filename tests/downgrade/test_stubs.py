"""Stubs: only the grammar has to be the target's, as nothing runs them."""

from __future__ import annotations

from downgrade import downgrade

STUB = """\
from typing import Self
from collections.abc import Callable

type Pair[T] = tuple[T, T]
type Tree = int | list[Tree]

class A[T: int | str, *Ts, **P]:
    x: list[T] | None
    def f[U = int](self, u: U, *args: *Ts) -> Self: ...

def g(x: dict[str, int] | None = ..., *, y: Callable[[int], Pair[int]]) -> tuple[*tuple[int, ...]]: ...
X = int | None
"""
#: mypy 1.14 --strict --python-version 3.8 has nothing to say of it.
LOWERED = """\
import typing_extensions as _typing_extensions; import typing as _typing; from typing_extensions import Self
from collections.abc import Callable
_T_2 = _typing_extensions.TypeVar("_T_2")
Pair = _typing_extensions.TypeAliasType("Pair", tuple[_T_2, _T_2], type_params=(_T_2,))
Tree = _typing_extensions.TypeAliasType("Tree", int | list[Tree])
_T_1 = _typing_extensions.TypeVar("_T_1", bound=int | str); _Ts_1 = _typing_extensions.TypeVarTuple("_Ts_1"); _P_1 = _typing_extensions.ParamSpec("_P_1"); _U_1 = _typing_extensions.TypeVar("_U_1", default=int)
class A(_typing.Generic[_T_1, _typing_extensions.Unpack[_Ts_1], _P_1]):
    x: list[_T_1] | None
    def f(self, u: _U_1, *args: _typing_extensions.Unpack[_Ts_1]) -> Self: ...

def g(x: dict[str, int] | None = ..., *, y: Callable[[int], Pair[int]]) -> tuple[_typing_extensions.Unpack[tuple[int, ...]]]: ...
X = int | None
"""


def test_types_stay_as_they_are() -> None:
    result = downgrade(STUB, (3, 8), filename="a.pyi")
    assert result.ok and not result.shims
    assert result.text == LOWERED
    assert not downgrade(LOWERED, (3, 8), filename="a.pyi").changed


def test_a_stub_without_newer_grammar_is_untouched() -> None:
    text = "x: list[int] | None\nisinstance(x, int | str)\nf.__type_params__\nd = {} | {}\n"
    assert not downgrade(text, (3, 8), filename="a.pyi").changed
    assert downgrade(text, (3, 8), filename="a.py").changed
