"""Call a function many times on a Dask cluster: every call ends exactly once, whatever happens to the workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from hjforecast import __version__
from hjforecast.errors import InputError, Problem

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["LostError", "call_on_cluster"]

_CONNECT_SECONDS = 10
# So many calls are with the cluster at once: enough to keep a large one busy, few enough for any memory.
_AHEAD = 256
_LOOK_SECONDS = 5.0
# A cluster that has had no worker for so long is taken to get none.
_PATIENCE_SECONDS = 120.0

_KILLED = (
    "接手的每个计算节点都意外终止（可能内存不足），单独重试后仍是如此 / "
    "every cluster worker that was given it died (out of memory?), also when it was tried alone"
)
_NO_WORKERS = "集群中没有可用的计算节点；请检查 dask worker 是否在运行 / the cluster has no workers left: is `dask worker` running?"
_CUT_OFF = "与集群调度器的连接中断 / the connection to the cluster's scheduler was lost"
_OTHER_VERSION = (
    "计算节点上的 hjforecast 与本机不同：本机 {0}，节点 {1}；请在各节点安装同一版本 / "
    "the worker's hjforecast is another one: here {0}, on the worker {1}; install the same version on all"
)


class LostError(Exception):
    """A call that the cluster could not bring to its end; says why, in both languages."""


Call = tuple[Any, ...]


def call_on_cluster(
    address: str, function: Callable[..., Any], calls: Iterable[Call]
) -> Iterator[tuple[int, Any | LostError]]:
    """Yield the number of each call and its result (or a LostError), as they end, each exactly once.

    Dask repeats elsewhere what a dead worker left, and gives a call up after `allowed-failures` deaths (Dask's setting
    of the scheduler, 3 by default). Such a call may only have stood beside the one that kills: it is tried once more
    with nothing else running. No more than 256 calls are ahead of the oldest unfinished one. Calls that have not
    begun are cancelled when the iterator is closed.

    Parameters
    ----------
    address :
        of the scheduler, such as `tcp://scheduler:8786`.
    function :
        is imported on the workers by its name, so the package must be installed there.
    calls :
        the arguments of each call, taken as they are needed.

    A worker whose hjforecast differs from this one makes no results; the LostError names both.
    Raises InputError where Dask is not installed or the scheduler cannot be reached.
    """
    with _connected(address) as client:
        yield from _Calls(client, function, calls).results()


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        zh, en = "使用集群需要先安装：{}", "a cluster needs a further install: {}"
        line = "pip install 'hjforecast[cluster]'"
        raise InputError([Problem("hjforecast", 0, "--cluster", address, zh.format(line), en.format(line))]) from None
    # What Dask logs of lost connections is told by us, in a sentence.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    client = Client.__new__(Client)
    try:
        client.__init__(address, timeout=_CONNECT_SECONDS, set_as_default=False, name="hjforecast")  # type: ignore[misc]
    except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
        # Left to the collector, which runs in any thread, it could wait for a lock that this very thread holds.
        client.__del__()
        raise InputError([_unreachable(address, error)]) from None
    try:
        yield client
    finally:
        client.close()


def _unreachable(address: str, error: Exception) -> Problem:
    reason = str(error).partition("\n")[0]
    zh = (
        f"无法连接集群调度器（{reason}）；请检查地址写法（如 tcp://scheduler:8786）、dask scheduler 是否在运行、"
        "端口是否被防火墙拦截。"
    )
    en = (
        f"cannot reach the scheduler ({reason}): is the address right (such as tcp://scheduler:8786), "
        "`dask scheduler` running, and the port open in the firewall?"
    )
    return Problem("hjforecast", 0, "--cluster", address, zh, en)


class _Calls:
    """The calls of one run: those waiting to be sent, with the cluster, and suspected of killing workers."""

    def __init__(self, client: Client, function: Callable[..., Any], calls: Iterable[Call]) -> None:
        self._client, self._function, self._waiting = client, function, enumerate(calls)
        self._begun = 0
        self._sent: dict[Any, tuple[int, Call, Future]] = {}
        self._suspects: dict[int, Call] = {}
        self._ended: SimpleQueue[Future] = SimpleQueue()
        # Names of our own: Dask would otherwise name by content, and two runs may send the same.
        self._names = (f"hjforecast-{client.id}-{number}" for number in count())

    def results(self) -> Iterator[tuple[int, Any | LostError]]:
        """Yield the number and result of each call."""
        try:
            yield from self._running()
        except LostError as error:  # nothing will run any more
            left = [*(index for index, *_ in self._sent.values()), *self._suspects]
            for index in sorted([*left, *(index for index, _ in self._waiting)]):
                yield index, error
        finally:
            if self._client.status == "running":
                self._client.cancel([future for *_, future in self._sent.values()])

    def _running(self) -> Iterator[tuple[int, Any | LostError]]:
        while self._send_more() or self._suspects:
            alone = not self._sent
            if alone:
                index, call = self._suspects.popitem()
                self._send(index, call)
            index, call, future = self._next()
            result = self._result(future)
            if result is _AGAIN and not alone:
                self._suspects[index] = call
            else:
                yield index, LostError(_KILLED) if result is _AGAIN else result

    def _send_more(self) -> bool:
        """Send what there is room for, unless suspects wait to be alone; return whether any call is with the cluster."""
        while not self._suspects and self._has_room() and (one := next(self._waiting, None)) is not None:
            self._send(*one)
            self._begun = one[0] + 1
        return bool(self._sent)

    def _has_room(self) -> bool:
        return not self._sent or self._begun - min(index for index, *_ in self._sent.values()) < _AHEAD

    def _send(self, index: int, call: Call) -> None:
        future = self._client.submit(_checked, self._function, fingerprint(), *call, key=next(self._names), pure=False)
        self._sent[future.key] = (index, call, future)
        future.add_done_callback(self._ended.put)

    def _next(self) -> tuple[int, Call, Future]:
        """Return the call that ends next. Raises LostError where none will."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._sent.pop(self._ended.get(timeout=min(_LOOK_SECONDS, _PATIENCE_SECONDS)).key)
            except Empty:
                if self._has_workers():
                    deadline = time.monotonic() + _PATIENCE_SECONDS
                elif time.monotonic() > deadline:
                    raise LostError(_NO_WORKERS) from None

    def _has_workers(self) -> bool:
        try:
            return self._client.status == "running" and bool(self._client.nthreads())
        except Exception:  # the scheduler does not answer
            return False

    def _result(self, future: Future) -> Any:
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker:
            return _AGAIN
        except CancelledError:
            return LostError(_CUT_OFF)
        except LostError as error:
            return error
        except Exception as error:
            return LostError(f"{type(error).__name__}: {error}")


_AGAIN = object()


def fingerprint() -> tuple[str, str]:
    """Return the installed version and the hash of its content: what runner and workers must have in common."""
    from hjforecast.reporting.inputs import package_hash

    return __version__, package_hash()


def _checked(function: Callable[..., Any], expected: tuple[str, str], *arguments: Any) -> Any:
    """Call the function on a worker, unless its hjforecast is another one: its numbers might be too."""
    found = fingerprint()
    if found != expected:
        raise LostError(
            _OTHER_VERSION.format(*(f"{version} ({content[:12]})" for version, content in (expected, found)))
        )
    return function(*arguments)
