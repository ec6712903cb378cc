"""Runs CPython's test modules on request, each in a fork: plain, re-emitted or executed.

    python tests/conformance/regrtest_server.py (plain|reemitted|beside|executed)

Reads lines ``MODULE SECONDS`` (a module of CPython's ``test`` package, a limit), answers each
with a line of JSON: how the run ended and the outcome of each test. Both kinds import the same
modules before they fork, so that nothing but the code differs: ``beside`` is ``plain`` with the
modules that ``executed`` needs.
"""

from __future__ import annotations

import collections
import doctest
import faulthandler
import gc
import importlib
import importlib.util
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
#: Imported before the forks, so that not each of them does it.
SHARED = (
    "argparse", "asyncio", "copy", "ctypes", "datetime", "decimal", "email.message", "http.client",
    "json", "logging", "pickle", "random", "shutil", "subprocess", "tempfile", "threading",
    "typing", "unittest.mock", "xml.etree.ElementTree", "test.support.os_helper",
    "test.support.script_helper", "test.support.threading_helper", "test.support.warnings_helper",
)  # fmt: skip
#: What subtests and doctests put into their names and what differs from run to run.
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}|@test_\d+|/tmp/\w+")

#: How many times the limit a module may take on the clock.
IDLE = 10

#: A test that takes as many seconds is named in the log, which a timeout shows.
SLOW = 5.0


class Recorder(unittest.TestResult):
    """The outcome of each test by its id, with the type of the exception."""

    def __init__(self):
        super().__init__()
        self.outcomes = collections.Counter()
        self.texts = {}
        self.began = 0.0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.perf_counter()

    def stopTest(self, test):
        super().stopTest(test)
        took = time.perf_counter() - self.began
        if took > SLOW:
            os.write(2, f"{took:.1f} s: {test.id()}\n".encode("utf-8", "backslashreplace"))

    def note(self, test, outcome, error=None):
        name = ADDRESS.sub("…", test if isinstance(test, str) else test.id())
        if error is not None:
            outcome += ": " + error[0].__name__
            self.texts.setdefault(name, "".join(traceback.format_exception(*error))[-4000:])
        self.outcomes[name, outcome] += 1

    def addSuccess(self, test):
        self.note(test, "pass")

    def addFailure(self, test, err):
        self.note(test, "fail", err)

    def addError(self, test, err):
        self.note(test, "error", err)

    def addSkip(self, test, reason):
        self.note(test, "skip")

    def addExpectedFailure(self, test, err):
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.note(test, "unexpected success")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            fails = issubclass(err[0], test.failureException)
            self.note(subtest, "fail" if fails else "error", err)


def run_doctests(recorder, module, optionflags=0):
    """Each docstring of a module is a test; its outcome says how many examples failed."""
    if isinstance(module, str):
        module = sys.modules[module]
    runner = doctest.DocTestRunner(verbose=False, optionflags=optionflags)
    for test in doctest.DocTestFinder().find(module, module.__name__):
        failed, tried = runner.run(test, out=sys.stderr.write)[:2]
        recorder.note(f"doctest {test.name}", f"{failed} of {tried} failed")


def run_module(name, recorder):
    """What ``python -m test NAME`` runs, whatever of the three ways the version knows."""
    from test import support

    support._run_suite = lambda suite: suite.run(recorder)
    if hasattr(support, "run_doctest"):

        def run_doctest(module, verbosity=None, optionflags=0):
            run_doctests(recorder, module, optionflags)
            return 0, 0

        support.run_doctest = run_doctest
    try:
        module = importlib.import_module("test." + name)
        main = getattr(module, "test_main", None)
        if hasattr(support, "run_unittest") and main is not None:
            main()
        else:
            unittest.defaultTestLoader.loadTestsFromModule(module).run(recorder)
    except unittest.SkipTest:
        recorder.note(name, "skip")
    except BaseException:
        recorder.note(name, "error", sys.exc_info())


