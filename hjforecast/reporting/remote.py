"""An output folder on a remote file system: worked on as a local copy, then sent file by file, the manifest last."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hjforecast.errors import HjforecastError, InputError, Problem
from hjforecast.reporting.exports import FORMATS
from hjforecast.reporting.files import sha256
from hjforecast.reporting.manifest import MANIFEST

__all__ = ["UnsentError", "is_remote", "mirrored", "without_secret"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*(::|://)")
_SECRET = re.compile(r"(?<=://)[^/@]*@")
# Whole objects at once, by their nature. Elsewhere a file is sent under another name and then moved.
_OBJECT_STORES = {
    "abfs", "abfss", "adl", "az", "gcs", "gs", "memory", "oci", "oss", "s3", "s3a", "tos", "tosfs",
}  # fmt: skip
_PART = ".part-"
_KINDS = {".ipynb", *(f".{kind}" for kind in FORMATS)}
# Enough of a file that no manifest names to see whether it is ours.
_BEGINNING = 4096


def is_remote(out: str) -> bool:
    """Tell whether an output folder is an address such as `s3://bucket/reports`, and not a folder of this machine."""
    return bool(_URL.match(out)) and not out.startswith(("file://", "local://"))


def without_secret(out: str) -> str:
    """Return an output folder's address as it may be shown: without the name and password before the host."""
    return _SECRET.sub("", out)


@contextmanager
def mirrored(out: str, say: Callable[[str], None], *, writes: bool = True) -> Iterator[Path]:
    """Give the local folder to work in for an output folder, which may be a remote one (any fsspec address).

    A local path or `file://` address is that folder itself. For a remote one, what its manifests name is fetched
    first; after the block what has changed is sent: reports, then indexes, then manifests, each whole; at last files
    that are gone here are removed there. Nothing is sent where the block raises. Object stores have no locks: a run
    whose manifest was replaced meanwhile by another one sends nothing.

    Parameters
    ----------
    out :
        the folder or address. Credentials belong into the backend's own settings; none are ever written.
    say :
        told in a sentence what is sent.
    writes :
        whether it is to be written to; where not, nothing is tried out and nothing sent.

    Raises InputError where fsspec or the backend's library is missing or the address cannot be used,
    UnsentError where sending fails: it says what was sent, and where the finished reports are kept.
    """
    if not is_remote(out):
        yield Path(re.sub(r"^(file|local)://", "", out))
        return
    folder = Path(tempfile.mkdtemp(prefix="hjforecast-out-"))
    try:
        remote = _Remote(out, folder, say)
        remote.fetch(writes)
        yield folder
        if writes:
            remote.send()
    except UnsentError:
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


class UnsentError(HjforecastError):
    """Sending failed; the local folder is kept."""


