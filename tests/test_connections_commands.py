"""``python -m equity connections`` as a person types it: what it prints, what it refuses, and with which exit code."""

import csv
import datetime
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from equity import __main__ as command_line
from equity.connections import copies, database, schema, verify
from tests.programmes import town

REPOSITORY = Path(__file__).parents[1]
ROWS = [
    ("2026-01", "Chicago Connected", "CPS", "citywide", "household_connected", "1200", "City", ""),
    ("2026-02", "Tech Hub", "Library", "Near North Side", "device_given", "12", "", "=cmd|'/c calc'!A1 [red]<b>x</b>[/red]"),
    ("2026-02", "Tech Hub", "Library", "17031010100", "person_trained", "5", "", ""),
]


@pytest.fixture(autouse=True)
def address(log_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each command finds the same log, which is not there yet, and the same person at the machine."""
    monkeypatch.setenv("EQUITY_DATABASE_URL", log_address)
    monkeypatch.setenv("LOGNAME", "mlopez")
    return log_address


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spring.csv"
    path.write_bytes(b"\xef\xbb\xbf" + town.file(ROWS, ";", "\r\n"))
    return path


@pytest.fixture
def typed(capsys: pytest.CaptureFixture):
    """Type a command: what it prints. ``code``: how it ends; if not well, what it says on standard error, after ``shows``."""

    def type_(*words: object, code: int = 0, shows: str = "") -> str:
        assert command_line.main(["connections", *map(str, words)]) == code
        out, err = capsys.readouterr()
        assert err == "" if code == 0 else out == shows
        return out if code == 0 else err

    return type_


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_file_is_previewed_and_then_imported_and_exported(typed, file: Path) -> None:
    assert typed("import", "--dry-run", file) == PREVIEW
    said = typed("import", file)
    assert said.startswith(PREVIEW + "Imported: write 1, rows: 3. The log's seal is now ")
    exported = table(typed("export"))
    assert [(row["place_name"], row["area_name"], row["reported"], row["by"]) for row in exported] == [
        ("Chicago", "", "1200", "mlopez"), ("Near North Side", "Near North Side", "12", "mlopez"),
        ("17031010100", "Rogers Park", "5", "mlopez"),
    ]  # fmt: skip
    assert exported[1]["note"] == "'=cmd|'/c calc'!A1 [red]<b>x</b>[/red]", "a spreadsheet does not run it"
    assert table(typed("export", "--shape", "kind")) == [
        {"kind": "device_given", "reported": "12", "entries": "1"},
        {"kind": "household_connected", "reported": "1200", "entries": "1"},
        {"kind": "person_trained", "reported": "5", "entries": "1"},
    ]


def test_a_dry_run_makes_no_log(typed, file: Path, address: str) -> None:
    typed("import", "--dry-run", file)
    if address.startswith("sqlite"):
        assert not Path(address.removeprefix("sqlite:///")).exists()


def test_the_template_is_a_file_to_fill_in(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert command_line.main(["connections", "template"]) == 0
    out, err = capsys.readouterr()
    assert out == "month,programme,partner,place,kind,count,funding,note\n"
    assert "kind: household_connected, device_given, person_trained, enrolment, other" in err


def test_every_problem_of_a_file_is_said_and_nothing_is_written(typed, tmp_path: Path, file: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(town.file([ROWS[0], town.row(place="Englewod", count="1.5"), town.row(month="2099-01")]))
    assert typed("import", bad, code=9).splitlines() == [
        "equity: bad.csv: row 3, place: “Englewod” is no place of Chicago; is Englewood meant?",
        "equity: bad.csv: row 3, count: “1.5” is no whole number; write digits alone, for example 1200",
        "equity: bad.csv: row 4, month: “2099-01” is in the future; report what was done",
        "equity: bad.csv has 3 problems; nothing was written: correct the file",
    ]
    typed("import", file)
    assert len(table(typed("export"))) == 3


def test_of_a_file_full_of_problems_the_first_fifty_are_said(typed, tmp_path: Path) -> None:
    """Two in each row, and reading ends at 200: 201 problems, 50 of them shown."""
    bad = tmp_path / "bad.csv"
    bad.write_bytes(town.file([town.row(place="x", count="y")] * 500))
    said = typed("import", bad, code=9).splitlines()
    assert len(said) == 52
    assert said[-2:] == ["equity: ... and 151 more", "equity: bad.csv has 201 problems; nothing was written: correct the file"]


PREVIEW = (
    "Rows: 3, in all\n  2026-01  household_connected      1,200\n  2026-02  device_given                12\n"
    "  2026-02  person_trained               5\n"
)


def test_a_second_import_of_a_file_is_refused_unless_it_is_meant(typed, file: Path) -> None:
    """The dry run ends as the import would; meant, both say what is there twice."""
    typed("import", file)
    today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    shows = f"{PREVIEW}The log has this file already, as write 1 by mlopez on {today}.\nThese rows look as if they were or had "
    shows += "been there already: row 2 is like entry 1; row 3 is like entry 2; row 4 is like entry 3.\n"
    refusal = typed("import", file, code=9)
    assert refusal.startswith(
        f"equity: spring.csv was imported already, as write 1 by mlopez on {today}; nothing was written; if"
    )
    assert typed("import", "--dry-run", file, code=9, shows=shows) == refusal
    assert typed("import", "--dry-run", "--again", file) == shows
    assert typed("import", file, "--again").startswith(shows + "Imported: write 2, rows: 3. ")
    assert table(typed("export", "--shape", "kind"))[1] == {"kind": "household_connected", "reported": "2400", "entries": "2"}


def test_a_growing_file_is_refused_with_the_row_that_was_corrected_since(typed, tmp_path: Path) -> None:
    """120 were 12; the file of April still has the 120. The dry run names them and ends as the import does."""
    path = tmp_path / "march.csv"
    path.write_bytes(town.file([town.row(count="120")]))
    typed("import", path)
    typed("correct", 1, "count=12", "--reason", "a nought too many")
    path.write_bytes(town.file([town.row(count="120"), town.row(month="2026-04", count="7")]))
    shows = "Rows: 2, in all\n  2026-03  device_given               120\n  2026-04  device_given                 7\n"
    shows += (
        "These rows look as if they were or had been there already: row 2 is like what entry 1 said before it was corrected.\n"
    )
    refusal = typed("import", path, code=9)
    assert "(row 2 is like what entry 1 said before it was corrected)" in refusal
    assert typed("import", "--dry-run", path, code=9, shows=shows) == refusal
    assert [row["reported"] for row in table(typed("export"))] == ["12"]


def test_a_correction_and_a_withdrawal_are_told_by_the_history(typed, file: Path) -> None:
    typed("import", file, "--as", "Maria López")
    typed("correct", 2, "count=15", "note=", "--reason", "three were found", "--as", "Jo")
    typed("withdraw", 3, "--reason", "not ours")
    told = [line.partition(" UTC, ")[2] for line in typed("history").splitlines()]
    assert told[0] == (
        "write 1, Maria López (command line): entry 1 entered (spring.csv): month '2026-01'; programme 'Chicago Connected'; "
        "partner 'CPS'; place 'citywide'; kind 'household_connected'; count '1200'; funding 'City'"
    )
    assert told[3:] == [
        "write 2, Jo (command line): entry 2 corrected (three were found): count '12' -> '15'; "
        "note \"=cmd|'/c calc'!A1 [red]<b>x</b>[/red]\" -> ''",
        "write 3, mlopez (command line): entry 3 withdrawn (not ours)",
    ]
    assert len(typed("history", 2).splitlines()) == 2
    assert [row["reported"] for row in table(typed("export"))] == ["1200", "15"]
    both = [(row["count_before"], row["count_after"]) for row in table(typed("export", "--shape", "history"))]
    assert both == [("", "1200"), ("", "12"), ("", "5"), ("12", "15"), ("5", "")]


def test_an_import_is_taken_back_whole(typed, file: Path) -> None:
    typed("import", file)
    assert typed("withdraw", "--import", 1, "--reason", "wrong year").startswith("Withdrawn: write 2, rows: 3.")
    assert table(typed("export")) == []
    said = typed("import", file, code=9)
    assert "(row 2 is like entry 1, which was withdrawn; row 3 is like entry 2, which was withdrawn; row 4 is like" in said
    typed("import", file, "--again")
    assert [row["reported"] for row in table(typed("export"))] == ["1200", "12", "5"]


def test_lists_show_text_as_text(typed, file: Path) -> None:
    typed("import", file)
    listed = typed("list")
    assert "=cmd|'/c calc'!A1 [red]<b>x</b>[/red]" in listed
    assert "1,200" in listed
    assert "│ citywide " in listed, "as one would type it"
    assert "Chicago Connected" not in typed("list", "--programme", "tech hub", "--month", "2026-02")
    imports = typed("list", "--imports")
    assert ("spring.csv" in imports, "command line" in imports) == (True, True)


def test_a_long_list_shows_its_end_and_says_so(typed, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(town.file([town.row(programme=f"Programme {number:03}") for number in range(205)]))
    typed("import", path)
    listed = typed("list")
    assert ("Programme 004" in listed, "Programme 005" in listed) == (False, True)
    assert listed.endswith("The last 200 of 205; narrow them with --month, --programme or --kind, or export them.\n")


def test_a_log_is_saved_verified_and_restored(typed, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = typed("import", file).split()[-1]
    typed("correct", 1, "count=1201", "--reason", "x")
    whole = typed("verify", "--seal", seal)
    assert whole.startswith("All as it was written: writes: 2, rows: 4, seal: ")
    typed("backup", tmp_path / "backup")
    assert typed("verify", tmp_path / "backup") == whole
    exported = typed("export")
    assert typed("restore", tmp_path / "backup", code=9).endswith("is not empty, as it has to be; nothing was done\n")
    monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    typed("restore", tmp_path / "backup")
    assert typed("export") == exported
    assert typed("verify", "--seal", "0" * 64, code=11) == (
        "equity: the log has no such seal: what was written up to it is lost, or the seal is mistyped or another log's; look "
        "at it again, then restore a backup\n"
    )
    for words in ((), (tmp_path / "backup",)):
        assert typed("verify", *words, "--seal", seal[:8]) == whole
        assert typed("verify", *words, "--seal", seal[:7], code=2) == (
            "equity: a seal has 64 digits of 0 to 9 and a to f; give all of them, or at least the first 8\n"
        )


def test_a_cut_tail_is_found_with_a_seal_and_a_missing_guard_without(typed, file: Path, address: str) -> None:
    """The owner of the database takes write 2 away and sets the end back; whoever noted its seal finds that, nobody else."""
    kept = typed("import", file).split()[-1]
    lost = typed("correct", 1, "count=1201", "--reason", "x").split()[-1]
    book = database.open_to_write(address)
    off, on = (
        ("DROP TRIGGER {1}", "{2}")
        if book.file
        else ("ALTER TABLE {0} DISABLE TRIGGER {1}", "ALTER TABLE {0} ENABLE TRIGGER {1}")
    )
    asked = (
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'" if book.file
        else "SELECT tgrelid::regclass, tgname, '' FROM pg_trigger WHERE NOT tgisinternal"
    )  # fmt: skip
    with book.writing() as connection:
        taken = list(map(tuple, connection.exec_driver_sql(asked)))
        cut = ["DELETE FROM log_entry WHERE batch = 2", "DELETE FROM log_batch WHERE number = 2"]
        cut.append(f"UPDATE log_head SET batches = 1, rows = 3, seal = '{kept}'")
        for statement in [*(off.format(*one) for one in taken), *cut, *(on.format(*one) for one in taken)]:
            connection.exec_driver_sql(statement)
    assert typed("verify", "--seal", kept) == typed("verify") == f"All as it was written: writes: 1, rows: 3, seal: {kept}\n"
    assert typed("verify", "--seal", lost, code=11).startswith("equity: the log has no such seal: what was written up to it is")
    with book.writing() as connection:
        table, guard, text = next(one for one in taken if one[1] == "log_head_forward")
        connection.exec_driver_sql(off.format(table, guard, text))
    wrong = "is missing" if book.file else "is switched off"
    assert typed("verify", code=11) == (
        f"equity: the guard log_head_forward of log_head {wrong}; make a backup and restore it into an empty log, which has "
        "all guards, or find out who changed the database\n"
    )


def test_a_file_of_sqlite_that_lacks_its_wal_is_restored_and_verified_only_if_that_is_said(
    typed, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process has the log open, so that the import is in the -wal alone, and the copy is that of an empty log."""
    monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'live.sqlite3'}")
    schema.upgrade(book := database.open_to_write())
    book.engine.dispose()
    with book.engine.connect():
        typed("import", file)
    shutil.copy(tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3")
    monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    for verb in ("verify", "restore"):
        assert "copy.sqlite3 is the file of a log and no backup" in typed(verb, tmp_path / "copy.sqlite3", code=9)
    lacks = "writes: 0, rows: 0, seal: none yet\n"
    assert typed("verify", tmp_path / "copy.sqlite3", "--without-wal") == f"All as it was written: {lacks}"
    assert typed("restore", tmp_path / "copy.sqlite3", "--without-wal").endswith(lacks)
    with copies.opened(tmp_path / "live.sqlite3") as live, live.reading() as connection:
        assert verify.state(connection).startswith("writes: 1, rows: 3, seal: ")
    book.engine.dispose()


def test_an_account_is_made_with_a_password_from_standard_input(typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
    assert typed("add-user", "Ana", "--right", "viewer") == "ana may sign in as viewer.\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert typed("add-user", "bob", code=9).startswith("equity: a password has 12 to 256 signs")


def test_accounts_are_listed_and_removed(typed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ana", "bob"):
        monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))
        typed("add-user", name)
    listed = typed("users")
    assert ("ana" in listed, "bob" in listed, "editor" in listed, "mlopez" in listed) == (True, True, True, True)
    assert "argon2" not in listed
    assert typed("remove-user", "Ana") == "ana may sign in no more; what ana wrote stays in the log.\n"
    assert "ana" not in typed("users")
    assert typed("remove-user", "ana", code=2) == "equity: no account 'ana'; see: python -m equity connections users\n"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["list"], 10, "equity: there is no programme log at "),
        (["import", "nowhere.csv"], 2, "equity: nowhere.csv cannot be read (No such file or directory); name a CSV file\n"),
        (["import", "."], 2, "equity: . cannot be read (Is a directory); name a CSV file\n"),
        (["withdraw", "--reason", "x"], 2, "equity: say which entries, by number, or which import: --import NUMBER\n"),
        (["withdraw", "1", "--import", "1", "--reason", "x"], 2, "equity: say which entries, by number, or which import:"),
        (["list", "--city", "springfield"], 6, "equity: no city 'springfield'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, sentence: str
) -> None:
    if words == ["list", "--city", "springfield"]:
        typed("import", _one(tmp_path))
    elif words == ["list"]:
        monkeypatch.setenv("EQUITY_DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    said = typed(*words, code=code)
    assert said.startswith(sentence)
    assert said.count("\n") == 1


def _one(folder: Path) -> Path:
    path = folder / "one.csv"
    path.write_bytes(town.file([town.row()]))
    return path


def test_in_a_process_of_its_own_there_is_no_traceback_and_no_password(tmp_path: Path) -> None:
    """A server that is not there, and an address with a password in both places it can stand in."""
    environment = os.environ | {"EQUITY_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:9/d?password=hunter3"}
    done = subprocess.run(
        [sys.executable, "-m", "equity", "connections", "import", str(_one(tmp_path))],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (10, "")
    assert done.stderr.startswith("equity: the programme log at postgresql 127.0.0.1/d cannot be used (")
    assert done.stderr.count("\n") == 1
    assert "hunter" not in done.stderr


def test_other_commands_do_not_wait_for_a_database_they_do_not_use() -> None:
    names = "'sqlalchemy' in sys.modules, 'pandas' in sys.modules"
    code = f"import sys; from equity import command_line; command_line.parser(''); print({names})"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False False\n"
