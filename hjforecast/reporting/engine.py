"""How papermill runs a report's cells: with our kernel, and with fewer saves."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.iorw import write_ipynb
from papermill.log import logger

from hjforecast.reporting.kernel import KERNEL_NAME, OwnKernelManager
from hjforecast.reporting.render import RenderError

__all__ = ["ENGINE"]

ENGINE = "hjforecast"

# papermill writes the whole notebook, figures and all, before and after every cell.
_SAVE_SECONDS = 1.0
_DIED = "内核意外终止（可能是内存不足，或被强行终止） / the kernel died (out of memory, or killed)"


class _Execution(NotebookExecutionManager):
    """Keeps the notebook's file as far as it came, at most once a second and whole at any moment."""

    saved = 0.0
    dirty = False

    def save(self, **kwargs: Any) -> None:
        """Write the notebook, or leave that to a later call where it was written just now."""
        self.dirty = True
        if time.monotonic() - self.saved >= _SAVE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what has not been written."""
        if self.dirty and self.output_path:
            part = f"{self.output_path}.part.ipynb"
            write_ipynb(self.nb, part)
            os.replace(part, self.output_path)
        self.dirty, self.saved, self.last_save_time = False, time.monotonic(), self.now()

    def notebook_complete(self, **kwargs: Any) -> None:
        """Note the end and write the notebook."""
        super().notebook_complete(**kwargs)
        self.write()


class _Client(PapermillNotebookClient):
    """Runs the cells, and has the file written while a long one runs."""

    timer: asyncio.TimerHandle | None = None

    async def note_start(self, **kwargs: Any) -> None:
        """See to it that the cells before a long one are written while it runs."""
        if self.timer:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(_SAVE_SECONDS, self.nb_man.write)


class _ReportEngine(Engine):
    """papermill's nbclient engine with the two classes above."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, output_path: str | None = None, **kwargs: Any) -> Any:
        """Return the executed notebook. Raises RenderError where its kernel died or was stopped."""
        execution = _Execution(nb, output_path, progress_bar=False)
        execution.notebook_start()
        try:
            _run(execution)
        finally:
            execution.notebook_complete()
        return execution.nb


def _run(execution: _Execution) -> None:
    client = _Client(
        execution, kernel_name=KERNEL_NAME, kernel_manager_class=OwnKernelManager, timeout=None, log=logger
    )
    client.on_cell_execute = client.note_start
    try:
        client.execute()
    except DeadKernelError:
        raise RenderError(_DIED) from None
    finally:
        if client.timer:
            client.timer.cancel()


papermill_engines.register(ENGINE, _ReportEngine)