class _Remote:
    """A remote folder, its local copy, and what was fetched: sha256 by name."""

    def __init__(self, out: str, folder: Path, say: Callable[[str], None]) -> None:
        self._shown, self._folder, self._say = without_secret(out), folder, say
        self._fs, root, self._whole = _open(out, self._shown)
        self._root = root.rstrip("/")
        self._fetched: dict[str, str] = {}
        self._manifests: dict[str, bytes] = {}

    def fetch(self, writes: bool) -> None:
        """Make the local copy. Raises InputError where the remote folder cannot be read or, if asked, written."""
        try:
            if writes:
                self._try_out()
            there = self._names()
            for name in sorted(name for name in there if Path(name).name == MANIFEST):
                self._manifests[name] = self._fs.cat_file(self._at(name))
            named = {name for item in self._manifests.items() for name in _named(*item)}
            for name in sorted(there):
                self._fetch(name, whole=name in named or name in self._manifests)
        except Exception as error:  # each backend has errors of its own
            zh = f"无法使用此输出位置（{_told(error)}）；请检查地址、权限和网络。"
            en = f"cannot use this output location ({_told(error)}): check the address, your rights and the network."
            raise InputError([Problem("hjforecast report", 0, "--out", self._shown, zh, en)]) from None

    def _try_out(self) -> None:
        """Write a file and remove it: what cannot be written to is told of before anything is rendered."""
        place = self._at(f"{_PART}{secrets.token_hex(8)}")
        self._make_parent(place)
        self._fs.pipe_file(place, b"")
        self._fs.rm_file(place)

    def _names(self) -> set[str]:
        """Return the files below the folder that a run could look at."""
        self._fs.invalidate_cache()
        prefix = f"{self._root}/"
        found = (str(path).removeprefix(prefix) for path in self._fs.find(self._root))
        return {name for name in found if Path(name).name == MANIFEST or Path(name).suffix in _KINDS}

    def _fetch(self, name: str, whole: bool) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if whole:
            self._fs.get_file(self._at(name), str(path))
        else:
            path.write_bytes(self._fs.cat_file(self._at(name), start=0, end=_BEGINNING))
        self._fetched[name] = sha256(path)

    def send(self) -> None:
        """Send what has changed since it was fetched. Raises UnsentError where that fails."""
        here = {path.relative_to(self._folder).as_posix(): path for path in self._folder.rglob("*") if path.is_file()}
        here = {name: path for name, path in here.items() if not path.name.startswith(".")}
        changed = [name for name, path in here.items() if self._fetched.get(name) != sha256(path)]
        gone = sorted(name for name in self._fetched if name not in here)
        left = sorted(changed, key=_turn)
        sent: list[str] = []
        try:
            self._check_unchanged()
            while left:
                self._put(here[left[0]], left[0])
                sent.append(left.pop(0))
            for name in gone:
                self._fs.rm_file(self._at(name))
        except Exception as error:
            raise UnsentError(self._unsent(error, sent, left)) from None
        if sent or gone:
            self._say(f"已发送 {len(sent)} 个文件到 {self._shown} / sent {len(sent)} file(s)")

    def _check_unchanged(self) -> None:
        self._fs.invalidate_cache()
        for name in {MANIFEST, *self._manifests}:
            place = self._at(name)
            now = self._fs.cat_file(place) if self._fs.exists(place) else None
            if now != self._manifests.get(name):
                raise HjforecastError("另一次运行已更新该位置 / another run has published there meanwhile")

    def _put(self, path: Path, name: str) -> None:
        place = self._at(name)
        self._make_parent(place)
        if self._whole:
            self._fs.put_file(str(path), place)
            return
        part = self._at(f"{_PART}{secrets.token_hex(8)}")
        try:
            self._fs.put_file(str(path), part)
            self._fs.mv(part, place)
        except BaseException:
            if self._fs.exists(part):
                self._fs.rm_file(part)
            raise

    def _make_parent(self, place: str) -> None:
        if not self._whole:  # object stores have no folders, and would make a bucket
            self._fs.makedirs(place.rpartition("/")[0], exist_ok=True)

    def _unsent(self, error: Exception, sent: list[str], left: list[str]) -> str:
        zh = (
            f"发送到 {self._shown} 失败（{_told(error)}）：已发送 {'、'.join(sent) or '无'}；未发送 {'、'.join(left) or '无'}。"
            f"各文件均完整；清单未更新的，下次运行会补齐。生成结果保留在 {self._folder}。"
        )
        en = (
            f"sending to {self._shown} failed ({_told(error)}): sent {', '.join(sent) or 'nothing'}; not sent "
            f"{', '.join(left) or 'nothing'}. Every file there is whole, and the next run completes them. The finished "
            f"reports are kept in {self._folder}."
        )
        return f"{zh}\n    {en}"

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"


def _open(out: str, shown: str) -> tuple[Any, str, bool]:
    """Return the file system of an address, the path on it, and whether it writes only whole files.

    Raises InputError where a library is missing or no file system has this name.
    """
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError:
        raise InputError([_missing(shown, "'hjforecast[cluster]'")]) from None
    try:
        fs, root = url_to_fs(out)
    except ImportError as error:
        raise InputError([_missing(shown, _library(out), str(error))]) from None
    except Exception as error:
        zh = f"无法识别或打开此地址（{_told(error)}）；写法如 s3://桶/文件夹。"
        en = f"this address cannot be opened ({_told(error)}); write it as s3://bucket/folder."
        raise InputError([Problem("hjforecast report", 0, "--out", shown, zh, en)]) from None
    names = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
    return fs, root, bool(names & _OBJECT_STORES)


def _library(out: str) -> str:
    """Return the package that an address needs, as far as fsspec knows it."""
    from fsspec.registry import known_implementations

    protocol = re.split("::|://", out)[0]
    return str(known_implementations.get(protocol, {}).get("class", protocol)).partition(".")[0]


def _missing(shown: str, package: str, reason: str = "") -> Problem:
    line, told = f"pip install {package}", f"（{reason}）" if reason else ""
    zh = f"此地址需要另行安装组件{told}：{line}"
    en = f"this address needs a further install{told.replace('（', ' (').replace('）', ')')}: {line}"
    return Problem("hjforecast report", 0, "--out", shown, zh, en)


def _named(manifest: str, content: bytes) -> Iterator[str]:
    """Yield every file that a manifest names, from the folder's top."""
    parent = manifest.rpartition("/")[0]
    try:
        found = list(_files(json.loads(content)))
    except (ValueError, RecursionError):
        return
    yield from (f"{parent}/{name}" if parent else name for name in found)


def _files(content: Any) -> Iterator[str]:
    if isinstance(content, Mapping):
        yield from (content[key] for key in ("file", "failed_notebook") if isinstance(content.get(key), str))
        for value in content.values():
            yield from _files(value)
    elif isinstance(content, list):
        for value in content:
            yield from _files(value)


def _turn(name: str) -> tuple[int, str]:
    """Return when a file is sent: reports, index pages, manifests, those of the whole folder after those of a plan."""
    last = Path(name).name
    kind = 2 if last == MANIFEST else 1 if last in ("index.html", "index.en.html") else 0
    return kind, f"{'' if '/' in name else chr(0x10FFFF)}{name}"


def _told(error: Exception) -> str:
    text = without_secret(str(error).strip().partition("\n")[0])
    return text if isinstance(error, HjforecastError) else f"{type(error).__name__}: {text}".rstrip(": ")
