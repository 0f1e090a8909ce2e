"""The kernel that reports run in: this very interpreter, whatever kernels the machine has registered."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir

__all__ = ["KERNEL_NAME", "OwnKernelManager"]

KERNEL_NAME = "hjforecast"

# A Unix socket's path holds 104 bytes on macOS and 108 on Linux.
_LONGEST_SOCKET = 100


class _OwnSpecs(KernelSpecManager):
    """Answers every name with a kernel of the running interpreter.

    A spec called python3 in the user's Jupyter folders may start another virtual environment's Python.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the spec of `sys.executable`, whatever the name."""
        # At its end a kernel is interrupted before it is shut down, and now and then logs that as an error.
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict(extra_arguments=["--log-level=50"]))


class OwnKernelManager(AsyncKernelManager):
    """Starts a kernel of the running interpreter, over Unix sockets where there are any.

    Processes that each start kernels over TCP can pick the same free port (papermill #511); sockets in a private
    folder cannot meet.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kernel_spec_manager=_OwnSpecs(), **kwargs)
        connection = Path(jupyter_runtime_dir()) / "k.json"
        if os.name == "posix" and len(os.fsencode(connection)) < _LONGEST_SOCKET:
            self.connection_file = str(connection)
            self.transport = "ipc"
