"""The dashboard's server: it starts, shows one page, and gives nothing else away."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

pytest.importorskip("voila", reason="voila is not installed: pip install 'hjforecast[dashboard]'")

import psutil

from hjforecast.cli import main
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the server under test is stopped as Linux stops it")


_LIVELY = "import hjforecast.dashboard.server as s; s._PING = 500; from hjforecast.cli import main; main()"
"""A dashboard whose connections owe a sign of life twice a second, not twice a minute."""


class Server:
    """A started dashboard."""

    def __init__(self, process: subprocess.Popen[str], url: str, temporary: Path) -> None:
        self.process, self.url, self.temporary = process, url, temporary
        self.port = urlsplit(url).port or 0

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
        """Ask for a path exactly as it is written; dots are not tidied away as browsers do."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        link.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            link.putheader(name, value)
        link.endheaders()
        answer = link.getresponse()
        return answer.status, answer.read()

    def open_page(self) -> tuple[str, str]:
        """Open the page as a visitor; return it with its kernel's id."""
        status, body = self.get("/")
        assert status == 200
        page = body.decode()
        found = re.search(r'"kernelId": "([\w-]+)"', page)
        assert found
        return page, found[1]


@contextmanager
def serving(temporary: Path, *words: str, program: tuple[str, str] = ("-m", "hjforecast")) -> Iterator[Server]:
    """A dashboard of its own, its temporary files in a folder that can be looked into."""
    command = [sys.executable, *program, "dashboard", "--no-browser", "--port", "0", "--draws", "50", *words]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(temporary)}
    )
    try:
        assert process.stdout
        assert select.select([process.stdout], [], [], 60)[0], "no address within a minute"
        yield Server(process, process.stdout.readline().strip(), temporary)
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("d"), program=("-c", _LIVELY)) as found:
        yield found


@pytest.fixture(scope="module")
def kernel(server: Server) -> str:
    """The kernel of a page that stays open."""
    return server.open_page()[1]


