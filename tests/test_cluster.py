"""Reports and projections on a real Dask cluster of this machine: nothing lost and nothing twice, whoever dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest
from click.testing import CliRunner
from distributed import LocalCluster

from hjforecast import on_cluster
from hjforecast.cli import main
from hjforecast.errors import InputError
from hjforecast.on_cluster import LostError, call_on_cluster
from hjforecast.reporting.cluster import render_on_cluster
from hjforecast.reporting.pool import render_all
from hjforecast.reporting.render import Outcome, Task
from tests.miniplan import write_plan
from tests.test_reporting_helpers import notebook

PARAMETERS = 'scenario: str = "trend"\nplan_dir: str = ""\nseed: int = 1\nmarks: str = ""\n'
NUMBERS = """
from IPython.display import HTML, display
from hjforecast import load_plan, project
found = project(load_plan(plan_dir or None), scenario, draws=200, seed=seed, to=2026)
display(HTML(f'<p class="sum">{found.frame["value"].sum().hex()}</p>'))
"""
# Leaves a mark of its process when it begins, and goes on when it may.
WAITS = """
import os, time
from pathlib import Path
(Path(marks) / f"began-{seed}-{os.getpid()}").touch()
while not (Path(marks) / "go").exists():
    time.sleep(0.02)
"""


def local_cluster(workers: int, threads: int = 1) -> LocalCluster:
    # Two deaths condemn a call: enough to see that a single one does not. LocalCluster gives up a place whose worker
    # happens to be away 15 s after any death; `dask worker` does not.
    settings = {"distributed.scheduler.allowed-failures": 1, "distributed.deploy.lost-worker-timeout": "1 hour"}
    with dask.config.set(settings):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=threads,
            processes=True,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
        )


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with local_cluster(2) as found:
        yield found


@pytest.fixture
def address(cluster: LocalCluster) -> str:
    cluster.wait_for_workers(2, timeout=30)
    return str(cluster.scheduler_address)


class Tasks:
    """Makes tasks over the small plan, each with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.plan = folder, write_plan(folder / "规划 目录")
        self.marks = folder / "marks"
        self.marks.mkdir()

    def make(self, source: str, names: str, where: str = "", **changes: Any) -> list[Task]:
        path = self.folder / "笔记.ipynb"
        path.write_text(notebook(PARAMETERS, source), encoding="utf-8")
        return [self._task(path, number, name, where, changes) for number, name in enumerate(names.split())]

    def _task(self, path: Path, number: int, name: str, where: str, changes: dict[str, Any]) -> Task:
        own = self.folder / f"{where or 'work'}-{name}"
        own.mkdir()
        values = {"plan_dir": str(self.plan), "seed": number, "marks": str(self.marks)}
        return Task(name, path, values, "zh", ("html",), own, **{"timeout": 60.0, **changes})

    def began(self) -> dict[int, int]:
        """Which reports have begun: how often, by seed."""
        seeds = [int(path.name.split("-")[1]) for path in self.marks.glob("began-*")]
        return {seed: seeds.count(seed) for seed in seeds}

    def pids(self) -> set[int]:
        return {int(path.name.split("-")[2]) for path in self.marks.glob("began-*")}

    def go(self) -> None:
        (self.marks / "go").touch()


@pytest.fixture
def tasks(tmp_path: Path) -> Tasks:
    return Tasks(tmp_path)


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pages(outcomes: list[Outcome]) -> dict[str, str]:
    """The pages by report, each of which must be there once."""
    assert len({item.name for item in outcomes}) == len(outcomes)
    assert not [item.error for item in outcomes if item.error]
    return {item.name: item.files["html"].read_text(encoding="utf-8") for item in outcomes}


def test_reports_are_those_of_a_local_run(tasks, address):
    there = list(render_on_cluster(tasks.make(NUMBERS, "a b c", "there"), address))
    here = list(render_all(tasks.make(NUMBERS, "a b c", "here"), 2))
    assert pages(there) == pages(here)
    assert len(set(pages(there).values())) == 3
    assert all(item.files["html"].parent == tasks.folder / f"there-{item.name}" for item in there)


