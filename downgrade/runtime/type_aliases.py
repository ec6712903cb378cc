"""``type X[T] = value``: an alias whose value is computed when it is asked for (PEP 695)."""

from __future__ import annotations

import sys
import types
import typing
from typing import TYPE_CHECKING

import typing_extensions

__all__ = ["TypeAliasType", "alias_value"]

if TYPE_CHECKING:
    from typing_extensions import TypeAliasType

    def alias_value(alias: object, value: object) -> None:
        """Say which function is called for the value, which is in quotes where it is made."""

else:
    _NATIVE = getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType)

    def _parameters(type_params):
        """The parameters as an index has them: a type variable tuple is unpacked."""
        for param in type_params:
            if isinstance(param, typing_extensions.TypeVarTuple):
                yield from param
            else:
                yield param

    class TypeAliasType:
        """An alias like the interpreter's own, with a function for its value."""

        def __init__(self, name, value, *, type_params=()):
            """Make the alias; a function as ``value`` is called at the first need of it."""
            state = self.__dict__
            state["__name__"] = name
            state["value"] = value
            state["__type_params__"] = type_params
            state["__parameters__"] = tuple(_parameters(type_params))
            state["__module__"] = sys._getframe(1).f_globals.get("__name__")

        # What isinstance(alias, TypeAliasType) asks for.
        __class__ = property(lambda self: _NATIVE)

        @property
        def __value__(self):
            """The value; an error while it is computed is raised each time."""
            state = self.__dict__
            if isinstance(state["value"], types.FunctionType) and "is_known" not in state:
                state["value"] = state["value"]()
                state["is_known"] = True
            return state["value"]

        def __setattr__(self, name, value):
            if name in ("__name__", "__value__", "__type_params__", "__parameters__", "__module__"):
                raise AttributeError("readonly attribute")
            raise AttributeError(f"'typing.TypeAliasType' object has no attribute '{name}'")

        def __delattr__(self, name):
            self.__setattr__(name, None)

        def __repr__(self):
            return self.__name__

        def __reduce__(self):
            return self.__name__

        def __getitem__(self, arguments):
            if not self.__type_params__:
                raise TypeError("Only generic type aliases are subscriptable")
            if not isinstance(arguments, tuple):
                arguments = (arguments,)
            if sys.version_info >= (3, 11):
                return types.GenericAlias(self, arguments)
            return typing._GenericAlias(self, tuple(map(_checked, arguments)))

        def __or__(self, other):
            return typing.Union[self, other]

        def __ror__(self, other):
            return typing.Union[other, self]

        # typing of the older versions takes what can be called for a type.
        def __call__(self, *arguments, **options):
            raise TypeError("'typing.TypeAliasType' object is not callable")

        def __init_subclass__(cls, *arguments, **options):
            raise TypeError("type 'typing.TypeAliasType' is not an acceptable base type")

    def alias_value(alias, value):
        """Say which function is called for the value, which is in quotes where it is made."""
        alias.__dict__["value"] = value

    def _checked(argument):
        """An argument that typing of the older versions can hash: a list becomes a tuple."""
        return tuple(argument) if type(argument) is list else argument
