"""Faults with real processes: what a run of reports loses when it is killed, starved or misused. Prints JSON.

    python benchmarks/faults.py [--formats html,docx,pdf,xlsx] [--kills 20] [--seed 1]

Three small notebooks and one that misbehaves are rendered over and over, with a watcher that reads every file of the
folder all the while. After each fault the run is repeated: it has to complete, and `--verify` to find nothing. A report
is lost where it is missing after that, or where it failed for a fault of another's. Linux; as root for the folder that
cannot be written and for the small disk.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.miniplan import write_plan  # noqa: E402
from tests.test_reporting_helpers import notebook  # noqa: E402

NAMES = ("a", "b", "c", "fault")
POWERLESS = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
"""Root without its right to write anywhere."""

PARAMETERS = 'place: str = ""\nword: str = ""\nlang: str = "zh"\n'
SHOWS = """
from hjforecast.document import Cell, Column, Table, edition_block, heading, paragraphs, stack, table_block
value = float(sum(map(ord, word)) or 1)
row = {"key": "k", "name": "指标", "unit": "亿元", "decimals": 2, "value": value, "state": "达到"}
table = Table([Column("项目"), Column("数值", True)], [[Cell("一"), Cell(word)]], "指标")
stack([heading("报告", 0), heading("概述", 1, "一、"), paragraphs(["段落" * 40]), table_block(table, "表1"), edition_block([row])])
"""
MISBEHAVES = """
import os, pathlib, time
mode = pathlib.Path(place, "mode").read_text()
if mode in ("kernel", "worker"):
    part = pathlib.Path(place, "pid.part")
    part.write_text(str(os.getpid() if mode == "kernel" else os.getppid()))
    os.replace(part, pathlib.Path(place, "pid"))
    time.sleep(600)
while mode == "loop":
    pass
if mode == "flood":
    for _ in range(200):
        print("x" * 1_000_000)
"""


class Watcher:
    """A thread that reads every file of a folder again and again, and notes the ones that are not whole."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.bad = folder, 0, []
        self._known: dict[Path, tuple[int, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            for place, folders, names in os.walk(self.folder):
                folders[:] = [name for name in folders if not name.startswith(".")]
                for name in names:
                    if not name.startswith("."):
                        with suppress(OSError):
                            self._look(Path(place, name))
            time.sleep(0.005)

    def _look(self, path: Path) -> None:
        with path.open("rb") as stream:
            state = os.fstat(stream.fileno())
            if self._known.get(path) == (state.st_ino, state.st_mtime_ns):
                return
            content = stream.read()
        self._known[path] = (state.st_ino, state.st_mtime_ns)
        self.seen += 1
        if not whole(path.suffix, content):
            self.bad.append(f"{path.name}: {len(content)} bytes")

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


def whole(kind: str, content: bytes) -> bool:
    """Tell whether a file is all there."""
    try:
        if kind in (".json", ".ipynb"):
            json.loads(content)
        elif kind in (".docx", ".xlsx"):
            return zipfile.ZipFile(BytesIO(content)).testzip() is None
    except (ValueError, zipfile.BadZipFile):
        return False
    end = {".html": b"</html>", ".pdf": b"%%EOF"}.get(kind, b"")
    return content.rstrip().endswith(end)


class Bench:
    """A plan, the notebooks, an output folder, and runs over them."""

    def __init__(self, folder: Path, formats: str) -> None:
        self.folder, self.out, self.formats, self.round = folder, folder / "out", formats, 0
        self.plan = write_plan(folder / "plan")
        for name in NAMES:
            cells = [MISBEHAVES, SHOWS] if name == "fault" else [SHOWS]
            (folder / f"{name}.ipynb").write_text(notebook(PARAMETERS, *cells), encoding="utf-8")
        self.mode("")

    def mode(self, text: str) -> None:
        """Say how the fourth notebook behaves from now on."""
        (self.folder / "mode").write_text(text)
        (self.folder / "pid").unlink(missing_ok=True)

    def start(self, *words: str, prefix: tuple[str, ...] = (), limit: int = 0) -> subprocess.Popen:
        """Start a run; every report is due, for its parameter differs from that of the run before."""

        def bound() -> None:
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        books = [word for name in NAMES for word in ("--notebook", str(self.folder / f"{name}.ipynb"))]
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "hjforecast", "report", "--plan-dir", str(self.plan), "--out", str(self.out), *books,
             "--formats", self.formats, "--keep", "2", "-p", "place", str(self.folder), "-p", "word", str(self.round),
             *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder, preexec_fn=bound,
        )  # fmt: skip

    def run(self, *words: str, **options: Any) -> tuple[int, str]:
        process = self.start(*words, **options)
        _, error = process.communicate(timeout=300)
        return process.returncode, error

    def rows(self) -> dict[str, dict]:
        return json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))["reports"]

    def failed(self) -> set[str]:
        return {name for name, row in self.rows().items() if row["status"] == "failed"}

    def lost_after_rerun(self) -> list[str]:
        """Run again as a scheduler would; return what is still wrong."""
        self.mode("")
        code, error = self.run()
        wrong = [] if code == 0 else [f"exit {code}: {error[-300:]}"]
        wrong += sorted(
            set(NAMES) - {name for name, row in self.rows().items() if row["status"] in ("ok", "unchanged")}
        )
        verify = [sys.executable, "-m", "hjforecast", "report", "--verify", "--out", str(self.out)]
        return wrong + subprocess.run(verify, capture_output=True, text=True, check=False).stdout.splitlines()


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


