"""A process that has everything imported, and is copied for each report: what `python` and its imports cost is paid once.

The server is a fresh interpreter without a thread, a ZMQ context or any report's state. Each request hands it one end
of a pipe, and it forks a worker that serves it. It ends when the process that started it ends.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe
from threading import Lock

__all__ = ["ForkServer", "can_fork", "serve"]


def can_fork() -> bool:
    """Return whether reports can be forked here. macOS has fork, but its system libraries may crash after one."""
    return sys.platform == "linux"


class ForkServer:
    """A started server, to be closed after use."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        code = f"from hjforecast.reporting.fork_server import serve; serve({theirs.fileno()})"
        with theirs:
            # A session of its own: Ctrl-C in a terminal reaches the run alone, which then ends the others.
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
        self._control, self._lock = ours, Lock()

    def fork(self) -> Connection:
        """Return a connection to a new worker. Raises OSError where the server is gone."""
        ours, theirs = Pipe()
        with theirs, self._lock:
            socket.send_fds(self._control, [b"w"], [theirs.fileno()])
        return ours

    def close(self) -> None:
        """End the server, whatever it is doing; its workers live on until their connections close."""
        self._control.close()
        self._process.kill()
        self._process.wait()


def serve(descriptor: int) -> None:
    """Import everything, then fork a worker for each request on a socket until the other end closes it.

    Returns in the server at its end, and in every worker and kernel when it is done.
    """
    # As in a kernel that is started by itself: neither the run's folder nor a matplotlibrc in it counts.
    sys.path[:] = [path for path in sys.path if path]
    os.chdir("/")
    from hjforecast.reporting.preload import preload
    from hjforecast.reporting.render import set_environment

    set_environment()
    # As the gc module advises: what is never collected in the server stays shared with its copies.
    gc.disable()
    preload()
    gc.freeze()
    # Workers that ended are not kept as zombies.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as control:
        while True:
            request, descriptors, *_ = socket.recv_fds(control, 1, 1)
            if not request:
                return
            if os.fork() == 0:
                break
            os.close(descriptors[0])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.enable()
    from hjforecast.reporting.worker import work

    work(Connection(descriptors[0]), forked=True)
