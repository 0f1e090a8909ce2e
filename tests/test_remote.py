"""Output folders on remote file systems: what is fetched, what is sent and in which order, what a failure leaves."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import fsspec
import pytest
from click.testing import CliRunner, Result
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from hjforecast.cli import main
from hjforecast.errors import HjforecastError, InputError
from hjforecast.reporting import runner
from hjforecast.reporting.progress import JsonLog
from hjforecast.reporting.remote import is_remote, mirrored
from hjforecast.reporting.render import Outcome
from tests.miniplan import write_plan
from tests.test_reporting_helpers import World, fake_renderer, notebook

STORE = "memory://桶/报告"


def quiet(text: str) -> None:
    pass


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch) -> None:
    """What a failed run keeps is removed after the test."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


def work(action: Callable[[Path], object], out: str = STORE) -> None:
    """Do something in the mirror of an address."""
    with mirrored(out, quiet) as folder:
        action(folder)


def manifest(**files: bytes) -> bytes:
    """A manifest that names files, in the manner of the runner's."""
    outputs = {name: {"html": {"file": name, "sha256": sha256(data).hexdigest()}} for name, data in files.items()}
    return json.dumps({"reports": {name: {"outputs": found} for name, found in outputs.items()}}).encode()


@pytest.fixture
def store() -> Iterator[MemoryFileSystem]:
    fs = MemoryFileSystem()
    fs.store.clear()
    yield fs
    fs.store.clear()


def stored(fs: MemoryFileSystem) -> dict[str, bytes]:
    return {name.removeprefix("/桶/报告/"): file.getvalue() for name, file in fs.store.items()}


@pytest.fixture
def edition(store: MemoryFileSystem) -> dict[str, bytes]:
    """An edition that stands in the store: two reports, an index, and a large file that nobody named."""
    pages = {"plan.html": b"plan 1", "trend.html": b"trend 1"}
    files = {**pages, "index.html": b'<meta name="generator" content="hjforecast">', "big.pdf": b"x" * 9000}
    named = {**pages, "index.html": files["index.html"]}
    files["manifest.json"] = manifest(**named)  # type: ignore[arg-type]
    for name, content in files.items():
        store.pipe_file(f"/桶/报告/{name}", content)
    return files


@pytest.mark.parametrize("out", ["reports", "/tmp/x", "C:\\reports", "c:/x", "file:///tmp/x", "a b/报告", "."])
def test_folders_of_this_machine_are_used_directly(out):
    assert not is_remote(out)
    with mirrored(out, quiet) as folder:
        assert folder == Path(out.removeprefix("file://"))


@pytest.mark.parametrize("out", ["s3://bucket/x", "memory://x", "simplecache::s3://bucket/x", "abfs://c@a/x"])
def test_addresses_are_remote(out):
    assert is_remote(out)


def test_what_the_manifest_names_is_fetched_whole_and_strangers_only_begun(edition):
    with mirrored(STORE, quiet) as folder:
        here = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name: here[name] for name in edition if name != "big.pdf"} == {
        name: data for name, data in edition.items() if name != "big.pdf"
    }
    assert here["big.pdf"] == b"x" * 4096


def test_strangers_stay_as_they_are(store, edition):
    with mirrored(STORE, quiet):
        pass
    assert stored(store) == edition


def test_changed_files_are_sent_and_removed_ones_removed(store, edition):
    said: list[str] = []
    with mirrored(STORE, said.append) as folder:
        (folder / "plan.html").write_bytes(b"plan 2")
        (folder / "trend.html").unlink()
        (folder / "failed").mkdir()
        (folder / "failed" / "trend.ipynb").write_bytes(b"{}")
        (folder / ".hjforecast.lock").touch()
        kept = folder
    assert stored(store) == {
        "plan.html": b"plan 2", "failed/trend.ipynb": b"{}",
        **{name: edition[name] for name in ("index.html", "manifest.json", "big.pdf")},
    }  # fmt: skip
    assert len(said) == 1 and "2 file(s)" in said[0]
    assert not kept.exists()


def test_reports_go_first_then_indexes_then_manifests(store, monkeypatch):
    order: list[str] = []
    put = MemoryFileSystem.put_file

    def noted(self: MemoryFileSystem, local: str, place: str, **options: object) -> None:
        order.append(place.removeprefix("/桶/报告/"))
        put(self, local, place, **options)

    monkeypatch.setattr(MemoryFileSystem, "put_file", noted)
    with mirrored(STORE, quiet) as folder:
        (folder / "甲县").mkdir()
        for name in ("manifest.json", "index.html", "甲县/plan.html", "甲县/index.html", "甲县/manifest.json"):
            (folder / name).write_text(name)
    assert order == ["甲县/plan.html", "甲县/index.html", "index.html", "甲县/manifest.json", "manifest.json"]


