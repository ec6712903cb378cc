"""``list[int]``: classes of the standard library that can be indexed (PEP 585)."""

from __future__ import annotations

import re
from typing import Dict, List, Set

from ...rule import Context, Example, Rule
from ...syntax import nodes, operators
from ...syntax.code import Code
from ..type_positions import BUILTIN_GENERICS, is_local_annotation

#: Modules -> classes that have the same name in ``typing``.
_IN_TYPING = {
    "collections.abc": "Awaitable Coroutine AsyncIterable AsyncIterator AsyncGenerator Iterable "
    "Iterator Generator Reversible Container Collection Callable Set MutableSet Mapping "
    "MutableMapping Sequence MutableSequence KeysView ItemsView ValuesView MappingView",
    "collections": "OrderedDict Counter ChainMap deque defaultdict",
    "contextlib": "AbstractContextManager AbstractAsyncContextManager",
    "re": "Pattern Match",
}
_RENAMED = {
    "collections.abc.Set": "AbstractSet",
    "collections.deque": "Deque",
    "collections.defaultdict": "DefaultDict",
    "contextlib.AbstractContextManager": "ContextManager",
    "contextlib.AbstractAsyncContextManager": "AsyncContextManager",
}
TYPING = {
    f"{module}.{name}": _RENAMED.get(f"{module}.{name}", name)
    for module, names in _IN_TYPING.items()
    for name in names.split()
}
#: Other classes that 3.9 lets index.
OTHERS = frozenset(
    f"{module}.{name}"
    for module, names in {
        "asyncio": "Future Task Queue PriorityQueue LifoQueue",
        "collections": "UserDict UserList",
        "concurrent.futures": "Future",
        "contextvars": "ContextVar Token",
        "ctypes": "Array LibraryLoader",
        "dataclasses": "Field",
        "difflib": "SequenceMatcher",
        "fileinput": "FileInput",
        "functools": "cached_property partial partialmethod singledispatchmethod",
        "graphlib": "TopologicalSorter",
        "itertools": "chain",
        "mailbox": "Mailbox",
        "multiprocessing.pool": "ApplyResult",
        "multiprocessing.shared_memory": "ShareableList",
        "os": "DirEntry PathLike",
        "queue": "Queue PriorityQueue LifoQueue SimpleQueue",
        "shelve": "Shelf",
        "subprocess": "CompletedProcess Popen",
        "tempfile": "SpooledTemporaryFile TemporaryDirectory",
        "types": "MappingProxyType",
        "urllib.parse": "SplitResult",
        "weakref": "ReferenceType ref WeakSet WeakKeyDictionary WeakValueDictionary WeakMethod",
    }.items()
    for name in names.split()
)
#: The last part of a name, in front of an index or renamed -> the other parts, one by one.
_PARTS: Dict[str, List[Set[str]]] = {}
for _path in (*BUILTIN_GENERICS, *TYPING, *OTHERS):
    _modules, _, _last = _path.rpartition(".")
    _PARTS.setdefault(_last, []).append({*_modules.split(".")} - {"builtins"})
_WORDS = frozenset(_PARTS)
#: A literal comes first: that is what a search is fast for.
_PLACES = {word: re.compile(rf"{word}(?<!\w{word})(?:[\s)\\]*\[|\s+as\b)") for word in _WORDS}
#: The same for builtin names, where nothing has them as an attribute.
_NO_ATTRIBUTES = {
    word: re.compile(_PLACES[word].pattern.replace(rf"(?<!\w{word})", rf"(?<![\w.]{word})"))
    for word in (path.rpartition(".")[2] for path in BUILTIN_GENERICS)
    if _PARTS[word] == [set()]
}


