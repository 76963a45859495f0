"""What was written reaches the disk, so that a power cut does not take it. Knows nothing of what it is."""

from __future__ import annotations

import os
from pathlib import Path


def flush(path: Path) -> None:
    """A file, or a folder's list of its files, to the disk."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
