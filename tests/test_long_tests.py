"""What RESULTS.md says of the tests that take minutes is what pytest reported of them."""

import datetime
from pathlib import Path

import pytest

from benchmarks import long_tests

REPORT = """<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite>
<testcase classname="a" name="test_short" time="0.1" />
<testcase classname="a" name="test_of_minutes[10]" time="61.4"><properties><property name="long" value="yes" />
<property name="MiB at most" value="82" /><property name="MB" value="85" /></properties></testcase>
<testcase classname="a" name="test_that_fails" time="2"><properties><property name="long" value="yes" /></properties>
<failure message="no">no</failure></testcase>
<testcase classname="a" name="test_skipped" time="0"><skipped message="why">why</skipped></testcase>
</testsuite></testsuites>"""


def test_long_tests_are_listed_with_what_they_measured_and_failures_are_called_so(tmp_path: Path) -> None:
    (tmp_path / "long.xml").write_text(REPORT)
    said = long_tests.section(*long_tests.read(tmp_path / "long.xml"), datetime.date(2026, 11, 23))
    assert "on 2026-11-23" in said
    assert "of the tests that ran 2 passed, 1 failed and 1 were skipped" in said
    assert "| `test_of_minutes[10]` | passed | 61 | MiB at most 82; MB 85 |" in said
    assert "| `test_that_fails` | failed | 2 |  |" in said
    assert "test_short" not in said


def test_a_run_without_long_tests_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "short.xml").write_text(
        '<testsuites><testsuite><testcase name="test_short" time="1" /></testsuite></testsuites>'
    )
    with pytest.raises(ValueError, match="no long test in this report"):
        long_tests.section(*long_tests.read(tmp_path / "short.xml"), datetime.date(2026, 11, 23))