class GenericBuiltins(Rule):
    """``list[int]`` -> ``_downgrade.List[int]``, which is ``list[int]`` itself from 3.9 on.

    Classes of ``collections``, ``collections.abc``, ``contextlib`` and ``re`` are those of
    ``typing``; others are wrapped where they are indexed. Annotations of local variables are
    left, as nothing evaluates them, but in a file that names typeguard.
    """

    name = "generic-builtins"
    version = (3, 9)
    pep = 585
    title = "Generic types of the standard library"
    in_stubs = False
    visits = (nodes.Subscript,)
    examples = (
        Example(
            "\nclass A(NamedTuple):\n    list: list[int]\n",
            "import _downgrade\nclass A(NamedTuple):\n    list: _downgrade.List[int]\n",
        ),
        Example(
            "X = list[dict[str, int]]\nx: tuple[int, ...] = ()\n",
            "import _downgrade; X = _downgrade.List[_downgrade.Dict[str, int]]\n"
            "x: _downgrade.Tuple[int, ...] = ()\n",
        ),
        Example(
            "from collections import abc, deque\ndef f(x: abc.Callable[[int], str], y: deque[int]):\n"
            "    z: list[int] = []\n",
            "import typing as _typing; from collections import abc, deque\n"
            "def f(x: _typing.Callable[[int], str], y: _typing.Deque[int]):\n"
            "    z: list[int] = []\n",
        ),
        Example(
            "from typeguard import typechecked\n@typechecked\ndef f():\n    z: list[int] = []\n",
            "import _downgrade; from typeguard import typechecked\n@typechecked\ndef f():\n"
            "    z: _downgrade.List[int] = []\n",
        ),
        Example(
            "import queue\nclass Q(queue.Queue[int]): pass\n",
            "import _downgrade; import queue\n"
            "class Q(_downgrade.subscriptable(queue.Queue)[int]): pass\n",
        ),
        Example("list = {}\nlist[int]\n", "list = {}\nlist[int]\n"),
        Example(
            "\nclass A:\n    def list(self) -> list[int]: ...\n    def f(self) -> list[int]: ...\n",
            "import _downgrade\nclass A:\n    def list(self) -> _downgrade.List[int]: ...\n"
            "    def f(self) -> list[int]: ...\n",
        ),
        Example(
            "\nclass A:\n    dict = dict[int, set[int]]\n    set: set = dict[int]\n",
            "import _downgrade\nclass A:\n    dict = _downgrade.Dict[int, _downgrade.Set[int]]\n"
            "    set: set = dict[int]\n",
        ),
        Example(
            "\nclass A:\n    for x in 1, 2: y = list[x]; list = {2: 1}\n",
            "\nclass A:\n    for x in 1, 2: y = list[x]; list = {2: 1}\n",
        ),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether one of these names is indexed, or has another name, and may be what it seems."""
        builtins = "builtins" in code.words
        return any(
            any(parts <= code.words for parts in _PARTS[word])
            and (
                _PLACES[word] if builtins or word not in _NO_ATTRIBUTES else _NO_ATTRIBUTES[word]
            ).search(code.everything)
            for word in _WORDS & code.words
        )

    def visit(self, node: nodes.Subscript, context: Context) -> None:
        """Write something that 3.8 can index."""
        if node.ctx is not operators.LOAD or not context.scopes.may_mean(node.value, _WORDS):
            return
        name = context.scopes.qualified(node.value)
        known = name in BUILTIN_GENERICS or name in TYPING or name in OTHERS
        if name is None or not known or is_local_annotation(node, context):
            return
        start, end = context.source.span(node.value)
        with context.change(node) as change:
            if name in BUILTIN_GENERICS:
                change.replace(start, end, change.runtime(BUILTIN_GENERICS[name]))
            elif name in TYPING:
                lines = context.source.newlines(start, end)
                text = f"{change.module('typing')}.{TYPING[name]}"
                change.replace(start, end, text + "\\\n" * lines)
            else:
                change.insert(start, f"{change.runtime('subscriptable')}(")
                change.insert(end, ")")
