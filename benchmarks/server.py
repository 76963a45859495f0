"""One application behind gunicorn, and what its processes cost. Knows no browser."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
AS_INSTALLED = Path(__file__).with_name("as_installed")  # what the benchmark's own tools bring is hidden from servers
PATIENCE = 60  # seconds until a server that does not answer is given up


class Server:
    """A running server: its address, the seconds from its start to its first answer, its costs."""

    def __init__(self, application: str, environment: dict[str, str]) -> None:
        """Start it; returns when it has answered. The same gunicorn settings for everyone: one process, eight threads."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        options = f"--bind 127.0.0.1:{port} --workers 1 --threads 8 --log-level warning --no-control-socket"
        environment = {"PYTHONPATH": str(AS_INSTALLED)} | environment
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options.split(), application], cwd=ROOT, env=os.environ | environment
        )
        self._wait(begun)
        self.seconds_to_first_answer = time.perf_counter() - begun

    def _wait(self, begun: float) -> None:
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/", timeout=PATIENCE) as answer:
                    answer.read()
                    return
            except (urllib.error.URLError, ConnectionError) as error:
                if self._process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                    self.stop()
                    raise SystemExit(f"the server of the benchmark did not answer: {error}") from error
                time.sleep(0.01)

    def _family(self) -> list[psutil.Process]:
        process = psutil.Process(self._process.pid)
        return [process, *process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Processor time all its processes have used so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self._family())

    def megabytes(self) -> float:
        """Memory all its processes hold, pages they share counted once where the system can tell."""
        held = (process.memory_full_info() for process in self._family())
        return sum(getattr(memory, "pss", memory.rss) for memory in held) / 1e6

    def stop(self) -> None:
        """End the processes and wait for them."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def serving(application: str, environment: dict[str, str]) -> Iterator[Server]:
    """A server that is gone afterwards, whatever happens."""
    server = Server(application, environment)
    try:
        yield server
    finally:
        server.stop()
