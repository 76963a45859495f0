"""The server of ``python -m equity serve``: gunicorn's threads, and an end to their patience. Knows no page.

gunicorn lends a thread to a request from its first byte to the last of its answer, however slowly either goes, so as many slow
visitors as there are threads would keep everybody out. Here a connection waits for its first byte without a thread, a request
has to arrive in time and an answer to be fetched in time; who is too slow is taken for one who hung up. A proxy that reads
requests whole before it passes them on (nginx does) does more: it takes thousands of slow visitors, this takes tens.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

THREADS = 64  # each that waits costs little; so many requests can be under way at once
KEEP_ALIVE = 5  # seconds in which a connection has to begin: browsers open some before they know what for
ARRIVES = 10.0  # seconds a request may take to arrive,
RATE = 50_000  # and one more for so many bytes of it: 8 million of a file arrive within three minutes or not at all
UNREAD = 2.0  # seconds for what an answer was given to without reading it
FETCHED = 120.0  # seconds a piece of an answer may take to be fetched


class Visitor(socket.socket):
    """A connection whose visitor has so much time. ``late``: what was sent is not whole, and nothing can follow it."""

    late = False
    left = False

    def __init__(self, taken: socket.socket, limits: type[Worker]) -> None:
        super().__init__(fileno=taken.detach())
        self._limits = limits
        self.begin()

    def begin(self) -> None:
        """A request is about to be read."""
        self._ends = time.monotonic() + self._limits.arrives

    def hurry(self) -> None:
        """The answer is given: what is still under way is read only to be rid of it."""
        self._ends = min(self._ends, time.monotonic() + self._limits.unread)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As of any socket, but b"", as of a visitor who hung up, when the time is over."""
        left, asked = self._ends - time.monotonic(), self.gettimeout()
        if self.left or left <= 0:
            self.late = True
            return b""
        try:
            with self._within(left if asked is None else min(asked, left)):
                got = super().recv(size, flags)
        except TimeoutError:
            if asked is not None and asked < left:
                raise  # whoever asked for less hears so
            self.late = True
            return b""
        self._ends += len(got) / self._limits.rate
        return got

    def sendall(self, data: Any, flags: int = 0) -> None:
        """BrokenPipeError when nobody fetches it."""
        with self._fetched():
            super().sendall(data, flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """BrokenPipeError when nobody fetches it."""
        with self._fetched():
            return super().sendfile(file, offset, count)

    def shutdown(self, how: int) -> None:
        """Whoever wants to hear no more of a request gets none after it either."""
        self.late = self.late or how != socket.SHUT_WR
        super().shutdown(how)

    def leave(self) -> None:
        """Say goodbye in this thread, for gunicorn would do it, and wait, in the one that takes every new visitor in."""
        with contextlib.suppress(OSError):
            self.hurry()
            self.shutdown(socket.SHUT_WR)
            while self.recv(1 << 16):
                pass
        self.left = True

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        asked = self.gettimeout()
        self.settimeout(seconds)
        try:
            yield
        finally:
            self.settimeout(asked)

    @contextlib.contextmanager
    def _fetched(self) -> Iterator[None]:
        try:
            with self._within(self._limits.fetched):
                yield
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "nobody fetches the answer") from None


class Worker(ThreadWorker):
    """gunicorn's worker with threads, for visitors of whom some are slow. Its limits are its own, for a test to be hastier."""

    arrives, rate, unread, fetched = ARRIVES, RATE, UNREAD, FETCHED

    def enqueue_req(self, conn: TConn) -> None:
        """A thread for what has something to say; who only connected waits where waiting costs nothing."""
        if isinstance(conn.sock, Visitor):
            super().enqueue_req(conn)
            return
        conn.sock = Visitor(conn.sock, type(self))
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> Any:
        """One request; False when the connection ends with it."""
        conn.sock.begin()
        goes_on = super().handle(conn) and not conn.sock.late
        if not goes_on:
            conn.sock.leave()
        return goes_on

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        conn.sock.hurry()
        return super()._keepalive_after(conn, keepalive)
