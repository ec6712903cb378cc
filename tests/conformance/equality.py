"""One program for all versions: ``python -m tests.conformance.equality``.

Each interpreter compiles the same sources in a process of its own (:mod:`.forms`); a code
object is equal if its normalised programs have one canonical form on all of them. Code objects
are matched by file, qualified name, and ordinal among those of one name.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from paddlefx.ir.canonical import Canonical
from paddlefx.ir.compare import Mismatch, compare
from tests.support.interpreters import VERSIONS, Interpreter

__all__ = ["Corpus", "Report", "main", "measure"]

Version = Tuple[int, int]
#: (file, qualified name, ordinal)
Name = Tuple[str, str, int]


def library(version: Version) -> pathlib.Path:
    """Where an interpreter's standard library is."""
    return pathlib.Path(Interpreter(version).ask("import os; print(os.path.dirname(os.__file__))"))


def plain_sources() -> List[pathlib.Path]:
    """3.8's standard library without its tests."""
    root = library((3, 8))
    skipped = {"site-packages", "test", "tests", "idle_test"}
    found = sorted(root.rglob("*.py"))
    return [path for path in found if not skipped & set(path.relative_to(root).parts)]


def sources_with(text: str, node: str) -> List[pathlib.Path]:
    """The files of 3.13's library, tests included, with such a node in their syntax tree.

    Only files in which the pattern ``text`` occurs are parsed.
    """
    script = (
        "import ast, os, pathlib, re, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "for path in sorted(pathlib.Path(os.__file__).parent.rglob('*.py')):\n"
        "    if 'site-packages' in path.parts: continue\n"
        "    source = path.read_bytes()\n"
        f"    if not re.search({text.encode()!r}, source, re.MULTILINE): continue\n"
        "    try: tree = ast.parse(source)\n"
        "    except (SyntaxError, ValueError): continue\n"
        f"    if any({node} for node in ast.walk(tree)): print(path)\n"
    )
    found = Interpreter((3, 13)).ask(script)
    return [pathlib.Path(line) for line in found.splitlines()]


class Corpus(NamedTuple):
    """Sources, and the versions that must agree on them."""

    title: str
    paths: List[pathlib.Path]
    versions: Tuple[Version, ...]


#: What the command measures; the sources of the newer syntax are those of 3.13's library.
CORPORA = {
    "library": ("3.8's library without tests", plain_sources, VERSIONS),
    "match": (
        "match",
        lambda: sources_with(r"^ *match ", "isinstance(node, ast.Match)"),
        VERSIONS[2:],
    ),
    "except*": (
        "except*",
        lambda: sources_with(r"except ?\*", "isinstance(node, ast.TryStar)"),
        VERSIONS[3:],
    ),
    "typeparams": (
        "type parameters",
        lambda: sources_with(
            r"^ *(async def|def|class) +\w+\[|^ *type +\w", "getattr(node, 'type_params', 0)"
        ),
        VERSIONS[4:],
    ),
}


