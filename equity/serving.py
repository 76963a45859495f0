"""The server of ``python -m equity serve``: waitress, as a public page needs it. Knows no page.

Waitress reads a request whole before it lends a thread to it and sends the answer without one, so whoever sends or fetches
slowly, by a bad line or on purpose, takes a connection and keeps nobody waiting.
"""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from typing import Any, NoReturn

import waitress

THREADS = 8  # requests that are answered at once: one process, the figures in memory once, nothing computed for long
CONNECTIONS = 500  # at once; who comes after them waits in the queue of the system
IDLE = 60  # seconds without a byte, after which a connection is closed
LARGEST = 2_000_000  # bytes of a request, from which on it is refused before it is read: a page of ours sends thousands
LARGEST_FILE = 64_000_000  # the same where staff send files: one that is too large gets a page that says so, up to here


def serve(application: Callable[..., Any], door: socket.socket, largest: int = LARGEST) -> None:
    """Answer what comes to a socket that is bound, until Ctrl+C or SIGTERM; what is being answered then is ended first."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # ten browsers at once are no news
    server = waitress.create_server(
        application,
        sockets=[door],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE,
        cleanup_interval=10,
        max_request_body_size=largest,
        asyncore_use_poll=True,  # select takes no more than 1,024 files, waitress opens up to three for a connection
        clear_untrusted_proxy_headers=False,  # EQUITY_STAFF_PROXIES says which are believed, and by whom
        ident=None,
    )
    signal.signal(signal.SIGTERM, _stop)
    server.run()


def _stop(*_: object) -> NoReturn:
    raise SystemExit  # waitress ends its loop on it, and serve returns
