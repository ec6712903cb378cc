"""Every module that is imported, with re-emitted code: ``with ReemitHook(): import …``."""

from __future__ import annotations

import builtins
import importlib.machinery
import sys
import zipimport
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

from . import Reemitter
from .functions import reemit_loaded

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ReemitHook"]

_SOURCE_LOADER = next(
    base for base in importlib.machinery.SourceFileLoader.__mro__ if "get_code" in vars(base)
)
#: The import system takes frames of its own files out of the tracebacks of ImportError and
#: SyntaxError (Python/import.c, remove_importlib_frames). What stands in for its functions
#: says that it is of such a file, so that tracebacks stay what they are.
_IMPORTLIB_FILE = vars(_SOURCE_LOADER)["get_code"].__code__.co_filename
#: Who compiles for .pyc files, which hold the compiler's code.
_IMPORTLIB = ("importlib._bootstrap", "importlib._bootstrap_external", "zipimport")


class ReemitHook:
    """While installed, imported modules are compiled as ever, emitted again, and executed.

    It stands behind ``get_code`` of importlib's loaders: source files, .pyc files, zip archives,
    frozen modules. So ``runpy`` and ``python -m`` see the same code, and finders, loaders, specs
    and .pyc files are what they are without it. A module without Python code (builtin, an
    extension) is imported as ever, and so is one whose loader is none of importlib's.

    ``install()`` and ``uninstall()``, or a ``with`` statement; one hook at a time.

    Args:
        wanted: says of which modules, by name; ``None``: all. Modules of paddlefx are left
            alone: decode can't be waited for by decode.
        builtin: also what ``compile``, ``exec`` and ``eval`` make of source text; the three
            builtins are replaced while the hook is installed.

    Attributes:
        again: the :class:`~paddlefx.reemit.Reemitter`; ``again.codes`` counts code objects.
        modules: the names of the modules whose code was made again, in order.
        failures: every :class:`~paddlefx.errors.ReemitError` so far, if it was caught or not.
    """

    def __init__(
        self, wanted: Optional[Callable[[str], bool]] = None, *, builtin: bool = False
    ) -> None:
        self.again = Reemitter()
        self.modules: List[str] = []
        self.failures: List[Exception] = []
        self._wanted = wanted
        self._builtin = builtin
        self._replaced: List[Tuple[Any, str, Any]] = []

    def wanted(self, module: str) -> bool:
        """Whether code of this module is emitted again."""
        if module.partition(".")[0] == "paddlefx":
            return False
        return self._wanted is None or self._wanted(module)

    def install(self) -> Self:
        """Start. Modules that are loaded stay as they are, see :meth:`reemit_loaded`.

        Raises:
            RuntimeError: a hook is installed already.
        """
        if _SOURCE_LOADER.get_code.__module__ == __name__:  # type: ignore[attr-defined]
            raise RuntimeError("a ReemitHook is installed already")
        sourceless = importlib.machinery.SourcelessFileLoader
        frozen = importlib.machinery.FrozenImporter
        for owner in (_SOURCE_LOADER, sourceless):
            self._replace(owner, "get_code", self._get_code(vars(owner)["get_code"]))
        self._replace(zipimport, "_get_module_code", self._get_zipped_code())
        self._replace(frozen, "exec_module", staticmethod(self._exec_frozen()))
        if self._builtin:
            from .. import _C

            for made in _C.transforming_builtins(self._transform_compiled):
                self._replace(builtins, made.__name__, made)
        return self

    def uninstall(self) -> None:
        """Stop; what was imported keeps its code."""
        while self._replaced:
            setattr(*self._replaced.pop())

    def __enter__(self) -> Self:
        return self.install()

    def __exit__(self, *error: object) -> None:
        self.uninstall()

    def reemit_loaded(self) -> int:
        """Also give the functions that are there new code, in place; how many that were.

        Raises:
            ReemitError: a fault in decode or emit.
        """
        return reemit_loaded(self.wanted, self.again)

    def transform(self, code: CodeType, module: str) -> CodeType:
        """Code of a module made again, if the module is wanted.

        Raises:
            ReemitError: a fault in decode or emit; it names the module and the code object.
        """
        if not self.wanted(module):
            return code
        trace, profile = sys.gettrace(), sys.getprofile()
        sys.settrace(None)
        sys.setprofile(None)
        try:
            return self.again(code, module)
        except Exception as error:
            self.failures.append(error)
            raise
        finally:
            sys.setprofile(profile)
            sys.settrace(trace)

    def _transform_compiled(self, code: CodeType) -> CodeType:
        """What one of the builtins compiled, for the frame that called it."""
        module = str(sys._getframe(1).f_globals.get("__name__"))
        return code if module in _IMPORTLIB else self.transform(code, module)

    def _loaded(self, code: CodeType, module: str) -> CodeType:
        made = self.transform(code, module)
        if made is not code and module not in self.modules:
            self.modules.append(module)
        return made

    def _replace(self, owner: Any, name: str, value: Any) -> None:
        self._replaced.append((owner, name, vars(owner)[name]))
        setattr(owner, name, value)

    def _get_code(self, original: Callable[[Any, str], Optional[CodeType]]) -> FunctionType:
        loaded = self._loaded

        @_of_importlib
        def get_code(self: Any, fullname: str) -> Optional[CodeType]:
            code = original(self, fullname)
            return code if code is None else loaded(code, fullname)

        return get_code

    def _get_zipped_code(self) -> FunctionType:
        original, loaded = vars(zipimport)["_get_module_code"], self._loaded

        @_of_importlib
        def _get_module_code(self: Any, fullname: str) -> Tuple[Any, ...]:
            code, *rest = original(self, fullname)
            return (loaded(code, fullname), *rest)

        return _get_module_code

    def _exec_frozen(self) -> FunctionType:
        loaded = self._loaded

        @_of_importlib
        def exec_module(module: ModuleType) -> None:
            assert module.__spec__ is not None
            name = module.__spec__.name
            code: Any = importlib.machinery.FrozenImporter.get_code(name)
            exec(loaded(code, name), module.__dict__)

        return exec_module


def _of_importlib(function: Callable[..., Any]) -> FunctionType:
    """The function, in tracebacks a part of importlib."""
    assert isinstance(function, FunctionType)
    function.__code__ = function.__code__.replace(co_filename=_IMPORTLIB_FILE)
    return function
