"""What the log holds, and correcting and withdrawing it. Checks no value itself, and adds nothing up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import flask
from werkzeug.wrappers import Response

from equity.connections import history, places, rules, tables
from equity.connections import log as logs
from equity.connections.history import Change, Entry
from equity.connections.rules import Report, Unfit
from equity.errors import LogInvalid, UsageError
from equity.staff import words
from equity.staff.desk import Desk

NUMBER = "int(max=2147483647)"  # as the database counts
PAGE = 100  # entries a page
NEWEST_WRITES = 5
SHOWN = 200  # rows of one write


def register(app: flask.Flask, desk: Desk) -> None:
    @app.get("/")
    def home() -> str:
        return flask.render_template("home.html", totals=desk.totals(), writes=_writes(desk)[:NEWEST_WRITES])

    @app.get("/writes")
    def writes() -> str:
        return flask.render_template("writes.html", writes=_writes(desk))

    @app.get(f"/writes/<{NUMBER}:number>")
    def write(number: int) -> str:
        return _write_page(desk, number)

    @app.post(f"/writes/<{NUMBER}:number>/withdraw")
    def withdraw_import(number: int) -> Response | tuple[str, int]:
        reason = flask.request.form.get("reason", "")
        if wrong := _reason(reason):
            return _write_page(desk, number, wrong=wrong, reason=reason), 422
        receipt = logs.withdraw_import(desk.log, flask.g.member.actor, number, city=desk.city, reason=reason, clock=desk.clock)
        return flask.redirect(flask.url_for("write", number=receipt.number), 303)

    @app.get("/entries")
    def entries() -> str:
        asked = flask.request.args
        found = _found(desk, asked)
        last = max(1, -(-len(found) // PAGE))
        page = min(max(1, asked.get("page", 1, type=int)), last)
        shown = found[(page - 1) * PAGE : page * PAGE]
        return flask.render_template(
            "entries.html", rows=_rows(shown), many=len(found), page=page, last=last, asked=asked, places=desk.places
        )

    @app.get(f"/entries/<{NUMBER}:number>")
    def entry(number: int) -> str:
        return _entry_page(desk, number)

    @app.post(f"/entries/<{NUMBER}:number>/correct")
    def correct(number: int) -> Response | tuple[str, int]:
        """Write what differs from what the form was filled with; a field that is not right gets its sentence."""
        form, actor, _ = flask.request.form, flask.g.member.actor, flask.g.language.gettext
        seen = form.get("seen", type=int)
        with desk.log.reading() as connection:
            old = history.entry(connection, number, desk.city)
        if seen != old.number:
            return _outdated(desk, number)
        before = words.typed(flask.g.language, desk.places, old.report)
        typed = {name: form.get(name, before[name]).replace("\r\n", "\n") for name in rules.COLUMNS}
        cells = {name: text for name, text in typed.items() if text != before[name]}
        wrong, new = _read(desk, old.report, cells)
        if not wrong and new == old.report:
            wrong["nothing"] = _("Nothing is different yet: change a field first.")
        if said := _reason(form.get("reason", "")):
            wrong["reason"] = said
        if wrong:
            return _entry_page(desk, number, typed=typed | {"reason": form.get("reason", "")}, wrong=wrong), 422
        try:
            logs.correct(desk.log, actor, number, cells, places=desk.places, reason=form["reason"], seen=seen, clock=desk.clock)
        except LogInvalid:
            return _outdated(desk, number)
        flask.flash(_("Entry {number} is corrected.").format(number=number))
        return flask.redirect(flask.url_for("entry", number=number), 303)

    @app.post(f"/entries/<{NUMBER}:number>/withdraw")
    def withdraw(number: int) -> Response | tuple[str, int]:
        form, _ = flask.request.form, flask.g.language.gettext
        if said := _reason(form.get("reason", "")):
            return _entry_page(desk, number, wrong={"why": said}, why=form.get("reason", "")), 422
        seen = form.get("seen", -1, type=int)
        told = {"city": desk.city, "reason": form["reason"], "seen": seen, "clock": desk.clock}
        try:
            logs.withdraw(desk.log, flask.g.member.actor, [number], **told)
        except LogInvalid:
            return _outdated(desk, number)
        flask.flash(_("Entry {number} is withdrawn.").format(number=number))
        return flask.redirect(flask.url_for("entry", number=number), 303)


# --- pages ----------------------------------------------------------------------------------------------------------


def _entry_page(
    desk: Desk, number: int, *, typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None,
    why: str = "", notice: str = "",
) -> str:  # fmt: skip
    """One entry with its history and its forms; ``typed`` and ``wrong``: column -> what was typed, and why it will not do."""
    with desk.log.reading() as connection:
        done = history.of_entry(connection, number, desk.city)
    now = done[-1].after
    typed = typed or words.typed(flask.g.language, desk.places, now.report)
    return flask.render_template(
        "entry.html", now=now, done=[(change, _differences(desk, change)) for change in reversed(done)], typed=typed,
        wrong=wrong or {}, why=why, notice=notice, places=desk.places, withdrawn=now.state == tables.WITHDRAWN,
    )  # fmt: skip


def _outdated(desk: Desk, number: int) -> tuple[str, int]:
    """Somebody else was quicker: the entry as it is now, with a fresh form."""
    with desk.log.reading() as connection:
        by = history.entry(connection, number, desk.city).batch.by
    said = flask.g.language.gettext("{name} changed this entry meanwhile, and nothing was written. Here it is as it is now.")
    return _entry_page(desk, number, notice=said.format(name=by)), 409


def _write_page(desk: Desk, number: int, wrong: str = "", reason: str = "") -> str:
    """One write: what it did, and the totals since. UsageError for a number that is no write's."""
    with desk.log.reading() as connection:
        known = {batch.number: batch for batch in history.batches(connection, desk.city)}
        if number not in known:
            raise UsageError(f"no write {number}")
        done = history.of_batch(connection, number, desk.city)
        still = len(history.entries(connection, desk.city, history.brought_by(number)))
    added: Counter[str] = Counter()
    for change in done if known[number].kind == tables.IMPORT else ():
        added[change.after.report.kind] += change.after.report.count
    corrected = [(change, _differences(desk, change)) for change in done if change.after.state == tables.CORRECTED]
    rows = _rows([change.after for change in done[:SHOWN]])
    return flask.render_template(
        "write.html", write=known[number], rows=rows, corrected=corrected, added=added, still=still, totals=desk.totals(),
        places=desk.places, wrong=wrong, reason=reason,
    )  # fmt: skip


