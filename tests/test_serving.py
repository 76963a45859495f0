"""The server that `python -m equity serve` starts: who sends slowly, or fetches slowly, keeps nobody else waiting."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from equity import serving

REPOSITORY = Path(__file__).parents[1]
SLOW = 5 * serving.THREADS  # visitors at once, many more than there are threads
SITE = """
import socket, sys
from equity import serving

def application(environ, start_response):
    path, body = environ["PATH_INFO"], b"here"
    if path == "/reads":
        body = str(len(environ["wsgi.input"].read())).encode()
    if path == "/large":
        body = b"x" * 3_000_000
    if path == "/whence":
        body = environ.get("HTTP_X_FORWARDED_FOR", "nobody said").encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

serving.serve(application, socket.socket(fileno=int(sys.argv[1])))
"""


@contextlib.contextmanager
def site(folder: Path) -> Iterator[tuple[int, subprocess.Popen]]:
    """A small application behind the server, in a process of its own: its port, and the process."""
    (folder / "site.py").write_text(SITE)
    with socket.create_server(("127.0.0.1", 0)) as door:
        words, named = [sys.executable, "site.py", str(door.fileno())], os.environ | {"PYTHONPATH": str(REPOSITORY)}
        server = subprocess.Popen(words, cwd=folder, env=named, pass_fds=[door.fileno()])
        try:
            number = door.getsockname()[1]
            asked(number, 30)
            yield number, server
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    with site(tmp_path_factory.mktemp("site")) as (number, _server):
        yield number


def asked(port: int, seconds: float = 10) -> float:
    """How long the answer to a request took that came at once."""
    began = time.monotonic()
    with visit(port, "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n", seconds) as visitor:
        assert b"here" in all_of(visitor)
    return time.monotonic() - began


@contextlib.contextmanager
def visit(port: int, sent: str, seconds: float = 10) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as visitor:
        visitor.sendall(sent.encode())
        yield visitor


def all_of(visitor: socket.socket) -> bytes:
    return b"".join(iter(lambda: visitor.recv(1 << 16), b""))


@contextlib.contextmanager
def dripping(visitors: list[socket.socket]) -> Iterator[None]:
    """Each sends another byte every tenth of a second, as long as anybody listens."""
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.1):
            for visitor in visitors:
                with contextlib.suppress(OSError):
                    visitor.send(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def post(path: str, size: int) -> str:
    return f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {size}\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    ["", "GET / HTTP/1.1\r\nX-", post("/reads", 1_900_000), post("/", 1_900_000), "GET /large HTTP/1.1\r\nHost: here\r\n\r\n"],
    ids=["silent", "headers", "a body that is read", "a body that is not read", "an answer that is not fetched"],
)
def test_slow_visitors_keep_nobody_waiting(port: int, sent: str) -> None:
    """Five times as many as there are threads: if each took one for as long as it is slow, nobody else would be heard.

    An answer takes thousandths of a second here; a machine that is busy gets more. No answer of ours has three million bytes.
    """
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(visit(port, sent)) for _ in range(SLOW)]
        stack.enter_context(dripping(slow if sent else []))
        time.sleep(0.3)
        assert max(asked(port) for _ in range(5)) < 5


def test_a_request_that_arrives_in_pieces_is_answered(port: int) -> None:
    with visit(port, post("/reads", 3)) as visitor:
        for letter in b"abc":
            time.sleep(0.05)
            visitor.send(bytes([letter]))
        visitor.shutdown(socket.SHUT_WR)
        assert all_of(visitor).endswith(b"\r\n\r\n3")


def test_what_is_larger_than_any_file_is_refused_before_it_is_read(port: int) -> None:
    with visit(port, post("/reads", serving.LARGEST)) as visitor:
        assert visitor.recv(1 << 16).startswith(b"HTTP/1.1 413 ")
    with visit(port, post("/reads", serving.LARGEST - 1)) as visitor:
        visitor.settimeout(0.5)
        with pytest.raises(TimeoutError):  # it waits for more
            visitor.recv(1 << 16)


def test_what_a_proxy_says_arrives_for_those_who_trust_one(port: int) -> None:
    """Which proxies are believed is said elsewhere (EQUITY_STAFF_PROXIES); the server itself takes nothing away."""
    told = "Host: here\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close"
    with visit(port, f"GET /whence HTTP/1.1\r\n{told}\r\n\r\n") as visitor:
        assert all_of(visitor).endswith(b"192.0.2.7")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(tmp_path: Path, sign: signal.Signals) -> None:
    with site(tmp_path) as (_port, server):
        server.send_signal(sign)
        assert server.wait(20) == 0
