"""What backends gain: ratios to plain Paddle, beside Paddle's own ``to_static``.

``python benchmarks/backends.py [--backends NAME,...] [--cases NAME,...] [--seconds S] [--json FILE]``;
with ``--zoo``, every constructor of ``paddle.vision.models`` by ``auto`` alone, the geometric mean and
the worst one. Needs an installed paddlefx and Paddle. ``auto`` is called until it has chosen before
it is timed, and the note says what.

One run, interleaved: in each round every contender makes the same calls, and its ratio is to the
plain calls of that round; the table has the medians, so a machine that slows down meanwhile slows
all alike. Time is the process's CPU time, with Paddle held to one thread. Each setting is a
process of its own:

- ``MKL_DEBUG_CPU_TYPE=5``: on AMD, Paddle's bundled MKL runs its slow path without it, so that
  anything that doesn't use MKL looks better than it is.
- large malloc: memory isn't given back to the system, so that plain Paddle spends no time on page
  faults of each new result.

Errors are the largest difference to plain Paddle's results, relative to their largest element.
"""

from __future__ import annotations

import argparse
import copy
import ctypes
import functools
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

os.environ["OMP_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore", message="No ccache found")

#: glibc's ``mallopt``: the threshold of mmap, and of giving memory back.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1

#: By name, the environment of the process that measures.
SETTINGS: Dict[str, Dict[str, str]] = {
    "stock": {},
    "MKL_DEBUG_CPU_TYPE=5": {"MKL_DEBUG_CPU_TYPE": "5"},
    "large malloc": {"PADDLEFX_LARGE_MALLOC": "1"},
    "both": {"MKL_DEBUG_CPU_TYPE": "5", "PADDLEFX_LARGE_MALLOC": "1"},
}


class Case(NamedTuple):
    """Something to run.

    Args:
        make: makes the function and its arguments.
        trains: it is a training step, with gradients.
    """

    make: Callable[[], Tuple[Callable[..., Any], Tuple[Any, ...]]]
    trains: bool = False


class Figure(NamedTuple):
    """What was measured of a contender.

    Args:
        ratio: its time by plain Paddle's, the median of the rounds.
        error: the largest relative difference to plain Paddle's result.
        first: seconds of the first call, which compiles.
        notes: what isn't run by the backend, and why.
    """

    ratio: float
    error: float
    first: float
    notes: Tuple[str, ...] = ()


def _resnet18() -> Tuple[Any, Tuple[Any, ...]]:
    import paddle

    net = paddle.vision.models.resnet18()
    net.eval()
    return net, (paddle.randn([1, 3, 224, 224]),)


def _encoder_layers() -> Any:
    import paddle

    layer = paddle.nn.TransformerEncoderLayer(256, 8, 1024, dropout=0.0)
    return paddle.nn.TransformerEncoder(layer, 4)


def _encoder() -> Tuple[Any, Tuple[Any, ...]]:
    import paddle

    net = _encoder_layers()
    net.eval()
    return net, (paddle.randn([8, 64, 256]),)


def _elementwise() -> Tuple[Any, Tuple[Any, ...]]:
    import paddle

    def twenty(x: Any, y: Any) -> Any:
        for _ in range(10):
            x = x + y
            x = x * y
        return x

    return twenty, (paddle.rand([1024, 1024]), paddle.rand([1024, 1024]))


def _block() -> Tuple[Any, Tuple[Any, ...]]:
    import paddle

    norm = paddle.nn.LayerNorm(768)

    def block(x: Any, y: Any) -> Any:
        return norm(paddle.nn.functional.gelu(x) + y)

    return block, (paddle.randn([512, 768]), paddle.randn([512, 768]))