def _writes(desk: Desk) -> list:
    """Every write, the newest first."""
    with desk.log.reading() as connection:
        return history.batches(connection, desk.city)[::-1]


def _found(desk: Desk, asked: Mapping[str, str]) -> list[Entry]:
    """The entries that count and that a search asks for, the newest number first."""
    month, programme, kind = (asked.get(name, "").strip() for name in ("month", "programme", "kind"))
    with desk.log.reading() as connection:
        found = history.entries(connection, desk.city)
    part = places.folded(programme)
    found = [
        one
        for one in found
        if month in ("", one.report.month) and kind in ("", one.report.kind) and part in places.folded(one.report.programme)
    ]
    return sorted(found, key=lambda one: -one.entry)


def _rows(entries: list[Entry]) -> list[tuple[int, str, Report]]:
    """As a table shows them: number, the address of its page, what it reports."""
    return [(one.entry, flask.url_for("entry", number=one.entry), one.report) for one in entries]


def _differences(desk: Desk, change: Change) -> list[tuple[str, str, str]]:
    """column, before, after of all that a correction changed."""
    if change.before is None or change.after.state == tables.WITHDRAWN:
        return []
    after = words.cells(flask.g.language, desk.places, change.after.report)
    before = words.cells(flask.g.language, desk.places, change.before.report)
    return [(name, before[name], after[name]) for name in after if before[name] != after[name]]


# --- what is typed --------------------------------------------------------------------------------------------------


def _read(desk: Desk, old: Report, cells: Mapping[str, str]) -> tuple[dict[str, str], Report]:
    """column -> what is wrong with what was typed there; and the report as it would be, as far as it is right."""
    wrong, new = {}, old
    for name, text in cells.items():
        try:
            new = replace(new, **rules.field(name, text, desk.places, desk.today()))
        except Unfit as unfit:
            wrong[name] = words.sentence(flask.g.language, unfit)
    if not wrong:
        try:
            rules.whole(new)
        except Unfit as unfit:
            wrong["note"] = words.sentence(flask.g.language, unfit)
    return wrong, new


def _reason(text: str) -> str:
    """What is wrong with a reason; "" when it will do."""
    text = " ".join(text.split())
    if text and len(text) <= logs.LONGEST_REASON and text.isprintable():
        return ""
    return flask.g.language.gettext("Say why, in up to {most} signs: it stays in the history.").format(most=logs.LONGEST_REASON)
