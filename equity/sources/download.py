"""One large file from an address to a folder, in pieces, resumed where it broke off. Knows nothing of what is in it.

Beside an unfinished ``<name>.part`` stands ``<name>.part.version``: what the source called the file then (ETag, or the date
of its last change). The rest is asked for only under that name, so that two versions are never glued together. What is kept
lies at ``place``, and whoever may have to fetch it is ``alone`` with it, or two runs would write one file.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import requests
import urllib3

from equity.errors import EquityError, SourceInvalid
from equity.sources import session
from equity.sources.session import Trouble

try:
    import fcntl
except ImportError:  # Windows has no flock: there, two runs that fetch the same file at once are not kept apart
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from equity.sources.web import Web

_log = logging.getLogger(__name__)
_MIB = 2**20
_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")
_RANGE_NONE = "bytes */{}"
_NAME = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")  # what a header can hold


def place(cache: Path, url: str) -> Path:
    """Where in a cache the file of an address is: at its whole address, for what a mirror gave is not what the Bureau gave."""
    host, *folders = re.sub(r"^\w+://", "", session.place(url)).split("/")
    return cache.joinpath(re.sub(r"[^\w.-]", "_", host), *(name for name in folders if name not in ("", ".", "..")))


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """One run at a time has to do with a file; another waits, and finds it there."""
    with contextlib.ExitStack() as stack:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = stack.enter_context(path.with_name(f"{path.name}.lock").open("w"))
            if fcntl is not None:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    _log.info("another run is fetching %s; waiting for it", path.name)
                    fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """An OSError as one sentence."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise EquityError(f"{path} cannot be written ({why}); make room there or choose another folder") from error


def to_file(web: Web, url: str, to: Path, resume: bool, tell: Callable[[int, int | None], object]) -> str:
    """See ``Web.stream``."""
    part = to.with_name(f"{to.name}.part")
    best = size = _size(part)

    def gained() -> bool:
        nonlocal best, size
        size, before = _size(part), best
        best = max(best, size)
        return size >= before + _MIB  # less is no progress: a source that gives a byte a try would be asked for ever

    with writing(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        if not resume:
            _forget(part)
        web.until(url, lambda: _attempt(web, url, part, tell), gained)
        with part.open("rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        part.replace(to)
        _version(part).unlink(missing_ok=True)
    return digest


def _attempt(web: Web, url: str, part: Path, tell: Callable[[int, int | None], object]) -> Trouble | None:
    """One try to have the file whole in ``part``: None, or what went wrong."""
    have, name = _size(part), _told(part)
    # Not compressed on the way: only then do our bytes and the source's count alike.
    headers = {"Accept-Encoding": "identity"}
    if have and name:
        headers |= {"Range": f"bytes={have}-", "If-Range": name}
    try:
        with web.open(url, headers=headers) as response:
            if trouble := web.trouble(response.status_code, response.headers):
                return trouble
            if response.status_code == 416 and _RANGE_NONE.format(have) == response.headers.get("Content-Range"):
                return None  # nothing is left to fetch: an earlier run ended between the last byte and the new name
            if trouble := _refused(url, response, part, have):
                return trouble
            if response.status_code == 200:
                have = 0
                part.write_bytes(b"")  # first the old bytes go, then their name: a kill in between mixes nothing
                _note(response, _version(part))
            return _copy(web, response, part, have, tell)
    except session.BROKEN as error:
        return session.broken(error, web.patience)


def _refused(url: str, response: requests.Response, part: Path, have: int) -> Trouble | None:
    """What is not the file, or not the part of it that was asked for."""
    status = response.status_code
    if status == 200:
        return None
    asked = _RANGE.match(response.headers.get("Content-Range", ""))
    same = _name(response) in ("", _told(part))  # some heed Range and not If-Range
    if status == 206 and have and asked and int(asked[1]) == have and same:
        return None
    if status in (206, 416) and have:
        _forget(part)
        return Trouble(f"does not go on where it ended (status {status})")
    where = session.place(url)
    if 300 <= status < 400:
        to = session.place(response.headers.get("Location", "")) or "elsewhere"
        raise SourceInvalid(f"{where} has moved to {to} (status {status}); correct [addresses] in city.toml if that is right")
    if status in (404, 410):
        raise SourceInvalid(f"{where} is not there (status {status}); look whether it is published, or correct the address")
    raise SourceInvalid(f"{where} is not given out (status {status}); look at it in a browser, or correct the address")


def _copy(
    web: Web, response: requests.Response, part: Path, have: int, tell: Callable[[int, int | None], object]
) -> Trouble | None:
    """The body behind what is in hand; None when the file is whole."""
    plain = response.headers.get("Content-Encoding", "identity") == "identity"
    length = response.headers.get("Content-Length", "")
    total = have + int(length) if plain and length.isdecimal() else None
    step, patience = have, web.patience.whole
    ends = time.monotonic() + patience
    with part.open("ab") as file:
        for piece in _pieces(response, plain):
            file.write(piece)
            have += len(piece)
            tell(have, total)
            if have > web.patience.most_file:
                break
            if have >= step + _MIB:
                step, ends = have, time.monotonic() + patience
            elif time.monotonic() > ends:
                return Trouble(f"is too slow: less than a MiB in {patience:g} seconds")
    if have > web.patience.most_file:
        _forget(part)
        where, most = session.place(response.url), web.patience.most_file
        raise SourceInvalid(f"{where} sends more than {most:,} bytes, which no file of it has; correct the address")
    if _size(part) != have:  # where nobody can be alone with a file
        _forget(part)
        return Trouble("does not fit together: another run fetches it to the same place")
    return None  # whole: urllib3 holds every body to the length or the last piece that was announced


def _pieces(response: requests.Response, plain: bool) -> Iterator[bytes]:
    """The body as it comes. A source that packs it all the same is unpacked here, and held to the end of the package."""
    unpack = None if plain else zlib.decompressobj(wbits=47)  # 47: gzip or zlib, whichever it is
    if response.headers.get("Content-Encoding", "identity") not in ("identity", "gzip", "x-gzip", "deflate"):
        raise urllib3.exceptions.DecodeError("an unknown packing")
    try:
        while piece := response.raw.read1(65536, decode_content=False):
            yield piece if unpack is None else unpack.decompress(piece)
    except zlib.error:
        raise urllib3.exceptions.DecodeError("a broken package") from None
    if unpack is not None and not unpack.eof:
        raise urllib3.exceptions.ProtocolError("half a package")


def _note(response: requests.Response, version: Path) -> None:
    """Keep what the source calls this version; nothing where it has no name that If-Range takes, or packs it."""
    name = _name(response)
    if name and response.headers.get("Content-Encoding", "identity") == "identity":
        version.write_text(name, encoding="utf-8")
    else:
        version.unlink(missing_ok=True)


def _told(part: Path) -> str:
    """What the source called the file that ``part`` is of; empty where that is not known, or no header could say it."""
    version = _version(part)
    said = version.read_text(encoding="utf-8", errors="replace") if version.exists() else ""
    return said if _NAME.fullmatch(said) else ""


def _name(response: requests.Response) -> str:
    etag = response.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")


def _forget(part: Path) -> None:
    for path in (_version(part), part):
        path.unlink(missing_ok=True)


def _version(part: Path) -> Path:
    return part.with_name(f"{part.name}.version")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
