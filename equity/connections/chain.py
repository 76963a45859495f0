"""Seals: each write is sealed together with the seal of the one before. Pure; knows no database.

A row that is altered, lost or slipped in changes the seal of its write, and with it every later one. Whoever writes down the
last seal can tell later whether all that was there on that day is still there, as it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

START = ""  # what the first write is sealed with
# What is sealed, in this order. Never change it: old seals would no longer be found again. A new column is a new version.
BATCH = (
    "number", "kind", "city", "at", "by", "reason", "file", "file_sha256", "file_bytes", "content_sha256", "rows",
)  # fmt: skip
ENTRY = (
    "number", "batch", "line", "entry", "changes", "state", "month", "programme", "partner", "level", "place", "kind", "count",
    "funding", "note",
)  # fmt: skip
TRACE = ("number", "at", "by", "what", "account", "right")


def seal(before: str, batch: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> str:
    """sha256 over the seal before, the batch and its rows by number, a line of JSON each."""
    digest = hashlib.sha256()
    digest.update(_line([before, *(batch[name] for name in BATCH)]))
    for entry in entries:
        digest.update(_line([entry[name] for name in ENTRY]))
    return digest.hexdigest()


def of_trace(before: str, trace: Mapping[str, Any]) -> str:
    """sha256 over the seal before and what was done to an account. These have a chain of their own."""
    return hashlib.sha256(_line([before, *(trace[name] for name in TRACE)])).hexdigest()


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
