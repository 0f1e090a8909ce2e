"""A plan directory as bytes, to send to a machine that does not share this one's disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

__all__ = ["pack_plan", "unpack"]

_READ = ("plan.toml", "*.csv", "scenarios/*.toml")


def pack_plan(folder: Path) -> dict[str, bytes]:
    """Return the files that reading a plan directory looks at, by their path in it. Raises OSError where one fails."""
    paths = (path for pattern in _READ for path in sorted(folder.glob(pattern)) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder, made where it is missing. Raises ValueError for a path that leaves it."""
    for name, content in files.items():
        parts = PurePosixPath(name).parts
        if ".." in parts or PurePosixPath(name).is_absolute():
            raise ValueError(f"a path outside the folder: {name!r}")
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
