"""What was compiled, by the identity of the code it was compiled from.

The C caches (``csrc/cache.c``) are what a call looks at; the manager keeps beside
each of their entries what people ask for: the graph, the guards in words, why a
call missed. It holds code objects weakly, and lets go of an entry when an object
its guards are about is gone.
"""

from __future__ import annotations

import threading
import types
import weakref
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Tuple

from .. import _C
from ..guards import GuardProgram

__all__ = ["CacheManager", "GuardedCode"]


@dataclass(eq=False)
class GuardedCode:
    """One compiled form of a code object.

    Args:
        code: what runs in the frame's place; ``None`` when the plain code does.
        guards: when it may run.
        function: ``code`` as a function with the signature of the original.
        graph_layer: the captured graph; ``None`` when there was nothing for one.
        broke: why it doesn't reach the end of the frame, or why the frame was given up.
        entry: its row in the C cache.
    """

    code: Optional[types.CodeType]
    guards: GuardProgram
    function: Optional[Callable[..., Any]] = None
    graph_layer: Any = None
    broke: Any = None
    entry: Any = field(init=False)

    def __post_init__(self) -> None:
        self.entry = _C.Entry(self.guards, self.function, self.code, plain=self.code is None)

    @property
    def hits(self) -> int:
        """How often it was chosen."""
        return int(self.entry.hits)

    def explain_miss(self, state: Any) -> Optional[str]:
        """The first guard that fails for a frame; ``None`` when all hold."""
        return self.guards.explain(state.locals, state.globals, state.builtins, state.closure)


class CacheManager:
    """Every :class:`GuardedCode`, by code identity."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._codes: Dict[int, Tuple[Any, List[Tuple[Any, GuardedCode]]]] = {}

    def insert(self, cache: Any, guarded: GuardedCode) -> None:
        """Make a compiled form available to the calls that ``cache`` serves."""
        code = cache.code
        with self._lock:
            rows = self._rows(code)
            rows[:] = [row for row in rows if row[0]() is not None and not row[1].guards.dead]
            rows.append((weakref.ref(cache), guarded))
        cache.insert(guarded.entry)

    def _rows(self, code: types.CodeType) -> List[Tuple[Any, GuardedCode]]:
        key = id(code)
        found = self._codes.get(key)
        if found is None or found[0]() is not code:
            codes, lock = self._codes, self._lock

            def gone(reference: Any) -> None:
                with lock:
                    if key in codes and codes[key][0] is reference:
                        del codes[key]

            found = self._codes[key] = (weakref.ref(code, gone), [])
        return found[1]

    def lookup(self, code: types.CodeType, cache: Any = None) -> Tuple[GuardedCode, ...]:
        """The compiled forms of a code object, oldest first; only those of ``cache`` if given.

        One code object has several caches when several functions with it are optimised.
        """
        with self._lock:
            found = self._codes.get(id(code))
            if found is None or found[0]() is not code:
                return ()
            return tuple(row[1] for row in found[1] if cache is None or row[0]() is cache)

    def explain_miss(self, state: Any, cache: Any = None) -> List[str]:
        """Why no compiled form fits a frame, one sentence for each form."""
        reasons = [guarded.explain_miss(state) for guarded in self.lookup(state.code, cache)]
        return [reason for reason in reasons if reason is not None]

    def remove(self, code: Optional[types.CodeType], guards: GuardProgram) -> None:
        """Let go of the form with these guards."""
        with self._lock:
            found = None if code is None else self._codes.get(id(code))
            if found is None:
                return
            for row in [row for row in found[1] if row[1].guards is guards]:
                found[1].remove(row)
                cache = row[0]()
                if cache is not None:
                    cache.remove(row[1].entry)

    def clear(self) -> None:
        """Forget everything that was compiled."""
        with self._lock:
            codes = list(self._codes.values())
            self._codes.clear()
        for _, rows in codes:
            for reference, _guarded in rows:
                cache = reference()
                if cache is not None:
                    cache.clear()