class Report:
    """What was found in a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.total = 0
        self.equal = 0
        self.failures: List[str] = []
        self.refused: List[str] = []
        #: names that differ, with the digest of each version
        self.different: Dict[Name, Dict[Version, Optional[str]]] = {}
        #: cause -> examples
        self.causes: Dict[str, List[Tuple[Name, Mismatch]]] = collections.defaultdict(list)

    @property
    def share(self) -> float:
        return self.equal / self.total if self.total else 0.0

    def pairwise(self) -> List[Tuple[Version, Version, int]]:
        """How many differ between each version and the next."""
        versions = self.corpus.versions
        return [
            (a, b, sum(digests[a] != digests[b] for digests in self.different.values()))
            for a, b in zip(versions, versions[1:])
        ]


def measure(corpus: Corpus, raw: bool = False) -> Report:
    """Compare the forms of every code object of a corpus."""
    report = Report(corpus)
    servers = {
        version: Interpreter(version).server("tests.conformance.forms")
        for version in corpus.versions
    }
    for path in corpus.paths:
        request = {"path": str(path), "raw": raw}
        for server in servers.values():
            server.send(request)
        answers = {version: server.receive() for version, server in servers.items()}
        refused = [v for v, found in answers.items() if "refused" in found]
        failed = {v: found["failed"] for v, found in answers.items() if "failed" in found}
        for version, text in failed.items():
            report.failures.append(f"{path} on {version}:\n{text}")
        if refused:
            report.refused.append(f"{path} on {refused[0]}: {answers[refused[0]]['refused']}")
        if refused or failed:
            continue
        _match(report, str(path), answers)
    names = list(report.different)
    for name in names:
        digests = report.different[name]
        _explain(report, name, digests, servers, raw)
    for server in servers.values():
        server.close()
    return report


def _match(report: Report, path: str, answers: Dict[Version, Any]) -> None:
    found: Dict[Name, Dict[Version, Optional[str]]] = {}
    for version, one in answers.items():
        for qualname, ordinal, digest in one["codes"]:
            found.setdefault((path, qualname, ordinal), {})[version] = digest
    for name, digests in found.items():
        report.total += 1
        if len(digests) == len(answers) and len(set(digests.values())) == 1:
            report.equal += 1
        else:
            report.different[name] = {version: digests.get(version) for version in answers}


def _explain(report: Report, name: Name, digests: Any, servers: Any, raw: bool) -> None:
    """Put a difference under its cause: which versions, and the first mismatch."""
    versions = list(digests)
    for one, other in zip(versions, versions[1:]):
        if digests[one] == digests[other]:
            continue
        between = f"{_text(one)} {_text(other)}"
        if digests[one] is None or digests[other] is None:
            cause = f"{between}: only one has a code object of this name"
            report.causes[cause].append((name, Mismatch("metadata", "", None, None, name[1])))
            continue
        found = []
        for version in (one, other):
            answer = servers[version].ask({"path": name[0], "raw": raw, "wanted": [name[1:]]})
            found.append(Canonical.from_json(answer["forms"][0]))
        mismatch = compare(found[0], found[1])
        assert mismatch is not None
        report.causes[f"{between}: {_cause(mismatch)}"].append((name, mismatch))


def _cause(found: Mismatch) -> str:
    if found.a is None or found.b is None:
        return f"{found.kind} {found.what.split()[0]}"
    if found.kind == "handler":
        return f"handler at {found.a.op.value}: {found.what}"
    if found.kind == "operand":
        return f"operand of {found.a.op.value}"
    return f"{found.a.op.value} against {found.b.op.value}"


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def show(report: Report, examples: int) -> None:
    """Print a report."""
    corpus = report.corpus
    span = f"{_text(corpus.versions[0])} to {_text(corpus.versions[-1])}"
    print(f"\n{corpus.title}, {span}: {len(corpus.paths)} files, {report.total} code objects")
    print(f"  equal on all: {report.equal} = {report.share:.2%}")
    for one, other, count in report.pairwise():
        print(f"  {_text(one)} = {_text(other)}: {1 - count / max(report.total, 1):.2%}")
    if report.refused:
        print(f"  not compiled by every version: {len(report.refused)} files")
        for line in report.refused[:examples]:
            print(f"    {line}")
    for text in report.failures[:examples]:
        print(f"  FAILED {text}")
    for cause, found in sorted(report.causes.items(), key=lambda pair: -len(pair[1])):
        print(f"  {len(found):>5}  {cause}")
        for (path, qualname, ordinal), mismatch in found[:examples]:
            lines = pathlib.Path(path).read_text("utf-8", "replace").splitlines()
            text = mismatch.text(lines, lines).replace("\n", "\n         ")
            print(f"         {path}: {qualname} #{ordinal}\n         {text}")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command; 1 if a share is below the target or anything fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th file only")
    parser.add_argument("--corpus", action="append", choices=list(CORPORA), help="only this one")
    parser.add_argument("--examples", type=int, default=1, metavar="N", help="shown for each cause")
    parser.add_argument("--raw", action="store_true", help="without normalising")
    parser.add_argument("--target", type=float, default=0.99, help="the least share")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args(arguments)
    good = True
    figures = {}
    for name in options.corpus or CORPORA:
        title, sources, versions = CORPORA[name]
        corpus = Corpus(title, sources(), versions)
        started = time.time()
        report = measure(corpus._replace(paths=corpus.paths[:: options.every]), options.raw)
        if options.json:
            figures[corpus.title] = {
                "files": len(report.corpus.paths),
                "codes": report.total,
                "equal": report.equal,
                "share": report.share,
                "causes": {cause: len(found) for cause, found in report.causes.items()},
                "failures": report.failures,
            }
        else:
            show(report, options.examples)
            print(f"  {time.time() - started:.0f} s")
        good = good and not report.failures and report.share >= options.target
    if options.json:
        print(json.dumps(figures, indent=2))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
