"""Tuning by MetaSchedule, with a stored log and a progress bar."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import logging
import math
import os
import pathlib
import platform
import sys
import time
import types
from typing import Any, Dict, Iterator, Optional, Sequence

from tvm import s_tir, tirx
from tvm.ir import IRModule, save_json
from tvm.ir.utils import derived_object
from tvm.s_tir import meta_schedule
from tvm.target import Target

from ...errors import CompileError

__all__ = ["log_folder", "tuned"]

#: Schedules that are compiled and measured together.
_AT_ONCE = 16


def log_folder(module: IRModule, target: Target, folder: Optional[str] = None) -> pathlib.Path:
    """Where the log of a module's tuning is: one folder for its functions of loops and target.

    Args:
        module: before tuning; its weights may be others than those it was tuned with.
        target: what it is tuned for.
        folder: where the logs are; the user's cache when ``None``.
    """
    if folder is None:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        folder = os.path.join(home, "paddlefx", "tvm")
    loops = {
        name: function
        for name, function in module.functions_items()
        if isinstance(function, tirx.PrimFunc)
    }
    text = f"{save_json(IRModule(loops))}\n{target}"
    return pathlib.Path(folder) / hashlib.sha256(text.encode()).hexdigest()[:32]


def tuned(
    module: IRModule,
    target: Target,
    trials: int,
    folder: pathlib.Path,
    minutes: Optional[float] = None,
) -> Any:
    """The database of the best schedules found for a module's functions.

    A log that has enough trials in it is used as it is; one that has fewer is gone on with.

    Args:
        module: operators in functions of loops, fused.
        target: for which machine.
        trials: how many schedules are measured.
        folder: where the log is written.
        minutes: after which no more are measured.

    Raises:
        CompileError: a package that tuning needs is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = meta_schedule.database.JSONDatabase(work_dir=str(folder))
    missing = trials - len(database)
    if missing <= 0:
        return database
    extracted = [
        task
        for task in meta_schedule.relax_integration.extract_tasks(module, target, {})
        if not task.mod.attrs.get("tirx.is_scheduled", False)
    ]
    if not extracted:
        return database
    try:
        with _instructions_of(target), _progress(missing) as progress, _runner() as runner:
            tasks = list(map(_context, extracted))
            cores = tasks[0].num_threads
            search = _Search(database, _builder(min(cores, missing)), runner, cores, progress)
            search.run(tasks, [task.weight for task in extracted], missing, minutes)
    except ImportError as error:
        raise CompileError(
            f"tuning with TVM needs a package that is not installed: {error}",
            hint="pip install paddlefx[tvm]",
        ) from error
    return database


def _context(task: Any) -> Any:
    """What a function is tuned in; MetaSchedule's own way to it configures the user's logging."""
    return meta_schedule.TuneContext(
        mod=task.dispatched[0],
        target=task.target,
        space_generator="post-order-apply",
        search_strategy="evolutionary",
        task_name=task.task_name,
        logger=logging.getLogger(_LOGGER),
    )


