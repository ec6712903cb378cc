"""From a frame that is about to run to the code that runs in its place.

The body of :meth:`Translator._compile` is the data's way: decode, verify, execute,
run the passes, compile, guard, emit, remember.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import types
import warnings
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from . import _C, frameworks, limits, skip_rules, statistics
from .cache import CacheManager, GuardedCode
from .compiler import Compiler
from .compiler.replay import replayed
from .conditional import Conditional
from .data_stack import in_one_chunk
from .decode import decode
from .emit import emit
from .errors import GraphBreakError, PaddlefxError
from .executor import (
    BreakReason,
    Capture,
    GiveUp,
    Resume,
    ResumePoint,
    Services,
    execute,
    forget_frames,
)
from .executor.breaks import Kind
from .executor.varying import Varying
from .guards import Guard, GuardKind, GuardProgram, GuardText, compile_guards, module_of
from .ir.program import Program
from .ir.verify import verify
from .marks import is_marked
from .opcodes import table_for
from .optimized_layer import plain_layer
from .source import (
    AttributeSource,
    CellSource,
    ConstantSource,
    InstanceDictSource,
    ItemSource,
    LocalSource,
    Source,
)

__all__ = [
    "CACHE",
    "DISABLED",
    "Options",
    "Record",
    "Translator",
    "forget",
    "unwrap",
]

#: The attribute by which ``paddlefx.disable`` marks a function.
DISABLED = "__paddlefx_disabled__"

#: Every compiled form in this process.
CACHE = CacheManager()

_lock = threading.RLock()
_programs: Dict[int, Tuple[Any, Program]] = {}


class Options(NamedTuple):
    """What ``optimize`` was asked for.

    Args:
        compiler: the backend.
        full_graph: a graph break is an error.
        without_tensors: what is captured runs also where there is no tensor operation.
        dynamic: ``None``: numbers and sizes that were seen to vary are inputs; ``False``: none
            are; ``True``: those of arguments are from the first call on.
    """

    compiler: Compiler
    full_graph: bool = False
    without_tensors: bool = False
    dynamic: Optional[bool] = None


@dataclass
class Record:
    """What translations did, for ``explain``."""

    graphs: List[Any] = field(default_factory=list)
    breaks: List[BreakReason] = field(default_factory=list)
    fallbacks: List[BreakReason] = field(default_factory=list)
    guards: List[GuardText] = field(default_factory=list)
    recompiles: List[str] = field(default_factory=list)


def program_of(code: types.CodeType) -> Program:
    """The verified program of a code object; decoded once."""
    found = _programs.get(id(code))
    if found is not None and found[0]() is code:
        return found[1]
    program = decode(code, table_for())
    verify(program)
    return _remember(code, program)


def _remember(code: types.CodeType, program: Program) -> Program:
    key = id(code)

    def gone(reference: Any) -> None:
        if key in _programs and _programs[key][0] is reference:
            del _programs[key]

    _programs[key] = (weakref.ref(code, gone), program)
    return program


def forget() -> None:
    """Drop everything that was decoded and compiled."""
    with _lock:
        CACHE.clear()
        _programs.clear()
        limits.forget()


#: Py_TPFLAGS_IMMUTABLETYPE: of C (3.10+).
_IMMUTABLE = 1 << 8


def unwrap(value: Any) -> Any:
    """The plain callable behind an optimised one; anything else as it is."""
    if issubclass(type(value), _C.Dispatcher):
        return value.__wrapped__  # with an instance, the plain function bound to it
    return plain_layer(value)


def is_disabled(value: Any) -> Optional[Tuple[str, bool]]:
    """Why a call of it isn't captured, and whether it is refused; ``None`` when it may be."""
    try:
        if issubclass(type(value), functools.partial):
            # Asked for its dict it gets one, and isn't flattened by another partial any more.
            marks = functools.partial.__reduce__(value)[2][3] or ()
        elif type(value).__flags__ & _IMMUTABLE:  # of another copy of the module too
            object.__getattribute__(value, DISABLED)
            marks = (DISABLED,)
        else:
            marks = object.__getattribute__(value, "__dict__")  # no code of the user's
    except AttributeError:
        marks = ()
    if DISABLED in marks:
        return f"{getattr(value, '__name__', 'it')} is marked with paddlefx.disable", False
    if not issubclass(type(value), (types.FunctionType, type)):
        return None
    module = module_of(value)
    chosen = skip_rules.treatment(module)
    if chosen is skip_rules.Treatment.RUN:
        return f"the module {module} runs as it is, by a rule", False
    if chosen is skip_rules.Treatment.REFUSE:
        return f"a call of {value.__qualname__}: {module} is refused by a rule", True
    return None


