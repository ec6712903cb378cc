"""What guards ask, and how that is said.

A text is written when somebody asks for it. What it is written from holds nothing of the user's:
places by their names, operands that are data, and the names of all others.
"""

from __future__ import annotations

import enum
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from . import _C

__all__ = [
    "ABSENT",
    "CONSTANTS",
    "GuardKind",
    "GuardText",
    "Path",
    "Worded",
    "found_words",
    "module_of",
    "text_of",
    "worded",
    "written",
]

#: In the operand of a ``TYPE_ATTR`` guard: the look-up must find nothing.
ABSENT = _C.UNBOUND


class GuardKind(enum.Enum):
    """What a guard asks of the object at its source; the comment gives the operand."""

    #: Enum's own hash hashes the name, which is slow; members are compared by identity.
    __hash__ = object.__hash__

    TYPE = "type"  # a type: it has exactly this type
    IS = "is"  # an object: it is this very object
    VALUE = "value"  # a constant: same type and value, floats bit for bit
    BUFFER = "buffer"  # an array or scalar of an array library: same type, layout and bytes
    LENGTH = "length"  # an int >= 0: the builtin container has this length
    KEYS = "keys"  # a tuple: the dict or set gives exactly these constants in this order
    TABLE = "table"  # a set of its own: the same elements in the same places of the table
    LACKS = "lacks"  # a constant: the dict or instance dict hasn't this key
    RANGE = "range"  # (low, high): it is an int, exactly, and in between, ends included
    TENSOR = "tensor"  # a TensorMeta: dtype, stop_gradient, place (None: any), and the shape, in
    # which -1 is any size and (low, high) one in between, ends included
    TYPE_ATTR = "type attribute"  # (name, object or ABSENT): what the type's MRO gives
    GIVES = "gives"  # an int: the built-in iterator has that many values left, or more
    ENDS = "ends"  # an int: it has no more than that many
    SAME = "same"  # a Source: the object there is this very object
    DISTINCT = "distinct"  # a Source: there is an object there, another one


class GuardText(NamedTuple):
    """A guard in words: what is left of it once it is compiled, so that nothing is held.

    ``data`` is the number that a guard compares with, or the shape of a tensor's.
    """

    source: str
    kind: GuardKind
    expected: str
    filename: Optional[str]
    lineno: Optional[int]
    data: Any = None

    def __str__(self) -> str:
        return f"{self.source}: {self.expected}"


CONSTANTS = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis))


#: A place in parts: how it is written, the place before it, a name or key.
Path = Tuple[str, Optional[Any], Any]

#: What a text is made of. Nothing of the user's: an operand is data, or else in words already.
Worded = Tuple[Path, GuardKind, Any, Optional[str], Optional[str], Optional[int]]


def _data(kind: GuardKind, operand: Any) -> Any:
    if kind in (GuardKind.VALUE, GuardKind.IS) and type(operand) in (int, float):
        return operand
    if kind is GuardKind.TENSOR and operand[0] is not None:
        return tuple(operand[0])
    return None


#: Kinds whose operand is kept until words are asked for, where it is data.
_KEPT = frozenset(
    {
        GuardKind.IS,
        GuardKind.VALUE,
        GuardKind.LENGTH,
        GuardKind.LACKS,
        GuardKind.TENSOR,
        GuardKind.GIVES,
        GuardKind.ENDS,
    }
)


def written(path: Path) -> str:
    """As ``str(source)``."""
    form, before, last = path
    if before is None:
        return str(last)
    if form == ".":
        return f"{written(before)}.{last}"
    if form == "[]":
        return f"{written(before)}[{last!r}]"
    if form == ".__dict__[]":
        return f"{written(before)}.__dict__[{last!r}]"
    return f"{written(before)}{form}"


def text_of(words: Worded) -> GuardText:
    """The text, written now."""
    path, kind, operand, expected, filename, lineno = words
    data = None
    if expected is None:
        expected, data = _expected(kind, operand), _data(kind, operand)
    return GuardText(written(path), kind, expected, filename, lineno, data)


def worded(
    path: Path,
    kind: GuardKind,
    operand: Any,
    names: Dict[int, str],
    filename: Optional[str],
    lineno: Optional[int],
) -> Worded:
    """What the text of a guard is written from.

    Args:
        path: the place that it looks at.
        kind: what it asks.
        operand: what it compares with.
        names: by identity what types and objects are called, as far as it was asked before.
        filename: the user's file.
        lineno: its line.
    """
    if kind in _KEPT and (type(operand) in CONSTANTS or kind is GuardKind.TENSOR):
        return path, kind, operand, None, filename, lineno
    if kind is GuardKind.TYPE or kind is GuardKind.IS:
        text = names.get(id(operand))
        if text is None:
            text = names[id(operand)] = _name(operand)
        if kind is GuardKind.TYPE:
            text = f"of type {text}"
    else:
        text = _expected(kind, operand)
    return path, kind, None, text, filename, lineno


#: What a class is called, whatever its metaclass says.
_QUALNAME: Callable[[Any], str] = vars(type)["__qualname__"].__get__
_MODULE: Callable[[Any], Any] = vars(type)["__module__"].__get__


def module_of(value: Any) -> str:
    """``__module__`` of a function or class, running no code of the user's; "" if it has none."""
    found = _MODULE(value) if issubclass(type(value), type) else value.__module__
    return found if type(found) is str else ""


