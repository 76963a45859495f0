"""The programme log in the browser, for staff who are signed in. Knows no survey figure, no Dash and no page of the public's.

A door of its own in the house: a second, plain Flask application below ``/staff``, made only where EQUITY_STAFF is 1. Pages are
written on the server, without any script. Its cookies, its limits and its headers are its own; the application that everybody
reads has no address that takes a write, with this door or without::

    request -> door (signed in? may write? sent by our own form?) -> imports, entries -> connections.log, which checks the right
                 |
                 v
              signing (who it is), words (labels in the reader's language), desk (the log, the places, the clock)

Nothing of it is imported while EQUITY_STAFF is not set, and neither are the modules that add entries, accounts or sessions.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from equity.atlas import Atlas
from equity.connections import database
from equity.staff import door, keys, proxies
from equity.staff.desk import Desk

PATH = "/staff"


def register(server: Flask, atlas: Atlas, *, environ: Mapping[str, str] = os.environ, **world: Any) -> Flask:
    """Open the door below /staff of ``server``; the application behind it. ``world``: what ``Desk.of`` takes.

    UsageError or LogUnavailable as of ``ready``. The log itself is opened at the first request:
    pages that everybody reads do not wait for a database.
    """
    key = ready(environ)
    staff = door.create_app(Desk.of(atlas, environ, **world), key, PATH)
    proxies.trust(staff, environ)
    server.wsgi_app = DispatcherMiddleware(server.wsgi_app, {PATH: staff})  # type: ignore[method-assign]
    return staff


def ready(environ: Mapping[str, str] = os.environ, *, host: str | None = None) -> bytes:
    """The key that signs cookies. Whoever starts a server hears here, before it starts, that the door cannot be opened.

    UsageError or LogUnavailable when there can be no key; UsageError when the number of proxies is none, or when ``host``, the
    address that is to be served at, is open to other machines and there is no proxy with TLS.
    """
    if host is not None:
        proxies.guard(host, environ)
    proxies.number(environ)
    return keys.secret_key(database.folder(environ=environ), environ)