def test_nothing_is_sent_where_the_run_raises(store, edition):
    def stop(folder: Path) -> None:
        (folder / "plan.html").write_bytes(b"plan 2")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        work(stop)
    assert stored(store) == edition
    assert not list(Path(tempfile.gettempdir()).iterdir())


def test_a_run_that_another_overtook_sends_nothing(store, edition):
    def overtaken(folder: Path) -> None:
        (folder / "plan.html").write_bytes(b"ours")
        store.pipe_file("/桶/报告/manifest.json", b"theirs")

    with pytest.raises(HjforecastError, match="another run has published"):
        work(overtaken)
    assert stored(store) == {**edition, "manifest.json": b"theirs"}


def test_failure_midway_says_what_was_sent_and_keeps_what_was_made(store, edition, monkeypatch):
    put = MemoryFileSystem.put_file

    def failing(self: MemoryFileSystem, local: str, place: str, **options: object) -> None:
        if place.endswith("trend.html"):
            raise OSError("line dropped")
        put(self, local, place, **options)

    def render(folder: Path) -> None:
        for name in ("plan.html", "trend.html", "index.html", "manifest.json"):
            (folder / name).write_bytes(b"new")
        (folder / "big.pdf").unlink()

    monkeypatch.setattr(MemoryFileSystem, "put_file", failing)
    with pytest.raises(HjforecastError) as caught:
        work(render)
    said, (folder,) = str(caught.value), Path(tempfile.gettempdir()).iterdir()
    assert "sent plan.html; not sent trend.html, index.html, manifest.json" in said
    assert "line dropped" in said and str(folder) in said
    assert (folder / "trend.html").read_bytes() == b"new"
    assert stored(store) == {**edition, "plan.html": b"new"}


class Disk(DirFileSystem):
    """A file system with folders and moves, which a reader may look into at any moment."""

    protocol = "disk"
    look: Callable[[str], None] = staticmethod(lambda place: None)

    def __init__(self, path: str = "", **options: object) -> None:
        super().__init__(path, LocalFileSystem(), **options)

    def put_file(self, lpath: str, rpath: str, **options: object) -> None:
        half = Path(lpath).read_bytes()[:2]
        self.pipe_file(rpath, half)
        self.look(rpath)
        super().put_file(lpath, rpath, **options)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch) -> Path:
    """A folder behind the address `disk://`."""
    fs = Disk(str(tmp_path), skip_instance_cache=True)
    monkeypatch.setattr("fsspec.core.url_to_fs", lambda out, **options: (fs, out.removeprefix("disk://")))
    return tmp_path


def test_files_appear_whole_where_files_are_written_piece_by_piece(disk, monkeypatch):
    place = disk / "out" / "plan.html"
    place.parent.mkdir()
    place.write_bytes(b"the old page")
    seen = []
    monkeypatch.setattr(Disk, "look", staticmethod(lambda rpath: seen.append((rpath, place.read_bytes()))))
    with mirrored("disk://out", quiet) as folder:
        (folder / "plan.html").write_bytes(b"the new page")
    assert [content for _, content in seen] == [b"the old page"]
    assert place.read_bytes() == b"the new page"
    assert [path.name for path in place.parent.iterdir()] == ["plan.html"]


def test_a_file_half_sent_is_removed(disk, monkeypatch):
    def drop(rpath: str) -> None:
        raise OSError("line dropped")

    monkeypatch.setattr(Disk, "look", staticmethod(drop))
    with pytest.raises(HjforecastError, match="line dropped"):
        work(lambda folder: (folder / "plan.html").write_bytes(b"the new page"), "disk://out")
    assert list((disk / "out").iterdir()) == []


def test_location_that_takes_no_files_is_told_of_before_anything_is_rendered(store, monkeypatch):
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError("access denied")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", refuse)
    entered: list[Path] = []
    with pytest.raises(InputError, match="access denied"):
        work(entered.append)
    assert not entered


@pytest.mark.parametrize(
    ("out", "said"),
    [("s3://bucket/x", "pip install s3fs"), ("nosuch://x", "Protocol not known"), ("gs://b/x", "pip install gcsfs")],
)
def test_missing_library_and_unknown_address(out, said, monkeypatch):
    for name in ("s3fs", "gcsfs"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=said), mirrored(out, quiet):
        pass


