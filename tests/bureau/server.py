"""A web server on 127.0.0.1 that answers by rules and breaks its answers when told. Knows nothing of what it serves.

    with Bureau() as bureau:
        bureau.route("/data/", lambda request: Answer.json([["NAME"], ["Chicago"]]))
        bureau.fail("acs5?get", "reset", times=2)      # the next two requests whose address holds this
        ...                                            # ask bureau.url + "/data/2021/acs/acs5?get=NAME"
        assert len(bureau.asked) == 3

The faults have plain names (``FAULTS``), or are a function that makes another answer of the right one.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import struct
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

HTML = "text/html; charset=utf-8"
# What the Bureau writes when its own query fails, with status 500 and as often with 400.
SENTENCE = (
    "There was an error while running your query.  We've logged the error and we'll correct it ASAP.  "
    "Sorry for the inconvenience."
)


@dataclass(frozen=True)
class Request:
    """What was asked. ``path`` and ``query`` are decoded, ``target`` is as sent; header names in lower case."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def address(self) -> str:
        """Path and query as one reads them: ``/data/2021/acs/acs5?get=NAME&for=tract:*&in=state:17 county:031``."""
        return unquote_plus(self.target)


@dataclass(frozen=True)
class Answer:
    """What is answered: bytes as they go over the wire."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False

    @classmethod
    def json(cls, content: Any, status: int = 200) -> Answer:
        """Content as JSON, in pieces of unknown length as the real API sends it."""
        body = json.dumps(content).encode()
        return cls(body, status, {"Content-Type": "application/json;charset=utf-8"}, chunked=True)

    @classmethod
    def text(cls, content: str, status: int = 200, kind: str = "text/plain; charset=utf-8") -> Answer:
        return cls(content.encode(), status, {"Content-Type": kind})

    def gzipped(self) -> Answer:
        return replace(self, body=gzip.compress(self.body), headers={**self.headers, "Content-Encoding": "gzip"})


def traces(error: BaseException) -> str:
    """Everything an exception says, and those it came from: what a log, a report or a curious caller could show."""
    said, seen = [], set()
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        said += [str(one), repr(one), repr(one.args), repr(vars(one)), "".join(traceback.format_exception(one))]
        todo += [one.__cause__, one.__context__]
    return "\n".join(said)


Rule = Callable[[Request], Answer]
Change = Callable[[Request, Answer], Answer]


def file(body: bytes, etag: str = '"1"', kind: str = "application/octet-stream") -> Rule:
    """A rule for a file that can be resumed: Range, If-Range and ETag as a web server of files does them.

    The weak point is part of it: a Range without an If-Range is honoured whatever the file has become.
    """

    def answer(request: Request) -> Answer:
        headers = {"Content-Type": kind, "ETag": etag, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if asked is None or request.headers.get("if-range", etag) != etag:
            return Answer(body, 200, headers)
        start = int(asked[1])
        if start >= len(body):
            return Answer(b"", 416, headers | {"Content-Range": f"bytes */{len(body)}"})
        return Answer(body[start:], 206, headers | {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})

    return answer


class Bureau:
    """The server. ``asked``: every address asked for, in order; ``requests``: the same with their headers.

    ``pause``: seconds between two bytes of a slow drip; ``retry_after``: what a 429 or 503 says (None: nothing).
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.pause = 0.05
        self.retry_after: str | None = "1"
        self.closing = threading.Event()
        self._rules: dict[str, Rule] = {}
        self._faults: list[list[Any]] = []  # [match, fault, times left or None]
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.bureau = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def asked(self) -> list[str]:
        return [request.address for request in self.requests]

    def route(self, prefix: str, answer: Rule) -> None:
        """Answer every path that begins so; the longest prefix wins."""
        self._rules[prefix] = answer

    def fail(self, match: str, fault: str | Change, times: int | None = 1) -> None:
        """Break the answers to the next ``times`` requests (None: to all) whose address holds ``match``."""
        if isinstance(fault, str) and fault not in FAULTS and not re.fullmatch(r"status \d{3}", fault):
            raise ValueError(f"no fault is called {fault!r}; there are: {', '.join(FAULTS)}, status NNN")
        self._faults.append([match, fault, times])

    def heal(self) -> None:
        """Break nothing any more."""
        self._faults.clear()

    def __enter__(self) -> Bureau:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> tuple[Answer, str | Change | None]:
        """The right answer to a request, and what is to be done to it."""
        with self._lock:
            self.requests.append(request)
            due = next((told for told in self._faults if told[0] in request.address and told[2] != 0), None)
            if due is not None and due[2] is not None:
                due[2] -= 1
        found = max((prefix for prefix in self._rules if request.path.startswith(prefix)), key=len, default=None)
        right = self._rules[found](request) if found is not None else Answer.text("error: unknown path", 404)
        return right, due and due[1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    bureau: Bureau

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; an error in a rule is."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # pieces go out as they are written, without 40 ms between them
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, unquote_plus(url.path), query, headers)
        answer, fault = self.server.bureau.answer(request)
        if fault is None:
            self.reply(answer)
        elif isinstance(fault, str):
            FAULTS.get(fault, _status)(self, answer, fault)
        else:
            self.reply(fault(request, answer))

    do_HEAD = do_GET

    def log_message(self, *_: Any) -> None:
        """Say nothing: pytest's output is for the tests."""

    def head(self, answer: Answer) -> None:
        """Status line and headers."""
        self.send_response_only(answer.status, responses.get(answer.status, "Unknown"))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def reply(self, answer: Answer) -> None:
        """The whole answer, as it should be."""
        if answer.status == 204:
            answer = replace(answer, body=b"", chunked=False)
        self.head(answer)
        if self.command == "HEAD":
            return
        if not answer.chunked:
            self.wfile.write(answer.body)
            return
        for start in range(0, len(answer.body), 8192):
            self.chunk(answer.body[start : start + 8192])
        self.wfile.write(b"0\r\n\r\n")

    def chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def hang_up(self, *, rudely: bool = False) -> None:
        """End the connection: politely (FIN), or with a reset (RST) as a broken machine in between does."""
        self.close_connection = True
        self.wfile.flush()
        if rudely:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)


