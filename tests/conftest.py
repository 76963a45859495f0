"""What every test shares: the city as it is in the repository, and a wall around this machine.

No test may use a network: a connection to anything but this machine is an error wherever it is tried.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


def is_this_machine(address: Any) -> bool:
    """Unix sockets, localhost, 127.0.0.0/8 and ::1 are this machine; every other address is not."""
    if not isinstance(address, tuple):
        return True
    host = address[0]
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A report says of a test that takes minutes that it is one: benchmarks/long_tests.py looks for it."""
    for item in items:
        if item.get_closest_marker("long"):
            item.user_properties.append(("long", "yes"))


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Connections and name look-ups beyond this machine raise at the line that tries them."""

    def walled(method):
        def only_here(self: socket.socket, address: Any, *rest: Any) -> Any:
            if self.family != getattr(socket, "AF_UNIX", None) and not is_this_machine(address):
                raise RuntimeError(f"a test tried to reach {address!r}: tests use no network")
            return method(self, address, *rest)

        return only_here

    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *rest: Any, **more: Any) -> Any:
        if host is not None and not is_this_machine((host.decode() if isinstance(host, bytes) else host,)):
            raise RuntimeError(f"a test tried to look up {host!r}: tests use no network")
        return look_up(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", walled(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", walled(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield


@pytest.fixture(scope="session")
def atlas():
    """Chicago from `data/`, loaded once. Nobody may change it."""
    from equity import atlas as room

    return room.load("chicago")


@pytest.fixture
def bureau() -> Iterator[Any]:
    """A server on this machine that stands for every source; what it gives is registered with it."""
    from tests.bureau.server import Bureau

    with Bureau() as running:
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A PostgreSQL server of the tests' own. It syncs nothing: what is tested is our writing, not the machine's power."""
    from tests.programmes import postgres

    with postgres.server("fsync=off") as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def log_address(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """The address of a programme log that is not there yet, in each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'instance' / 'log.sqlite3'}"
    return request.getfixturevalue("postgresql").fresh()
