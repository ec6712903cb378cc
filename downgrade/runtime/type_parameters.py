"""Type parameters as ``def f[T: B = D]`` makes them: lazy, with inferred variance (PEPs 695, 696).

A parameter is written ``_T_1 = TypeVar("_T_1", bound="B"); lazily(_T_1, bound=lambda: B)``: the
variable has a name of its own in the module, which type checkers want to see in the call; the
parameter is called ``T``. A function as bound, constraints or default, given at once or by
``lazily``, is called when its value is asked for; what is in quotes is for checkers.
"""

from __future__ import annotations

import re
import sys
import types
import typing
import weakref
from typing import TYPE_CHECKING, Any, Tuple

import typing_extensions

__all__ = [
    "ParamSpec",
    "TypeVar",
    "TypeVarTuple",
    "class_type_params",
    "lazily",
    "set_type_params",
    "type_params",
    "type_params_of",
    "with_type_params",
]

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, TypeVar, TypeVarTuple

    _D = typing.TypeVar("_D")

    def lazily(
        thing: object, *values: object, bound: object = None, default: object = None
    ) -> None:
        """Say which functions are called for what is in quotes where ``thing`` is made."""

    def type_params(*given: object) -> Any:
        """Give the tuple of the parameters of a class."""

    def with_type_params(decorator: _D, params: Tuple[object, ...]) -> _D:
        """Apply ``decorator`` to a function that has type parameters."""

    def set_type_params(function: object, params: Tuple[object, ...]) -> None:
        """Say what ``def function[...]`` would have said."""

    def class_type_params(namespace: object, params: Tuple[object, ...]) -> Tuple[Any, ...]:
        """Give ``params``, and let the class be indexed as a newer Python lets it."""

    def type_params_of(thing: object) -> Tuple[Any, ...]:
        """The attribute ``__type_params__`` of a function, a class or an alias."""

