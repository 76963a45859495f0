"""The door of the pages of staff: who gets through, what a browser may do here, and what is said when it is not so.

Everything is closed but the sign-in page: an address added later is closed as well. Knows nothing of what the log holds.
"""

from __future__ import annotations

import logging
from urllib.parse import quote, urlencode

import flask
import flask.logging
import flask_login
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge
from werkzeug.wrappers import Response

from equity import language as languages
from equity.connections import rules, sessions, sheet
from equity.connections.rights import Right
from equity.errors import EquityError, LogInvalid, RightMissing, UsageError
from equity.language import Language
from equity.staff import entries, imports, signing, words
from equity.staff.desk import Desk

# What a refused post is shown on -> the page that it belongs to, in which its link to another language arrives.
SHOWN_BY = {"enter": "sign_in", imports.UPLOAD: "import_form", "correct": "entry", "withdraw": "entry"}
WRITES_NOTHING = (*signing.OPEN, "sign_out", imports.UPLOAD)  # into the log, whatever a browser sends there
LARGEST_FORM = 100_000  # bytes of a post; a correction with the longest note is far below
LARGEST_UPLOAD = sheet.MOST_BYTES + LARGEST_FORM

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(desk: Desk, key: bytes, path: str) -> flask.Flask:
    """The application below ``path``. The order matters: who asks is settled before anything that was sent is read."""
    app = flask.Flask(__name__)
    app.config.update(
        SECRET_KEY=key,
        SESSION_COOKIE_NAME="equity-staff",
        SESSION_COOKIE_PATH=path,
        SESSION_COOKIE_SECURE=True,  # browsers take 127.0.0.1 for secure as well: no test needs it off
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_PARTS=50,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.logger.setLevel("INFO")  # who signed in and who was refused goes to standard error,
    told = logging.getLogger("equity.connections")  # and so does the seal of each write: it is kept outside the database too
    told.setLevel("INFO")
    if not flask.logging.has_level_handler(told):
        told.addHandler(flask.logging.default_handler)
    manager = flask_login.LoginManager()
    manager.init_app(app, add_context_processor=False)
    manager.session_protection = None  # the address of a telephone changes; sessions end by time

    @manager.user_loader
    def load(token: str) -> signing.Member | None:
        found = sessions.actor(desk.log, token, clock=desk.clock)
        return signing.Member(found, token) if found else None

    app.before_request(_who)
    CSRFProtect(app)
    app.context_processor(lambda: _spoken(desk))
    app.url_defaults(_in_the_language_asked_for)
    app.after_request(_with_headers)
    _register_errors(app)
    signing.register(app, desk)
    entries.register(app, desk)
    imports.register(app, desk)
    return app


def _who() -> Response | None:
    """Nobody who is not signed in gets further, and nobody without the right posts anything; ``flask.g.member`` is who asks."""
    request, g = flask.request, flask.g
    g.language = languages.load(languages.choose(request.args.get("lang"), [tag for tag, _ in request.accept_languages]))
    g.member = None
    if request.endpoint is None or request.endpoint in signing.OPEN:
        return None
    member = flask_login.current_user
    if not member.is_authenticated:
        if request.method == "POST":
            flask.flash(g.language.gettext("You were signed out meanwhile, and nothing was written."))
        wanted = request.path if request.method == "GET" else None
        return flask.redirect(flask.url_for("sign_in", next=wanted), 303)
    g.member = member
    if request.method == "POST" and request.endpoint != "sign_out":
        member.actor.must(Right.EDITOR, "change the log")  # what writes checks it again
    if request.endpoint == imports.UPLOAD:
        request.max_content_length = LARGEST_UPLOAD
    return None


def _spoken(desk: Desk) -> dict[str, object]:
    """What every template can say."""
    spoken: Language = flask.g.language
    return {
        "_": spoken.gettext,
        "ngettext": spoken.ngettext,
        "language": spoken,
        "number": spoken.number,
        "names": languages.NAMES,
        "others": {code: _here(code) for code in languages.NAMES if code != spoken.code},
        "member": flask.g.member,
        "may_write": flask.g.member is not None and flask.g.member.actor.right >= Right.EDITOR,
        "city": desk.places.name,
        "words": words,
        "rules": rules,
        "public": _public_address,
        "most_million": sheet.MOST_BYTES // 1_000_000,
    }


def _here(code: str) -> str:
    """This page in another language; of a post the page that shows what became of it.

    Put together by hand: names that a stranger chose may not become arguments of ``url_for``.
    """
    request = flask.request
    if request.method == "GET":
        query = urlencode(request.args.to_dict() | {"lang": code})
        return f"{request.script_root}{quote(request.path)}?{query}"
    shown = SHOWN_BY.get(request.endpoint or "")
    return flask.url_for(shown, **(request.view_args or {}), lang=code) if shown else flask.url_for("home", lang=code)


def _public_address(path: str) -> str:
    """A page of the application that everybody reads, beside this one on the same host."""
    asked = flask.request.args.get("lang")
    return path + (f"?lang={asked}" if asked in languages.NAMES else "")


def _in_the_language_asked_for(endpoint: str, values: dict[str, object]) -> None:
    """A link keeps the language that the reader chose; what the browser prefers needs no asking."""
    asked = flask.request.args.get("lang") if flask.has_request_context() else None
    if endpoint != "static" and asked in languages.NAMES:
        values.setdefault("lang", asked)


def _with_headers(response: flask.Response) -> flask.Response:
    response.headers.update(HEADERS)
    if flask.request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


# --- what is said when it is not so ---------------------------------------------------------------------------------


def _register_errors(app: flask.Flask) -> None:
    @app.errorhandler(EquityError)
    def refused(error: EquityError) -> tuple[str, int]:
        _ = flask.g.language.gettext
        if isinstance(error, RightMissing) and _was_an_editor():
            return _page(_("Your account was changed meanwhile, and nothing was written. Sign in again."), 403)
        if isinstance(error, RightMissing):
            return _page(_("You may look, and not change anything. Whoever keeps the log can give you the right to."), 403)
        if isinstance(error, UsageError):
            return _page(_("There is nothing at this address."), 404)
        if isinstance(error, LogInvalid):
            return _page(_("The log changed meanwhile, and nothing was written. Look at it again."), 409)
        app.logger.error("%s", error)  # names the place of the log, and no password
        if _may_have_written():
            return _page(
                _(
                    "The program log stopped answering, and it is not known whether this was written. Look at History before "
                    "you try again."
                ),
                503,
            )
        return _page(_("The program log cannot be used at this moment, and nothing was written. Try again in a while."), 503)

    @app.errorhandler(HTTPException)
    def not_so(error: HTTPException) -> tuple[str, int] | HTTPException:
        _, code = flask.g.language.gettext, error.code or 500
        if code < 400:
            return error  # a redirection
        if isinstance(error, CSRFError):
            said = _(
                "This form is too old, or was not sent from this page. Nothing was written; open the page and send it again."
            )
        elif isinstance(error, RequestEntityTooLarge):
            said = _("That is too large, and nothing was written. A file has at most {most} million bytes; divide it.")
            said = said.format(most=sheet.MOST_BYTES // 1_000_000)
        elif isinstance(error, InternalServerError) and _may_have_written():
            said = _(
                "Something went wrong here, and it is not known whether this was written. Look at History before you try "
                "again; whoever runs this site finds more in its messages."
            )
        elif isinstance(error, InternalServerError):
            said = _("Something went wrong here, and nothing was written. Whoever runs this site finds more in its messages.")
        else:
            said = _("There is nothing at this address.") if code in (404, 405) else _("The browser sent what cannot be used.")
        return _page(said, code)


def _may_have_written() -> bool:
    """A database that is lost while it commits may have done so. Before it is settled who asks, nothing is written."""
    return flask.request.method == "POST" and flask.request.endpoint not in WRITES_NOTHING and flask.g.member is not None


def _page(said: str, code: int) -> tuple[str, int]:
    return flask.render_template("refused.html", said=said), code


def _was_an_editor() -> bool:
    """When the request began. What writes reads the right anew, and the account may have lost it since."""
    return flask.g.member is not None and flask.g.member.actor.right >= Right.EDITOR
