"""What the browser may do with our pages, and which posts the server takes. Knows no page and no figure.

Two jobs, done by `protect(app)` at the very end of `create_app`:

- a strict Content-Security-Policy and the usual headers on every answer: no script but ours runs, nothing is fetched
  from, sent to or framed by another host;
- Dash's update endpoint takes only what its own renderer could have posted. Dash trusts that post: left alone, a
  scanner's first try is an exception, a traceback in the log and a 500.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from dash import Dash
from dash.exceptions import DashException, DependencyException, PreventUpdate
from flask import Response, abort, current_app, request
from werkzeug.exceptions import HTTPException

from equity.errors import EquityError

LARGEST_POST = 1_000_000  # bytes; the widest post of the application is a selection of all areas, under 10 kB

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # the address says which neighborhoods a reader looked at
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# Properties whose type Dash itself guarantees. A callback may rely on these; what a `data` or `value` holds it checks.
PROPERTY_TYPES: dict[str, type | tuple[type, ...]] = {
    "pathname": str,
    "search": str,
    "hash": str,
    "href": str,
    "n_clicks": int,
    "n_submit": int,
    "n_intervals": int,
}

# What a callback raises when a posted value is not what the page would have sent.
VALUE_ERRORS = (ArithmeticError, AttributeError, DashException, LookupError, RecursionError, TypeError, ValueError)


def protect(app: Dash, *, frame_ancestors: str = "'self'") -> None:
    """Put the headers on every answer and guard Dash's endpoints.

    Call it last: after every callback, route and hook is registered. `frame_ancestors` lists, in the syntax of the
    policy, the sites that may show the application in a frame.
    """
    server = app.server
    prefix = app.config.routes_pathname_prefix
    update, suites = f"{prefix}_dash-update-component", f"{prefix}_dash-component-suites"

    @server.before_request
    def no_page_in_place_of_an_endpoint() -> None:
        """Dash answers every unknown address with its page, also where a script or a post's answer is expected."""
        if request.path == update and request.method not in ("POST", "OPTIONS"):
            abort(Response("this address takes posts only\n", 405, {"Allow": "POST"}, mimetype="text/plain"))
        if request.path.startswith(suites) and not (request.view_args or {}).get("package_name"):
            abort(404)

    @server.errorhandler(DependencyException)
    def no_such_bundle(_: DependencyException) -> Response:
        """Dash would raise, and tell the visitor every path it has registered."""
        return Response("no such file\n", 404, mimetype="text/plain")

    @server.after_request
    def with_headers(response: Response) -> Response:
        # Hashing the few inline scripts takes 0.05 ms; kept from an earlier answer they could lack a later callback's.
        response.headers["Content-Security-Policy"] = content_security_policy(app.csp_hashes(), frame_ancestors)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if frame_ancestors == "'self'":
            response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        return response

    server.view_functions[update] = guarded(app, server.view_functions[update])
    finish_setup(app)


def content_security_policy(script_hashes: list[str], frame_ancestors: str) -> str:
    """The policy: everything from this host, inline scripts only by hash, no eval anywhere."""
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self'",
            "style-src-elem 'self' 'unsafe-inline'",  # ag-grid writes its theme into a <style>
            "img-src 'self' data: blob:",  # icons inside style sheets; the still picture of the map
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        ]
    )


def finish_setup(app: Dash) -> None:
    """Do now what Dash would put off until the first request.

    It registers the pages' callbacks there and marks that as done before it is: of two first visitors at once, the
    second would be told of a page without them.
    """
    with app.server.test_request_context(app.config.routes_pathname_prefix):
        app.server.preprocess_request()


def guarded(app: Dash, dispatch: Any) -> Any:
    """Dash's view for posted updates, behind a check of the post."""

    @functools.wraps(dispatch)
    def take(*args: Any, **kwargs: Any) -> Any:
        request.max_content_length = LARGEST_POST  # beyond it, reading the post raises 413
        if not request.is_json:
            refuse("the post is not JSON")
        try:
            body = json.loads(request.get_data(), parse_constant=not_json)
        except (ValueError, RecursionError):
            refuse("the post is not JSON")
        if complaint := objection(app.callback_map, body):
            refuse(complaint)
        try:
            return dispatch(*args, **kwargs)
        except (HTTPException, PreventUpdate):
            raise
        except EquityError as error:
            refuse(str(error))
        except VALUE_ERRORS:
            # Callbacks are functions of what was posted, so the post is at fault, or a callback is: the log tells.
            current_app.logger.exception("the callback %s could not use what was posted", body["output"])
            refuse("the posted values cannot be used")

    return take


def not_json(constant: str) -> NoReturn:
    """NaN and Infinity: Python would read them, no browser writes them."""
    raise ValueError(constant)


def refuse(complaint: str) -> NoReturn:
    """400 with one sentence."""
    abort(Response(f"{complaint}\n", 400, mimetype="text/plain"))


def objection(callbacks: Mapping[str, Mapping[str, Any]], body: Any) -> str | None:
    """Why Dash's renderer cannot have posted `body`, or None.

    `callbacks` is Dash's map: output -> inputs and state as lists of {id, property}; a callback that runs in the
    browser has no `callback` entry.
    """
    if not isinstance(body, dict):
        return "the post is not an object"
    output = body.get("output")
    if not isinstance(output, str) or "callback" not in callbacks.get(output, {}):
        return "the post asks for an unknown output"
    if not is_spec(body.get("outputs", [])):
        return "the outputs are not a list of ids and properties"
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
        return "changedPropIds is not a list of names"
    for part in ("inputs", "state"):
        declared, posted = callbacks[output].get(part, []), body.get(part, [])
        if not isinstance(posted, list) or len(posted) != len(declared):
            return f"the {part} are not those of this output"
        if not all(map(is_declared, declared, posted)):
            return f"the {part} are not those of this output"
    return None


def is_spec(posted: Any) -> bool:
    """One {id, property}, or a list of them, or a list of lists (pattern-matching callbacks)."""
    if isinstance(posted, list):
        return all(is_spec(one) for one in posted)
    return isinstance(posted, dict) and isinstance(posted.get("id"), (str, dict)) and isinstance(posted.get("property"), str)


def is_declared(declared: Mapping[str, Any], posted: Any) -> bool:
    """Whether a posted input or state is the declared one, with a value its property can have."""
    if not is_spec(posted):
        return False
    pattern = declared["id"].startswith("{")  # such an id stands for many components, or for one with a dictionary id
    items = posted if pattern and isinstance(posted, list) else [posted]
    return all(is_value_of(declared, item, pattern) for item in items)


def is_value_of(declared: Mapping[str, Any], item: Any, pattern: bool) -> bool:
    """One {id, property, value} against its declaration; an absent value is null, which every property can be."""
    if not isinstance(item, dict) or item["property"] != declared["property"]:
        return False
    if isinstance(item["id"], dict) != pattern or not (pattern or item["id"] == declared["id"]):
        return False
    value, expected = item.get("value"), PROPERTY_TYPES.get(declared["property"])
    return value is None or expected is None or (isinstance(value, expected) and not isinstance(value, bool))