def test_missing_fsspec(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(InputError, match=r"pip install 'hjforecast\[cluster\]'"), mirrored(STORE, quiet):
        pass


def test_credentials_in_an_address_are_not_told(monkeypatch):
    def refuse(out: str, **options: object) -> None:
        raise OSError(f"cannot log in to {out}")

    monkeypatch.setattr(fsspec.core, "url_to_fs", refuse)
    with pytest.raises(InputError) as caught, mirrored("ftp://user:secret@host/x", quiet):
        pass
    assert "secret" not in str(caught.value) and "ftp://host/x" in str(caught.value)


def test_a_run_on_a_store_renders_only_what_changed(store, tmp_path, monkeypatch, capsys):
    world = World(tmp_path)
    rendered: list[str] = []
    monkeypatch.setattr(runner, "render_all", fake_renderer(rendered))
    assert world.run(out=STORE) == 0 and rendered == ["plan", "trend", "comparison", "audit"]
    assert capsys.readouterr().out == f"{STORE}/index.html\n"
    first = stored(store)
    assert {"plan.html", "trend.html", "index.html", "manifest.json"} <= first.keys()
    assert not [name for name in first if name.startswith(".")]
    assert world.run(out=STORE) == 0 and len(rendered) == 4
    store.pipe_file("/桶/报告/trend.html", b"somebody edited this")
    assert world.run(out=STORE) == 0 and rendered[4:] == ["trend"]


def test_a_run_on_a_store_refuses_a_file_of_the_users_own(store, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "render_all", fake_renderer([]))
    store.pipe_file("/桶/报告/plan.html", b"<p>my own page</p>")
    with pytest.raises(InputError, match=r"plan\.html"):
        World(tmp_path).run(out=STORE)
    assert stored(store) == {"plan.html": b"<p>my own page</p>"}


def test_a_dry_run_on_a_store_leaves_it_as_it_was(store, tmp_path, monkeypatch, capsys):
    rendered: list[str] = []
    monkeypatch.setattr(runner, "render_all", fake_renderer(rendered))
    assert World(tmp_path).run(out=STORE, dry_run=True) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[:2] == ["plan", "生成"]
    assert not stored(store) and not rendered


def test_reports_that_could_not_be_sent_are_failures(store, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runner, "render_all", fake_renderer([]))

    def refuse(self: MemoryFileSystem, here: str, there: str, **options: object) -> None:
        raise OSError("quota exceeded")

    monkeypatch.setattr(MemoryFileSystem, "put_file", refuse)
    assert World(tmp_path).run(out=STORE, log=JsonLog()) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    *_, told, end = map(json.loads, streams.err.splitlines())
    assert "quota exceeded" in told["text"] and end["exit_code"] == 1


@pytest.fixture
def on_store(tmp_path: Path) -> Callable[..., Result]:
    """The command over the small plan with a notebook of the user's own, its output on the store."""
    plan, page = write_plan(tmp_path / "规划"), tmp_path / "quick.ipynb"
    page.write_text(notebook('word: str = "一"', "from IPython.display import HTML\nHTML(word)"), encoding="utf-8")
    command = ["report", "--plan-dir", str(plan), "--notebook", str(page), "--out", STORE]
    return lambda *words: CliRunner().invoke(main, [*command, *words])


def test_the_command_publishes_to_a_store_and_checks_it(store, on_store):
    assert on_store().exit_code == 0
    assert b"<p" in stored(store)["quick.html"] or b"<div" in stored(store)["quick.html"]
    checked = CliRunner().invoke(main, ["report", "--verify", "--out", STORE])
    assert checked.exit_code == 0 and checked.stdout == ""
    store.pipe_file("/桶/报告/quick.html", b"somebody edited this")
    before = stored(store)
    checked = CliRunner().invoke(main, ["report", "--verify", "--out", STORE])
    assert checked.exit_code == 1 and checked.stdout.startswith("quick.html")
    assert stored(store) == before


def test_a_stopped_run_on_a_store_says_that_nothing_was_sent(store, on_store, monkeypatch):
    def stop(tasks: object, workers: int) -> Iterator[Outcome]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(runner, "render_all", stop)
    stopped = on_store()
    assert stopped.exit_code == 130 and "nothing was sent" in stopped.stderr
    assert not stored(store)


def test_an_address_that_cannot_be_used_is_a_sentence(on_store):
    for words in ("--verify", "--dry-run"):
        result = CliRunner().invoke(main, ["report", "--out", "nosuch://bucket/x", words])
        assert result.exit_code == 2 and "nosuch://bucket/x" in result.stderr and "Traceback" not in result.stderr