else:

    def _original(name):
        """``_T_1`` and ``dg_T_1`` -> ``T`` and ``_T``."""
        match = re.fullmatch(r"(?:_|dg)(.+)_\d+", name)
        return match.group(1) if match else name

    def _is_lazy(value):
        return isinstance(value, types.FunctionType)

    def _value(value):
        return value() if _is_lazy(value) else value

    #: Functions of typing_extensions that ask whether there is a default, not which one.
    _ONLY_ASK = ("_collect_parameters", "_collect_type_vars", "_check_generic")

    class _Lazy:
        """An attribute that is computed when it is first read: a function is called for it."""

        def __init__(self, name):
            self.name = name

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            state = instance.__dict__
            value = state.get(self.name)
            if _is_lazy(value) and sys._getframe(1).f_code.co_name not in _ONLY_ASK:
                value = state[self.name] = value()
            return value

        def __set__(self, instance, value):
            instance.__dict__[self.name] = value

    if sys.version_info >= (3, 12):
        #: The globals of each parameter's bound, while ``lazily`` may come.
        _scopes = weakref.WeakKeyDictionary()

        def _native(text, bound=None, constraints=(), default=None):
            """A parameter of the interpreter's own, from the text between the brackets."""
            scope = {"bound": bound, "constraints": constraints, "default": default}
            scope["value"], scope["tuple"] = _value, tuple
            exec(f"def f[{text}](): pass", scope)
            made = scope.pop("f").__type_params__[0]
            if any(isinstance(one, str) for one in (bound, default, *constraints)):
                _scopes[made] = scope
            return made

        def _set_default(made, default):
            try:
                made.__default__ = _value(default)
            except NameError:  # it is asked for again when type_params_of gives the parameter
                made.__default__ = default

        def _make(kind, name, bound, constraints, default):
            name = _original(name)
            text = f"{kind}{name}"
            if constraints:
                text += ": (*[value(one) for one in constraints],)"
            elif bound is not None:
                text += ": value(bound)"
            if default is typing_extensions.NoDefault:
                return _native(text, bound, constraints)
            if sys.version_info >= (3, 13):
                return _native(f"{text} = value(default)", bound, constraints, default)
            made = _native(text, bound, constraints)
            made.has_default = lambda: True
            if isinstance(default, str):
                _scopes.setdefault(made, {})
            else:
                _set_default(made, default)
            return made

        def lazily(thing, *values, bound=None, default=None):
            """Say which functions are called for what is in quotes where ``thing`` is made."""
            if thing in _scopes:
                _scopes.pop(thing).update(bound=bound, constraints=values, default=default)
                if sys.version_info < (3, 13) and default is not None:
                    _set_default(thing, default)

        def TypeVar(
            name,
            *constraints,
            bound=None,
            default=typing_extensions.NoDefault,
            covariant=False,
            contravariant=False,
        ):
            return _make("", name, bound, constraints, default)

        def TypeVarTuple(name, *, default=typing_extensions.NoDefault):
            return _make("*", name, None, (), default)

        def ParamSpec(name, *, default=typing_extensions.NoDefault):
            return _make("**", name, None, (), default)

    else:
        # Protocols of these versions take every attribute that isn't listed for a member.
        for _excluded in (getattr(typing, "EXCLUDED_ATTRIBUTES", None),):
            if isinstance(_excluded, list) and "__type_params__" not in _excluded:
                _excluded.append("__type_params__")
        if isinstance(getattr(typing_extensions, "_EXCLUDED_ATTRS", None), frozenset):
            typing_extensions._EXCLUDED_ATTRS |= {"__type_params__"}

        class _Parameter:
            """What type parameters have in common, over a class of typing's."""

            __default__ = _Lazy("__default__")
            __covariant__ = False
            __contravariant__ = False
            __infer_variance__ = True

            def __new__(cls, *arguments, **options):
                return object.__new__(cls) if not issubclass(cls, list) else list.__new__(cls)

            def __repr__(self):
                return self.__name__

            def __reduce__(self):
                return self.__name__

            def has_default(self):
                return self.__dict__["__default__"] is not typing_extensions.NoDefault

        class _Bounded:
            """The lazy attributes of a type variable."""

            __bound__ = _Lazy("__bound__")
            __constraints__ = _Lazy("__constraints__")
            __name__ = _Lazy("__name__")

            def __init__(self, name, bound, constraints):
                self.__name__ = name
                self.__bound__ = bound
                self.__constraints__ = constraints

        def _accepted(base):
            """What the class's ``__init_subclass__`` lets through: typing's own are sealed."""
            code = getattr(base.__init_subclass__, "__code__", None)
            return ("_root",) if code and code.co_flags & 0x08 else ()

        def _class(base, *first):
            """A subclass of ``base``.

            The interpreter's C code knows a type variable by its class's name and module.
            """
            namespace = {"__module__": "typing", "__doc__": base.__doc__}
            bases = (*first, _Parameter, base)
            options = {"_root": True} if "_root" in _accepted(base) else {}
            return type(base)(base.__name__, bases, namespace, **options)

        _type_var = _class(typing.TypeVar, _Bounded)
        # That of typing_extensions, before 3.10, is sealed: its default isn't lazy.
        _param_spec = _class(typing.ParamSpec) if hasattr(typing, "ParamSpec") else None
        _type_var_tuple = _class(getattr(typing, "TypeVarTuple", typing_extensions.TypeVarTuple))

        def lazily(thing, *values, bound=None, default=None):
            """Say which functions are called for what is in quotes where ``thing`` is made."""
            state = thing.__dict__
            if values:
                state["__constraints__"] = lambda: tuple(map(_value, values))
            if bound is not None:
                state["__bound__"] = bound
            if default is not None:
                state["__default__"] = default

        def _finish(made, default):
            made.__dict__["__default__"] = default
            made.__dict__.pop("__module__", None)  # as the interpreter's own, they are typing's
            return made

        def TypeVar(
            name,
            *constraints,
            bound=None,
            default=typing_extensions.NoDefault,
            covariant=False,
            contravariant=False,
        ):
            """Make a type variable; variance is what a checker is told, here it is inferred."""
            given = constraints
            if any(map(_is_lazy, constraints)):
                constraints = lambda: tuple(map(_value, given))  # noqa: E731
            made = _type_var(_original(name), bound, constraints)
            return _finish(made, default)

        def ParamSpec(name, *, default=typing_extensions.NoDefault):
            """Make a parameter specification."""
            if _param_spec is None:
                made = typing_extensions.ParamSpec(
                    _original(name), default=_value(default), infer_variance=True
                )
                made.__module__ = "typing"
                return made
            made = _param_spec(_original(name))
            return _finish(made, default)

        def TypeVarTuple(name, *, default=typing_extensions.NoDefault):
            """Make a type variable tuple."""
            made = _type_var_tuple(_original(name))
            return _finish(made, default)

    def type_params(*given):
        """Give the tuple of the parameters of a class."""
        return given

    def set_type_params(function, params):
        """Say what ``def function[...]`` or a class would have said; looks into the usual wrappers."""
        for _ in range(20):
            if isinstance(function, (types.FunctionType, type)):
                function.__type_params__ = params
                return
            if isinstance(function, property):
                function = function.fget
            else:
                function = getattr(function, "__func__", None) or getattr(function, "func", None)

    def _index(cls, arguments):
        """``cls[arguments]`` with lists for parameter specifications, and with nothing."""
        if not isinstance(arguments, tuple):
            arguments = (arguments,)
        params = [getattr(param, "__origin__", param) for param in cls.__parameters__]
        kinds = [isinstance(param, typing_extensions.ParamSpec) for param in params]
        if kinds == [True] and not (
            len(arguments) == 1 and (type(arguments[0]) is list or _stands_for_many(arguments[0]))
        ):
            arguments = (list(arguments),)
        is_many = any(type(one) is list or one is ... for one in arguments)
        if (arguments and not is_many) or not cls.__parameters__:
            return typing.Generic.__class_getitem__.__func__(cls, arguments)
        arguments = tuple(tuple(one) if type(one) is list else one for one in arguments)
        return typing._GenericAlias(cls, arguments)

    def _stands_for_many(argument):
        if argument is ... or isinstance(argument, typing_extensions.ParamSpec):
            return True
        return typing_extensions.get_origin(argument) is typing_extensions.Concatenate

    def class_type_params(namespace, params):
        """Give ``params``, and let the class be indexed as a newer Python lets it.

        ``namespace`` is that of the class body; a class afterwards is good too.
        """
        index = classmethod(_index)
        if isinstance(namespace, type):
            namespace.__type_params__ = params
            if sys.version_info < (3, 11):
                namespace.__class_getitem__ = index
        elif sys.version_info < (3, 11):
            namespace["__class_getitem__"] = index
        return params

    def type_params_of(thing):
        """The attribute ``__type_params__`` of a function, a class or an alias."""
        if isinstance(thing, type) or (
            isinstance(thing, types.FunctionType) and sys.version_info < (3, 12)
        ):
            params = thing.__dict__.get("__type_params__", ())
        else:
            params = thing.__type_params__
        if (3, 12) <= sys.version_info < (3, 13):
            for param in params:
                if _is_lazy(getattr(param, "__default__", None)):
                    param.__default__ = param.__default__()
        return params

    def with_type_params(decorator, params):
        """Apply ``decorator`` to a function that has type parameters."""

        def decorate(function):
            function.__type_params__ = params
            return decorator(function)

        return decorate
