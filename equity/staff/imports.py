"""A CSV file from the browser to the log: upload, what is wrong with it, what it would add, confirm. Checks no row itself.

The file that is confirmed is the one that was looked at: it waits in the session, and its sha256 is in the form that confirms,
with that of what looked alike.
"""

from __future__ import annotations

import re
from itertools import groupby

import flask
from werkzeug.wrappers import Response

from equity.connections import log as logs
from equity.connections import rights, rules, sessions, sheet
from equity.connections.rights import Right
from equity.connections.sessions import Draft
from equity.connections.sheet import Sheet
from equity.errors import LogInvalid
from equity.staff.desk import Desk

UPLOAD = "upload"  # the one address that takes more than a form
SHOWN = 20  # rows of a file that a preview shows
LOOK_ALIKES = 50  # and rows that look like others


def register(app: flask.Flask, desk: Desk) -> None:
    @app.get("/import")
    def import_form() -> str:
        return flask.render_template("import.html", said=None)

    @app.get("/template.csv")
    def template() -> Response:
        told = {"Content-Disposition": 'attachment; filename="programme-log.csv"'}
        return flask.Response(sheet.template(), mimetype="text/csv", headers=told)

    @app.post("/import", endpoint=UPLOAD)
    def upload() -> Response | tuple[str, int]:
        """Check a file. What is right waits for its confirmation; what is not is said, and nothing is kept."""
        member, _ = flask.g.member, flask.g.language.gettext
        member.actor.must(Right.EDITOR, "import a file")
        sent = flask.request.files.get("file")
        if sent is None or not sent.filename:
            return _refused(_("Choose a file first."))
        body = sent.stream.read(sheet.MOST_BYTES + 1)
        if not body.strip():
            return _refused(_("This file is empty. Begin with the template."))
        name = rules.shown(re.split(r"[/\\]", sent.filename)[-1])
        read = sheet.read(body, desk.places, desk.today())
        if read.problems:
            return _with_problems(name, body, read)
        sessions.keep(desk.log, member.token, Draft(name, body))
        return flask.redirect(flask.url_for("preview"), 303)

    @app.get("/import/preview")
    def preview() -> Response | str | tuple[str, int]:
        draft = sessions.draft(desk.log, flask.g.member.token)
        if draft is None:
            return flask.redirect(flask.url_for("import_form"), 303)
        read = sheet.read(draft.body, desk.places, desk.today())
        if read.problems:  # the city's places or the rules are others than at the upload
            return _with_problems(draft.file, draft.body, read)
        found = logs.preview(desk.log, read, desk.city)
        rows = [(row, None, report) for row, report in read.lines[:SHOWN]]
        return flask.render_template(
            "preview.html", draft=draft, read=read, found=found, rows=rows, places=desk.places, look_alikes=LOOK_ALIKES
        )

    @app.post("/import/confirm")
    def confirm() -> Response:
        """Write the file that was looked at, all of it or nothing."""
        member, form, _ = flask.g.member, flask.request.form, flask.g.language.gettext
        member.actor.must(Right.EDITOR, "import a file")
        draft = sessions.draft(desk.log, member.token)
        if draft is None or draft.sha256 != form.get("sha256"):
            return _not_that_file()
        read = sheet.read(draft.body, desk.places, desk.today())  # before anybody has to wait for it
        told = {"again": form.get("again") == "yes", "seen": form.get("alike", "")}
        try:
            with desk.log.writing() as connection:  # the file leaves the session and enters the log, or neither
                rights.confirm(connection, member.actor, Right.EDITOR, "import a file")  # before the session is held
                if not sessions.take(connection, member.token, draft.sha256):
                    return _not_that_file()
                receipt = logs.add_within(
                    connection, member.actor, read, city=desk.city, file=draft.file, clock=desk.clock, **told
                )
        except LogInvalid:
            flask.flash(_("Nothing was written: the log has this file, or entries like its rows. Look at them below."))
            return flask.redirect(flask.url_for("preview"), 303)
        logs.noted(receipt)
        rows = flask.g.language.ngettext("Imported: one row.", "Imported: {number} rows.", receipt.rows)
        flask.flash(rows.format(number=flask.g.language.number(receipt.rows)))
        return flask.redirect(flask.url_for("write", number=receipt.number), 303)


def _not_that_file() -> Response:
    _ = flask.g.language.gettext
    flask.flash(_("This is not the file that was uploaded last, or it was imported already. Nothing was written."))
    return flask.redirect(flask.url_for("preview"), 303)


def _refused(said: str) -> tuple[str, int]:
    return flask.render_template("import.html", said=said), 422


def _with_problems(name: str, body: bytes, read: Sheet) -> tuple[str, int]:
    """Each row that is not right, as it stands in the file, with all that is wrong with it."""
    problems = sorted(read.problems, key=lambda problem: problem.row)
    by_row = [(row, list(found)) for row, found in groupby(problems, key=lambda problem: problem.row)]
    texts = sheet.as_it_stands(body, {row for row, _ in by_row})
    return flask.render_template("problems.html", name=name, by_row=by_row, many=len(problems), texts=texts), 422
