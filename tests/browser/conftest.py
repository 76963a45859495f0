"""A real browser against a real server, both on this machine. Knows nothing of what a page should look like.

`open_page(path)` opens a path of the application (or a whole address from `serve`) and watches it: when the test ends,
anything on the console, any uncaught error and any request that left this machine fails the test. What was seen is in
`page.seen`; a test that provokes an error says so with `page.seen.console.clear()`.

Playwright's `wait_for_function` and `add_script_tag` are forbidden by the Content-Security-Policy, as they should be;
`until(page, "expression")` polls instead.
"""

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[2]
HERE = ("127.0.0.1", "localhost", "")  # "" for data: and blob:, which leave nothing

# Chromium must not talk to anyone on its own account either.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test below this folder carries the mark `browser`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@dataclass
class Seen:
    """What one page did while it was open."""

    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def strangers(self) -> list[str]:
        """Requests to any machine but this one."""
        return [url for url in self.requests if (urlsplit(url).hostname or "") not in HERE]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run. Without one the tests fail, with the sentence that says what to install."""
    found = subprocess.run([ROOT / "scripts" / "find-chromium"], capture_output=True, text=True)
    if found.returncode:
        pytest.fail(found.stderr.strip(), pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found.stdout.strip(), args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Any], str]]:
    """`serve(app)`, a Dash or Flask application -> its address, served by threads until the run ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = []

    def start(app: Any) -> str:
        server = make_server("127.0.0.1", 0, getattr(app, "server", app), threaded=True)
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def address(atlas, serve) -> str:
    """Where the application itself is served."""
    from equity import views

    return serve(views.create_app(atlas))


@pytest.fixture
def open_page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page(path="/", width=1440, height=900, lang="en-US", **context)` -> a watched page."""
    contexts = []
    pages: list[Page] = []

    def open_one(path: str = "/", width: int = 1440, height: int = 900, lang: str = "en-US", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=lang, **options)
        contexts.append(context)
        page = context.new_page()
        page.seen = seen = Seen()
        page.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("request", lambda sent: seen.requests.append(sent.url))
        pages.append(page)
        page.goto(path if ":" in path.split("/")[0] else request.getfixturevalue("address") + path)
        return page

    yield open_one
    seen = [page.seen for page in pages]
    for context in contexts:
        context.close()
    assert not [line for one in seen for line in one.errors], "uncaught errors on the page"
    assert not [line for one in seen for line in one.console], "something was written to the console"
    assert not [url for one in seen for url in one.strangers()], "a page asked another machine for something"


@pytest.fixture
def page_at(request: pytest.FixtureRequest, open_page: Callable[..., Page], until: Callable[..., Any]) -> Callable[..., Page]:
    """`page_at(path, **options)`: a page of the module's own (PATH, else the front page), when its READY has come true."""

    def at(path: str = getattr(request.module, "PATH", "/"), **options: Any) -> Page:
        page = open_page(path, **options)
        until(page, request.module.READY)
        return page

    return at


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    """`until(page, expression, seconds=15)` polls a JavaScript expression and returns its first truthy value."""

    def poll(page: Page, expression: str, seconds: float = 15, argument: Any = None) -> Any:
        deadline = time.monotonic() + seconds
        while not (value := page.evaluate(expression, argument)):
            if time.monotonic() > deadline:
                seen = page.seen.errors + page.seen.console
                pytest.fail(f"not true within {seconds} s: {expression}; the page said {seen or 'nothing'}")
            page.wait_for_timeout(25)
        return value

    return poll


@pytest.fixture(scope="session")
def axe() -> Callable[..., list[str]]:
    """`axe(page)` -> a line for each serious or critical finding of axe-core; a good page gets an empty list."""
    source = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Page, impacts: tuple[str, ...] = ("serious", "critical")) -> list[str]:
        page.evaluate(source)
        violations = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        return [
            f"{found['impact']} {found['id']}: {found['help']} at {node['target']}"
            for found in violations
            for node in found["nodes"]
            if found["impact"] in impacts
        ]

    return check