def test_built_in_plan_and_a_report_that_fails(tasks, address):
    (failing,) = tasks.make("1/0", "failing")
    values = {**failing.parameters, "plan_dir": ""}
    (good,) = tasks.make(NUMBERS, "good")
    tasks.make("1/0", "unused")
    found = {
        item.name: item for item in render_on_cluster([failing, Task(**{**vars(good), "parameters": values})], address)
    }
    assert "ZeroDivisionError" in found["failing"].error
    assert found["failing"].notebook == failing.folder / "failed.ipynb"
    assert "渲染失败" in found["failing"].notebook.read_text(encoding="utf-8")


def test_time_limit(tasks, address):
    (found,) = render_on_cluster(tasks.make(WAITS, "endless", timeout=3.0), address)
    assert "time limit of 3 s" in found.error
    until(lambda: not any(map(is_running, tasks.pids())))


def test_the_command_renders_on_the_cluster_and_sends_the_files_that_parameters_name(tasks, address, tmp_path):
    path, figures = tmp_path / "带数据.ipynb", tmp_path / "实绩 数据.csv"
    shows = "from pathlib import Path\nfrom IPython.display import HTML\nHTML(f'{Path(actuals).name}|{Path(actuals).read_text()}')"
    path.write_text(notebook('plan_dir: str = ""\nactuals: str = ""', shows), encoding="utf-8")
    figures.write_text("实绩七七", encoding="utf-8")
    command = ["report", "--plan-dir", str(tasks.plan), "--out", str(tmp_path / "out"), "--notebook", str(path)]
    result = CliRunner().invoke(main, [*command, "-p", "actuals", str(figures), "--cluster", address])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "out" / "带数据.html").read_text(encoding="utf-8")
    assert "实绩 数据.csv|实绩七七" in page
    again = CliRunner().invoke(main, [*command, "-p", "actuals", str(figures)])
    assert "无变化" in again.stderr  # the same report wherever it was rendered


def test_a_scheduler_out_of_reach_is_told_and_the_next_run_completes(tasks, tmp_path, monkeypatch):
    monkeypatch.setattr(on_cluster, "_CONNECT_SECONDS", 0.3)
    path = tmp_path / "短.ipynb"
    path.write_text(notebook('word: str = "一"', "from IPython.display import HTML\nHTML(word)"), encoding="utf-8")
    command = ["report", "--plan-dir", str(tasks.plan), "--out", str(tmp_path / "out"), "--notebook", str(path)]
    away = CliRunner().invoke(main, [*command, "--cluster", "tcp://127.0.0.1:1"])
    assert away.exit_code == 2 and "tcp://127.0.0.1:1" in away.stderr and "Traceback" not in away.stderr
    assert CliRunner().invoke(main, command).exit_code == 0


def test_killed_worker_in_the_middle_loses_nothing_and_doubles_nothing(tasks, address, cluster):
    outcomes: list[Outcome] = []
    made = tasks.make(WAITS + NUMBERS, "a b c d")
    thread = threading.Thread(target=lambda: outcomes.extend(render_on_cluster(made, address)))
    thread.start()
    until(lambda: len(tasks.began()) == 2)
    before, victim = tasks.pids(), next(iter(cluster.workers.values())).pid
    family = {child.pid for child in psutil.Process(victim).children(recursive=True)}
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(tasks.pids()) == 3)
    until(lambda: not any(map(is_running, family)))
    tasks.go()
    thread.join(60)
    assert len(outcomes) == 4
    assert sorted(tasks.began().values()) == [1, 1, 1, 2]
    assert len(family & before) == 1
    tasks.marks = tasks.folder
    here = list(render_all(tasks.make(NUMBERS, "a b c d", "here"), 2))
    assert numbers(pages(outcomes)) == numbers(pages(here))
    assert len(set(numbers(pages(here)).values())) == 4


def numbers(found: dict[str, str]) -> dict[str, str]:
    return {name: text.partition('<p class="sum">')[2].partition("</p>")[0] for name, text in found.items()}


