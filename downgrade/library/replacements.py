"""What stands for a name that an older standard library doesn't have.

A path is replaced by the same name of ``typing_extensions``, or by a name of the emitted module
(runtime/). What is in neither table, and new, can't be had on the older version.
"""

from __future__ import annotations

from typing import Dict

#: Names of ``typing`` that ``typing_extensions`` gives to every version.
_TYPING = (
    "Annotated Concatenate LiteralString Never NoDefault NotRequired ParamSpec ParamSpecArgs "
    "ParamSpecKwargs ReadOnly Required Self TypeAlias TypeAliasType TypeGuard TypeIs TypeVarTuple "
    "Unpack assert_never assert_type clear_overloads dataclass_transform get_overloads "
    "get_protocol_members is_protocol is_typeddict override reveal_type evaluate_forward_ref"
)
EXTENSIONS: Dict[str, str] = {
    **{f"typing.{name}": name for name in _TYPING.split()},
    "collections.abc.Buffer": "Buffer",
    "inspect.get_annotations": "get_annotations",
    "types.CapsuleType": "CapsuleType",
    "types.get_original_bases": "get_original_bases",
    "warnings.deprecated": "deprecated",
}

#: Paths -> names of the emitted module.
RUNTIME: Dict[str, str] = {
    "asyncio.timeout": "timeout",
    "asyncio.to_thread": "to_thread",
    "builtins.BaseExceptionGroup": "BaseExceptionGroup",
    "builtins.ExceptionGroup": "ExceptionGroup",
    "builtins.aiter": "aiter",
    "builtins.anext": "anext",
    "contextlib.aclosing": "aclosing",
    "contextlib.chdir": "chdir",
    "copy.replace": "replace",
    "dataclasses.KW_ONLY": "KW_ONLY",
    "datetime.UTC": "UTC",
    "enum.StrEnum": "StrEnum",
    "functools.cache": "cache",
    "itertools.batched": "batched",
    "itertools.pairwise": "pairwise",
    "math.cbrt": "cbrt",
    "math.exp2": "exp2",
    "math.lcm": "lcm",
    "math.sumprod": "sumprod",
    "operator.call": "call",
    "sys.exception": "exception",
    "string.templatelib": "templatelib",
    "tomllib": "tomllib",
    "types.EllipsisType": "EllipsisType",
    "types.NoneType": "NoneType",
    "types.NotImplementedType": "NotImplementedType",
    "zoneinfo": "zoneinfo",
}

#: Methods that a function of the emitted module stands for, whatever has them.
METHODS: Dict[str, str] = {
    "bit_count": "bit_count",
    "is_relative_to": "is_relative_to",
    "removeprefix": "removeprefix",
    "removesuffix": "removesuffix",
    "with_stem": "with_stem",
}

#: Calls with a new parameter -> a name of the emitted module that takes it.
PARAMETERS: Dict[str, str] = {
    "builtins.zip(strict)": "zip_strict",
    "itertools.batched(strict)": "batched",
    "dataclasses.dataclass(kw_only)": "dataclass",
    "dataclasses.dataclass(match_args)": "dataclass",
    "dataclasses.dataclass(slots)": "dataclass",
    "dataclasses.dataclass(weakref_slot)": "dataclass",
    "dataclasses.field(kw_only)": "field",
}
