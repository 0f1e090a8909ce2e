"""Reports run in forked kernels as they would in fresh ones, and a report that goes wrong takes nothing with it."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from hjforecast.reporting.fork_server import ForkServer, can_fork
from hjforecast.reporting.pool import Pool, _Worker, render_all
from hjforecast.reporting.render import Outcome, Task
from hjforecast.resources import builtin_notebook_dir
from tests.test_reporting_helpers import notebook

ENGINES = [
    "plain",
    pytest.param("warm", marks=pytest.mark.skipif(not can_fork(), reason="reports are not forked here")),
]
needs_fork = pytest.mark.skipif(not can_fork(), reason="reports are not forked here")
POSIX = pytest.mark.skipif(os.name != "posix", reason="ends processes by POSIX signals")

CHANGES = """
import builtins, json, os, random, signal, sys, textwrap, threading
import matplotlib, numpy, pandas
builtins.leaked = True
builtins.sum = lambda *_: 7
os.environ["LEAKED"] = "1"
os.chdir("/")
numpy.random.seed(1); random.seed(1)
matplotlib.rcParams["figure.dpi"] = 7
pandas.options.display.max_rows = 7
textwrap.dedent = lambda *_: "leaked"
sys.path.insert(0, "/leaked")
sys.modules["leaked"] = json
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
scenario = "leaked"
"""
STATE = """
import builtins, json, os, random, signal, sys, textwrap, threading
import matplotlib, numpy, pandas
print(json.dumps({
    "builtins": [hasattr(builtins, "leaked"), sum([]), textwrap.dedent("")], "environment": sorted(os.environ), "folder": os.getcwd(),
    "dpi": matplotlib.rcParams["figure.dpi"], "rows": pandas.options.display.max_rows, "path": sys.path,
    "modules": "leaked" in sys.modules, "signal": signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL,
    "names": "scenario" in globals(), "input": sys.__stdin__.read(), "arguments": [os.path.basename(sys.argv[0]), len(sys.argv)],
    "session": os.getsid(0) == os.getpid(), "threads": sorted(type(t).__name__ for t in threading.enumerate() if "Poller" not in type(t).__name__),
    "backend": matplotlib.get_backend(), "warnings": os.environ.get("MPLBACKEND"), "main": sys.modules["__main__"].__dict__ is globals(),
    "children": signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL,
}))
"""
DRAWS = "import json, random, numpy\nprint(json.dumps([random.random(), numpy.random.random()]))"
FAULTS = {
    "raises": "raise ValueError('出错了')",
    "kernel": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "worker": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nwhile True: pass",
    "loop": "import signal, subprocess, sys\nfor number in (2, 15): signal.signal(number, signal.SIG_IGN)\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\nwhile True: pass",
    "figures": "from IPython.display import HTML, display\nwhile True: display(HTML('x' * 100_000))",
    "output": "while True: print('x' * 100_000)",
    "result": "from IPython.display import HTML\nHTML('x' * 50_000_001)",
}
SAID = {
    "raises": "ValueError: 出错了",
    "kernel": "the kernel died",
    "worker": "the worker process died",
    "loop": "超过时限 6 秒，已停止",
    "figures": "stopped after 50 MB of output",
    "output": "stopped after 50 MB of output",
    "result": "stopped after 50 MB of output",
}


def make_task(folder: Path, name: str, *sources: str, engine: str = "warm", timeout: float = 0.0) -> Task:
    """Return a task over a notebook of these cells, in a folder of its own."""
    own = folder / name
    own.mkdir(parents=True)
    path = own / "template.ipynb"
    path.write_text(notebook("", *sources), encoding="utf-8")
    return Task(name, path, {}, "zh", (), own, timeout, engine)


def render(*tasks: Task, workers: int = 2) -> dict[str, Outcome]:
    return {outcome.name: outcome for outcome in render_all(tasks, workers)}


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def printed(task: Task) -> Any:
    """Return what the last cell of a rendered task printed, as JSON."""
    return json.loads("".join(cells(task.folder / "executed.ipynb")[-1]["outputs"][0]["text"]))


def living(folder: Path) -> list[psutil.Process]:
    """Return the processes that work inside a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if folder in Path(process.cwd()).parents:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(condition: Any, seconds: float = 20.0) -> bool:
    """Return whether a condition came true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())


@needs_fork
def test_fork_server_has_no_thread_context_or_open_file():
    code = """
import gc, os, threading, zmq
from hjforecast.reporting.preload import preload
from hjforecast.reporting.render import set_environment
set_environment()
preload()
contexts = [item for item in gc.get_objects() if issubclass(type(item), zmq.Context)]
print(len(os.listdir("/proc/self/task")), contexts, [os.readlink(f"/proc/self/fd/{n}") for n in range(3, 40) if os.path.exists(f"/proc/self/fd/{n}")])
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert run.stdout.split("\n")[0] == "1 [] []"


