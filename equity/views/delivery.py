"""Files on their way to the browser: named by their content, compressed once, cached for ever.
Knows nothing of what is in them.

Three kinds of answer leave the server, each in the cheapest way that is right for it:

- files we publish (figures, outlines): the address holds a hash of the content, so it is cached for ever and an old
  page can never read a new file;
- Dash's own bundles and our assets: the same bytes at every request, so each is compressed once, at its first request;
- everything else (pages, callbacks): compressed at a fast level as it is made, by Flask-Compress.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli
from dash.fingerprint import check_fingerprint
from flask import Flask, Response, request
from flask_compress import Compress

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"  # may be kept, but its ETag is asked about before each use
ENCODINGS = ("br", "gzip")  # in order of preference

LARGE = 700_000  # bytes: from here on the best compression is too slow to wait for
WINDOW = 18  # brotli looks back 2**18 bytes: for files this small as good as its default of 22, with 25 MB less memory
# Below this a compressed answer is no smaller on the wire, headers included.
SMALLEST = 500
# What pages, callbacks, downloads and charts are.
MADE_TO_ORDER = ["text/html", "text/plain", "text/csv", "application/json", "image/svg+xml"]
TEXTUAL = re.compile(r"text/|application/(json|javascript|manifest\+json|xml)|image/svg\+xml|font/ttf")
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def compress(content: bytes, encoding: str) -> bytes:
    """`content` in one of ENCODINGS, well compressed: for bytes that are compressed once and sent many times.

    Brotli at 10 takes a fifth off outlines and figures (136 to 114 kB in 0.3 s); at 11 little more, in three times the
    time. Large bundles would keep the first visitor waiting: plotly's takes 0.4 s at 9, and 9 s at 11.
    """
    if encoding == "br" and len(content) < LARGE:
        return brotli.compress(content, quality=10, lgwin=WINDOW)
    if encoding == "br":
        return brotli.compress(content, quality=9)
    return gzip.compress(content, compresslevel=9, mtime=0)


def wanted_encoding() -> str | None:
    """The best encoding the present request accepts; None means as it is."""
    accepted = request.accept_encodings
    return next((encoding for encoding in ENCODINGS if accepted and accepted.quality(encoding) > 0), None)


class Delivery:
    """Publishes files on a Flask server and compresses what it sends. One for each application."""

    def __init__(self, server: Flask, prefix: str = "/") -> None:
        """Everything goes through `server`; `prefix` is where the application lives on its host, with its slashes."""
        self._prefix = prefix
        self._published: dict[str, tuple[bytes, str]] = {}  # file name in the address -> content, media type
        self._packed: dict[tuple[str, str, str], bytes] = {}  # path, version, encoding -> compressed bytes
        # One thread packs for all: ten first visitors do not pack a file ten times, and brotli's working memory exists
        # once; with every request packing for itself the process ended up 40 MB larger.
        self._packer = ThreadPoolExecutor(1, "packer")
        server.config.setdefault("COMPRESS_ALGORITHM", list(ENCODINGS))
        server.config.setdefault("COMPRESS_BR_LEVEL", 4)
        server.config.setdefault("COMPRESS_LEVEL", 4)
        server.config.setdefault("COMPRESS_MIMETYPES", MADE_TO_ORDER)
        server.config["COMPRESS_REGISTER"] = False  # it is asked below, for the answers that change
        self._on_the_fly = Compress(server)
        server.after_request(self._deliver)
        server.add_url_rule(f"{prefix}files/", "files_index", lambda: self._send(""))
        server.add_url_rule(f"{prefix}files/<path:name>", "files", self._send)

    def publish(self, name: str, content: bytes | Path, mimetype: str = "application/json") -> str:
        """Make a file available and return its address, `/files/<name>.<12 hex of its sha256>.json`.

        `name` is small letters, digits and hyphens. `content` is kept in memory; a path is read now.
        """
        if not NAME.fullmatch(name):
            raise ValueError(f"a published name is small letters, digits and hyphens, not {name!r}")
        content = content.read_bytes() if isinstance(content, Path) else content
        # Always .json: intermediaries compress that ending, and not .geojson.
        file_name = f"{name}.{hashlib.sha256(content).hexdigest()[:12]}.json"
        self._published[file_name] = (content, mimetype)
        return f"{self._prefix}files/{file_name}"

    def _send(self, name: str) -> Response:
        """A published file in the best encoding for this request, or a plain 404 that nobody keeps."""
        if name not in self._published:
            missing = Response("no such file\n", 404, mimetype="text/plain")
            missing.headers["Cache-Control"] = "no-store"
            return missing
        content, mimetype = self._published[name]
        response = Response(content, mimetype=mimetype)
        response.headers["Cache-Control"] = FOR_EVER
        response.set_etag(name)
        self._pack(response, name, "")
        return response.make_conditional(request)

    def _deliver(self, response: Response) -> Response:
        """Send bundles and assets packed, the rest compressed on the fly, and say how long each may be kept."""
        path = request.path.removeprefix(self._prefix)
        there = request.method in ("GET", "HEAD") and response.status_code in (200, 304)
        if path.startswith("files/"):
            return response
        if there and path.startswith("_dash-component-suites/"):
            # A bundle cannot change under a running process, so its path without the fingerprint identifies it. Keyed
            # by the whole address, made-up fingerprints would fill the memory.
            path, for_ever = check_fingerprint(path)
            self._pack(response, path, "")
        elif there and path.startswith("assets/"):
            # Dash asks for assets with ?m=<time of the last change>, and their ETag begins with that time. An address
            # with another time is not good for ever: an old page's request would pin a new file under its old name.
            version = response.get_etag()[0] or ""
            for_ever = "m" in request.args and version.startswith(f"{request.args['m']}-")
            self._pack(response, path, version)
        elif there and path == "_favicon.ico":
            # The browser asks for it again whenever a page changes its address, which ours does at every choice.
            for_ever = "v" in request.args
        else:
            # A page names the files it reads: kept too long, it would ask for files that a newer release has replaced.
            response.headers.setdefault("Cache-Control", ASK_AGAIN)
            response.vary.add("Accept-Encoding")
            return self._on_the_fly.after_request(response) if wanted_encoding() else response
        response.headers["Cache-Control"] = FOR_EVER if for_ever else ASK_AGAIN
        return response.make_conditional(request)

    def _pack(self, response: Response, path: str, version: str) -> None:
        """Replace a textual response's body by its packed form, made at the first request for it and kept.

        Only the newest version of a path is kept. The ETag becomes one for this encoding.
        """
        if not TEXTUAL.match(response.mimetype or ""):
            return
        response.vary.add("Accept-Encoding")
        encoding = wanted_encoding()
        etag, _ = response.get_etag()
        if etag:
            # Weak: the same content in another encoding is another sequence of bytes under the same name.
            response.set_etag(etag, weak=True)
        if encoding is None or response.status_code != 200 or (response.content_length or SMALLEST) < SMALLEST:
            return
        packed = self._packed.get((path, version, encoding))
        if packed is None:
            response.direct_passthrough = False
            packed = self._packer.submit(self._pack_once, path, version, encoding, response.get_data()).result()
        if hasattr(response.response, "close"):
            response.response.close()  # the file an asset was to be read from
        response.direct_passthrough = False
        response.set_data(packed)
        del response.headers["Accept-Ranges"]  # a range of the file is not a range of its packed form
        response.headers["Content-Encoding"] = encoding

    def _pack_once(self, path: str, version: str, encoding: str, content: bytes) -> bytes:
        """Runs in the packer's thread only: another request may have had the same file packed in the meantime."""
        if (path, version, encoding) not in self._packed:
            for stale in [key for key in self._packed if key[0] == path and key[1] != version]:
                del self._packed[stale]
            self._packed[path, version, encoding] = compress(content, encoding)
        return self._packed[path, version, encoding]
