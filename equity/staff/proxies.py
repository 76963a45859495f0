"""What stands between browsers and this server. Passwords travel here, so nothing leaves the machine without TLS by mistake.

This server speaks plain HTTP; a proxy in front of it ends TLS. How many proxies are trusted is said by whoever runs the site,
and believed: of what they say about a request as much is taken as they can have written, and no more.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from equity.errors import UsageError

VARIABLE = "EQUITY_STAFF_PROXIES"
MOST = 5


def number(environ: Mapping[str, str]) -> int:
    """How many proxies a request comes through, the first of which ends TLS; 0 when nothing is said. UsageError else."""
    said = environ.get(VARIABLE, "").strip() or "0"
    if said not in {str(number) for number in range(MOST + 1)}:
        raise UsageError(f"{VARIABLE} is no number of proxies; write 1 where one with TLS stands in front, at most {MOST}")
    return int(said)


def guard(host: str, environ: Mapping[str, str]) -> None:
    """UsageError when other machines could reach this server without a proxy, and passwords would travel in the clear."""
    if not number(environ) and not _is_this_machine(host):
        raise UsageError(
            f"with EQUITY_STAFF=1 and --host {host!r} passwords would travel unencrypted; serve at --host 127.0.0.1, or "
            f"put a proxy with TLS in front and say so: {VARIABLE}=1"
        )


def trust(app: Flask, environ: Mapping[str, str]) -> None:
    """Let ``app`` know the visitor's address and that it was HTTPS, as the trusted proxies say; without any, nothing of it."""
    if trusted := number(environ):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted)  # type: ignore[method-assign]


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
