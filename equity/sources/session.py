"""One ``requests.Session`` that waits for nobody for ever, follows no redirect and tells nobody the key. Knows no source.

Also the words for what a network does to us: the libraries' own messages hold the whole address, and with it the key.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

import requests
import urllib3

import equity
from equity.errors import EquityError, SourceInvalid, SourceUnavailable

SECRET = ("key", "$$app_token")  # the parameters whose values nobody may read
_SAID = re.compile(r"((?:^|[?&\s])(?:key|(?:\$|%24){2}app_token)=)[^&\s\"'<>)]+", re.IGNORECASE)
_LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.poolmanager", "urllib3.util.retry")
#: What a network does to us, under the names it has in the libraries.
BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError)
NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    urllib3.exceptions.LocationParseError,
)


@dataclass(frozen=True)
class Patience:
    """How long, in seconds, and how often. ``longest_asked``: the longest Retry-After that is waited for.

    ``whole``: for the headers, and for a whole answer that is kept in memory; of a file, for each MiB of it. ``most_bytes``:
    of such an answer; ``most_file``: of a file.
    """

    connect: float = 10
    read: float = 60
    whole: float = 180
    tries: int = 5
    first_wait: float = 1
    longest_wait: float = 60
    longest_asked: float = 300
    most_bytes: int = 256 * 2**20
    most_file: int = 8 * 2**30


@dataclass(frozen=True)
class Trouble:
    """What went wrong in one try, as the end of a sentence that begins with the address.

    ``wait``: seconds, where the source named them.
    """

    said: str
    wait: float | None = None


def new(patience: Patience) -> requests.Session:
    """A session whose every connection keeps to ``patience``; urllib3's logs lose the keys from then on."""
    session = _Session()
    session.headers["User-Agent"] = f"chicago-equity/{equity.__version__} python-requests/{requests.__version__}"
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(patience.whole))
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_SILENT)  # twice is once
    return session


def broken(error: Exception, patience: Patience) -> Trouble:
    """An exception of the libraries in our words."""
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    kinds = (error, inner, getattr(inner, "reason", None))
    said: list[tuple[Any, str]] = [
        (urllib3.exceptions.NameResolutionError, "is not known to the network: no connection, or a wrong name"),
        (requests.exceptions.ProxyError, "cannot be reached through the proxy"),
        ((requests.exceptions.SSLError, urllib3.exceptions.SSLError), "cannot be trusted: its certificate or its TLS is wrong"),
        (urllib3.exceptions.NewConnectionError, "refuses the connection"),
        (urllib3.exceptions.ConnectTimeoutError, f"does not answer: no connection within {patience.connect:g} seconds"),
        (
            (urllib3.exceptions.ReadTimeoutError, TimeoutError),
            f"is too slow: keeps us waiting for more than {patience.read:g} seconds",
        ),
        ((requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError), "sends what cannot be decompressed"),
    ]
    return Trouble(
        next((words for kind, words in said if any(isinstance(one, kind) for one in kinds)), "breaks the connection")
    )


def no_address(url: str) -> EquityError:
    """What to say where the libraries find no address: it is the source's, or that of the proxy the environment names."""
    proxy = ""
    with contextlib.suppress(ValueError):  # of an address that is not even read as one
        proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)) or ""
    if not proxy or _is_address(proxy if "://" in proxy else f"http://{proxy}"):
        return SourceInvalid(f"{place(url)!r} is no web address; correct [addresses] in city.toml, or EQUITY_ADDRESS_*")
    return SourceUnavailable(
        f"{place(url)} cannot be asked through the proxy {place(proxy)!r}; correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY in the "
        "environment: http://host:port"
    )


def _is_address(url: str) -> bool:
    """Whether it says a scheme that we speak, a host, and a port that there can be, or none."""
    try:
        told = urlsplit(url)
        return told.scheme in ("http", "https") and bool(told.hostname) and (told.port is None or told.port > 0)
    except ValueError:
        return False


def no_certificates(url: str, error: OSError) -> EquityError:
    """What to say of an OSError that no network raised: what connections are trusted by cannot be read."""
    named = next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)), None)
    if named is None:
        why = error.strerror or type(error).__name__
        return SourceUnavailable(f"{place(url)} cannot be asked ({why}); look at this machine's network and certificates")
    return SourceUnavailable(
        f"{place(url)} cannot be trusted: no certificates are at {os.environ[named]}; correct {named} in the environment"
    )


def place(url: str) -> str:
    """An address without its query, its user and its password: what a message may say."""
    return re.sub(r"//[^/?#]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])


def shown(url: str, params: Mapping[str, str] | None = None) -> str:
    """An address with its query as one reads it, less what is secret."""
    asked = "&".join(text for text in (url.partition("?")[2], urlencode(dict(params or {}))) if text)
    return unquote_plus(hide(f"{place(url)}?{asked}")) if asked else place(url)


def hide(text: str) -> str:
    """A text with dots in the place of every secret parameter's value."""
    return _SAID.sub(r"\1...", text)


class _Silent(logging.Filter):
    """urllib3 logs every address it asks: the record stays, the key goes."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = hide(record.getMessage()), ()
        return True


_SILENT = _Silent()


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: no redirect is followed, whoever asks."""
        return None


class _Adapter(requests.adapters.HTTPAdapter):
    """Connections whose headers have to be there within ``whole`` seconds, however slowly they drip.

    A read timeout counts anew with every byte, and http.client reads headers a byte at a time for days if it must.
    """

    def __init__(self, whole: float) -> None:
        by_scheme = urllib3.poolmanager.pool_classes_by_scheme
        self._pools = {scheme: _watched(pool, whole) for scheme, pool in by_scheme.items()}
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        manager = super().proxy_manager_for(*args, **more)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _watched(pool: Any, seconds: float) -> Any:
    """A class of connection pools like ``pool``, whose connections are ended when their headers are not there in time."""

    class Connection(pool.ConnectionCls):
        def getresponse(self) -> Any:
            sock, late = self.sock, threading.Event()

            def end() -> None:
                late.set()
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

            timer = threading.Timer(seconds, end)
            timer.daemon = True
            timer.start()
            try:
                return super().getresponse()
            finally:
                timer.cancel()
                if late.is_set():  # http.client takes the end of a connection for the end of its headers
                    raise TimeoutError

    return type(f"Watched{pool.__name__}", (pool,), {"ConnectionCls": Connection})