def runner_killed(bench: Bench, moment: float) -> list[str]:
    process = bench.start()
    with suppress(subprocess.TimeoutExpired):
        process.wait(moment)
    process.kill()
    process.communicate()
    return []


def child_killed(bench: Bench, mode: str) -> list[str]:
    bench.mode(mode)
    process = bench.start()
    until((bench.folder / "pid").exists)
    os.kill(int((bench.folder / "pid").read_text()), signal.SIGKILL)
    process.communicate(timeout=300)
    return bystanders(bench, process.returncode)


def bystanders(bench: Bench, code: int) -> list[str]:
    """Return what a fault of the fourth notebook alone took with it."""
    wrong = [] if code == 1 else [f"exit {code}"]
    return wrong + sorted(bench.failed() - {"fault"}) + ([] if "fault" in bench.failed() else ["fault was not told"])


def misbehaving(bench: Bench, mode: str, *words: str) -> list[str]:
    bench.mode(mode)
    code, _ = bench.run(*words)
    return bystanders(bench, code)


def file_limit(bench: Bench) -> list[str]:
    """No file may become larger than half a page: as on a full disk, writing fails midway."""
    good = {path.name: path.read_bytes() for path in bench.out.glob("a.*")}
    code, _ = bench.run(limit=len(good["a.html"]) // 2)
    same = {path.name: path.read_bytes() for path in bench.out.glob("a.*")} == good
    return ([] if code == 1 else [f"exit {code}"]) + ([] if same else ["the last good edition"])


def small_disk(bench: Bench) -> list[str]:
    """The folder lies on a disk that has no room left for a second edition of all reports."""
    size = sum(path.stat().st_size for path in bench.out.rglob("*") if path.is_file())
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size + 100_000}", "tmpfs", str(bench.out)], check=True)
    try:
        first, _ = bench.run("--keep", "0")
        bench.round += 1
        filler = bench.out / "filler.bin"
        with suppress(OSError), filler.open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 4096)
        code, _ = bench.run("--keep", "0")
        lost = [
            path.name for path in bench.out.glob("*.*") if path != filler and not whole(path.suffix, path.read_bytes())
        ]
        filler.unlink()
        again, error = bench.run("--keep", "0")
        return lost + [f"exits {first} {code} {again}: {error[-300:]}"] * ((first, code, again) != (0, 1, 0))
    finally:
        subprocess.run(["umount", "-l", str(bench.out)], check=True)


def read_only(bench: Bench) -> list[str]:
    """A user who may not write: told in a sentence, nothing touched."""
    good = {path: path.read_bytes() for path in bench.out.rglob("*") if path.is_file()}
    mode = bench.out.stat().st_mode
    bench.out.chmod(0o555)
    try:
        code, error = bench.run(prefix=POWERLESS if os.geteuid() == 0 else ())
    finally:
        bench.out.chmod(mode)
    same = good == {path: path.read_bytes() for path in bench.out.rglob("*") if path.is_file()}
    said = "cannot use this output folder" in error and "Traceback" not in error
    return [error[-300:]] * (code != 2 or not said or not same)


def two_at_once(bench: Bench) -> list[str]:
    both = [bench.start(), bench.start()]
    codes = [process.communicate(timeout=300) and process.returncode for process in both]
    return [] if codes == [0, 0] else [f"exits {codes}"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--formats", default="html,docx,pdf,xlsx")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    clock, chance = time.monotonic(), random.Random(given.seed)
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    folder.chmod(0o755)
    bench = Bench(folder, given.formats)
    before = time.monotonic()
    code, error = bench.run()
    if code:
        raise SystemExit(error)
    took = time.monotonic() - before
    faults: list[tuple[str, Callable[[], list[str]]]] = [
        ("runner killed", lambda: runner_killed(bench, chance.uniform(0.0, took))) for _ in range(given.kills)
    ]
    faults += [
        ("kernel killed", lambda: child_killed(bench, "kernel")),
        ("worker killed", lambda: child_killed(bench, "worker")),
        ("endless notebook", lambda: misbehaving(bench, "loop", "--timeout", str(max(2 * took, 5.0)))),
        ("200 MB of output", lambda: misbehaving(bench, "flood")),
        ("file size limit", lambda: file_limit(bench)),
        ("read-only folder", lambda: read_only(bench)),
        ("two runs at once", lambda: two_at_once(bench)),
    ]
    if os.geteuid() == 0:
        faults.append(("full disk", lambda: small_disk(bench)))
    watcher, tried, lost = Watcher(bench.out), {}, []
    for name, fault in faults:
        bench.round += 1
        tried[name] = tried.get(name, 0) + 1
        lost += [f"{name}: {what}" for what in (*fault(), *bench.lost_after_rerun())]
    watcher.close()
    shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({
        "faults_tried": sum(tried.values()), "by_fault": tried, "reports_lost": len(lost), "lost": lost,
        "files_watched": watcher.seen, "incomplete_files_seen": len(watcher.bad), "incomplete": watcher.bad,
        "formats": given.formats, "undisturbed_run_seconds": round(took, 1),
        "seconds": round(time.monotonic() - clock, 1),
    }, ensure_ascii=False, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