def runs_user_code(value: Any) -> bool:
    """Whether a call of it may reach functions worth compiling."""
    if issubclass(type(value), type):
        return module_of(value) != "builtins"
    return type(value) is not types.BuiltinFunctionType


def explain_call(cache: Any, function: Any, args: Any, kwargs: Any) -> List[str]:
    """Why no form in ``cache`` fits a call of ``function``, a sentence each; empty when one does."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return []
    bound.apply_defaults()
    names = function.__code__.co_varnames
    locals = tuple(bound.arguments.get(name, _C.UNBOUND) for name in names)
    scope = (locals, function.__globals__, None, function.__closure__ or ())
    reasons = [form.guards.explain(*scope) for form in cache.entries]
    return [] if None in reasons else [reason for reason in reasons if reason is not None]


class _FrameCache(_C.CodeCache):
    """The cache of code that the hook met; a dispatcher has one of its own."""


class _ResumeTable:
    """The resume functions of one function, by where they go on.

    The compiled forms that go on in one of them keep it, so it goes with the last of them.
    """

    def __init__(self, code: types.CodeType, globals: Dict[str, Any]) -> None:
        self.code = code
        self.globals = globals
        self.functions: Dict[ResumePoint, Any] = {}


class Translator:
    """The ``translate`` callback of a dispatcher, and of what is reached from it.

    Args:
        options: what ``optimize`` was asked for.
        record: notes everything that happens, when given.
    """

    def __init__(self, options: Options, record: Optional[Record] = None) -> None:
        self.options = options
        self.record = record
        #: Calls its first argument with the rest; frames inside are compiled by this translator.
        self.hooked = _C.hooked_by(self.frame_cache)
        #: For each cache the places where an object was that is gone.
        self._remade: weakref.WeakKeyDictionary[Any, Set[Source]] = weakref.WeakKeyDictionary()
        #: Code of resume functions with closures.
        self._shared: weakref.WeakSet[types.CodeType] = weakref.WeakSet()
        self._tables: weakref.WeakValueDictionary[Tuple[int, int], _ResumeTable] = (
            weakref.WeakValueDictionary()
        )
        self._varying: weakref.WeakKeyDictionary[Any, Varying] = weakref.WeakKeyDictionary()

    def __call__(self, cache: Any, state: Any) -> Optional[Callable[..., Any]]:
        """Compile a frame, remember it, and say what to call in its place.

        Returns:
            A function with the frame's signature; ``None`` for the plain function.

        Raises:
            GraphBreakError: ``full_graph`` was asked for, and something can't be captured.
        """
        enabled = _C.set_enabled(False)
        try:
            with _lock:
                return in_one_chunk(self._translate, cache, state)
        finally:
            _C.set_enabled(enabled)

    def _translate(self, cache: Any, state: Any) -> Optional[Callable[..., Any]]:
        known = cache.find(state, count=False)
        if known is not None:  # another thread compiled it while this one waited
            return self._target(known, cache, state)
        instance = limits.instance_of(state, unwrap)
        reached = limits.reached(cache, instance)
        forms = CACHE.lookup(state.code, cache) if reached is None else ()
        if forms:
            statistics.count("recompiles")
            for form in forms:
                self._varies(cache).learn(form.unfulfilled(state))
        if cache.entries and self.record is not None:
            self.record.recompiles += CACHE.explain_miss(state, cache)
        if reached is not None:
            limits.tell(cache, state, instance, reached, CACHE.explain_miss)
            return None
        try:
            guarded = self._compile(state, cache)
        except GiveUp as signal:
            self._note_fallback(signal.reason)
            forget_frames(signal)
            if signal.passing:
                return None
            guarded = self._plain(cache, state, signal.reason)
        guarded.serve(instance)
        CACHE.insert(cache, guarded)
        return self._target(guarded, cache, state)

    def _target(self, guarded: Any, cache: Any, state: Any) -> Optional[Callable[..., Any]]:
        """What a call of this frame's function runs; ``None`` for the plain function."""
        target: Optional[Callable[..., Any]] = guarded.function
        if target is None or not self._serves_closures(cache, state):
            return target
        if guarded.code is None:
            return functools.partial(target, state.function)
        return _function(guarded.code, state)

    def _serves_closures(self, cache: Any, state: Any) -> bool:
        """Whether functions of the same code with other cells use the cache too."""
        return isinstance(cache, _FrameCache) or state.code in self._shared

    def _compile(self, state: Any, cache: Any) -> GuardedCode:
        code: types.CodeType = state.code
        if code.co_flags & _GENERATORS:
            raise GiveUp(
                _at_start(
                    code,
                    Kind.LANGUAGE,
                    "a generator or coroutine runs as plain Python",
                    "functions that it calls can be optimised on their own",
                )
            )
        reason = frameworks.active().mode_supported()
        if reason is not None:
            raise GiveUp(
                _at_start(code, Kind.LANGUAGE, reason, "calls outside of it are compiled"),
                passing=True,
            )
        with _reported(code):
            # What capture makes lives on, or goes with its last reference: nothing to collect.
            capture = _C.uncollected(execute, program_of(code), state, self._services(cache))
        if capture.broke is not None:
            self._count_break(capture.broke)
        elif capture.graph is None and not self.options.without_tensors:
            return GuardedCode(None, self._guards(capture.guards, cache), None)
        graph_layer = self._compile_graph(capture)
        with _reported(code):
            tables = [self._resume_function(resume) for resume in capture.resumes]
            made = _C.uncollected(emit, capture.residual, code, table_for())
            conditions = capture.guards + _of_defaults(cache, state.function)
            guards = _C.uncollected(self._guards, conditions, cache)
        statistics.count("translations")
        if self.record is not None:
            self.record.guards += guards.texts
        shared = self._serves_closures(cache, state)
        function = _without_cells(made, state.globals) if shared else _function(made, state)
        guarded = GuardedCode(made, guards, function, graph_layer, capture.broke)
        guarded.resumes = tuple(dict.fromkeys(tables))
        return guarded

    def frame_cache(self, code: types.CodeType, globals: Dict[str, Any]) -> Any:
        """The hook asks: is a code object worth compiling? Its cache, or ``None``."""
        if code.co_flags & _GENERATORS or code.co_name in _AS_IT_IS:
            return None
        if not skip_rules.is_users(code.co_filename, globals):
            return None
        return _FrameCache(code, self)

    # -- parts

    def _varies(self, cache: Any) -> Varying:
        """What is known to vary between the calls that a cache serves."""
        known = self._varying.get(cache)
        if known is None:
            dynamic = self.options.dynamic if self.options.compiler.takes_numbers else False
            known = self._varying[cache] = Varying(dynamic)
        return known

    def _services(self, cache: Any) -> Services:
        return Services(
            decode=program_of,
            framework=frameworks.active(),
            unbound=_C.UNBOUND,
            unwrap=unwrap,
            disabled=is_disabled,
            runs_user_code=runs_user_code,
            is_users=skip_rules.is_users,
            hooked_call=self.hooked,
            hooked_callable=functools.partial(functools.partial, self.hooked),
            wanted=not isinstance(cache, _FrameCache),
            marked=is_marked,
            varying=self._varies(cache),
            remade=frozenset(self._remade.get(cache, ())),
        )

    def _guards(self, guards: List[Guard], cache: Any) -> GuardProgram:
        holder = weakref.ref(cache)
        known = list(_given(guards))

        def gone(program: GuardProgram) -> None:
            owner = holder()
            # At exit this module may have lost its names already.
            if owner is not None and sys is not None and not sys.is_finalizing():
                remade = {source for source, held in known if held() is None}
                if remade:
                    self._remade.setdefault(owner, set()).update(remade)
                limits.died(owner, program)
                CACHE.drop(owner, program)

        return compile_guards(guards, gone)

    def _compile_graph(self, capture: Capture) -> Any:
        graph = capture.graph
        if graph is None:
            return None
        layer = frameworks.active().make_graph_layer(graph, capture.attributes)
        enabled = _C.set_enabled(True)
        try:
            for node in graph.find_nodes(op="call_function"):
                if isinstance(node.target, Conditional):
                    node.target.compile(replayed)
            compiled = self.options.compiler(layer, capture.inputs)
        finally:
            _C.set_enabled(enabled)
        capture.graph_slot.fill(compiled)
        statistics.count("graphs")
        statistics.count("nodes", len(graph.find_nodes(op="call_function")))
        if self.record is not None:
            self.record.graphs.append(layer)
        return layer

    def _resume_function(self, resume: Resume) -> _ResumeTable:
        """Fill in the resume function of a point, made at its first break; what keeps it."""
        key = id(resume.code), id(resume.globals)
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = _ResumeTable(resume.code, resume.globals)
        found = table.functions.get(resume.point)
        if found is None:
            found = table.functions[resume.point] = self._new_resume_function(resume)
        resume.slot.fill(found)
        return table

    def _new_resume_function(self, resume: Resume) -> Any:
        program = resume.made()
        verify(program)
        code = emit(program, resume.code, table_for())
        _remember(code, program)
        if resume.point.generator:
            return _generator_function(code, resume.globals)
        if not code.co_freevars:
            function = types.FunctionType(code, resume.globals, code.co_name)
            return _C.Dispatcher(function, self)
        self._shared.add(code)
        function = _without_cells(code, resume.globals)
        return _C.Dispatcher(function, self).with_closure

    def _count_break(self, reason: BreakReason) -> None:
        if self.options.full_graph or reason.kind is Kind.REFUSED:
            raise _break_error(reason)
        if reason.again:
            return
        statistics.count("graph_breaks")
        if self.record is not None:
            self.record.breaks.append(reason)

    def _note_fallback(self, reason: BreakReason) -> None:
        if self.options.full_graph or reason.kind is Kind.REFUSED:
            raise _break_error(reason)
        statistics.count("fallbacks")
        if self.record is not None:
            self.record.fallbacks.append(reason)

    def _plain(self, cache: Any, state: Any, reason: BreakReason) -> GuardedCode:
        """The plain function, with the hook on: what it calls is compiled on its own."""
        hooked: Optional[Callable[..., Any]] = None
        # In a frame cache the hook is on already. A shared entry serves other closures too:
        # the dispatcher calls its function with its own plain one.
        if not isinstance(cache, _FrameCache):
            _C.skip(state.code)
            hooked = self.hooked
            if state.code not in self._shared:
                hooked = functools.partial(self.hooked, state.function)
        return GuardedCode(None, self._of_types(state), hooked, None, reason)

    def _of_types(self, state: Any) -> GuardProgram:
        """Guards on the types of the arguments alone."""
        guards = [
            Guard(LocalSource(name, index), GuardKind.TYPE, type(value))
            for index, (name, value) in enumerate(zip(state.code.co_varnames, state.locals))
            if value is not _C.UNBOUND
        ]
        return compile_guards(guards)


