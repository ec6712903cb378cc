"""Every function of CPython's test modules through the executor, for ``regrtest_server.py``.

The frame hook is on while a test module runs. A frame of a file below ``test`` is captured where
it is met, as if its function were optimised; so are frames without tensors, which the executor
otherwise leaves alone, and what is captured runs.
"""

from __future__ import annotations

import collections
import os
import unittest
import warnings

from tests.conformance.regrtest_modules import LEFT_OUT


class ExecutorHook:
    """Runs a function with the frames of CPython's tests captured; counts what became of them."""

    def __init__(self):
        import paddle  # noqa: F401 - the adapter of the framework looks for it
        import test

        from paddlefx import compiler, translate
        from paddlefx.executor import GiveUp, capture

        tests = tuple(os.path.abspath(path) + os.sep for path in test.__path__)
        support = tuple(path + "support" + os.sep for path in tests)
        counts = self.counts = collections.Counter()
        self.failures = []

        class Everything(translate.Translator):
            def frame_cache(self, code, globals):
                path = os.path.abspath(code.co_filename)
                own = path.startswith(tests) and not path.startswith(support)
                if not own and not code.co_filename.startswith("<doctest"):
                    return None
                if code.co_name in translate._AS_IT_IS or code.co_flags & translate._GENERATORS:
                    return None
                return translate._FrameCache(code, self)

            def _compile(self, state, cache):
                met = isinstance(cache, translate._FrameCache)
                try:
                    guarded = super()._compile(state, cache)
                except GiveUp as signal:
                    if met:
                        counts["plain"] += 1
                        counts[f"plain: {signal.reason.reason}"] += 1
                    raise
                if met:
                    counts["whole" if guarded.broke is None else "broken"] += 1
                return guarded

        names = unittest.TestLoader.getTestCaseNames
        unittest.TestLoader.getTestCaseNames = lambda loader, case: [
            name
            for name in names(loader, case)
            if f"{case.__module__}.{case.__qualname__}.{name}" not in LEFT_OUT
        ]
        # A frame that breaks is compiled, tensors or not; a long computation without any isn't.
        capture._Finisher._has_tensors = lambda finisher: True
        options = translate.Options(compiler.get(None), without_tensors=True)
        self.translator = Everything(options)

    def __call__(self, function, *args):
        """``function(*args)``, frames of tests captured."""
        shown = warnings.warn

        def warn(message, *args, **kwargs):
            if "fault of paddlefx" in str(message):
                self.failures.append(str(message))
            else:
                shown(message, *args, **kwargs)

        from paddlefx import translate

        translate.warnings = type("warnings", (), {"warn": staticmethod(warn)})
        return self.translator.hooked(function, *args)
