"""The dashboard's web server: Voilà with one notebook, and nothing else that Voilà could serve.

What is left out, and why, is in docs/decisions/0015-dashboard.md.
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.request import urlopen

import tornado.ioloop
import tornado.netutil
from jupyter_core.utils import ensure_async, run_sync
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.httpserver import HTTPServer
from tornado.web import HTTPError
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from hjforecast.dashboard.kernels import VisitorKernels, VisitorSpecs
from hjforecast.dashboard.nursery import Nursery
from hjforecast.errors import InputError, Problem
from hjforecast.reporting.fork_server import can_fork
from hjforecast.reporting.render import set_environment

__all__ = ["MOST_MESSAGE", "Options", "serve"]

MOST_MESSAGE = 4 * 2**20
"""Bytes that one message from a page may hold: an upload of the largest size allowed, and its envelope."""

_HERE = Path(__file__).parent
_NOTEBOOK = _HERE / "page.ipynb"
_TEMPLATES = _HERE / "template"
_REPORT_STYLE = _HERE.parent / "reporting" / "templates" / "style.css"
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SERVED = ("/api/kernels/", "/voila/static/", "/voila/templates/", "/voila/labextensions/", "/voila/api/themes/",
           "/voila/api/shutdown/", "/login")  # fmt: skip
_PING = 30_000
"""Milliseconds between two signs of life. Jupyter Server cuts a connection before its first one where it may not be silent longer."""
_MOST_PARTS = 64
"""Of one message: its channel, four parts and the buffers of one upload are all that a page sends."""
_SLOWEST_SECONDS = 60
_IDLE_SECONDS, _LOOK_SECONDS, _OPENS_WITHIN = 600, 30, 120
_MESSAGES = ("comm_close", "comm_info_request", "comm_msg", "comm_open", "kernel_info_request")


@dataclass(frozen=True)
class Options:
    """How the dashboard is served. `port` 0 is any free one; `plan_dir` None is the built-in plan.

    `visitors` is how many pages may be open at once; with `check` the page is opened once, and that is all.
    """

    plan_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    draws: int = 2000
    browser: bool = True
    visitors: int = 20
    check: bool = False

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class _Channels(ZMQChannelsWebsocketConnection):
    """Drops what it cannot read; what is no message of a page is dropped by `allowed_message_types`."""

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass a message on to the kernel, one that is broken not."""
        try:
            if isinstance(incoming_msg, bytes):
                _check_parts(incoming_msg, *((8, "little") if self.subprotocol else (4, "big")))
            super().handle_incoming_message(incoming_msg)
        except Exception:
            self.log.warning("a message that could not be read was dropped")


def _check_parts(message: bytes, width: int, order: Literal["little", "big"]) -> None:
    """Raise ValueError for a message that says it has more parts than any page sends, or parts that overlap.

    Jupyter Server believes what a message says: a few bytes that promise 2^31 parts would hold up all visitors.
    """
    count = int.from_bytes(message[:width], order)
    if count > _MOST_PARTS:
        raise ValueError(count)
    starts = [int.from_bytes(message[width * one : width * (one + 1)], order) for one in range(1, count + 1)]
    if starts != sorted(starts):
        raise ValueError(starts)


class _Door(TornadoVoilaHandler):
    """Opens the page, for a browser that shows it to somebody: a kernel is started each time."""

    async def prepare(self) -> None:
        """Refuse what another page asks for as a picture, script or frame of its own. Raises HTTPError 403."""
        await ensure_async(super().prepare())
        if self.request.headers.get("Sec-Fetch-Dest", "document") != "document":
            raise HTTPError(403)


class _Leave(VoilaShutdownKernelHandler):
    """Ends the kernel of a page that is left. Browsers send this without the XSRF token; only the page knows the id."""

    def check_xsrf_cookie(self) -> None:
        """Accept the request: it can do no more than end the kernel whose unguessable id it names."""

    async def post(self, kernel_id: str) -> None:
        """End the kernel at once."""
        if kernel_id not in self.kernel_manager:
            raise HTTPError(404)
        await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id, now=True))
        self.set_status(204)
        await self.finish()