_GENERATORS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
#: A module runs once. A metaclass's ``mro()`` runs while a class is being changed, whose version
#: doesn't tell yet (``type_set_bases`` in Objects/typeobject.c): guards would hold that don't.
_AS_IT_IS = frozenset({"<module>", "mro"})


@contextmanager
def _reported(code: types.CodeType) -> Iterator[None]:
    """A mistake of ours is told, and costs the user speed, not the call.

    Raises:
        GiveUp: in place of whatever went wrong.
    """
    try:
        yield
    except GiveUp:
        raise
    except RecursionError as error:
        # Values or calls nest deep, or the caller has used up the stack: no mistake of ours.
        raise GiveUp(
            _at_start(code, Kind.LIMIT, "capture needs more stack than there is")
        ) from error
    except Exception as error:
        told = error.reason if isinstance(error, PaddlefxError) else str(error)
        reason = f"capture failed with {type(error).__name__}: {told}"
        warnings.warn(
            f"paddlefx: {code.co_name} ({code.co_filename}:{code.co_firstlineno}) runs as plain "
            f"Python, {reason}. This is a fault of paddlefx, please report it.",
            RuntimeWarning,
            stacklevel=2,
        )
        raise GiveUp(
            _at_start(code, Kind.INTERNAL, reason, "this is a fault of paddlefx, please report it")
        ) from error


