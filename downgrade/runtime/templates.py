"""``string.templatelib`` of 3.14 (PEP 750): what a t-string evaluates to."""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any, Iterator, List, Optional, Tuple, Union

__all__ = ["Interpolation", "Template", "templatelib"]


class _Interpolation:
    """The value of an expression in a t-string, with how it was written."""

    __match_args__ = ("value", "expression", "conversion", "format_spec")
    __slots__ = __match_args__

    def __init__(
        self,
        value: Any,
        expression: str = "",
        conversion: Optional[str] = None,
        format_spec: str = "",
    ) -> None:
        """Take the value, its source, one of "a", "r", "s" or None, and the format."""
        if conversion not in (None, "a", "r", "s"):
            raise ValueError("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")
        for name, given in zip(self.__slots__, (value, expression, conversion, format_spec)):
            object.__setattr__(self, name, given)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse."""
        raise AttributeError("readonly attribute")

    def __repr__(self) -> str:
        """Show the four parts."""
        parts = ", ".join(repr(getattr(self, name)) for name in self.__slots__)
        return f"Interpolation({parts})"


class _Template:
    """The strings and interpolations of a t-string, in turns."""

    __slots__ = ("interpolations", "strings")
    strings: Tuple[str, ...]
    interpolations: Tuple[Any, ...]

    def __init__(self, *args: Union[str, Any]) -> None:
        """Join strings that follow each other, and put empty ones between interpolations."""
        strings: List[str] = [""]
        found: List[Any] = []
        for one in args:
            if isinstance(one, str):
                strings[-1] += one
            elif isinstance(one, _Interpolation):
                found.append(one)
                strings.append("")
            else:
                kind = type(one).__name__
                raise TypeError(
                    f"Template.__new__ *args need to be of type 'str' or 'Interpolation', got {kind}"
                )
        object.__setattr__(self, "strings", tuple(strings))
        object.__setattr__(self, "interpolations", tuple(found))

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse."""
        raise AttributeError("readonly attribute")

    @property
    def values(self) -> Tuple[Any, ...]:
        """The values of the interpolations."""
        return tuple(one.value for one in self.interpolations)

    def __iter__(self) -> Iterator[Any]:
        """Give strings that aren't empty and interpolations, from left to right."""
        for index, text in enumerate(self.strings):
            if text:
                yield text
            if index < len(self.interpolations):
                yield self.interpolations[index]

    def __add__(self, other: Any) -> Any:
        """Join two templates."""
        if not isinstance(other, _Template):
            kind = type(other).__name__
            raise TypeError(f'can only concatenate string.templatelib.Template (not "{kind}")')
        return _Template(*self, *other)

    def __repr__(self) -> str:
        """Show the parts."""
        return f"Template(strings={self.strings!r}, interpolations={self.interpolations!r})"


def _convert(obj: Any, /, conversion: Optional[str]) -> Any:
    """``string.templatelib.convert``."""
    if conversion is None:
        return obj
    converters: Any = {"a": ascii, "r": repr, "s": str}
    if conversion not in converters:
        raise ValueError(f"invalid conversion specifier: {conversion}")
    return converters[conversion](obj)


templatelib: Any = (
    importlib.import_module("string.templatelib")
    if sys.version_info >= (3, 14)
    else types.SimpleNamespace(Template=_Template, Interpolation=_Interpolation, convert=_convert)
)
Template = templatelib.Template
Interpolation = templatelib.Interpolation
_Interpolation.__name__ = _Interpolation.__qualname__ = "Interpolation"
_Template.__name__ = _Template.__qualname__ = "Template"