class _Dashboard(Voila):
    """Voilà with our template, our kernels, and only the addresses that the page needs."""

    options: Options
    folder: Path
    told: Callable[[str], None]
    opened_in: float | None = None

    def load_config_file(self, *_: Any, **__: Any) -> None:
        """Read no configuration: what this server allows must not depend on files in the user's folders."""

    def setup_template_dirs(self) -> None:
        """Put our template before Voilà's own."""
        super().setup_template_dirs()
        self.template_paths: list[str] = [str(_TEMPLATES), *self.template_paths]

    def init_settings(self) -> Any:
        """Return the settings, with the host checked where only this machine may come in."""
        settings = super().init_settings()
        self.kernel_manager.allowed_message_types = list(_MESSAGES)
        return {
            **settings, "allow_remote_access": not self.options.local, "headers": _HEADERS,
            "websocket_max_message_size": MOST_MESSAGE, "local_hostnames": ["localhost"],
            "ws_ping_interval": _PING, "ws_ping_timeout": 3 * _PING,
        }  # fmt: skip

    def init_handlers(self) -> list[Any]:
        """Return the handlers of the addresses that the page needs: no files, no other notebook, no other API."""
        page = r"/(.*)"
        kept = [one for one in super().init_handlers() if one[0] == page or one[0].startswith(_SERVED)]
        return [(r"/voila/api/shutdown/([\w-]+)", _Leave)] + [
            (r"/", _Door, *one[2:]) if one[0] == page else one for one in kept
        ]  # fmt: skip

    def stop(self) -> None:
        """End all kernels at once."""
        run_sync(self.kernel_manager.shutdown_all)(now=True)

    def listen(self) -> None:
        """Listen on the port asked for, say where, and serve until told to end."""
        server = HTTPServer(self.app, max_body_size=2**20, max_buffer_size=2 * MOST_MESSAGE,
                            idle_connection_timeout=_SLOWEST_SECONDS, body_timeout=_SLOWEST_SECONDS)  # fmt: skip
        sockets = _sockets(self.options)
        server.add_sockets(sockets)
        self.port = sockets[0].getsockname()[1]
        token = self.identity_provider.token
        if token:
            for log in (
                self.log,
                *map(logging.getLogger, ("tornado.access", "tornado.application", "tornado.general")),
            ):
                log.addFilter(lambda record: _without(record, token))
        shown = "localhost" if self.options.host in ("", "0.0.0.0", "::") else self.options.host
        url = f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}/{f'?token={token}' if token else ''}"
        self.told(url)
        if self.options.browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        self.ioloop = tornado.ioloop.IOLoop.current()
        if self.options.check:
            threading.Thread(target=self._look, args=(url,), daemon=True).start()
        with suppress(KeyboardInterrupt):
            self.ioloop.start()
        server.stop()
        self.stop()

    def _look(self, url: str) -> None:
        """Open the page once, keep the seconds that it took, and stop."""
        began = time.perf_counter()
        with suppress(OSError), urlopen(url, timeout=_OPENS_WITHIN) as answer:
            if b"application/vnd.jupyter.widget-view+json" in answer.read():
                self.opened_in = time.perf_counter() - began
        self.ioloop.add_callback(self.ioloop.stop)

    def _handle_signal_stop(self, sig: Any, frame: Any) -> None:
        """Stop serving when told to end, also before serving has begun."""
        loop = getattr(self, "ioloop", None)
        if loop is None:
            raise SystemExit(0)
        loop.add_callback_from_signal(loop.stop)


def _without(record: logging.LogRecord, token: str) -> bool:
    """Take the token out of a line of the log: who may read the log need not be let in."""
    record.msg, record.args = record.getMessage().replace(token, "..."), ()
    return True


def _sockets(options: Options) -> list[socket.socket]:
    """Return bound sockets. Raises InputError where the port is taken or the address is not this machine's."""
    try:
        found = tornado.netutil.bind_sockets(options.port, options.host, family=socket.AF_UNSPEC)
    except (OSError, UnicodeError) as error:
        taken = getattr(error, "errno", 0) in (errno.EADDRINUSE, errno.EACCES)
        where, key = f"{options.host}:{options.port}", "--port" if taken else "--host"
        zh, en = (
            ("端口已被占用或不允许使用；请用 --port 换一个，0 为任一空闲端口。", "the port is taken or not allowed; choose another with --port (0: any that is free).")
            if taken else ("不是本机的地址；请用 127.0.0.1，或写本机的 IP。", "is no address of this machine; use 127.0.0.1, or this machine's IP.")
        )  # fmt: skip
        raise InputError([Problem("dashboard", 0, key, where, zh, en)]) from None
    return found


def _config(options: Options) -> Config:
    return Config({
        "VoilaConfiguration": {
            "template": "lab", "strip_sources": True, "show_tracebacks": False, "allow_template_override": "NO",
            "allow_theme_override": "NO", "file_allowlist": [], "file_denylist": [".*"],
            "resources": {"report_css": _REPORT_STYLE.read_text(encoding="utf-8")},
            "multi_kernel_manager_class": VisitorKernels, "kernel_spec_manager_class": VisitorSpecs,
        },
        "Voila": {
            "open_browser": False, "log_level": logging.ERROR, "notebook_path": str(_NOTEBOOK), "ip": options.host,
            "kernel_websocket_connection_class": _Channels, "token": "" if options.local else secrets.token_hex(16),
        },
        "MappingKernelManager": {
            "cull_idle_timeout": _IDLE_SECONDS, "cull_interval": _LOOK_SECONDS, "cull_connected": False,
        },
    })  # fmt: skip


def serve(options: Options, told: Callable[[str], None]) -> float | None:
    """Serve the dashboard until the process is interrupted or told to end; `told` is called with its address.

    Returns the seconds in which the page opened where `options.check` asks for that.

    Raises InputError where the port is taken.
    """
    set_environment()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    for one in _sockets(options) if options.port else []:
        one.close()  # the port is free: say otherwise before anything starts
    folder = Path(tempfile.mkdtemp(prefix="hjforecast-"))
    nursery = None
    try:
        environment = {
            "HJFORECAST_DASHBOARD_PLAN": str(options.plan_dir or ""), "HJFORECAST_DASHBOARD_DRAWS": str(options.draws),
            "HJFORECAST_DASHBOARD_QUEUE": str(folder / "report.lock"), "JUPYTER_RUNTIME_DIR": str(folder),
        }  # fmt: skip
        VisitorKernels.folder, VisitorKernels.environment = folder, environment
        VisitorKernels.most = options.visitors
        nursery = Nursery(environment) if can_fork() else None
        VisitorKernels.use(nursery)
        app = _Dashboard(config=_config(options))
        app.options, app.folder, app.told = options, folder, told
        app.connection_dir_root = str(folder)
        app.initialize([])
        app.start()
        return app.opened_in
    finally:
        VisitorKernels.use(None)
        if nursery is not None:
            nursery.close()
        shutil.rmtree(folder, ignore_errors=True)