def _generator_function(code: types.CodeType, globals: Dict[str, Any]) -> Any:
    """A function that gives generators; with free variables one of the tuple of their cells."""
    if not code.co_freevars:
        return types.FunctionType(code, globals, code.co_name)

    def with_closure(cells: Tuple[Any, ...]) -> types.FunctionType:
        return types.FunctionType(code, globals, code.co_name, None, cells)

    return with_closure


def _at_start(
    code: types.CodeType, kind: Kind, reason: str, hint: Optional[str] = None
) -> BreakReason:
    name = getattr(code, "co_qualname", code.co_name)
    return BreakReason(kind, reason, hint, code.co_filename, code.co_firstlineno, name)


def _break_error(reason: BreakReason) -> GraphBreakError:
    return GraphBreakError(
        reason.reason, filename=reason.filename, lineno=reason.lineno, hint=reason.hint
    )


def _given(guards: List[Guard]) -> Iterator[Tuple[Source, Callable[[], Any]]]:
    """The layers and parameters that guards ask for by identity where the caller gives them."""
    framework = frameworks.active()
    for guard in guards:
        if guard.kind is GuardKind.IS and (
            framework.is_layer(guard.operand) or framework.is_tensor(guard.operand)
        ):
            root = guard.source
            while isinstance(root, (AttributeSource, InstanceDictSource, ItemSource)):
                root = root.base
            if isinstance(root, (CellSource, LocalSource)):
                yield guard.source, weakref.ref(guard.operand)


def _of_defaults(cache: Any, function: Any) -> List[Guard]:
    """The compiled function has the defaults that the plain one had."""
    if function is None or isinstance(cache, _FrameCache):  # runs in the frame itself
        return []
    held = ConstantSource(function, function.__qualname__)
    return [
        Guard(AttributeSource(held, name), GuardKind.IS, value)
        for name in ("__defaults__", "__kwdefaults__")
        for value in [getattr(function, name)]
        if value is not None
    ]


def _without_cells(code: types.CodeType, globals: Dict[str, Any]) -> types.FunctionType:
    """What stands for the functions of this code: each call brings its own cells."""
    cells = tuple(types.CellType() for _ in code.co_freevars) or None
    return types.FunctionType(code, globals, code.co_name, None, cells)


def _function(code: types.CodeType, state: Any) -> types.FunctionType:
    original = state.function
    made = types.FunctionType(
        code,
        state.globals,
        code.co_name,
        None if original is None else original.__defaults__,
        tuple(state.closure or ()) or None,
    )
    if original is not None:
        made.__kwdefaults__ = original.__kwdefaults__
        made.__qualname__ = original.__qualname__
    return made