def test_page_is_chinese_shows_no_code_and_loads_nothing_from_elsewhere(server: Server) -> None:
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    link.request("GET", "/")
    answer = link.getresponse()
    page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert '<html lang="zh-CN">' in page and "widget-view+json" in page
    assert "import page" not in page and "hjforecast.dashboard" not in page
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(https?:[^"'\s>]+)""", page) == []
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy


@pytest.mark.parametrize(
    "path",
    [
        "/page.ipynb",
        "/index.ipynb",
        "/voila/files/page.ipynb",
        "/voila/files/server.py",
        "/voila/files/../../pyproject.toml",
        "/voila/files/..%2f..%2fpyproject.toml",
        "/voila/render/page.ipynb",
        "/voila/render/../../notebooks/scenario_report.ipynb",
        "/voila/tree",
        "/voila/api/contents/",
        "/api/contents",
        "/api/contents/page.ipynb",
        "/api/kernels",
        "/api/kernelspecs",
        "/api/sessions",
        "/api/terminals",
        "/api/config/notebook",
        "/files/page.ipynb",
        "/nbconvert/html/page.ipynb",
        "/voila/execution/00000000-0000-0000-0000-000000000000",
        "/voila/static/../app.py",
        "/voila/static/..%2fapp.py",
        "/voila/static/%2e%2e/app.py",
        "/voila/static//etc/passwd",
        "/voila/templates/lab/static/../../../../../../../../etc/passwd",
        "/voila/templates/..%2f..%2f..%2fetc/static/passwd",
        "/voila/templates/lab/static/%2fetc%2fpasswd",
        "/voila/labextensions/../../../../../../../etc/passwd",
        "/voila/labextensions/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/voila/api/themes/../../../../../../etc/passwd",
        "/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
    ],
)
def test_no_file_and_no_other_api_can_be_reached(server: Server, path: str) -> None:
    status, body = server.get(path)
    assert status in (400, 403, 404, 405, 500) and (status != 500 or b"Traceback" not in body), (status, body[:200])
    for secret in (b"root:", b"[project]", b"cells", b"import ", b"kernelId"):
        assert secret not in body


@pytest.mark.parametrize("path", ["/api/kernels", "/api/sessions", "/api/terminals", "/api/contents/x.ipynb", "/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written_or_started(server: Server, path: str, method: str) -> None:
    assert server.get(path, method, **{"Content-Length": "0"})[0] in (403, 404, 405)


def test_other_host_names_are_refused(server: Server) -> None:
    """A page elsewhere whose name is made to point at this machine (DNS rebinding) gets nothing."""
    assert server.get("/", Host="evil.example")[0] == 403
    assert server.get("/voila/static/voila.js", Host=f"localhost:{server.port}")[0] == 200


def _message(kind: str, content: dict[str, Any]) -> str:
    header = {"msg_id": kind, "msg_type": kind, "username": "", "session": "s", "version": "5.3"}
    return json.dumps(
        {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
    )


async def _said(url: str, messages: list[str], wait: float, **options: Any) -> list[dict[str, Any]]:
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    link = await websocket_connect(HTTPRequest(url, **options), max_message_size=2**26)
    for message in messages:
        await link.write_message(message)
    heard: list[dict[str, Any]] = []
    until = time.monotonic() + wait
    while time.monotonic() < until:
        try:
            answer = await asyncio.wait_for(link.read_message(), until - time.monotonic())
        except TimeoutError:
            break
        if answer is None:
            break
        heard.append(json.loads(answer))
    link.close()
    return heard


def test_connection_runs_no_code(server: Server, kernel: str, tmp_path: Path) -> None:
    """Whoever knows a page's kernel can talk to its widgets, and to nothing else."""
    written = tmp_path / "written"
    code = {"code": f"open({str(written)!r}, 'w').write('x')", "silent": False, "store_history": False}
    wanted = [
        "execute_request",
        "complete_request",
        "inspect_request",
        "history_request",
        "debug_request",
        "shutdown_request",
    ]
    messages = [_message(kind, code) for kind in wanted] + [_message("kernel_info_request", {})]
    heard = asyncio.run(_said(f"ws://127.0.0.1:{server.port}/api/kernels/{kernel}/channels", messages, 2.0))
    kinds = {one["header"]["msg_type"] for one in heard}
    assert "kernel_info_reply" in kinds
    assert not kinds & {one.replace("request", "reply") for one in wanted}
    assert not written.exists()


def test_connection_from_another_site_is_refused(server: Server, kernel: str) -> None:
    from tornado.httpclient import HTTPClientError

    url = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel}/channels"
    with pytest.raises(HTTPClientError, match="403"):
        asyncio.run(_said(url, [], 1.0, headers={"Origin": "http://evil.example"}))


def test_message_beyond_the_limit_ends_its_connection_alone(server: Server, kernel: str) -> None:
    from tornado.websocket import WebSocketClosedError

    url = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel}/channels"
    with pytest.raises(WebSocketClosedError):
        asyncio.run(_said(url, ["x" * (5 * 2**20)] * 2, 5.0))
    assert asyncio.run(_said(url, [_message("kernel_info_request", {})], 1.0))


@pytest.mark.parametrize(
    ("protocols", "message"),
    [
        ([], (2**31 - 1).to_bytes(4, "big")),
        ([], (1000).to_bytes(4, "big") + (0).to_bytes(4, "big") * 1000),
        (["v1.kernel.websocket.jupyter.org"], (10**12).to_bytes(8, "little")),
        (["v1.kernel.websocket.jupyter.org"], b"".join(one.to_bytes(8, "little") for one in (4, 40, 80, 40, 80))),
    ],
)
def test_message_that_promises_more_than_it_holds_is_dropped(
    server: Server, kernel: str, protocols: list[str], message: bytes
) -> None:
    """Taking apart what the first of these promises took 4 GB; the third held up every visitor for good."""

    async def answered() -> int:
        """Send the message, then ask for a file."""
        from tornado.httpclient import AsyncHTTPClient
        from tornado.websocket import websocket_connect

        url = f"127.0.0.1:{server.port}"
        link = await websocket_connect(f"ws://{url}/api/kernels/{kernel}/channels", subprotocols=protocols or None)
        await link.write_message(message, binary=True)
        answer = await AsyncHTTPClient().fetch(f"http://{url}/voila/static/voila.js", request_timeout=5)
        link.close()
        return answer.code

    assert asyncio.run(answered()) == 200


def test_another_site_opens_no_page_as_a_picture_or_a_frame(server: Server) -> None:
    for use in ("image", "script", "iframe", "empty"):
        assert server.get("/", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": use})[0] == 403
    assert server.get("/", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"})[0] == 200


def test_page_that_is_left_takes_its_kernel_and_files_along(server: Server) -> None:
    _, kernel = server.open_page()
    (folder,) = server.temporary.glob(f"hjforecast-*/{kernel}")
    assert server.get(f"/voila/api/shutdown/{kernel}", "POST", **{"Content-Length": "0"})[0] == 204
    assert not folder.exists()
    assert server.get(f"/voila/api/shutdown/{kernel}", "POST", **{"Content-Length": "0"})[0] == 404


def test_too_many_pages_are_refused_and_sigterm_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, "--visitors", "1") as server:
        with ThreadPoolExecutor(4) as pool:
            opened = list(pool.map(lambda _: server.get("/")[0], range(4)))
        assert sorted(opened) == [200, 503, 503, 503]  # also where all come at once
        family = psutil.Process(server.process.pid).children(recursive=True)
        assert len(family) >= 2
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []
    assert list(tmp_path.iterdir()) == []


def test_server_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.open_page()
        family = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
    assert list(tmp_path.iterdir()) == []


def test_connection_lasts_while_nothing_is_said(server: Server, kernel: str) -> None:
    """It was cut, and made again by the browser, each time a sign of life was due."""
    asyncio.run(_lasts(f"ws://127.0.0.1:{server.port}/api/kernels/{kernel}/channels", 1.8))


async def _lasts(url: str, seconds: float) -> None:
    from tornado.websocket import websocket_connect

    link = await websocket_connect(url)
    until = time.monotonic() + seconds
    with suppress(TimeoutError):
        while True:
            assert await asyncio.wait_for(link.read_message(), until - time.monotonic()) is not None


def test_open_to_the_network_it_warns_and_wants_its_token(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0") as server:
        token = urlsplit(server.url).query
        assert re.fullmatch(r"token=[0-9a-f]{32}", token)
        status, body = server.get("/")
        assert status in (302, 403) or b"kernelId" not in body
        assert server.get(f"/?{token}")[0] == 200
        assert server.get(f"/nothing?{token}")[0] == 404 and server.get(f"/voila/templates/x?{token}")[0] == 500
        server.process.terminate()
        logged = server.process.communicate(timeout=20)[1]
        assert "网络" in logged and "/nothing?token=..." in logged and token not in logged


def test_port_in_use_is_told_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(main, ["dashboard", "--no-browser", "--port", str(taken.getsockname()[1])])
    assert result.exit_code == 2
    assert "端口已被占用" in result.output and "the port is taken" in result.output


def test_address_of_another_machine_is_told_in_a_sentence() -> None:
    result = CliRunner().invoke(main, ["dashboard", "--no-browser", "--host", "203.0.113.7"])
    assert result.exit_code == 2 and "不是本机的地址" in result.output


def test_bad_plan_is_told_before_anything_starts(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["dashboard", "--no-browser", "--plan-dir", str(tmp_path)])
    assert result.exit_code == 2 and "plan.toml" in result.output


def test_missing_extra_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "voila", None)
    result = CliRunner().invoke(main, ["dashboard", "--no-browser"])
    assert result.exit_code == 2 and "pip install 'hjforecast[dashboard]'" in result.output


def test_help_loads_neither_voila_nor_widgets() -> None:
    code = "import sys; from hjforecast.cli import main; main(['--help'], standalone_mode=False); print(sorted({'voila', 'ipywidgets', 'tornado'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.rstrip().endswith("[]")