def _tiny(count: int) -> Callable[[], Tuple[Any, Tuple[Any, ...]]]:
    def make() -> Tuple[Any, Tuple[Any, ...]]:
        import paddle

        def operators(x: Any, y: Any) -> Any:
            z = x
            for _ in range(count // 2):
                z = z + y
                z = z * y
            return z

        return operators, (paddle.rand([8, 16]), paddle.rand([8, 16]))

    return make


def _training(make_net: Callable[[], Any], shape: Sequence[int]) -> Callable[[], Any]:
    """A step: forward, backward and what empties the gradients."""

    def make() -> Tuple[Any, Tuple[Any, ...]]:
        import paddle

        net = make_net()
        net.train()
        return net, (paddle.randn(list(shape)),)

    return make


def _cnn() -> Any:
    import paddle.nn as nn

    return nn.Sequential(
        nn.Conv2D(3, 16, 3, padding=1),
        nn.BatchNorm2D(16),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Conv2D(16, 32, 3, padding=1),
        nn.BatchNorm2D(32),
        nn.ReLU(),
        nn.AdaptiveAvgPool2D(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )


CASES: Dict[str, Case] = {
    "resnet18 [1, 3, 224, 224]": Case(_resnet18),
    "4-layer encoder [8, 64, 256]": Case(_encoder),
    "20 elementwise operators [1024, 1024]": Case(_elementwise),
    "gelu + layer_norm + residual [512, 768]": Case(_block),
    "2 operators [8, 16]": Case(_tiny(2)),
    "20 operators [8, 16]": Case(_tiny(20)),
    "encoder, training step": Case(_training(_encoder_layers, [8, 64, 256]), True),
    "CNN, training step": Case(_training(_cnn, [8, 3, 32, 32]), True),
}


#: Constructors that need larger images than 64 x 64.
_LARGE = {"alexnet": 224, "googlenet": 224, "inception_v3": 299, "LeNet": 28, "lenet": 28}
#: Calls of ``auto`` at most before it is timed: more than it waits for two operators of 4 µs.
_UNTIL_CHOSEN = 1 << 16


def _zoo() -> List[str]:
    import paddle

    found = paddle.vision.models.__all__
    return [f"zoo {name}" for name in found if name.islower()]


def _zoo_case(name: str) -> Case:
    def make() -> Tuple[Any, Tuple[Any, ...]]:
        import paddle

        net = getattr(paddle.vision.models, name)(pretrained=False)
        net.eval()
        size = _LARGE.get(name, 64)
        return net, (paddle.randn([1, 3, size, size]),)

    return Case(make)


def _case(name: str) -> Case:
    return _zoo_case(name[4:]) if name.startswith("zoo ") else CASES[name]


def _notes(case: Case, function: Any, args: Tuple[Any, ...], backend: str) -> Tuple[str, ...]:
    """What ``explain`` says of the graphs."""
    import paddle

    import paddlefx

    with paddle.no_grad() if not case.trains else paddle.enable_grad():
        told = paddlefx.explain(function, backend=backend)(*args)
    return tuple(note for layer in told.graphs for note in layer.notes)


def _settle(case: Case, function: Any, args: Tuple[Any, ...], caller: Callable[[], Any]) -> None:
    """Call ``auto``'s form until it has chosen."""
    calls = 20
    while calls <= _UNTIL_CHOSEN:
        for _ in range(calls):
            caller()
        if not any("until it has run" in note for note in _notes(case, function, args, "auto")):
            return
        calls *= 2


def _contenders(
    backends: Sequence[str], function: Any, others: bool = True
) -> Dict[str, Callable[[], Any]]:
    """By name, what makes the compiled function; Paddle's own ``to_static`` among them."""
    import paddle

    import paddlefx

    def ours(name: str) -> Callable[[], Any]:
        return lambda: paddlefx.optimize(function, backend=name)

    found: Dict[str, Callable[[], Any]] = {name: ours(name) for name in backends}
    if not others:
        return found
    # to_static changes the layer that it is given.
    for name, full_graph in (("to_static, AST", True), ("to_static, SOT", False)):
        own = copy.deepcopy(function)
        found[name] = functools.partial(paddle.jit.to_static, own, full_graph=full_graph)
    return found


def _caller(case: Case, function: Any, net: Any, args: Tuple[Any, ...]) -> Callable[[], Any]:
    import paddle

    def infer() -> Any:
        with paddle.no_grad():
            return function(*args)

    def train() -> Any:
        loss = function(*args).mean()
        loss.backward()
        net.clear_gradients()
        return loss

    return train if case.trains else infer


def _arrays(results: Any) -> List[Any]:
    """The tensors of what a network returns, some of which return several."""
    several = results if isinstance(results, (list, tuple)) else [results]
    return [one.numpy() for one in several]


def _error(result: Any, wanted: Any) -> float:
    """The largest difference, relative to the largest element that is wanted."""
    import numpy as np

    return float(np.abs(result - wanted).max()) / (float(np.abs(wanted).max()) or 1.0)


def measured(
    case: Case, backends: Sequence[str], seconds: float, others: bool = True
) -> Dict[str, Any]:
    """The figures of a case by contender, in this process; a text where it fails."""
    import paddle

    paddle.seed(0)
    function, args = case.make()
    plain = _caller(case, function, function, args)
    wanted = _arrays(plain())
    callers: Dict[str, Callable[[], Any]] = {}
    found: Dict[str, Any] = {}
    for name, make in _contenders(backends, function, others).items():
        try:
            start = time.process_time()
            compiled = make()
            caller = _caller(case, compiled, function, args)
            caller()
            first = time.process_time() - start
            result = _arrays(caller())
        except Exception as error:
            found[name] = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"[:120]
            continue
        errors = [_error(one, other) for one, other in zip(result, wanted)]
        callers[name] = caller
        found[name] = Figure(0.0, max(errors), first)
    if "auto" in callers:
        _settle(case, function, args, callers["auto"])
    for name, ratio in _ratios(plain, callers, seconds).items():
        notes = _notes(case, function, args, name) if name in backends else ()
        found[name] = found[name]._replace(ratio=ratio, notes=notes)
    return found


def _ratios(
    plain: Callable[[], Any], callers: Dict[str, Callable[[], Any]], seconds: float
) -> Dict[str, float]:
    for caller in callers.values():
        for _ in range(3):
            caller()
    calls = max(1, int(0.02 / max(_time(plain, 1), 1e-7)))
    rows: Dict[str, List[float]] = {name: [] for name in callers}
    end = time.monotonic() + seconds
    gc.collect()
    gc.disable()
    while time.monotonic() < end or not all(rows.values()):
        base = _time(plain, calls)
        for name, caller in callers.items():
            rows[name].append(_time(caller, calls) / base)
    gc.enable()
    return {name: statistics.median(row) for name, row in rows.items()}


def _time(call: Callable[[], Any], calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls


def _child(arguments: argparse.Namespace) -> None:
    if os.environ.get("PADDLEFX_LARGE_MALLOC"):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    figures = measured(
        _case(arguments.child),
        arguments.backends,
        arguments.seconds,
        not arguments.child.startswith("zoo "),
    )
    print("\n" + json.dumps(figures))


def _in_a_process(setting: str, case: str, arguments: argparse.Namespace) -> Dict[str, Any]:
    command = [sys.executable, __file__, "--child", case, "--seconds", str(arguments.seconds)]
    command += ["--backends", ",".join(arguments.backends)]
    environment = {**os.environ, **SETTINGS[setting]}
    made = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
    lines = made.stdout.decode().strip().splitlines()
    if made.returncode or not lines:
        return {"all": f"exit status {made.returncode}"}
    found: Dict[str, Any] = json.loads(lines[-1])
    return found


def page(rows: Dict[str, Dict[str, Dict[str, Any]]]) -> str:
    """The figures as Markdown: a table for each case, a column for each setting."""
    import paddle

    python = platform.python_version()
    lines = [f"Python {python}, Paddle {paddle.__version__}, one thread, CPU time.", ""]
    for case, by_setting in rows.items():
        settings = list(by_setting)
        names = list(dict.fromkeys(name for found in by_setting.values() for name in found))
        head = " | ".join(settings)
        lines += [f"## {case}", "", f"| | {head} | error | first call, s | |"]
        lines.append("|---" * (len(settings) + 4) + "|")
        for name in names:
            found = [by_setting[setting].get(name, "") for setting in settings]
            texts = [one if isinstance(one, str) else f"{one[0]:.3g}" for one in found]
            last = next((one for one in reversed(found) if not isinstance(one, str)), None)
            rest = ["", "", ""] if last is None else [f"{last[1]:.0e}", f"{last[2]:.1f}"]
            notes = "" if last is None else "; ".join(last[3])
            lines.append(f"| {name} | {' | '.join([*texts, *rest[:2], notes])} |")
        lines.append("")
    return "\n".join(lines)


def main(given: Optional[List[str]] = None) -> None:
    """Measure, print the tables, and write the figures if asked to."""
    parser = argparse.ArgumentParser(prog="python benchmarks/backends.py")
    parser.add_argument("--backends", default="eager,static", type=lambda text: text.split(","))
    parser.add_argument("--cases", default="", help="parts of their names, with commas")
    parser.add_argument("--settings", default=",".join(SETTINGS))
    parser.add_argument("--seconds", type=float, default=10.0, help="for each table cell's run")
    parser.add_argument("--json", help="write the figures to this file")
    parser.add_argument("--zoo", action="store_true", help="paddle.vision.models by auto")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args(given)
    if arguments.child:
        _child(arguments)
        return
    wanted = arguments.cases.split(",")
    if arguments.zoo:
        arguments.backends, arguments.settings = ["auto"], "stock"
    known = _zoo() if arguments.zoo else CASES
    cases = [name for name in known if any(part in name for part in wanted)]
    rows: Dict[str, Dict[str, Dict[str, Any]]] = {}
    for case in cases:
        for setting in arguments.settings.split(","):
            rows.setdefault(case, {})[setting] = _in_a_process(setting, case, arguments)
            print(f"{case}, {setting}: {rows[case][setting]}", file=sys.stderr, flush=True)
            if arguments.json:  # after each, so that a run that is cut leaves what it has
                with open(arguments.json, "w", encoding="utf-8") as file:
                    json.dump(rows, file, indent=1)
    print(page(rows))
    if arguments.zoo:
        found = {name: row["stock"].get("auto") for name, row in rows.items()}
        ratios = {name: one[0] for name, one in found.items() if isinstance(one, list)}
        if ratios:
            worst = max(ratios, key=ratios.__getitem__)
            mean = statistics.geometric_mean(ratios.values())
            print(f"{len(ratios)} of {len(found)} models: geometric mean {mean:.3g}, ", end="")
            print(f"the worst {worst} {ratios[worst]:.3g}")


if __name__ == "__main__":
    main()