def _reset(handler: _Handler, answer: Answer, _: str) -> None:
    handler.hang_up(rudely=True)


def _reset_midway(handler: _Handler, answer: Answer, _: str) -> None:
    handler.head(replace(answer, chunked=False))
    handler.wfile.write(answer.body[: len(answer.body) // 2])
    handler.hang_up(rudely=True)


def _half(handler: _Handler, answer: Answer, _: str) -> None:
    """Fewer bytes than announced, or pieces without the last: the connection ends politely in the middle."""
    handler.head(answer)
    half = answer.body[: len(answer.body) // 2]
    handler.chunk(half) if answer.chunked else handler.wfile.write(half)
    handler.hang_up()


def _half_announced(handler: _Handler, answer: Answer, _: str) -> None:
    """Half of the body with a Content-Length that fits it, as a proxy that gave up sends it: only the content tells."""
    handler.reply(replace(answer, body=answer.body[: len(answer.body) // 2], chunked=False))


def _drip(handler: _Handler, answer: Answer, _: str) -> None:
    """A byte at a time, each soon enough to keep a read timeout quiet."""
    handler.head(replace(answer, chunked=False))
    for byte in answer.body:
        if handler.server.bureau.closing.wait(handler.server.bureau.pause):
            return
        handler.wfile.write(bytes([byte]))


def _slow_headers(handler: _Handler, answer: Answer, _: str) -> None:
    """Headers a byte at a time, without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Patience: ")
    while not handler.server.bureau.closing.wait(handler.server.bureau.pause):
        handler.wfile.write(b"x")


def _silence(handler: _Handler, answer: Answer, _: str) -> None:
    """Take the request and never say a word."""
    handler.server.bureau.closing.wait(60)
    handler.close_connection = True


def _redirect(handler: _Handler, answer: Answer, _: str) -> None:
    """What a query without a key gets: elsewhere, to a page that looks like success."""
    handler.server.bureau.route("/data/missing_key.html", lambda _: _page("Missing Key", "A valid key must be included."))
    headers = {"Location": "/data/missing_key.html", "X-DataWebAPI-KeyError": "1", "Content-Type": HTML}
    handler.reply(Answer(b"", 302, headers))


def _invalid_key(handler: _Handler, answer: Answer, _: str) -> None:
    page = _page("Invalid Key", "A valid <em>key</em> must be included with each data API request.")
    handler.reply(replace(page, headers={**page.headers, "X-DataWebAPI-KeyError": "1"}))


def _html(handler: _Handler, answer: Answer, _: str) -> None:
    """A page with status 200, as the machines in front of the Bureau's send it when they do not like us."""
    handler.reply(_page("Request Rejected", "The requested URL was rejected."))


def _status(handler: _Handler, answer: Answer, fault: str) -> None:
    """``status 503`` and so on, with the words the Bureau uses for them."""
    status = int(fault.removeprefix("status "))
    words = {
        400: "error: error: unknown variable 'B28002_099E'",
        429: "Too many requests",
        500: f"error: unknown/unsupported geography hierarchy. {SENTENCE}",
        503: "Service Unavailable",
    }
    waiting = handler.server.bureau.retry_after
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if status in (429, 503) and waiting is not None:
        headers["Retry-After"] = waiting
    handler.reply(Answer(words.get(status, responses.get(status, "")).encode(), status, headers))


def _page(title: str, said: str) -> Answer:
    return Answer.text(f"<html><head><title>{title}</title></head><body><p>{said}</p></body></html>", kind=HTML)


FAULTS: dict[str, Callable[[_Handler, Answer, str], None]] = {
    "reset": _reset,
    "reset midway": _reset_midway,
    "half body": _half,
    "half announced": _half_announced,
    "slow drip": _drip,
    "slow headers": _slow_headers,
    "silence": _silence,
    "redirect": _redirect,
    "invalid key": _invalid_key,
    "html": _html,
}