class _Search:
    """Measures schedules of several functions, a few of one function at a time.

    MetaSchedule's own order of tasks keeps what it has measured to itself until each function had
    its turn, and knows no limit of time.

    Args:
        database: what is measured goes here at once.
        builder: compiles schedules.
        runner: measures what is compiled.
        cores: for the model that guesses which schedules are fast.
        progress: a callback of MetaSchedule; its ``best`` are the seconds of the fastest schedule
            of the last step.
    """

    def __init__(self, database: Any, builder: Any, runner: Any, cores: int, progress: Any) -> None:
        self.database = database
        self.progress = progress
        measure = meta_schedule.measure_callback
        self.tools: Dict[str, Any] = {
            "builder": builder,
            "runner": runner,
            "cost_model": meta_schedule.CostModel.create("xgb", num_tuning_cores=cores),
            "measure_callbacks": [
                measure.AddToDatabase(),
                measure.RemoveBuildArtifact(),
                measure.UpdateCostModel(),
                progress,
            ],
        }

    def run(
        self,
        tasks: Sequence[Any],
        weights: Sequence[float],
        trials: int,
        minutes: Optional[float],
    ) -> None:
        """Measure so many schedules, or until so many minutes are over.

        Each function has a turn; then those have it that take most of the time in all, by the
        best schedule known, and had few.
        """
        seconds = [math.inf] * len(tasks)
        turns = [0] * len(tasks)
        places = range(len(tasks))
        end = math.inf if minutes is None else time.monotonic() + minutes * 60
        while trials > 0 and (time.monotonic() < end or not any(turns)):
            waiting = [place for place in places if not turns[place]]
            place = (
                waiting[0]
                if waiting
                else max(places, key=lambda each: weights[each] * seconds[each] / turns[each])
            )
            count = min(_AT_ONCE, trials)
            self._turn(tasks[place].clone(), count)
            seconds[place] = min(seconds[place], self.progress.best)
            turns[place] += 1
            trials -= count

    def _turn(self, task: Any, count: int) -> None:
        meta_schedule.tune.tune_tasks(
            tasks=[task],
            task_weights=[1.0],
            work_dir="",
            max_trials_global=count,
            num_trials_per_iter=count,
            database=self.database,
            task_scheduler="round-robin",
            **self.tools,
        )


_LOGGER = "tvm.s_tir.meta_schedule"
_INTRINSICS = f"{s_tir.__name__}.tensor_intrin"


@contextlib.contextmanager
def _instructions_of(target: Target) -> Iterator[None]:
    """Inside, TVM knows the tensor instructions of one kind of CPU.

    A task imports the package of all of them, GPUs' too: 180 functions, and for each TVM's parser
    describes every frame of the stack, for which ``inspect`` looks through all modules that are
    loaded. Beside Paddle's 2,400 that takes minutes. Behind this, importing the package imports
    what is missing.
    """
    if _INTRINSICS in sys.modules:
        yield
        return
    package = types.ModuleType(_INTRINSICS)
    package.__path__ = [str(pathlib.Path(s_tir.__file__).parent / "tensor_intrin")]
    sys.modules[_INTRINSICS] = package
    try:
        triple = str(target.attrs.get("mtriple", "")) or platform.machine()
        name = "arm_cpu" if triple.startswith(("aarch64", "arm")) else "x86"
        importlib.import_module(f"{_INTRINSICS}.{name}")
        yield
    finally:
        del sys.modules[_INTRINSICS]


@contextlib.contextmanager
def _runner() -> Iterator[Any]:
    """Runs what was compiled, one at a time, in a process that ends with the search."""
    runner = meta_schedule.runner.LocalRunner()
    try:
        yield runner
    finally:
        runner.pool.shutdown()


def _builder(workers: int) -> Any:
    """Compiles schedules in processes, which don't import that package at all.

    They would, each anew for every few schedules, and no schedule would be compiled within TVM's
    30 seconds; in a schedule instructions are loops like others.
    """
    name = _INTRINSICS

    # A function in a function goes to the process as it is; one of a module by its name, and that
    # module imports Paddle.
    def without_instructions() -> None:
        import sys
        import types

        sys.modules.setdefault(name, types.ModuleType(name))

    return meta_schedule.builder.LocalBuilder(max_workers=workers, initializer=without_instructions)


@contextlib.contextmanager
def _progress(trials: int) -> Iterator[Any]:
    """A callback of MetaSchedule that moves a progress bar on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("tuning"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[best]}"),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("tuning", total=trials, best="")

        @derived_object
        class Advance(meta_schedule.measure_callback.PyMeasureCallback):
            """Moves the bar by what was measured."""

            best = math.inf

            def apply(
                self, scheduler: Any, task_id: int, candidates: Any, builds: Any, runs: Any
            ) -> None:
                del candidates, builds
                times = [float(min(run.run_secs)) for run in runs if run.run_secs]
                self.best = min(times, default=math.inf)
                best = f"best of the last step {self.best * 1e3:.3g} ms" if times else ""
                bar.update(task, advance=len(runs), best=best)

        yield Advance()