def test_threads_of_one_worker_do_not_disturb_each_other(tasks):
    both = """
import time
while len(list(Path(marks).glob("began-*"))) < 2:
    time.sleep(0.02)
"""
    with local_cluster(1, threads=2) as cluster:
        tasks.go()
        made = tasks.make(WAITS + both + NUMBERS, "a b", timeout=30.0)
        found = pages(list(render_on_cluster(made, cluster.scheduler_address)))
    assert len(set(numbers(found).values())) == 2
    until(lambda: not any(map(is_running, tasks.pids())))


def test_reports_that_have_not_begun_are_cancelled_when_the_run_stops(tasks, address):
    tasks.go()
    outcomes = render_on_cluster(tasks.make(WAITS, "a b c d e f g h"), address)
    next(outcomes)
    outcomes.close()
    (after,) = render_on_cluster(tasks.make(NUMBERS, "after"), address)
    assert not after.error
    assert len(tasks.began()) <= 4


def test_worker_with_another_version_makes_nothing(tasks, address, monkeypatch):
    monkeypatch.setattr(on_cluster, "fingerprint", lambda: ("9.9.9", "0123456789abcdef"))
    (found,) = render_on_cluster(tasks.make(NUMBERS, "a"), address)
    assert "here 9.9.9 (0123456789ab), on the worker 0.1.0 (" in found.error
    assert not found.files


def fatal(number: int, deadly: int) -> int:
    if number == deadly:
        os._exit(1)
    return number


def test_call_that_kills_every_worker_fails_and_the_others_end():
    # A cluster of its own: Dask gives up a worker that dies in the moment it reports for work.
    with local_cluster(2) as mortal:
        found = dict(call_on_cluster(mortal.scheduler_address, fatal, ((number, 3) for number in range(12))))
    assert {number: value for number, value in found.items() if number != 3} == {n: n for n in range(12) if n != 3}
    assert isinstance(found[3], LostError)
    assert "every cluster worker that was given it died" in str(found[3])


def test_few_calls_are_ahead_of_the_oldest_unfinished_one(address, monkeypatch):
    monkeypatch.setattr(on_cluster, "_AHEAD", 5)
    taken: list[int] = []
    found = call_on_cluster(address, fatal, ((taken.append(number) or number, -1) for number in range(40)))
    done: list[int] = []
    for number, _ in found:
        done.append(number)
        assert len(taken) <= len(done) + 5
    assert sorted(done) == list(range(40))


@pytest.mark.parametrize("wrong", ["tcp://127.0.0.1:9", "nosuch://x", "tcp://127.0.0.1:port"])
def test_scheduler_that_cannot_be_reached(wrong, monkeypatch, tasks):
    monkeypatch.setattr(on_cluster, "_CONNECT_SECONDS", 0.3)
    with pytest.raises(InputError, match="cannot reach the scheduler") as caught:
        list(render_on_cluster(tasks.make(NUMBERS, "a"), wrong))
    assert wrong in str(caught.value) and "dask scheduler" in str(caught.value)


def test_cluster_without_workers_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(on_cluster, "_PATIENCE_SECONDS", 0.2)
    with local_cluster(0) as empty:
        found = dict(call_on_cluster(empty.scheduler_address, fatal, ((number, -1) for number in range(3))))
    assert sorted(found) == [0, 1, 2]
    assert all("no workers" in str(error) for error in found.values())


def test_scheduler_that_goes_away_ends_the_run(monkeypatch):
    monkeypatch.setattr(on_cluster, "_PATIENCE_SECONDS", 0.5)
    leaving = local_cluster(1)
    found = call_on_cluster(leaving.scheduler_address, fatal, ((number, -1) for number in range(600)))
    results = [next(found)]
    leaving.close()
    results += found
    assert sorted(number for number, _ in results) == list(range(600))
    assert isinstance(results[-1][1], LostError)


def test_all_plans_are_those_of_a_local_run(tmp_path, address):
    for name in ("甲县", "丙县", "丁县"):
        write_plan(tmp_path / name)
    (tmp_path / "丁县" / "targets.csv").unlink()
    words = ["project", "trend", "--all-plans", str(tmp_path), "--draws", "50"]
    here, there = (CliRunner().invoke(main, [*words, *more]) for more in ([], ["--cluster", address]))
    assert there.exit_code == here.exit_code == 1
    assert there.stdout == here.stdout != ""
    assert there.stderr == here.stderr
