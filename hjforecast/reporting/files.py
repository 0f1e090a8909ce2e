"""Files that appear whole or not at all, and one run at a time in an output folder."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from hjforecast.errors import HjforecastError, InputError, Problem

__all__ = [
    "LOCK",
    "FolderBusyError",
    "duplicate",
    "leftovers",
    "output_folder",
    "publish",
    "sha256",
    "unusable",
    "work_folder",
    "write_whole",
]

LOCK = ".hjforecast.lock"
_PART = ".part-"
_WORK = ".work-"
# What we name, to the letter: a user's own files may begin alike.
_LEFT_PART = re.compile(re.escape(_PART) + "[0-9a-f]{16}")
_LEFT_WORK = re.compile(re.escape(_WORK) + "[0-9a-f]{8}")


class FolderBusyError(HjforecastError):
    """Another run keeps the output folder."""


def sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, whole, and never a part.

    Raises OSError where it cannot be written; the old file is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Opened by name rather than by mkstemp, whose files only their owner may read.
    part = path.parent / f"{_PART}{secrets.token_hex(8)}"
    try:
        part.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        publish(part, path)
    finally:
        part.unlink(missing_ok=True)


def publish(part: Path, path: Path) -> None:
    """Move a finished file of the same file system to `path`, safe against a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(part, path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def duplicate(source: Path, path: Path) -> None:
    """Make `path`, which must not exist, hold what a file holds, whole or not at all.

    The two are one file on the disk where that can be: ours are replaced and never written into.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, path)
    except OSError:  # a file system without hard links
        part = path.parent / f"{_PART}{secrets.token_hex(8)}"
        try:
            shutil.copyfile(source, part)
            publish(part, path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def output_folder(out: Path, wait: float, say: Callable[[str], None]) -> Iterator[Path]:
    """Hold the output folder (made where it is missing) for one run, and clear what dead runs left in it.

    Parameters
    ----------
    out :
        the folder.
    wait :
        how many seconds to wait for another run to end.
    say :
        told once, in a sentence, that it waits.

    Raises FolderBusyError where the other run does not end in time, InputError where the folder cannot be used.
    """
    lock = FileLock(out / LOCK)
    try:
        out.mkdir(parents=True, exist_ok=True)
        _take(lock, out, wait, say)
    except OSError as error:
        raise unusable(out, error) from None
    try:
        _clear_leftovers(out)
        _try_out(out)
        yield out
    finally:
        lock.release()


def unusable(out: Path, error: OSError) -> InputError:
    """Return what to tell of an output folder that cannot be used, and the fix."""
    reason = error.strerror or str(error)
    zh = f"无法使用此输出文件夹（{reason}）；请检查它是否为文件夹、是否可写，或换一个 --out。"
    en = f"cannot use this output folder ({reason}): is it a folder, and writable? Or give another --out."
    return InputError([Problem("hjforecast report", 0, "--out", str(out), zh, en)])


def _take(lock: FileLock, out: Path, wait: float, say: Callable[[str], None]) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"另一次运行正在使用 {out}，最多等待 {wait:g} 秒 / another run uses it; waiting up to {wait:g} s")
        _wait_for(lock, out, wait)


def _try_out(out: Path) -> None:
    """Make a folder and remove it: a folder that takes no new files is told of before anything is rendered."""
    try:
        with work_folder(out):
            pass
    except OSError as error:
        raise unusable(out, error) from None


def _wait_for(lock: FileLock, out: Path, wait: float) -> None:
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise FolderBusyError(
            f"等待 {wait:g} 秒后，另一次运行仍在使用 {out}；请稍后再试或换一个 --out。"
            f" / another run still uses {out} after {wait:g} s; try later or give another --out."
        ) from None


def leftovers(out: Path) -> Iterator[Path]:
    """Yield the work folders and unfinished files that lie in an output folder: those of a run, or of a killed one."""
    for folder in (out, out / "failed", *out.glob("editions/*"), *out.glob("edited/*")):
        for path in folder.glob(f"{_PART}*"):
            if _LEFT_PART.fullmatch(path.name) and path.is_file():
                yield path
    yield from (path for path in out.glob(f"{_WORK}*") if _LEFT_WORK.fullmatch(path.name))


def _clear_leftovers(out: Path) -> None:
    """Remove what dead runs left. Holding the lock proves that no living run needs it."""
    for path in list(leftovers(out)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


@contextmanager
def work_folder(out: Path) -> Iterator[Path]:
    """Give a fresh folder inside `out` (so that files move from it in one step), removed afterwards."""
    folder = out / f"{_WORK}{secrets.token_hex(4)}"
    folder.mkdir()
    try:
        yield folder
    finally:
        with suppress(OSError):
            shutil.rmtree(folder)
