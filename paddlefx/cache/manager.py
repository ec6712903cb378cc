"""What was compiled, by the identity of the code it was compiled from.

The C caches (``csrc/cache.c``) own the compiled forms and are what a call looks at.
The manager knows which caches there are, weakly, and so adds what people ask for:
the forms of a code object, why a call missed. Nothing here keeps a user's object
alive, and a form whose guards are about an object that is gone is dropped.
"""

from __future__ import annotations

import threading
import types
import weakref
from typing import Any, Callable, Dict, List, Optional, Tuple

from .. import _C
from ..guards import Failure, GuardProgram

__all__ = ["CacheManager", "GuardedCode"]


class GuardedCode(_C.Entry):
    """One compiled form of a code object.

    Args:
        code: what runs in the frame's place; ``None`` when the plain code does.
        guards: when it may run.
        function: what a dispatcher calls: ``code`` as a function, or another callable.
        graph_layer: the captured graph; ``None`` when there was nothing for one.
        broke: why it doesn't reach the end of the frame, or why the frame was given up.
    """

    def __init__(
        self,
        code: Optional[types.CodeType],
        guards: GuardProgram,
        function: Optional[Callable[..., Any]] = None,
        graph_layer: Any = None,
        broke: Any = None,
    ) -> None:
        super().__init__(guards, function, code, plain=code is None and function is None)
        self.graph_layer = graph_layer
        self.broke = broke
        #: what keeps the resume functions that ``code`` goes on in
        self.resumes: Tuple[Any, ...] = ()
        self._instance: Optional[Callable[[], Any]] = None

    def serve(self, instance: Any) -> None:
        """Note the object whose method's call it was compiled for; ``None`` for no method's."""
        try:
            self._instance = None if instance is None else weakref.ref(instance)
        except TypeError:  # one that can't be referred to weakly counts as none
            self._instance = None

    def serves(self, instance: Any) -> bool:
        """Whether it was compiled for a call of this very object's method."""
        return (None if self._instance is None else self._instance()) is instance

    def explain_miss(self, state: Any) -> Optional[str]:
        """The first guard that fails for a frame; ``None`` when all hold."""
        guards = self.guards
        assert isinstance(guards, GuardProgram)
        return guards.explain(state.locals, state.globals, state.builtins, state.closure)

    def unfulfilled(self, state: Any) -> List[Failure]:
        """Every guard that fails for a frame, as far as can be told."""
        guards = self.guards
        assert isinstance(guards, GuardProgram)
        return guards.unfulfilled(state.locals, state.globals, state.builtins, state.closure)


class CacheManager:
    """Every :class:`GuardedCode`, by code identity."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._caches: Dict[int, weakref.WeakSet[Any]] = {}

    def insert(self, cache: Any, guarded: GuardedCode) -> None:
        """Make a compiled form available to the calls that ``cache`` serves."""
        with self._lock:
            key = id(cache.code)
            if key not in self._caches:
                self._caches[key] = weakref.WeakSet()
                weakref.finalize(cache.code, self._caches.pop, key, None).atexit = False
            self._caches[key].add(cache)
        cache.insert(guarded)

    def lookup(self, code: types.CodeType, cache: Any = None) -> Tuple[GuardedCode, ...]:
        """The compiled forms of a code object; only those of ``cache`` if given.

        One code object has several caches when several functions with it are optimised.
        """
        with self._lock:
            known = list(self._caches.get(id(code), ()))
        return tuple(
            guarded
            for owner in known
            if owner.code is code and (cache is None or owner is cache)
            for guarded in owner.entries
        )

    def explain_miss(self, state: Any, cache: Any = None) -> List[str]:
        """Why no compiled form fits a frame, one sentence for each form."""
        reasons = [guarded.explain_miss(state) for guarded in self.lookup(state.code, cache)]
        return [reason for reason in reasons if reason is not None]

    def drop(self, cache: Any, guards: GuardProgram) -> None:
        """Let go of the form of ``cache`` with these guards."""
        for guarded in cache.entries:
            if guarded.guards is guards:
                cache.remove(guarded)

    def clear(self) -> None:
        """Forget everything that was compiled."""
        with self._lock:
            known = [cache for caches in list(self._caches.values()) for cache in list(caches)]
            self._caches.clear()
        for cache in known:
            cache.clear()
