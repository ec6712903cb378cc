"""What stands for a name that an older standard library doesn't have.

A path is replaced by the same name of ``typing_extensions``, or by a name of the emitted module
(runtime/). What is in neither table, and new, can't be had on the older version.
"""

from __future__ import annotations

from typing import Dict, FrozenSet, Optional

from . import Version, since

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
    "typing.get_args": "get_args",
    "typing.get_origin": "get_origin",
    "inspect.get_annotations": "get_annotations",
    "types.CapsuleType": "CapsuleType",
    "types.get_original_bases": "get_original_bases",
    "warnings.deprecated": "deprecated",
}

_SAME_NAME = """
abc: update_abstractmethods
asyncio: Barrier BrokenBarrierError Runner TaskGroup Timeout timeout timeout_at to_thread
builtins: BaseExceptionGroup ExceptionGroup aiter anext
calendar: APRIL AUGUST DECEMBER Day FEBRUARY JANUARY JULY JUNE MARCH MAY Month NOVEMBER OCTOBER
calendar: SEPTEMBER
contextlib: AsyncContextDecorator aclosing chdir
copy: replace
dataclasses: KW_ONLY
datetime: UTC
email.errors: HeaderWriteError InvalidDateDefect
enum: CONTINUOUS EnumCheck EnumType NAMED_FLAGS StrEnum UNIQUE nonmember show_flag_values verify
functools: cache
hashlib: file_digest
http: HTTPMethod
importlib.metadata: packages_distributions
importlib.resources: as_file files
inspect: ismethodwrapper
io: text_encoding
itertools: batched pairwise
keyword: issoftkeyword softkwlist
locale: getencoding
logging: getHandlerByName getHandlerNames getLevelNamesMapping
math: cbrt exp2 fma lcm nextafter sumprod ulp
operator: call
os: process_cpu_count waitstatus_to_exitcode
pkgutil: resolve_name
platform: android_ver ios_ver
random: randbytes
re: NOFLAG PatternError
statistics: LinearRegression correlation covariance linear_regression
string: templatelib
sys: exception orig_argv platlibdir
sysconfig: get_default_scheme
argparse: BooleanOptionalAction
types: EllipsisType GenericAlias NoneType NotImplementedType UnionType
unittest: enterModuleContext
unittest.case: enterModuleContext
"""

#: Paths -> names of the emitted module.
RUNTIME: Dict[str, str] = {
    **{
        f"{line.partition(': ')[0]}.{name}": name
        for line in _SAME_NAME.strip().splitlines()
        for name in line.partition(": ")[2].split()
    },
    "asyncio.locks.Barrier": "Barrier",
    "asyncio.runners.Runner": "Runner",
    "builtins.float.__ceil__": "float_ceil",
    "builtins.float.__floor__": "float_floor",
    "datetime.date.fromisoformat": "date_fromisoformat",
    "datetime.datetime.fromisoformat": "datetime_fromisoformat",
    "datetime.time.fromisoformat": "time_fromisoformat",
    "enum.property": "enum_property",
    "graphlib": "graphlib",
    "pathlib.Path.parser": "path_parser",
    "pathlib.PurePath.parser": "path_parser",
    "tomllib": "tomllib",
    "typing.get_type_hints": "get_type_hints",
    "zoneinfo": "zoneinfo",
}

#: What was there before, and does more since this version.
GROWN: Dict[str, Version] = {
    "typing.get_args": (3, 9),
    "typing.get_origin": (3, 9),
    "typing.get_type_hints": (3, 11),
    "datetime.date.fromisoformat": (3, 11),
    "datetime.datetime.fromisoformat": (3, 11),
    "datetime.time.fromisoformat": (3, 11),
    "pathlib.Path.parser": (3, 13),
}

#: Methods that a function of the emitted module stands for, whatever has them.
METHODS: Dict[str, str] = {
    "add_note": "add_note",
    "bit_count": "bit_count",
    "hardlink_to": "hardlink_to",
    "is_relative_to": "is_relative_to",
    "readlink": "readlink",
    "removeprefix": "removeprefix",
    "removesuffix": "removesuffix",
    "total": "counter_total",
    "walk": "walk",
    "with_stem": "with_stem",
}

#: Attributes of values of any type that a function of the emitted module gives.
ATTRIBUTES: Dict[str, str] = {
    "exc_type_str": "exc_type_str",
    "is_client_error": "is_client_error",
    "is_informational": "is_informational",
    "is_redirection": "is_redirection",
    "is_server_error": "is_server_error",
    "is_success": "is_success",
}

#: Methods whose name much else has: they are looked for in files that say one of these words.
METHOD_WORDS: Dict[str, FrozenSet[str]] = {
    "total": frozenset(["Counter"]),
    "walk": frozenset(["Path", "pathlib"]),
}

#: Calls with a new parameter -> a name of the emitted module, or of ``typing_extensions``, that
#: takes it.
PARAMETERS: Dict[str, str] = {
    "asyncio.run(loop_factory)": "run",
    "builtins.AttributeError(name)": "attribute_error",
    "builtins.AttributeError(obj)": "attribute_error",
    "builtins.NameError(name)": "name_error",
    "bisect.bisect(key)": "bisect_right",
    "bisect.bisect_left(key)": "bisect_left",
    "bisect.bisect_right(key)": "bisect_right",
    "bisect.insort(key)": "insort_right",
    "bisect.insort_left(key)": "insort_left",
    "bisect.insort_right(key)": "insort_right",
    "typing.ParamSpec(default)": "typing_extensions.ParamSpec",
    "typing.TypeVar(default)": "typing_extensions.TypeVar",
    "typing.TypeVar(infer_variance)": "typing_extensions.TypeVar",
    "typing.TypeVarTuple(default)": "typing_extensions.TypeVarTuple",
    "inspect.signature(eval_str)": "signature",
    "inspect.signature(globals)": "signature",
    "inspect.signature(locals)": "signature",
    "builtins.zip(strict)": "zip_strict",
    "itertools.batched(strict)": "batched",
    "dataclasses.dataclass(kw_only)": "dataclass",
    "dataclasses.dataclass(match_args)": "dataclass",
    "dataclasses.dataclass(slots)": "dataclass",
    "dataclasses.dataclass(weakref_slot)": "dataclass",
    "dataclasses.field(kw_only)": "field",
    "importlib.metadata.entry_points(group)": "entry_points",
    "importlib.metadata.entry_points(name)": "entry_points",
    "math.nextafter(steps)": "nextafter",
    "random.sample(counts)": "sample",
    "shutil.rmtree(onexc)": "rmtree",
    "statistics.correlation(method)": "correlation",
    "statistics.fmean(weights)": "fmean",
    "statistics.harmonic_mean(weights)": "harmonic_mean",
    "statistics.linear_regression(proportional)": "linear_regression",
    "traceback.TracebackException(compact)": "TracebackException",
    "warnings.catch_warnings(action)": "catch_warnings",
    "warnings.catch_warnings(append)": "catch_warnings",
    "warnings.catch_warnings(category)": "catch_warnings",
    "warnings.catch_warnings(lineno)": "catch_warnings",
    "zlib.compress(wbits)": "zlib_compress",
}

#: A parameter of each version that the options of ``dataclass(**options)`` may have, which are
#: written where nobody sees them.
DATACLASS_OPTIONS: Dict[Version, str] = {
    (3, 10): "dataclasses.dataclass(slots)",
    (3, 11): "dataclasses.dataclass(weakref_slot)",
}


def since_of(path: str) -> Optional[Version]:
    """The version that brought a path, or what it does now."""
    return GROWN.get(path) or since(path)
