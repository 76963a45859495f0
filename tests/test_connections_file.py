"""The CSV files that programmes send: every cell checked, every error by row and column, nothing guessed."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equity import language as languages
from equity.connections import rules, sheet
from equity.connections.rules import Report
from equity.staff import words
from tests.programmes import town

HUNDREDS = "month,programme,place,kind,count\n"


def read(text: str | bytes) -> sheet.Sheet:
    return sheet.read(text.encode() if isinstance(text, str) else text, town.PLACES, town.TODAY)


def problems(text: str | bytes) -> list[str]:
    return [str(problem) for problem in read(text).problems]


def one(**cells: str) -> Report:
    """The report of a file with one row."""
    found = town.read([town.row(**cells)])
    assert found.problems == ()
    ((_, report),) = found.lines
    return report


def wrong(**cells: str) -> list[str]:
    """What is wrong with a file of one row, without "row 2, "."""
    found = town.read([town.row(**cells)])
    assert found.lines == (), "a row that is wrong is no report"
    return [str(problem).removeprefix("row 2, ") for problem in found.problems]


# --- what spreadsheets write ----------------------------------------------------------------------------------------


def test_a_file_gives_its_rows_as_reports_with_their_numbers() -> None:
    found = town.read()
    assert found.problems == ()
    assert [row for row, _ in found.lines] == [2, 3, 4, 5]
    assert found.lines[0][1] == Report(
        "2026-01", "Chicago Connected", "CPS", "city", "", "household_connected", 1200, "City", ""
    )
    assert found.lines[2][1] == Report("2026-02", "Tech Hub", "Library", "tract", "17031010100", "device_given", 5, "", "")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", "\ufeff".encode()], ids=["", "byte order mark"])
def test_every_dress_of_a_file_gives_the_same_reports(separator: str, end: str, mark: bytes) -> None:
    dressed = read(mark + town.file(separator=separator, end=end))
    assert (dressed.lines, dressed.problems) == (town.read().lines, ())
    assert dressed.content == town.read().content


def test_a_file_as_excel_writes_it_in_spanish() -> None:
    """A byte order mark, semicolons, Spanish heads, a month that Excel has shortened."""
    found = read(
        "\ufeffMes;Programa;Socio;Lugar;Tipo;Cantidad;Financiamiento;Nota\r\n"
        "ene-26;Ñandú Digital;Biblioteca;Toda la ciudad;Hogares conectados;40;Fundación;\r\n"
        "dic-25;Ñandú Digital;;o’hare;otro;3;;lámparas\r\n"
    )
    assert found.problems == ()
    assert [report for _, report in found.lines] == [
        Report("2026-01", "Ñandú Digital", "Biblioteca", "city", "", "household_connected", 40, "Fundación", ""),
        Report("2025-12", "Ñandú Digital", "", "area", "76", "other", 3, "", "lámparas"),
    ]


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    """An empty line is a row (3), blank cells are a row (4), and a line end in quotes (5) begins none."""
    text = (
        "month,programme,place,kind,count,note\n2026-01,A,1,other,1,x\n\n,,,,,\n"
        '2026-01,A,1,other,2,"two\nlines"\n2026-01,A,1,other,-3,x\n'
    )
    found = read(text)
    assert [(row, report.note) for row, report in found.lines] == [(2, "x"), (5, "two\nlines")]
    assert [problem.row for problem in found.problems] == [6]


def test_the_template_can_be_filled_in() -> None:
    found = read(sheet.template() + "2026-01,Tech Hub,,1,enrolment,7,,\n")
    assert found.problems == ()
    assert found.lines[0][1].count == 7


def test_columns_may_stand_in_any_order_and_the_optional_ones_be_left_out() -> None:
    ((_, report),) = read("Count,KIND, place ,Programme,month,,\n7,enrolment,1,Tech Hub,2026-01,,\n").lines
    assert report == Report("2026-01", "Tech Hub", "", "area", "1", "enrolment", 7, "", "")


def test_a_file_that_was_only_saved_anew_has_the_same_content_and_another_sha256() -> None:
    again = read(town.file(reversed(town.ROWS), ";"))
    assert again.content == town.read().content
    assert again.sha256 != town.read().sha256
    assert town.read([*town.ROWS, town.row()]).content != town.read().content


# --- files that cannot be read --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "row 1: the file is empty; begin with: python -m equity connections template"),
        (b"\n\n \n", "row 1: the file is empty; begin with: python -m equity connections template"),
        (HUNDREDS.encode(), "row 1: the file has a header and no row below it"),
        (HUNDREDS.encode("utf-16"), "row 1: the file is not in UTF-8; save it anew as “CSV UTF-8 (comma delimited)”"),
        (
            HUNDREDS.encode() + "2026-01,Ñandú,1,enrolment,1".encode("cp1252"),
            "row 2: the file is not in UTF-8; save it anew as “CSV UTF-8 (comma delimited)”",
        ),
        (
            HUNDREDS.encode() + b'2026-01,"Tech Hub,1,enrolment,1\n',
            "row 2: cannot be read as CSV (unexpected end of data); look at its quotation marks",
        ),
        (
            HUNDREDS.encode() + b'2026-01,"Tech" Hub,1,enrolment,1\n',
            "row 2: cannot be read as CSV (',' expected after '\"'); look at its quotation marks",
        ),
        (b"month,programme,place,kind\n", "row 1: the column count is missing; add it"),
        (b"month,month,place\n", "row 1: the column month is there twice; remove one"),
        (b"month,mes,place\n", "row 1: the column month is there twice; remove one"),
        (
            b"month,programme,ward,kind,count\n",
            "row 1: “ward” is no column; the columns are: month, programme, partner, place, kind, count, funding, note",
        ),
        (
            b"PK\x03\x04\x14\x00",
            "row 1: “PK····” is no column; the columns are: month, programme, partner, place, kind, count, funding, note",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_no_file_of_reports_is_refused_with_one_sentence(body: bytes, sentence: str) -> None:
    assert problems(body) == [sentence]


def test_a_row_with_more_cells_than_columns_is_refused() -> None:
    """A comma in a text that has no quotes."""
    assert problems(HUNDREDS + "2026-01,Tech, Hub,1,enrolment,1\n") == [
        "row 2: has 6 cells below 5 columns; put text with commas in quotes"
    ]


def test_a_file_is_bounded_in_bytes_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_ROWS", 3)
    assert problems(town.file(town.ROWS[:3])) == []
    assert problems(town.file(town.ROWS)) == ["row 5: the file has more than 3 rows; divide it"]
    assert problems(b"x" * 8_000_001) == ["row 1: the file is larger than 8 million bytes; divide it"]


def test_reading_ends_after_two_hundred_problems() -> None:
    """Each row has two: row 101 brings the 200th."""
    found = problems(HUNDREDS + "2026-01,A,99,enrolment,x\n" * 5000)
    assert len(found) == 201
    assert found[-1] == "row 101: reading ends here, after 200 problems; is it the right file?"


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HUNDREDS + text).encode("utf-8", "replace")))
def test_whatever_a_file_holds_reading_it_raises_nothing(body: bytes) -> None:
    found = read(body)
    assert found.lines or found.problems


# --- cells ----------------------------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once_by_row_and_column() -> None:
    text = HUNDREDS + "2026-01,A,1,enrolment,1\n2026-13,,1,gift,1\n2026-01,A,1,enrolment,1.5\n"
    assert problems(text) == [
        "row 3, month: “2026-13” is no month; write it as 2026-11",
        "row 3, programme: is empty and has to be filled in",
        "row 3, kind: “gift” is no kind; choose one of: household_connected, device_given, person_trained, enrolment, other",
        "row 4, count: “1.5” is no whole number; write digits alone, for example 1200",
    ]
    assert len(read(text).lines) == 1


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-03", "2026-03"), (" 2026-03 ", "2026-03"), ("Mar-26", "2026-03"), ("mar 2026", "2026-03"),
        ("sept-25", "2025-09"), ("Ago-25", "2025-08"), ("2026-11", "2026-11"), ("2000-01", "2000-01"),
    ],
)  # fmt: skip
def test_a_month_is_read_as_people_and_spreadsheets_write_it(text: str, month: str) -> None:
    assert one(month=text).month == month


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty and has to be filled in"),
        ("2026-3", "“2026-3” is no month; write it as 2026-11"),
        ("03/2026", "“03/2026” is no month; write it as 2026-11"),
        ("2026-03-01", "“2026-03-01” is no month; write it as 2026-11"),
        ("46082", "“46082” is no month; write it as 2026-11"),
        ("२०२६-०३", "“२०२६-०३” is no month; write it as 2026-11"),
        ("2026-12", "“2026-12” is in the future; report what was done"),
        ("1999-12", "“1999-12” is before 2000-01; correct the year"),
    ],
)
def test_a_month_that_is_none_is_refused(text: str, sentence: str) -> None:
    assert wrong(month=text) == [f"month: {sentence}"]


def test_the_month_that_runs_is_no_future() -> None:
    rows = [town.row(month="2027-01")]
    assert sheet.read(town.file(rows), town.PLACES, datetime.date(2027, 1, 1)).problems == ()
    assert len(sheet.read(town.file(rows), town.PLACES, datetime.date(2026, 12, 31)).problems) == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("8", ("area", "8")), ("08", ("area", "8")), ("Near North Side", ("area", "8")), ("near  NORTH side", ("area", "8")),
        ("O'Hare", ("area", "76")), ("O’Hare", ("area", "76")), ("17031080100", ("tract", "17031080100")),
        ("citywide", ("city", "")), ("City-wide", ("city", "")), ("chicago", ("city", "")), ("toda la ciudad", ("city", "")),
    ],
)  # fmt: skip
def test_a_place_is_found_by_number_name_or_geoid(text: str, place: tuple[str, str]) -> None:
    assert (one(place=text).level, one(place=text).place) == place


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("99", "“99” is no place of Chicago; write citywide, an area's number (1 to 4) or name, or a tract's 11 digits"),
        ("Nere North Side", "“Nere North Side” is no place of Chicago; is Near North Side meant?"),
        ("17031999999", "17031999999 is no census tract of Chicago; look its 11 digits up"),
        (
            "1.7031E+10",
            "“1.7031E+10” was rounded by a spreadsheet; make the column text and type the tract's 11 digits anew",
        ),
        ("0", "“0” is no place of Chicago; write citywide, an area's number (1 to 4) or name, or a tract's 11 digits"),
    ],
)
def test_a_place_that_is_none_is_refused(text: str, sentence: str) -> None:
    assert wrong(place=text) == [f"place: {sentence}"]


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("007", 7), (" 12 ", 12), ("1000000", 1_000_000)])
def test_a_count_is_a_whole_number_and_nought_is_a_report_too(text: str, count: int) -> None:
    assert one(count=text).count == count


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty and has to be filled in"),
        ("-5", "-5 is negative; correct or withdraw the entry that was wrong instead"),
        ("1,200", "“1,200” is no whole number; write digits alone, for example 1200"),
        ("12.0", "“12.0” is no whole number; write digits alone, for example 1200"),
        ("²", "“²” is no whole number; write digits alone, for example 1200"),
        ("1000001", "1000001 is more than 1,000,000; is it in the right column?"),
        ("9" * 5000, "9" * 59 + "… is more than 1,000,000; is it in the right column?"),
    ],
)
def test_a_count_that_is_none_is_refused(text: str, sentence: str) -> None:
    assert wrong(count=text) == [f"count: {sentence}"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("device_given", "device_given"), ("Device given", "device_given"), ("DEVICES-GIVEN", "device_given"),
        ("enrollment", "enrolment"), ("Inscripción", "enrolment"), ("personas capacitadas", "person_trained"),
    ],
)  # fmt: skip
def test_a_kind_is_read_in_both_spellings_and_both_languages(text: str, kind: str) -> None:
    assert one(kind=text).kind == kind


@pytest.mark.parametrize("code", languages.NAMES)
def test_a_page_names_the_kinds_and_the_columns_as_its_reader_does_and_a_file_may_too(code: str) -> None:
    """Beside the name of each kind stands the word that is understood in every language."""
    language = languages.load(code)
    (kind,) = read(HUNDREDS + "2026-01,A,1,gift,1\n").problems
    (column,) = read("month,ward\n").problems
    said = [words.sentence(language, problem) for problem in (kind, column)]
    named = {"en": ("devices given (device_given)", "program,"), "es": ("dispositivos entregados (device_given)", "programa,")}
    assert [name in text for name, text in zip(named[code], said, strict=True)] == [True, True]
    for one in rules.Kind:
        assert rules.field("kind", words.kind(language, one), town.PLACES, town.TODAY) == {"kind": one}
    header = ",".join(words.column(language, name) for name in rules.COLUMNS)
    assert read(f"{header}\n2026-01,Tech Hub,,1,enrolment,7,,\n").problems == ()


def test_of_the_kind_other_the_note_says_what_was_counted() -> None:
    assert wrong(kind="other") == ["note: is empty; of the kind “other” the note has to say what was counted"]
    assert one(kind="other", note="chargers").note == "chargers"


# --- text is text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "=HYPERLINK(\"http://x\",\"y\")", "+1", "-1", "@SUM(A1)", "<script>alert(1)</script>", "&lt;b&gt;", "[red]x[/red]",
        "Robert'); DROP TABLE log_entry;--", "100% %s %(x)s {0} {x}", "日本 👩‍👧 नमस्ते", "'", '"', "\\",
    ],
)  # fmt: skip
def test_text_is_kept_as_it_is(text: str) -> None:
    report = one(programme=text, partner=text, funding=text, note=text)
    assert (report.programme, report.partner, report.funding, report.note) == (text,) * 4


def test_text_is_composed_and_blanks_around_it_fall_away() -> None:
    """U+006E U+0303 becomes U+00F1; what copying from a page brings along (U+00A0, U+200B) does not stay."""
    assert one(programme=" Nin\u0303o\u00a0 \u200bhub ").programme == "Niño hub"
    assert one(note="  a\r\n b \n").note == "a\n b"


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x07", "\u202e", "\u2066", "\x85"])
def test_signs_that_nobody_can_see_are_refused(sign: str) -> None:
    assert wrong(programme=f"Tech{sign}Hub") == [
        f"programme: holds a sign that cannot be seen (U+{ord(sign):04X}); type the text anew"
    ]


def test_an_error_shows_no_sign_that_a_terminal_would_obey() -> None:
    assert wrong(count="\u2028" + "x" * 100) == [
        "count: “" + "x" * 59 + "…” is no whole number; write digits alone, for example 1200"
    ]
    assert rules.shown("\x1b[31m\u202ered") == "·[31m·red"


def test_text_is_bounded() -> None:
    assert one(programme="x" * 200, note="y" * 2000).programme == "x" * 200
    assert wrong(programme="x" * 201, note="y" * 2001) == [
        "programme: is 201 signs long; 200 is the most, shorten it",
        "note: is 2001 signs long; 2000 is the most, shorten it",
    ]


PLAIN = st.text("aáñZ9 =+-@\"';,<>&{}%\\日", max_size=40).map(lambda text: " ".join(text.split()))
REPORTS = st.builds(
    Report,
    st.sampled_from(["2000-01", "2025-12", "2026-11"]),
    PLAIN.map(lambda text: text or "x"),
    PLAIN,
    st.just("area"),
    st.sampled_from(["1", "8", "76"]),
    st.sampled_from(list(map(str, rules.Kind))),
    st.integers(0, 1_000_000),
    PLAIN,
    PLAIN.map(lambda text: text or "x"),
)


@given(REPORTS)
def test_a_report_written_as_a_row_is_read_back_as_it_was(report: Report) -> None:
    cells = rules.cells(report)
    assert rules.report(cells, town.PLACES, town.TODAY) == (report, [])
    assert [told for _, told in town.read([tuple(cells[column] for column in town.HEADER)]).lines] == [report]


# --- the rows beside what is wrong with them ------------------------------------------------------------------------


def test_a_row_is_shown_as_it_stands_under_the_number_that_its_problem_names() -> None:
    """An empty line is a row; a cell with a line end makes no second one."""
    body = (
        'month;programme;place;kind;count;note\n\n2026-01;Hub;1;other;1;"two\nlines; all"\n2026-02;Hub;1;other;x;ñ\n'.encode()
    )
    (problem,) = read(body).problems
    assert (problem.row, problem.column) == (4, "count")
    assert sheet.as_it_stands(body, {3, 4, 9}) == {
        3: "2026-01; Hub; 1; other; 1; two\nlines; all",
        4: "2026-02; Hub; 1; other; x; ñ",
    }


@given(st.binary(max_size=200))
def test_any_file_can_be_shown_as_far_as_it_can_be_read(body: bytes) -> None:
    found = sheet.as_it_stands(body, range(1, 1000))
    assert all(isinstance(text, str) for text in found.values())