@POSIX
@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_notebook_leaves_to_its_end_is_done(tmp_path, engine):
    """A file left open, an exit handler, a thread still at work."""
    code = """
import atexit, threading, time
left = open("left", "w")
left.write("whole")
atexit.register(lambda: open("handler", "w").close())
threading.Thread(target=lambda: (time.sleep(0.5), open("thread", "w").close())).start()
"""
    task = make_task(tmp_path, "leaves", code, engine=engine)
    assert render(task)["leaves"].error == ""
    assert (task.folder / "left").read_text() == "whole"
    assert (task.folder / "handler").exists() and (task.folder / "thread").exists()


@needs_fork
def test_state_never_reaches_the_next_report(tmp_path):
    """A fresh kernel's state, and a warm one's after a report that changed all it could, are the same."""
    tasks = {
        "changes": make_task(tmp_path, "changes", CHANGES),
        "warm": make_task(tmp_path, "warm", STATE),
        "fresh": make_task(tmp_path, "fresh", STATE, engine="plain"),
    }
    assert {outcome.error for outcome in render(*tasks.values(), workers=1).values()} == {""}
    fresh, warm = printed(tasks["fresh"]), printed(tasks["warm"])
    assert fresh.pop("folder") == str(tasks["fresh"].folder)
    assert warm.pop("folder") == str(tasks["warm"].folder)
    assert warm == fresh
    assert fresh["builtins"] == [False, 0, ""]
    assert "LEAKED" not in fresh["environment"]


@needs_fork
def test_reports_do_not_share_random_numbers(tmp_path):
    tasks = [make_task(tmp_path, name, DRAWS) for name in ("one", "two")]
    render(*tasks)
    (first, second), (third, fourth) = map(printed, tasks)
    assert first != third
    assert second != fourth


@POSIX
@pytest.mark.parametrize("engine", ENGINES)
def test_faults_stay_alone_and_leave_what_ran(tmp_path, engine):
    tasks = [
        make_task(
            tmp_path,
            name,
            "print('第一格')",
            fault,
            "print('never')",
            engine=engine,
            timeout=6.0 if name == "loop" else 0.0,
        )
        for name, fault in FAULTS.items()
    ] + [make_task(tmp_path, "good", "print([1])", engine=engine)]
    outcomes = render(*tasks)
    assert outcomes.pop("good").error == ""
    assert printed(tasks[-1]) == [1]
    for name, outcome in outcomes.items():
        assert SAID[name] in outcome.error.splitlines()[0], name
        assert outcome.notebook is not None, name
        kept = cells(outcome.notebook)
        assert SAID[name] in "".join(kept[0]["source"])
        assert "never" not in json.dumps([cell.get("outputs") for cell in kept])
        if name != "worker":  # which may die before its notebook was first written with outputs
            assert "第一格" in json.dumps([cell.get("outputs") for cell in kept], ensure_ascii=False), name
    assert wait_until(lambda: not living(tmp_path)), living(tmp_path)


@POSIX
@pytest.mark.parametrize("engine", ENGINES)
def test_killed_run_leaves_nobody(tmp_path, engine):
    """kill -9 of the run's own process: its server, worker and kernel end."""
    task = make_task(tmp_path, "loop", "open('started', 'w')\nwhile True: pass", engine=engine)
    code = "import pickle, sys\nfrom hjforecast.reporting.pool import render_all\nlist(render_all([pickle.load(sys.stdin.buffer)], 1))"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as run:
        assert run.stdin
        run.stdin.write(pickle.dumps(task))
        run.stdin.close()
        assert wait_until(lambda: (task.folder / "started").exists() or run.poll() is not None, 60.0)
        family = psutil.Process(run.pid).children(recursive=True)
        assert family
        run.kill()
    assert wait_until(lambda: not any(process.is_running() for process in family)), family
    assert not living(tmp_path)


@POSIX
@pytest.mark.parametrize("engine", ENGINES)
def test_closed_iterator_leaves_nobody(tmp_path, engine):
    """As Ctrl-C does."""
    before = set(psutil.Process().children(recursive=True))
    loops = [make_task(tmp_path, f"loop{n}", "while True: pass", engine=engine) for n in range(2)]
    outcomes = render_all([make_task(tmp_path, "quick", "1", engine=engine), *loops], 2)
    assert next(outcomes).name == "quick"
    assert isinstance(outcomes, Iterator)
    outcomes.close()  # type: ignore[attr-defined]
    helpers = [
        p
        for p in psutil.Process().children(recursive=True)
        if p not in before and "resource_tracker" not in "".join(p.cmdline())
    ]
    assert not helpers
    # Killed, they may still take a moment to end.
    assert wait_until(lambda: not living(tmp_path), 5.0), living(tmp_path)


