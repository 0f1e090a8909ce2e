"""`hjforecast report` as a scheduler meets it: real processes, signals, a full disk, logs for machines."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result

from hjforecast.cli import main
from hjforecast.reporting.verify import verify
from tests.miniplan import write_plan
from tests.test_reporting_helpers import notebook

resource = pytest.importorskip("resource", reason="POSIX signals and limits")

PARAMETERS = 'place: str = ""\nword: str = "一"\n'
SHOWS = "from IPython.display import HTML, display\ndisplay(HTML(f'<h1>报告{word}</h1>'))"
WAITS = """
import os, pathlib, time
pathlib.Path(place, "pid.part").write_text(str(os.getpid()))
os.replace(pathlib.Path(place, "pid.part"), pathlib.Path(place, "pid"))
while not pathlib.Path(place, "go").exists():
    time.sleep(0.02)
"""


class Bench:
    """A small plan, two small notebooks, and processes that render them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        self.plan = write_plan(folder / "甲县")
        for name, *cells in (("quick", SHOWS), ("slow", WAITS, SHOWS)):
            (folder / f"{name}.ipynb").write_text(notebook(PARAMETERS, *cells), encoding="utf-8")
        self.command = [
            sys.executable, "-m", "hjforecast", "report", "--plan-dir", str(self.plan), "--out", str(self.out),
            "--notebook", str(folder / "quick.ipynb"), "--notebook", str(folder / "slow.ipynb"),
            "-p", "place", str(folder),
        ]  # fmt: skip

    def start(self, *words: str, limit: int = 0, prefix: Sequence[str] = ()) -> subprocess.Popen:
        def bound() -> None:
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.Popen(
            [*prefix, *self.command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            preexec_fn=bound,
        )  # fmt: skip

    def run(self, *words: str, **options: Any) -> tuple[int, str, str]:
        process = self.start(*words, **options)
        out, error = process.communicate(timeout=120)
        return process.returncode, out, error

    def go(self) -> None:
        (self.folder / "go").write_text("")

    def kernel(self) -> int:
        """Return the process of the slow notebook's kernel once it is there."""
        path = self.folder / "pid"
        until(path.exists)
        return int(path.read_text())

    def manifest(self) -> dict:
        return json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "told to end")]
)
def test_a_run_that_is_told_to_end_puts_everything_away(bench, number, code, said):
    process = bench.start("--jobs", "1")
    kernel = bench.kernel()
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == code
    assert said in error.splitlines()[-1]
    assert "Traceback" not in error
    until(lambda: not psutil.pid_exists(kernel) and not any(child.is_running() for child in children))
    assert bench.manifest()["run"]["exit_code"] is None
    assert bench.manifest()["run"]["counts"] == {"ok": 1, "unchanged": 0, "failed": 0}
    assert verify(bench.out) == []
    bench.go()
    assert bench.run()[0] == 0
    assert bench.manifest()["run"]["counts"] == {"ok": 1, "unchanged": 1, "failed": 0}


def test_closed_standard_streams_do_no_harm(bench):
    bench.go()
    code, out, _ = bench.run(prefix=["sh", "-c", 'exec "$@" <&- 2>&-', "sh"])
    assert (code, out) == (0, f"{bench.out / 'index.html'}\n")


def test_a_run_that_was_killed_is_completed_by_the_next(bench):
    process = bench.start()
    kernel = bench.kernel()
    until((bench.out / "quick.html").exists)
    process.kill()
    process.communicate()
    until(lambda: not psutil.pid_exists(kernel))
    bench.go()
    code, _, error = bench.run()
    assert code == 0, error
    assert verify(bench.out) == []
    assert not list(bench.out.glob(".work-*"))


def test_of_two_runs_on_one_folder_the_second_waits(bench):
    first = bench.start()
    bench.kernel()
    second = bench.start()
    line = second.stderr.readline()
    assert "another run uses it" in line
    bench.go()
    assert (first.wait(60), second.wait(60)) == (0, 0)
    assert bench.manifest()["run"]["counts"] == {"ok": 0, "unchanged": 2, "failed": 0}
    for process in (first, second):
        process.communicate()


