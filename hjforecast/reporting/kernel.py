"""The kernel that reports run in: this very interpreter, forked where it can be, whatever kernels are registered."""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar, NoReturn, cast

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from jupyter_core.paths import jupyter_runtime_dir

from hjforecast.reporting import output_limit

__all__ = ["KERNEL_NAME", "Embryo", "OwnKernelManager", "OwnSpecs", "QuickClient", "ReportProvisioner", "become_kernel"]

KERNEL_NAME = "hjforecast"

# A Unix socket's path holds 104 bytes on macOS and 108 on Linux.
_LONGEST_SOCKET = 100
_ANSWER_MILLISECONDS = 2500
_PR_SET_PDEATHSIG = 1
# A kernel that is stopped amid a cell logs that as an error; a history is a database and a thread that nobody reads.
_ARGUMENTS = [
    "--log-level=50",
    "--HistoryManager.enabled=False",
    f"--IPKernelApp.extra_extensions={output_limit.__name__}",
]


class Embryo:
    """A forked copy of this process that becomes a kernel when told which; it ends when this process ends.

    Has what LocalProvisioner asks of a `subprocess.Popen`. To be made before the process has threads or a ZMQ
    context; `connection` is the worker's own, which the copy closes.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: Connection) -> None:
        parent = os.getpid()
        read, self._orders = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._orders)
            connection.close()
            become_kernel(parent, read)
        os.close(read)

    def start(self, command: list[str], environment: dict[str, str], folder: str) -> None:
        """Make it the kernel that `command` would start, with this environment and working folder."""
        with os.fdopen(self._orders, "wb") as orders:
            pickle.dump((command, environment, folder), orders)

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit code once it has ended."""
        return self._reap(0)

    def _reap(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def become_kernel(parent: int, orders: int) -> NoReturn:
    """Wait for orders, then run as the kernel that `python -m ipykernel_launcher` would be."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    try:
        with os.fdopen(orders, "rb") as stream:
            command, environment, folder = pickle.load(stream)
    except EOFError:
        os._exit(0)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    _be_quiet()
    _freshen()
    sys.argv = [_launcher(), *command[command.index("ipykernel_launcher") + 1 :]]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance()
    _end()


def _end() -> NoReturn:
    """End as Python does, for what a notebook may notice: its threads, its exit handlers, its files left open.

    Taking apart everything that was imported, page by page of memory shared until now, would take longer than a figure.
    """
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.getipython import get_ipython

    threading._shutdown()  # type: ignore[attr-defined]
    # It waits now and then for ever, for a thread that waits for the one that it has just stopped (ipykernel 7.4).
    atexit.unregister(IPKernelApp.instance().close)
    atexit._run_exitfuncs()
    if shell := get_ipython():
        shell.user_ns.clear()
        gc.collect()
    os._exit(0)


def _be_quiet() -> None:
    """Keep what a cell's programs and libraries write, past Python, out of the run's log."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _launcher() -> str:
    spec = find_spec("ipykernel_launcher")
    return str(spec and spec.origin)


def _freshen() -> None:
    """Undo what a copy has in common with its siblings: numpy's random state (Python reseeds its own)."""
    if sys.modules.get("rfc3987_syntax", ...) is None:  # kept away from our own imports only
        del sys.modules["rfc3987_syntax"]
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


class ReportProvisioner(LocalProvisioner):
    """Starts the kernel of a worker: from its embryo where it has one, as an ordinary process otherwise."""

    embryo: ClassVar[Embryo | None] = None
    started: ClassVar[Callable[[Any], None]] = staticmethod(lambda process: None)
    """Told the process, a Popen or Embryo that leads a session of its own."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel and return its connection information."""
        embryo = type(self).embryo
        if embryo is None:
            await super().launch_kernel(cmd, **kwargs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            type(self).embryo = None
            environment = {**kwargs["env"], "JPY_PARENT_PID": str(os.getpid())}  # as jupyter_client's launcher does
            embryo.start(cmd, environment, str(kwargs.get("cwd") or Path.cwd()))
            self.process = embryo  # type: ignore[assignment]
            self.pid = self.pgid = embryo.pid
        type(self).started(self.process)
        return self.connection_info


class OwnSpecs(KernelSpecManager):
    """Answers every name with a kernel of the running interpreter.

    A spec called python3 in the user's Jupyter folders may start another virtual environment's Python.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the spec of `sys.executable`, whatever the name."""
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict(extra_arguments=_ARGUMENTS))


class QuickClient(AsyncKernelClient):
    """Takes a kernel as ready once it has answered.

    The base class then waits 0.2 s for messages of others to pass; nbclient looks at those of its own cells only.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel answers requests and its outputs arrive. Raises RuntimeError where it does not."""
        deadline = time.monotonic() + (timeout or float("inf"))
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it was ready")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the kernel was not ready in {timeout:g} seconds")

    async def _answers(self) -> bool:
        self.kernel_info()
        try:
            reply = await self.get_shell_msg(timeout=1)
            await self.get_iopub_msg(timeout=0.2)
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True


class OwnKernelManager(AsyncKernelManager):
    """Starts a kernel of the running interpreter, over Unix sockets where there are any.

    Processes that each start kernels over TCP can pick the same free port (papermill #511); sockets in a private
    folder cannot meet.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kernel_spec_manager=OwnSpecs(), client_factory=QuickClient, **kwargs)
        self.kernel_id = str(uuid.uuid4())
        self.provisioner = ReportProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        connection = Path(jupyter_runtime_dir()) / "k.json"
        if os.name == "posix" and len(os.fsencode(connection)) < _LONGEST_SOCKET:
            self.connection_file = str(connection)
            self.transport = "ipc"

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """Ask the kernel to end and go on: the report is exported meanwhile, and the worker sees to its end."""
        self.shutting_down = True
        await self.request_shutdown(restart=restart)
        # With its sockets goes a request still on its way, and the kernel would stay until it is killed.
        await cast("Any", self._control_socket).poll(_ANSWER_MILLISECONDS)
        await self.cleanup_resources(restart=restart)
