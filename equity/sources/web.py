"""How this project asks the network: politely, not for ever, and without telling anyone the key. Knows no source.

What may be better the next time (429, 5xx, a broken connection, half a body, an answer the caller finds flawed) is asked again
after growing, jittered waits, and a Retry-After is honoured as long as it is bearable. Redirects are never followed: the
Bureau answers a missing key with one, to a page that looks like success. What is asked with a secret parameter is never
said with it, neither in a message, nor in a chained exception, nor in a log, nor in the answer that is handed on.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from equity.errors import SourceUnavailable
from equity.sources import download, session
from equity.sources.session import Patience, Trouble

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came, whole. Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as UTF-8, with signs in the place of what is none."""
        return self.content.decode("utf-8-sig", errors="replace")

    def json(self) -> Any:
        """The content as JSON; ``ValueError`` when it is none."""
        return json.loads(self.content.decode("utf-8-sig"))

    @property
    def words(self) -> str:
        """What an answer in plain text says, in brief: its first sentence; empty for a page or for data."""
        if not self.headers.get("content-type", "").startswith("text/plain"):
            return ""
        return " ".join(self.text.split()).partition(". ")[0][:120].rstrip(".")


class Web:
    """A session with our rules. ``sleep`` (seconds), ``chance`` (0 to 1) and ``now`` (seconds since 1970) are the world."""

    def __init__(
        self,
        patience: Patience | None = None,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.patience = patience or Patience()
        self.session = session.new(self.patience)
        self._sleep, self._chance, self._now = sleep, chance, now

    def get(
        self, url: str, params: Mapping[str, str] | None = None, flaw: Callable[[Answer], str | None] = lambda answer: None
    ) -> Answer:
        """Ask once, and again while that may help; the answer comes back whatever its status, but for 429 and 5xx.

        ``flaw`` looks at every answer: what it returns is wrong with it and may be right the next time ("sends no JSON");
        what it raises is final. ``SourceUnavailable`` for what does not pass, ``SourceInvalid`` for no address.
        """

        def attempt() -> Answer | Trouble:
            answer = self._whole(url, params)
            if isinstance(answer, Trouble):
                return answer
            if trouble := self.trouble(answer.status, answer.headers, answer.words):
                return trouble
            flawed = flaw(answer)
            return answer if flawed is None else Trouble(flawed)

        _log.info("asking %s", session.shown(url, params))
        return self.until(url, attempt)

    def stream(
        self, url: str, to: Path, resume: bool = True, tell: Callable[[int, int | None], object] = lambda done, total: None
    ) -> str:
        """Fetch a file to ``to`` piece by piece, on from where an earlier try ended -> its sha256, in hexadecimal.

        ``tell`` hears the bytes in hand and the bytes in all (None where the source does not say). Until it is whole the
        file is ``<to>.part``; it stays after a failure, and the next call goes on with it if the source still has the same.
        ``SourceUnavailable`` for what does not pass, ``SourceInvalid`` for a file that is not there.
        """
        _log.info("fetching %s", session.shown(url))
        return download.to_file(self, url, to, resume, tell)

    @contextlib.contextmanager
    def open(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[requests.Response]:
        """A response of which only the headers are read; as requests raises for what may be better the next time.

        ``SourceInvalid`` for what is no address, ``SourceUnavailable`` where this machine's own settings are in the way.
        """
        timeout, response, refusal = (self.patience.connect, self.patience.read), None, None
        try:
            response = self.session.get(url, params=params, headers=headers, timeout=timeout, stream=True)
        except session.NO_ADDRESS:
            refusal = session.no_address(url)  # raised below: raised here it would carry theirs, and theirs the whole address
        except OSError as error:
            if isinstance(error, session.BROKEN):
                raise
            refusal = session.no_certificates(url, error)
        if response is None:
            raise refusal
        with response:
            yield response

    def until(self, url: str, attempt: Callable[[], T | Trouble], gained: Callable[[], bool] = lambda: False) -> T:
        """What ``attempt`` gives once it gives no Trouble; ``gained`` tells that a failed try still brought us on.

        ``SourceUnavailable`` after as many failures in a row as ``patience.tries``, or when we are told to wait too long.
        """
        turn = 0
        while isinstance(outcome := attempt(), Trouble):
            turn = 1 if gained() else turn + 1
            if turn >= self.patience.tries:
                times = f", {turn} times in a row" if turn > 1 else ""
                raise SourceUnavailable(f"{session.place(url)} {outcome.said}{times}; try again later")
            self._rest(url, outcome, turn)
        return outcome

    def trouble(self, status: int, headers: Mapping[str, str], words: str = "") -> Trouble | None:
        """What a status says against an answer that may be better the next time; None for all others."""
        if status < 500 and status not in (408, 429):
            return None
        said = "says that it is asked too often" if status == 429 else "fails"
        why = f"status {status}: {words}" if words else f"status {status}"
        return Trouble(f"{said} ({why})", self._asked_to_wait(headers.get("retry-after", "")))

    def _whole(self, url: str, params: Mapping[str, str] | None) -> Answer | Trouble:
        """One try: the answer, or what went wrong."""
        ends = time.monotonic() + self.patience.whole
        secrets = [value for name, value in (params or {}).items() if name in session.SECRET and len(value) > 7]
        content = bytearray()
        try:
            with self.open(url, params) as response:
                while piece := response.raw.read1(65536, decode_content=True):  # as it comes, so that a drip shows
                    content += piece
                    if time.monotonic() > ends:
                        return Trouble(f"is too slow: no whole answer within {self.patience.whole:g} seconds")
                    if len(content) > self.patience.most_bytes:
                        return Trouble(f"sends more than {self.patience.most_bytes:,} bytes")
                headers = {name.lower(): value for name, value in response.headers.items()}
                status = response.status_code
        except session.BROKEN as error:
            return session.broken(error, self.patience)
        for secret in secrets:  # whatever repeats the key, nobody hears it from us
            content = content.replace(secret.encode(), b"...")
            headers = {name: value.replace(secret, "...") for name, value in headers.items()}
        return Answer(status, headers, bytes(content))

    def _rest(self, url: str, trouble: Trouble, turn: int) -> None:
        """Wait before the next try: what the source asks for, or twice as long each time, and never all at one moment."""
        patience = self.patience
        if trouble.wait is not None and trouble.wait > patience.longest_asked:
            asks = f"and asks to wait {trouble.wait:,.0f} seconds"
            raise SourceUnavailable(f"{session.place(url)} {trouble.said} {asks}; try again then")
        if trouble.wait is None:
            seconds = min(patience.longest_wait, patience.first_wait * 2 ** (turn - 1)) * (1 + self._chance()) / 2
        else:
            seconds = trouble.wait + patience.first_wait * self._chance()
        _log.info("%s %s; trying again in %.1f seconds", session.place(url), trouble.said, seconds)
        self._sleep(seconds)

    def _asked_to_wait(self, said: str) -> float | None:
        """Retry-After, seconds or a date -> seconds; None where it says neither."""
        if said.strip().isdecimal():
            return float(said)
        with contextlib.suppress(ValueError):
            return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - self._now())
        return None
