"""An IPython extension that ends a cell whose notebook has written too much.

The limit acts in the kernel: a loop that prints fills the kernel's memory faster than anyone reads it.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["MOST_OUTPUT", "OutputLimitError", "load_ipython_extension"]

MOST_OUTPUT = 50_000_000
"""Characters that a notebook may write, printed and shown together. The largest of ours writes about a million."""


class OutputLimitError(RuntimeError):
    """A notebook has written too much."""


class _Count:
    """How much a kernel has written."""

    written = 0

    def add(self, length: int) -> None:
        """Count more. Raises OutputLimitError past the limit."""
        self.written += length
        if self.written > MOST_OUTPUT:
            size = MOST_OUTPUT // 10**6
            raise OutputLimitError(f"输出超过 {size} MB，已停止 / stopped after {size} MB of output")


def load_ipython_extension(shell: Any) -> None:
    """Count what the shell prints and displays from now on."""
    count = _Count()
    for stream in (sys.stdout, sys.stderr):
        _limit(stream, count)

    def shown(message: dict[str, Any]) -> dict[str, Any]:
        """Count a display message and let it pass."""
        count.add(sum(len(str(value)) for value in message["content"].get("data", {}).values()))
        return message

    shell.display_pub.register_hook(shown)
    if hasattr(shell.displayhook, "register_hook"):  # not in ipykernel 6
        shell.displayhook.register_hook(shown)


def _limit(stream: Any, count: _Count) -> None:
    write = stream.write

    def limited(text: str) -> Any:
        """Write as the stream does, and count."""
        count.add(len(text))
        return write(text)

    stream.write = limited
