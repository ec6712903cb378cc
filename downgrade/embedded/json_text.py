"""JSON with the places of its values, so that one can be changed and nothing else."""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Dict, List, NamedTuple, Union

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^\s,\]}]+")


class Value(NamedTuple):
    """A value and its characters ``start:end``; containers have values in them."""

    value: Union[Dict[str, Any], List[Any], str, int, float, bool, None]
    start: int
    end: int

    def get(self, *keys: str) -> Any:
        """The plain value (not a container) below the keys; None if there is none."""
        here: Any = self
        for key in keys:
            if not isinstance(here, Value) or not isinstance(here.value, dict):
                return None
            here = here.value.get(key)
        return here.value if isinstance(here, Value) else None


def parse(text: str) -> Value:
    """Read a text; ``ValueError`` if it isn't JSON."""
    json.loads(text)
    return _value(text, _skip(text, 0))


def _value(text: str, start: int) -> Value:
    first = text[start]
    if first == '"':
        value, end = scanstring(text, start + 1, False)
        return Value(value, start, end)
    if first == "[":
        items: List[Value] = []
        here = _skip(text, start + 1)
        while text[here] != "]":
            items.append(_value(text, here))
            here = _skip(text, items[-1].end)
            if text[here] == ",":
                here = _skip(text, here + 1)
        return Value(items, start, here + 1)
    if first == "{":
        fields: Dict[str, Value] = {}
        here = _skip(text, start + 1)
        while text[here] != "}":
            key, end = scanstring(text, here + 1, False)
            here = _skip(text, _skip(text, end) + 1)  # behind the colon
            fields[key] = _value(text, here)
            here = _skip(text, fields[key].end)
            if text[here] == ",":
                here = _skip(text, here + 1)
        return Value(fields, start, here + 1)
    match = _SCALAR.match(text, start)
    assert match is not None, "json has read it"
    return Value(json.loads(match.group()), start, match.end())


def _skip(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    assert match is not None
    return match.end()