def _name(value: Any) -> str:
    """An object in few words, without running its own ``__repr__``."""
    if type(value) in CONSTANTS:
        return _literal(value)
    kind = type(value)  # isinstance() would ask a user's object for its __class__
    if issubclass(kind, type):
        module, name = module_of(value), _QUALNAME(value)
        return name if module == "builtins" else f"{module}.{name}"
    if kind is FunctionType:
        return f"the function {value.__module__}.{value.__qualname__}"
    if kind is BuiltinFunctionType:
        return f"the built-in function {value.__name__}"
    if kind is ModuleType and type((value.__dict__ or {}).get("__name__")) is str:
        return f"the module {value.__name__}"
    return f"the {type(value).__qualname__} at {id(value):#x}"


def _literal(value: Any) -> str:
    """Data in few words; the program may forbid to write integers of many digits."""
    if type(value) is int and value.bit_length() > 2000:
        return f"an int of {value.bit_length()} bits"
    try:
        return _short(repr(value))
    except ValueError:
        return f"a {type(value).__name__} with an int of many digits"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def _meta(shape: Any, dtype: Any, stop_gradient: Any, place: Any) -> str:
    dims = "" if shape is None else "[" + ", ".join(_size(size) for size in shape) + "]"
    text = f"{_dtype(dtype)}{dims}"
    if stop_gradient is not None:
        text += f" with stop_gradient={stop_gradient}"
    return text if place is None else f"{text} on {place}"


def _size(size: Any) -> str:
    return f"{size[0]}..{size[1]}" if isinstance(size, tuple) else "?" if size == -1 else str(size)


def _dtype(dtype: Any) -> str:
    text = "any dtype" if dtype is None else str(getattr(dtype, "name", dtype))
    return text.rpartition(".")[2].lower()


def _expected(kind: GuardKind, operand: Any) -> str:
    if kind is GuardKind.TYPE:
        return f"of type {_name(operand)}"
    if kind is GuardKind.VALUE:
        return _literal(operand)
    if kind is GuardKind.BUFFER:
        return f"the {type(operand).__qualname__} {_short(' '.join(repr(operand).split()))}"
    if kind is GuardKind.RANGE:
        return f"an int from {operand[0]} to {operand[1]}"
    if kind is GuardKind.LENGTH:
        return f"of length {operand}"
    if kind is GuardKind.KEYS:
        return f"with the keys {_short(repr(list(operand)))}"
    if kind is GuardKind.TABLE:
        return f"a set that holds {_short(repr(list(operand)))} in the same places"
    if kind is GuardKind.LACKS:
        return f"without {operand!r}"
    if kind is GuardKind.GIVES:
        return f"{operand} values or more from its end"
    if kind is GuardKind.ENDS:
        return f"{operand} values from its end"
    if kind is GuardKind.SAME:
        return f"the same object as {operand}"
    if kind is GuardKind.DISTINCT:
        return f"another object than {operand}"
    if kind is GuardKind.TENSOR:
        return f"a tensor {_meta(*operand)}"
    if kind is GuardKind.TYPE_ATTR:
        name, value = operand
        return f"a type whose {name!r} is {'missing' if value is ABSENT else _name(value)}"
    return _name(operand)


def found_words(kind: GuardKind, found: Any) -> str:
    """What the failed check saw."""
    if found is _C.UNBOUND:
        return "it is not there"
    if kind is GuardKind.TYPE:
        return f"it is of type {_name(type(found))}"
    if kind is GuardKind.LENGTH:
        is_sized = isinstance(found, (list, tuple, dict, set, frozenset, str, bytes, bytearray))
        return f"its length is {_builtin_length(found)}" if is_sized else f"it is {_name(found)}"
    if kind in (GuardKind.KEYS, GuardKind.TABLE) and type(found) in (set, frozenset):
        return f"its elements are {_short(repr(list(found)))}"
    if kind is GuardKind.KEYS and isinstance(found, dict):
        return f"its keys are {_short(repr(list(dict.keys(found))))}"
    if kind is GuardKind.RANGE and type(found) is int:
        return f"it is {_literal(found)}"
    if kind is GuardKind.BUFFER:
        return "its contents or its layout are others"
    if kind is GuardKind.VALUE and type(found) in (*CONSTANTS, tuple, frozenset, set):
        return f"it is {_literal(found)}"
    if kind in (GuardKind.GIVES, GuardKind.ENDS):
        return "it isn't"
    if kind is GuardKind.LACKS:
        return "it has that"
    if kind is GuardKind.DISTINCT:
        return "it is the same"
    if kind is GuardKind.TYPE_ATTR:
        return f"in {_name(found)} it is not"
    if kind is GuardKind.TENSOR:
        try:
            meta = (list(found.shape), found.dtype, found.stop_gradient, None)
            return f"it is {_meta(*meta)} on {found.place}"
        except Exception:  # a framework may refuse to say, and this is only a message
            return f"it is {_name(found)}"
    return f"it is {_name(found)}"


def _builtin_length(found: Any) -> int:
    bases: Any = (list, tuple, dict, set, frozenset, str, bytes, bytearray)
    return next((base.__len__(found) for base in bases if isinstance(found, base)), -1)
