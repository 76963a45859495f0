"""The server that `python -m equity serve` starts: who sends slowly, or fetches slowly, keeps nobody else out for long.

A small application behind gunicorn with four threads and hasty limits: a request has to arrive within two and a half seconds.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
THREADS = 4
SITE = """
import time
from equity import serving

class Hasty(serving.Worker):
    arrives, rate, unread, fetched = 2.5, 100_000, 1.0, 1.0

def app(environ, start_response):
    path, body = environ["PATH_INFO"], b"here"
    if path == "/reads":
        body = str(len(environ["wsgi.input"].read())).encode()
    if path == "/large":
        body = b"x" * 100_000_000
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "site_of_a_test.py").write_text(SITE)
    with socket.create_server(("127.0.0.1", 0)) as door:
        options = ["--bind", f"fd://{door.fileno()}", "--worker-class", "site_of_a_test.Hasty", "--threads", str(THREADS)]
        words = [sys.executable, "-m", "gunicorn", *options, "--keep-alive", "2", "--no-control-socket", "site_of_a_test:app"]
        named = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY}"}
        with (folder / "said").open("wb") as said:
            server = subprocess.Popen(words, cwd=folder, env=named, pass_fds=[door.fileno()], stdout=said, stderr=said)
        try:
            number = door.getsockname()[1]
            assert asked(number, seconds=30) < 30, (folder / "said").read_text()
            yield number
        finally:
            server.terminate()
            server.wait(30)


def asked(port: int, seconds: float = 10) -> float:
    """How long a request of everybody's took that goes from the first byte to the last at once."""
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


POST = "POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 60000000\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    ["GET / HTTP/1.1\r\nX-", POST.format(path="/reads"), POST.format(path="/"), "GET /large HTTP/1.1\r\nHost: here\r\n\r\n"],
    ids=["headers", "a body that is read", "a body that is not read", "an answer that is not fetched"],
)
def test_as_many_slow_visitors_as_there_are_threads_keep_the_others_waiting_no_longer_than_the_limit(
    port: int, sent: str
) -> None:
    """Two and a half seconds for a request, one for a piece of an answer, one for what is left unread and for the goodbye."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(visit(port, sent)) for _ in range(THREADS)]
        stack.enter_context(dripping(slow))
        time.sleep(0.3)
        assert asked(port) < 4.5


def test_who_says_nothing_takes_no_thread_from_anybody(port: int) -> None:
    """Twenty of them: no thread waits for the first byte."""
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(visit(port, ""))
        assert asked(port) < 0.6


def test_who_was_answered_and_does_not_hang_up_keeps_nobody_waiting(port: int) -> None:
    """The goodbye to each takes a second; whoever comes meanwhile is taken in at once, and again."""
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(visit(port, "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"))
            time.sleep(0.1)
            assert asked(port) < 0.6


def test_what_nobody_reads_is_waited_for_only_shortly(port: int) -> None:
    """The answer is there at once; a second later the connection is closed, whatever the post still would bring."""
    began = time.monotonic()
    with visit(port, POST.format(path="/")) as visitor, dripping([visitor]):
        assert visitor.recv(1 << 16).startswith(b"HTTP/1.1 200 OK") and time.monotonic() - began < 0.6
        with contextlib.suppress(ConnectionResetError):
            all_of(visitor)
        assert time.monotonic() - began < 2


def test_who_is_too_slow_is_left_and_nothing_that_follows_is_taken_for_a_request(port: int) -> None:
    """What arrived is 3 bytes; the rest, which comes late, reads like another request and is not answered."""
    with visit(port, POST.format(path="/reads") + "abc") as visitor:
        time.sleep(2.8)
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n" * 3)
        began = time.monotonic()
        told = all_of(visitor)
    assert told.count(b"HTTP/1.1 200 OK") == 1 and told.endswith(b"\r\n\r\n3")
    assert time.monotonic() - began < 0.6, "it was closed before they came"


def test_what_arrives_steadily_may_take_longer(port: int) -> None:
    """300,000 bytes in four seconds: with a second for each 100,000 they have 2.5 + 3."""
    head = "POST /reads HTTP/1.1\r\nHost: here\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n"
    with visit(port, head) as visitor:
        for _ in range(40):
            visitor.sendall(b"x" * 7_500)
            time.sleep(0.1)
        assert all_of(visitor).endswith(b"\r\n\r\n300000")


def test_a_connection_that_is_kept_is_answered_as_often_as_it_asks(port: int) -> None:
    """Each request has a time of its own: three of them, with pauses that together are longer than the limit of one."""
    with visit(port, "") as visitor:
        for _ in range(3):
            visitor.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            told = got = visitor.recv(1 << 16)
            while got and not told.endswith(b"here"):
                told += (got := visitor.recv(1 << 16))
            assert told.startswith(b"HTTP/1.1 200 OK"), "it was closed"
            time.sleep(1)