def test_a_full_disk_loses_no_report(bench):
    bench.go()
    assert bench.run("--formats", "html")[0] == 0
    before = (bench.out / "quick.html").read_bytes()
    limit = len(before) // 2
    assert (bench.out / "manifest.json").stat().st_size < limit
    code, _, error = bench.run("-p", "word", "二", limit=limit)
    assert code == 1
    assert "Traceback" not in error
    assert "File too large" in bench.manifest()["reports"]["quick"]["error"]
    assert (bench.out / "quick.html").read_bytes() == before
    assert bench.run("-p", "word", "二")[0] == 0
    assert "报告二" in (bench.out / "quick.html").read_text(encoding="utf-8")
    assert verify(bench.out) == []


def test_a_folder_that_cannot_be_written_is_told_of_before_anything_is_made(bench):
    # Root may write anywhere, unless it gives that up.
    prefix = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
    if prefix and not shutil.which("setpriv"):
        pytest.skip("needs setpriv, or a user other than root")
    bench.out.mkdir(mode=0o555)
    code, _, error = bench.run(prefix=prefix)
    assert code == 2
    assert "cannot use this output folder" in error
    assert list(bench.out.iterdir()) == []


def test_a_notebook_past_the_time_limit_fails_alone(bench):
    code, _, error = bench.run("--timeout", "5")
    assert code == 1, error
    rows = bench.manifest()["reports"]
    assert (rows["quick"]["status"], rows["slow"]["status"]) == ("ok", "failed")
    assert "time limit" in rows["slow"]["error"]


def test_the_log_for_machines_is_json_and_nothing_else(bench):
    bench.go()
    (bench.folder / "plan.toml").write_text("")
    code, out, error = bench.run("--log-format", "json")
    events = [json.loads(line) for line in error.splitlines()]
    assert code == 0
    assert out == f"{bench.out / 'index.html'}\n"
    assert [event["event"] for event in events] == ["start", "report", "report", "end"]
    assert events[0]["reports"] == 2
    assert {(event["name"], event["status"], event["reason"], event["error"]) for event in events[1:3]} == {
        ("quick", "ok", "新报告", None), ("slow", "ok", "新报告", None),
    }  # fmt: skip
    assert (events[-1]["counts"], events[-1]["exit_code"]) == ({"ok": 2, "unchanged": 0, "failed": 0}, 0)
    code, out, error = bench.run("--log-format", "json", "-p", "wrod", "二")
    events = [json.loads(line) for line in error.splitlines()]
    assert (code, out) == (2, "")
    assert "did you mean 'word'" in events[0]["text"]
    assert (events[-1]["event"], events[-1]["exit_code"]) == ("end", 2)


# what starts no kernel


def report(*words: object) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, words)])


def test_dry_run_and_verify_on_the_command_line(bench):
    words = bench.command[4:]
    result = report(*words, "--dry-run", "--lang", "en")
    assert (result.exit_code, result.stdout) == (0, "quick.en  render     new\nslow.en   render     new\n")
    assert not bench.out.exists()
    result = report("--verify", "--out", bench.out)
    assert (result.exit_code, "holds no manifest.json" in result.stderr) == (2, True)
    result = report("--verify", *words)
    assert (result.exit_code, "goes with --out alone" in result.stderr) == (2, True)


def test_verify_exits_1_on_a_difference(bench):
    bench.go()
    assert bench.run()[0] == 0
    assert report("--verify", "--out", bench.out).exit_code == 0
    (bench.out / "quick.html").unlink()
    result = report("--verify", "--out", bench.out)
    assert (result.exit_code, result.stdout.startswith("quick.html：缺失")) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--formats", "html,docs"), "did you mean 'docx'"),
        (("--formats", ","), "allowed: html"),
        (("--lang", "zh,fr"), "allowed: zh"),
        (("--plan-dir", ""), "cannot be empty"),
        (("--timeout", "-1"), "--timeout"),
        (("--keep", "-1"), "--keep"),
        (("-p", "draws", "5"), "give it by --draws"),
        (("--notebook", "nothing.ipynb"), "no such notebook file"),
    ],
)
def test_bad_usage_exits_2_with_what_is_allowed(tmp_path, words, said):
    result = report(*words, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


def test_both_languages_can_be_asked_for_in_one_option(bench):
    result = report("--plan-dir", bench.plan, "--out", bench.out, "plan", "--lang", "zh,en", "--dry-run")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["plan", "plan.en"]