@POSIX
@pytest.mark.parametrize("engine", ENGINES)
def test_run_closed_while_a_worker_starts_ends(tmp_path, monkeypatch, engine):
    """A worker that takes its task only after the run was closed used to be waited for, for ever."""
    give, close, closed = _Worker.give, Pool.close, threading.Event()

    def late(worker: _Worker, task: Task) -> None:
        if task.name == "loop":
            assert worker._connection.poll(60.0)
            assert closed.wait(60.0)
        give(worker, task)

    def then(pool: Pool) -> None:
        close(pool)
        closed.set()

    monkeypatch.setattr(_Worker, "give", late)
    monkeypatch.setattr(Pool, "close", then)
    tasks = [
        make_task(tmp_path, name, code, engine=engine) for name, code in (("quick", "1"), ("loop", "while 1: pass"))
    ]
    outcomes = render_all(tasks, 2)
    assert next(outcomes).name == "quick"
    closing = threading.Thread(target=outcomes.close, daemon=True)  # type: ignore[attr-defined]
    closing.start()
    closing.join(30.0)
    assert not closing.is_alive()
    assert wait_until(lambda: not living(tmp_path)), living(tmp_path)


@needs_fork
def test_report_is_made_without_the_fork_server_where_that_fails(tmp_path, monkeypatch):
    fork = ForkServer.fork

    def fails(server: ForkServer):
        server._process.send_signal(signal.SIGKILL)
        server._process.wait()
        return fork(server)

    monkeypatch.setattr(ForkServer, "fork", fails)
    task = make_task(tmp_path, "good", "print([1])")
    assert render(task)["good"].error == ""
    assert printed(task) == [1]


@pytest.mark.parametrize("engine", ENGINES)
def test_memory_is_told(tmp_path, engine):
    """A notebook that holds 200 MB: the outcome tells at least that."""
    task = make_task(tmp_path, "big", "data = b'x' * 200_000_000", engine=engine)
    assert render(task)["big"].memory_mb > 200


def shipped(folder: Path, engine: str) -> Sequence[Task]:
    """Return a task for every notebook of the package, over the built-in plan with few draws."""
    actuals = Path(__file__).parent / "fixtures" / "example_actuals.csv"
    given = {"draws": 20, "seed": 1}
    own_parameters = {"plan_audit": {}, "midterm_evaluation": {**given, "actuals": str(actuals)}}
    tasks = []
    for path in sorted(builtin_notebook_dir().glob("*.ipynb")):
        name, parameters = path.stem, own_parameters.get(path.stem, given)
        own = folder / engine / name
        own.mkdir(parents=True)
        tasks.append(Task(name, path, parameters, "zh", ("html",), own, engine=engine))
    return tasks


@needs_fork
def test_both_engines_give_the_same_outputs_for_every_notebook(tmp_path):
    made = {}
    for engine in ("warm", "plain"):
        tasks = shipped(tmp_path, engine)
        outcomes = render(*tasks)
        assert {outcome.error for outcome in outcomes.values()} == {""}
        made[engine] = {
            task.name: (
                [cell.get("outputs") for cell in cells(task.folder / "executed.ipynb")],
                (task.folder / "report.html").read_bytes(),
            )
            for task in tasks
        }
    for name, (outputs, page) in made["warm"].items():
        assert outputs == made["plain"][name][0], name
        assert page == made["plain"][name][1], name


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_of_pyplot_show_as_in_jupyter(tmp_path, engine):
    task = make_task(tmp_path, "a", "import matplotlib.pyplot as plt", "plt.plot([1, 2])\nplt.show()", engine=engine)
    assert not render(task)["a"].error
    shown = cells(task.folder / "executed.ipynb")[-1]["outputs"]
    assert ["image/png" in output.get("data", {}) for output in shown] == [True]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_programs_write_past_python_stays_out_of_the_log(tmp_path, engine, capfd):
    task = make_task(tmp_path, "a", "import os\nos.write(2, b'noise')\nos.system('echo noise >&2')", engine=engine)
    assert not render(task)["a"].error
    assert "noise" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_left_in_the_temporary_folder(tmp_path, engine, monkeypatch):
    place = tmp_path / "t"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    outcomes = render(
        make_task(tmp_path, "fine", "1", engine=engine), make_task(tmp_path, "dies", FAULTS["worker"], engine=engine)
    )
    assert [bool(outcomes[name].error) for name in ("fine", "dies")] == [False, True]
    assert list(place.iterdir()) == []
