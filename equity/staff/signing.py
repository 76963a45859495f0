"""Signing in and out. Knows passwords no longer than it takes to pass them on, and nothing of what the log holds."""

from __future__ import annotations

import threading
import time

import flask
import flask_login
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from equity.connections import sessions
from equity.connections.rights import Actor
from equity.errors import RightMissing
from equity.staff.desk import Desk

OPEN = ("sign_in", "enter", "static")  # what may be asked for without having signed in
AT_ONCE = 2  # passwords judged at the same time: each takes 64 MiB and a processor
QUEUE = 1.0  # seconds to wait for a turn; the threads are those that serve everybody
SLOWEST = 0.5  # seconds: no refusal comes earlier, so that its time does not tell whether there is such an account


class Member(flask_login.UserMixin):
    """Somebody who is signed in, as Flask-Login wants it: known by the token of the session."""

    def __init__(self, actor: Actor, token: str) -> None:
        self.actor, self.token = actor, token

    def get_id(self) -> str:
        return self.token


def register(app: flask.Flask, desk: Desk) -> None:
    turns = threading.BoundedSemaphore(AT_ONCE)

    @app.get("/sign-in")
    def sign_in() -> str:
        return flask.render_template("sign_in.html", refused=None, name="")

    @app.post("/sign-in")
    def enter() -> Response | tuple[str, int]:
        """A new session under a new token, whatever the browser brought: nobody can have prepared it."""
        _, began, name = flask.g.language.gettext, time.monotonic(), flask.request.form.get("name", "")
        if not turns.acquire(timeout=QUEUE):
            said = _("Too many are signing in at this moment. Wait a little, then try again.")
            return flask.render_template("sign_in.html", refused=said, name=name), 503
        try:
            password = flask.request.form.get("password", "")
            told = {"address": flask.request.remote_addr or "", "clock": desk.clock, "judge": desk.sign_in}
            token, actor = sessions.sign_in(desk.log, name, password, **told)
        except RightMissing:
            actor = None
        finally:
            turns.release()
        if actor is None:
            app.logger.warning("sign-in refused, from %.45s", flask.request.remote_addr)  # a name may be a mistyped password
            desk.sleep(max(0.0, SLOWEST - (time.monotonic() - began)))
            said = _(
                "Name or password are not right, or there were too many tries. Look at both, and wait before trying again."
            )
            return flask.render_template("sign_in.html", refused=said, name=name), 403
        _end(desk)
        flask_login.login_user(Member(actor, token))
        app.logger.info("signed in: %s, from %.45s", actor.name, flask.request.remote_addr)
        return flask.redirect(_inside(app, flask.request.args.get("next", "")), 303)

    @app.post("/sign-out")
    def sign_out() -> Response:
        app.logger.info("signed out: %s", flask.g.member.actor.name)
        _end(desk)
        flask.flash(flask.g.language.gettext("You are signed out."))
        return flask.redirect(flask.url_for("sign_in"), 303)


def _end(desk: Desk) -> None:
    """The session that the browser brought, if any, here and in the log."""
    if token := flask.session.get("_user_id"):
        sessions.end(desk.log, token)
    flask.session.clear()


def _inside(app: flask.Flask, path: str) -> str:
    """Where to go after signing in: a page of this application that ``path`` names, whatever else it says the first page."""
    home = flask.url_for("home")
    try:
        endpoint, named = app.url_map.bind("here").match(path, method="GET")
    except HTTPException:
        return home
    return home if endpoint in OPEN else flask.url_for(endpoint, **named)
