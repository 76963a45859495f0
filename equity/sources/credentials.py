"""Where the Census API's key is kept: asked for, in the environment, or in a file. Never says the key itself.

A key given on the command line is seen by everyone who lists this machine's processes; the file is the quiet place for it.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from equity.errors import KeyRefused

SIGN_UP = "https://api.census.gov/data/key_signup.html"
VARIABLE = "CENSUS_API_KEY"
FOLDER = Path(platformdirs.user_config_dir("equity"))
FILE = "census-key"
# The Bureau's keys are 40 hexadecimal digits today; what is held to here is only what can be sent and hidden safely.
_FORM = re.compile(r"[0-9A-Za-z_-]{16,128}")
_log = logging.getLogger(__name__)


def key(asked: str | None = None, environ: Mapping[str, str] = os.environ, config: Path = FOLDER) -> str:
    """The key from ``--key``, CENSUS_API_KEY or ``<config>/census-key``, the first there is. KeyRefused when there is none."""
    found = find(asked, environ, config)
    if found is None:
        raise KeyRefused(
            f"the Census API needs a key and none is given; get one free at {SIGN_UP} and set {VARIABLE} or write it to "
            f"{config / FILE}, or use the keyless files: --source summary"
        )
    return found


def find(asked: str | None = None, environ: Mapping[str, str] = os.environ, config: Path = FOLDER) -> str | None:
    """As ``key``, but None where there is none at all. KeyRefused for what cannot be a key, or a file that cannot be read.

    The file is opened only where nothing goes before it: whoever gives a key need not have it in order.
    """
    path = config / FILE
    ways = (("--key", lambda: asked), (VARIABLE, lambda: environ.get(VARIABLE)), (str(path), lambda: _kept(path)))
    for where, look in ways:
        said = look()
        if said is None or (not said.strip() and where != "--key"):
            continue
        if not _FORM.fullmatch(said.strip()):
            raise KeyRefused(f"what {where} gives is no key of the Census API (40 letters and digits); get one at {SIGN_UP}")
        return said.strip()
    return None


def _kept(path: Path) -> str | None:
    """What the file says; None where there is no file. Says so when others on this machine can read it."""
    try:
        content, mode = path.read_bytes(), path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyRefused(
            f"the key in {path} cannot be read ({error.strerror}); write the key and nothing else there"
        ) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        _log.warning("%s can be read by others on this machine; run: chmod 600 %s", path, path)
    return content.decode("utf-8-sig", errors="replace")  # an exception for what is no text would hold all of it
