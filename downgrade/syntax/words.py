"""The words of a text, found without a regular expression where it is ASCII."""

from __future__ import annotations

import re
from typing import Dict, Set

_WORD = re.compile(r"\w+")
_NAME = re.compile(r"[^\W\d]\w*")
#: All that is in no word, as space: ``split`` is five times as fast as a search for words.
_SPACES: Dict[int, int] = {
    code: ord(" ") for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")
}


def words_in(text: str) -> Set[str]:
    """What ``\\w+`` finds in ``text``."""
    if text.isascii():
        return set(text.translate(_SPACES).split())
    return set(_WORD.findall(text))


def names_in(text: str) -> Set[str]:
    """What ``[^\\W\\d]\\w*`` finds in ``text``: of a word that begins with digits, the rest."""
    if not text.isascii():
        return set(_NAME.findall(text))
    found = words_in(text)
    for word in [word for word in found if word[0] < "A"]:
        found.remove(word)
        found.update(_NAME.findall(word))
    return found