def run_forked(name, answer, hook):
    """The child's life; writes its answer to a file and never returns."""
    began = time.perf_counter()
    os.setsid()
    faulthandler.enable(sys.__stderr__)
    faulthandler.register(signal.SIGUSR2, file=sys.__stderr__)  # asked at a timeout
    recorder = Recorder()
    codes = hook.again.codes if hasattr(hook, "again") else 0
    executed = hook if hasattr(hook, "counts") else None
    if executed:
        executed(run_module, name, recorder)
    else:
        run_module(name, recorder)
    found = {
        "outcomes": [[*key, count] for key, count in sorted(recorder.outcomes.items())],
        "texts": recorder.texts,
        "seconds": time.perf_counter() - began,
        "codes": hook.again.codes - codes if hasattr(hook, "again") else 0,
        "faults": [str(error) for error in getattr(hook, "failures", ())],
        "frames": dict(executed.counts) if executed else {},
    }
    with open(answer + ".new", "w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump(found, file)
    os.rename(answer + ".new", answer)
    os._exit(0)


def run(name, limit, hook):
    """One module in a fork with a working directory of its own; what is answered."""
    where = tempfile.mkdtemp(prefix="regrtest-")
    answer, log = os.path.join(where, "answer"), os.path.join(where, "log")
    work = os.path.join(where, "work")
    os.mkdir(work)
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            os.chdir(work)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            sys.stdin = open(0, encoding="utf-8", closefd=False)
            tempfile.tempdir = None
            run_forked(name, answer, hook)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(120)
    status = _wait(child, limit)
    if status is None:
        os.kill(child, signal.SIGUSR2)
        time.sleep(0.5)
    try:
        os.killpg(child, signal.SIGKILL)  # what the tests left running
    except OSError:
        pass
    if status is None:
        os.waitpid(child, 0)
        end = "timeout"
    elif os.WIFSIGNALED(status):
        end = f"signal {os.WTERMSIG(status)}"
    else:
        end = f"exit {os.WEXITSTATUS(status)}"
    found = {"outcomes": [], "texts": {}, "codes": 0, "faults": [], "frames": {}}
    if os.path.exists(answer):
        with open(answer, encoding="utf-8") as file:
            found = json.load(file)
        end = "done"
    with open(log, encoding="utf-8", errors="replace") as file:
        found["log"] = file.read()[-4000:]
    found.update(module=name, end=end, seconds=time.perf_counter() - began)
    shutil.rmtree(where, ignore_errors=True)
    return found


def spent(process):
    """The processor time of a process and of those children that have ended, in seconds."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _wait(child, limit):
    """The child's exit status, None when it has had the limit, in seconds of a processor.

    So that a busy machine makes no timeouts; one that waits instead of computing has ``IDLE``
    times as long.
    """
    until = time.monotonic() + IDLE * limit
    pause = 0.002
    while time.monotonic() < until and spent(child) < limit:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(pause)
        pause = min(pause * 1.3, 0.05)
    return None


def start(kind):
    """Import what all modules need; the hook of the kind 'reemitted'."""
    sys.path.insert(0, ROOT)
    from paddlefx.reemit import imports

    hook = imports.ReemitHook(builtin=True)
    sys.path.remove(ROOT)
    if kind == "reemitted":
        hook.install()
        hook.reemit_loaded()
    executor = None
    if kind in ("beside", "executed"):
        sys.path.insert(0, ROOT)
        from tests.conformance.executed import ExecutorHook

        executor = ExecutorHook()
        sys.path.remove(ROOT)
    from test import support

    for name in SHARED:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    support.use_resources = []
    support.verbose = 0
    gc.collect()
    gc.freeze()  # collections in the forks are of what the tests make
    return {"reemitted": hook, "executed": executor}.get(kind)


def main():
    """Serve until the input ends."""
    sys.path = [entry for entry in sys.path if os.path.realpath(entry or ".") != _HERE]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.set_inheritable(answers.fileno(), False)
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(2, 1)
    hook = start(sys.argv[1])
    sys.argv[1:] = []
    for line in iter(requests.readline, ""):
        name, limit = line.split()
        print(json.dumps(run(name, float(limit), hook)), file=answers, flush=True)


_HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    main()
