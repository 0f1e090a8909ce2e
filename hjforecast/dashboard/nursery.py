"""A process that has imported everything a page needs and is copied for each visitor, as reports are (fork_server).

What Python and its imports cost is paid once, and the copies share what was imported. The nursery is a fresh
interpreter without threads; it ends when the server ends, and its kernels end with it.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["Nursery", "Seedling", "grow"]

_PID = struct.Struct("q")


class Seedling:
    """A kernel's process, a copy of the nursery. Has what LocalProvisioner asks of a `subprocess.Popen`.

    `life` is the reading end of a pipe whose writing end only the kernel holds: it closes when the kernel ends.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, life: int) -> None:
        self.pid, self._life = pid, life
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return 0 once it has ended (its parent is the nursery, so its exit code is not known here), else None."""
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Return 0 once it has ended."""
        return self._ended(timeout)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._life], [], [], timeout)[0]:
            os.close(self._life)
            self.returncode = 0
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, where it still lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """A started nursery, to be closed after use."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        code = f"from hjforecast.dashboard.nursery import grow; grow({theirs.fileno()})"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], start_new_session=True,
                env={**os.environ, **environment},
            )  # fmt: skip

    def start(self, command: list[str], environment: dict[str, str], folder: str) -> Seedling:
        """Return the process of the kernel that `command` would start. Raises OSError where the nursery is gone."""
        orders, ours = os.pipe()
        life, held = os.pipe()
        try:
            socket.send_fds(self._control, [b"k"], [orders, held])
        finally:
            os.close(orders)
            os.close(held)
        # Not inherited by what this process starts; the kernel reads until the end, so it must be closed here.
        with os.fdopen(ours, "wb") as stream:
            pickle.dump((command, {**environment, "JPY_PARENT_PID": str(self._process.pid)}, folder), stream)
        answer = self._control.recv(_PID.size)
        if len(answer) < _PID.size:
            raise OSError("the process that kernels are copied from has ended")
        return Seedling(_PID.unpack(answer)[0], life)

    def close(self) -> None:
        """End the nursery and every kernel that came from it."""
        self._control.close()
        self._process.kill()
        self._process.wait()


def grow(descriptor: int) -> None:
    """Import everything, then become a kernel in a copy for each request on a socket, until the other end closes it."""
    sys.path[:] = [path for path in sys.path if path]
    os.chdir("/")
    from hjforecast.dashboard.warm import warm
    from hjforecast.reporting.kernel import become_kernel
    from hjforecast.reporting.render import set_environment

    set_environment()
    gc.disable()
    warm(Path(os.environ["HJFORECAST_DASHBOARD_PLAN"]) if os.environ.get("HJFORECAST_DASHBOARD_PLAN") else None)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    nursery, control = os.getpid(), socket.socket(fileno=descriptor)
    while True:
        request, descriptors, *_ = socket.recv_fds(control, 1, 2)
        if not request:
            # The server was killed outright, or it would have ended this process: nobody else clears up.
            shutil.rmtree(os.environ.get("JUPYTER_RUNTIME_DIR", ""), ignore_errors=True)
            return
        orders, held = descriptors
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            gc.enable()
            control.close()
            become_kernel(nursery, orders)
        os.close(orders)
        os.close(held)
        control.sendall(_PID.pack(pid))
