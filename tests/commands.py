"""What a command of the command line did, for the tests that run one."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Ran:
    """Its exit code, and what it wrote to standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one refusal on standard error; it stands last, behind the bars."""
        (said,) = (line for line in self.err.splitlines() if line.startswith("equity: "))
        assert self.err.rstrip("\n").endswith(said)
        assert "Traceback" not in self.err
        return said.removeprefix("equity: ")

    @property
    def rows(self) -> list[dict[str, str]]:
        """The CSV file it wrote, if it ended well."""
        assert self.code == 0, self.err
        return list(csv.DictReader(io.StringIO(self.out)))


Command = Callable[..., Ran]
