"""Strict headers on every answer, and nothing a stranger can post makes the server stumble."""

import base64
import copy
import hashlib
import http.client
import json
import re
import threading
from io import BytesIO

import dash
import pytest
from dash import ALL, Input, Output, State, dcc, html
from werkzeug.serving import make_server

from equity import views
from equity.errors import UsageError
from equity.views import security

UPDATE = "/_dash-update-component"
BAD_VALUE = "a value no page would send"


def small_app() -> dash.Dash:
    """The shapes of the real application: an address callback, a form, a pattern, and one that runs in the browser."""
    app = dash.Dash("small", assets_folder="no-assets", enable_mcp=False, suppress_callback_exceptions=True)
    app.layout = html.Div([dcc.Location(id="url"), html.Div(id="page"), dcc.Store(id="view"), html.P(id="count")])

    @app.callback(Output("page", "children"), Input("url", "pathname"), Input("url", "search"))
    def show(pathname: str, search: str) -> str:
        return pathname.upper() + (search or "")

    @app.callback(Output("count", "children"), Output("count", "title"), Input("view", "data"), State("url", "hash"))
    def count(data: dict, hash: str) -> tuple[int, str]:
        if data == BAD_VALUE:
            raise UsageError("there is no such indicator")
        return len(data["areas"]), str(1 / data["scale"])

    @app.callback(Output("sum", "children"), Input({"type": "area", "index": ALL}, "n_clicks"))
    def total(clicks: list[int]) -> int:
        return sum(clicks)

    @app.callback(Output("broken", "children"), Input("view", "data"))
    def broken(data: dict) -> str:
        raise OSError("the disk is gone")

    app.clientside_callback("function(data) { return data }", Output("echo", "children"), Input("view", "data"))
    security.protect(app)
    return app


@pytest.fixture(scope="module")
def client():
    return small_app().server.test_client()


def spec(name: str, prop: str, **more) -> dict:
    return {"id": name, "property": prop, **more}


# A post exactly as Dash's renderer sends it.
SHOW = {
    "output": "page.children",
    "outputs": spec("page", "children"),
    "inputs": [spec("url", "pathname", value="/"), spec("url", "search", value="?level=tract")],
    "changedPropIds": ["url.pathname"],
    "parsedChangedPropsIds": ["url.pathname"],
}
COUNT = {
    "output": "..count.children...count.title..",
    "outputs": [spec("count", "children"), spec("count", "title")],
    "inputs": [spec("view", "data", value={"areas": ["68", "67"], "scale": 2})],
    "state": [spec("url", "hash", value="")],
    "changedPropIds": ["view.data"],
}
SUM = {
    "output": "sum.children",
    "outputs": spec("sum", "children"),
    "inputs": [[spec({"type": "area", "index": number}, "n_clicks", value=number) for number in (1, 2)]],
    "changedPropIds": ['{"index":1,"type":"area"}.n_clicks'],
}


def changed(post: dict, **parts) -> dict:
    """A good post with some parts replaced; a part given as `...` is left out."""
    return {name: part for name, part in {**copy.deepcopy(post), **parts}.items() if part is not ...}


MALFORMED = {
    "null": None,
    "a number": 172,
    "a text": "page.children",
    "an empty list": [],
    "a list": [SHOW],
    "an empty object": {},
    "no output": changed(SHOW, output=...),
    "output null": changed(SHOW, output=None),
    "output a list": changed(SHOW, output=["page.children"]),
    "output an object": changed(SHOW, output={"id": "page"}),
    "output unknown": changed(SHOW, output="nothing.children"),
    "output a path": changed(SHOW, output="../../etc/passwd"),
    "output of the browser": {
        "output": "echo.children",
        "outputs": spec("echo", "children"),
        "inputs": [spec("view", "data")],
    },
    "output of another callback": changed(SHOW, output="sum.children"),
    "outputs of another callback": changed(SHOW, outputs=spec("sum", "children")),
    "outputs a text": changed(SHOW, outputs="page.children"),
    "outputs null": changed(SHOW, outputs=None),
    "outputs without a property": changed(SHOW, outputs={"id": "page"}),
    "outputs with a number for an id": changed(SHOW, outputs=spec(7, "children")),
    "outputs too few": changed(COUNT, outputs=[spec("count", "children")]),
    "outputs missing": changed(COUNT, outputs=...),
    "inputs missing": changed(SHOW, inputs=...),
    "inputs null": changed(SHOW, inputs=None),
    "inputs empty": changed(SHOW, inputs=[]),
    "inputs an object": changed(SHOW, inputs={"0": SHOW["inputs"][0]}),
    "inputs too few": changed(SHOW, inputs=SHOW["inputs"][:1]),
    "inputs too many": changed(SHOW, inputs=SHOW["inputs"] * 2),
    "inputs in another order": changed(SHOW, inputs=SHOW["inputs"][::-1]),
    "inputs nested": changed(SHOW, inputs=[SHOW["inputs"]]),
    "inputs of texts": changed(SHOW, inputs=["url.pathname", "url.search"]),
    "inputs of nulls": changed(SHOW, inputs=[None, None]),
    "an input with another id": changed(SHOW, inputs=[spec("page", "pathname"), SHOW["inputs"][1]]),
    "an input without an id": changed(SHOW, inputs=[{"property": "pathname", "value": "/"}, SHOW["inputs"][1]]),
    "an input without a property": changed(SHOW, inputs=[{"id": "url", "value": "/"}, SHOW["inputs"][1]]),
    "an input with a property of another type": changed(SHOW, inputs=[spec("url", 1), SHOW["inputs"][1]]),
    "a path that is a number": changed(SHOW, inputs=[spec("url", "pathname", value=1), SHOW["inputs"][1]]),
    "a path that is an object": changed(SHOW, inputs=[spec("url", "pathname", value={}), SHOW["inputs"][1]]),
    "a path that is null": changed(SHOW, inputs=[spec("url", "pathname", value=None), SHOW["inputs"][1]]),
    "state missing": changed(COUNT, state=...),
    "state of another callback": changed(COUNT, state=[spec("url", "href")]),
    "data null": changed(COUNT, inputs=[spec("view", "data", value=None)]),
    "data a text": changed(COUNT, inputs=[spec("view", "data", value="areas")]),
    "data a list": changed(COUNT, inputs=[spec("view", "data", value=[1])]),
    "data without its parts": changed(COUNT, inputs=[spec("view", "data", value={"areas": []})]),
    "data that divides by zero": changed(COUNT, inputs=[spec("view", "data", value={"areas": [], "scale": 0})]),
    "a pattern without its list": changed(SUM, inputs=[spec("area", "n_clicks")]),
    "a pattern of null": changed(SUM, inputs=[None]),
    "a pattern with text ids": changed(SUM, inputs=[[spec("area", "n_clicks", value=1)]]),
    "a pattern with another property": changed(SUM, inputs=[[spec({"type": "area", "index": 1}, "value", value=1)]]),
    "clicks that are text": changed(SUM, inputs=[[spec({"type": "area", "index": 1}, "n_clicks", value="1")]]),
    "clicks that are true": changed(SUM, inputs=[[spec({"type": "area", "index": 1}, "n_clicks", value=True)]]),
    "changedPropIds null": changed(SHOW, changedPropIds=None),
    "changedPropIds a text": changed(SHOW, changedPropIds="url.pathname"),
    "changedPropIds of objects": changed(SHOW, changedPropIds=[{"id": "url"}]),
}

NOT_JSON = {
    "nothing": b"",
    "a form": b"output=page.children",
    "half an object": b'{"output": ',
    "two objects": b"{}{}",
    "not UTF-8": b'{"output": "\xff\xfe"}',
    "a null byte": b"\x00",
    "NaN": b'{"output": NaN}',
    "a number of 10,000 digits": b'{"output": ' + b"9" * 10_000 + b"}",
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "compressed": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize(("post", "answer"), [(SHOW, "?level=tract"), (COUNT, '"0.5"'), (SUM, "3")])
def test_what_the_renderer_posts_is_answered(client, post: dict, answer: str) -> None:
    got = client.post(UPDATE, json=post)
    assert got.status_code == 200
    assert answer in got.get_data(as_text=True)


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_post_is_a_400(client, what: str) -> None:
    answer = client.post(UPDATE, data=json.dumps(MALFORMED[what]), content_type="application/json")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert answer.get_data(as_text=True).count("\n") == 1, "one sentence, no traceback"


@pytest.mark.parametrize("what", NOT_JSON)
def test_a_post_that_is_not_json_is_a_400(client, what: str) -> None:
    assert client.post(UPDATE, data=NOT_JSON[what], content_type="application/json").status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_a_post_of_another_content_type_is_a_400(client, kind: str) -> None:
    assert client.post(UPDATE, data=json.dumps(SHOW), content_type=kind).status_code == 400


def test_a_post_beyond_the_limit_is_a_413(client) -> None:
    huge = changed(SHOW, changedPropIds=["url.pathname", "x" * security.LARGEST_POST])
    assert client.post(UPDATE, json=huge).status_code == 413


def test_a_post_that_does_not_tell_its_length_is_cut_at_the_limit(client) -> None:
    """Sent in chunks there is no Content-Length to look at; reading stops all the same."""
    answer = client.post(
        UPDATE,
        input_stream=BytesIO(b" " * (security.LARGEST_POST + 1)),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


def test_what_a_callback_refuses_is_said_in_its_words(client) -> None:
    answer = client.post(UPDATE, json=changed(COUNT, inputs=[spec("view", "data", value=BAD_VALUE)]))
    assert (answer.status_code, answer.get_data(as_text=True)) == (400, "there is no such indicator\n")


def test_values_a_callback_stumbles_over_are_in_the_log(client, caplog: pytest.LogCaptureFixture) -> None:
    """A 400 for the visitor; for the maintainer the traceback, because the callback may be at fault after all."""
    client.post(UPDATE, json=MALFORMED["data without its parts"])
    assert "KeyError: 'scale'" in caplog.text


def test_a_failure_of_the_machine_is_not_blamed_on_the_visitor(client) -> None:
    post = {"output": "broken.children", "outputs": spec("broken", "children"), "inputs": [spec("view", "data")]}
    assert client.post(UPDATE, json=post).status_code == 500


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_the_endpoint_takes_posts_only(client, method: str) -> None:
    assert client.open(UPDATE, method=method).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/_dash-component-suites",
        "/_dash-component-suites/",
        "/_dash-component-suites/dash",
        "/_dash-component-suites/../../etc/passwd",
        "/_dash-component-suites/dash/../../../../etc/passwd",
        "/_dash-component-suites/dash/%2e%2e/%2e%2e/etc/passwd",
        "/_dash-component-suites/dash/deps/nothing.js",
        "/_dash-component-suites/dash/dash.py",
        "/_dash-component-suites/os/path.py",
        "/_dash-component-suites/nothing/at/all.js",
        "/_dash-component-suites/dash/%00",
        "/_dash-component-suites/dash/%ff%fe",
        "/_dash-component-suites/dash/" + "a" * 5000,
        "/assets/../requirements.txt",
        "/assets/%00",
        "/assets/nothing.css",
    ],
)
def test_a_file_that_is_not_ours_is_a_404(client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "egistered" not in answer.get_data(as_text=True), "the answer lists what is installed"


def test_paths_arrive_as_sent_on_a_real_socket() -> None:
    """The test client tidies paths; a scanner does not."""
    server = make_server("127.0.0.1", 0, small_app().server, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for path in ("/_dash-component-suites/../../etc/passwd", "/_dash-component-suites/dash/..%2f..%2fsetup.py"):
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            connection.putrequest("GET", path)
            connection.endheaders()
            assert connection.getresponse().status == 404
            connection.close()
    finally:
        server.shutdown()
        server.server_close()


def policy(answer) -> dict[str, list[str]]:
    """The policy of an answer as directive -> sources."""
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/nowhere", "/assets/nothing.css", UPDATE])
def test_every_answer_carries_the_headers(client, path: str) -> None:
    answer = client.get(path)
    assert policy(answer)["default-src"] == ["'self'"]
    for name, value in security.HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_policy_is_strict(client) -> None:
    found = policy(client.get("/"))
    assert found["style-src"] == found["connect-src"] == found["font-src"] == found["frame-ancestors"] == ["'self'"]
    assert found["object-src"] == ["'none'"]
    assert "'unsafe-inline'" not in found["script-src"]
    assert not any("unsafe-eval" in source or "*" in source or "http" in source for line in found.values() for source in line)


def test_every_inline_script_of_the_page_is_in_the_policy(client) -> None:
    """Hashed again here from the page itself, as a browser does."""
    answer = client.get("/")
    page = re.sub(r"<!--.*?-->", "", answer.get_data(as_text=True), flags=re.S)
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", page, re.S)
    assert len(inline) == 2, "the renderer's and the callback's"
    for script in inline:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy(answer)["script-src"]


def test_another_site_may_show_the_application_when_told_so() -> None:
    app = dash.Dash("framed", enable_mcp=False)
    app.layout = html.P("framed")
    security.protect(app, frame_ancestors="'self' https://library.example")
    answer = app.server.test_client().get("/")
    assert policy(answer)["frame-ancestors"] == ["'self'", "https://library.example"]
    assert "X-Frame-Options" not in answer.headers


def test_a_header_a_view_has_chosen_stays() -> None:
    app = dash.Dash("own", enable_mcp=False)
    app.layout = html.P("own")
    app.server.add_url_rule("/own", "own", lambda: ("", 204, {"Referrer-Policy": "no-referrer"}))
    security.protect(app)
    assert app.server.test_client().get("/own").headers["Referrer-Policy"] == "no-referrer"


def test_pages_registered_at_the_first_request_are_ready_before_it() -> None:
    """Dash's own pages add an inline script at the first request; the first page's policy must know it."""
    dash.page_registry.clear()
    app = dash.Dash("pages", use_pages=True, pages_folder="", enable_mcp=False)
    dash.register_page("home", path="/", layout=html.P("home"))
    app.layout = html.Div(dash.page_container)
    security.protect(app)
    try:
        assert any("_pages_content" in output for output in app.callback_map)
        assert len(policy(app.server.test_client().get("/"))["script-src"]) >= 3
    finally:
        dash.page_registry.clear()


# The real application: whatever is posted or asked, it may refuse, but it may not stumble.

ODD_VALUES = [
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    "",
    "nowhere",
    "68",
    "\ud800",
    "=1+1",
    "<script>",
    [],
    [None],
    [[]],
    ["68"],
    {},
    {"a": {}},
]
ODD_QUERIES = [
    "level=moon",
    "indicator=%00",
    "release=9999",
    "release=2021&release=2022",
    "release=-1e9",
    "areas=99,abc,,68",
    "areas=" + "68," * 1000,
    "lang=xx",
    "lang=../../etc",
    "%ff=%fe",
    "atlas=1&language=2&query=3&self=4&files=5",
    "a" * 3000,
]


@pytest.fixture(scope="module")
def whole(atlas):
    return views.create_app(atlas)


def posts_of(app: dash.Dash) -> dict[str, dict]:
    """For every callback that runs on the server: output -> a well-formed post with all values null."""
    posts = {}
    for output, callback in app.callback_map.items():
        if "callback" in callback:
            outputs = [spec(one.component_id, one.component_property) for one in as_list(callback["output"])]
            posts[output] = {
                "output": output,
                "outputs": outputs if output.startswith("..") else outputs[0],
                "inputs": [spec(**one) | {"value": None} for one in map(named, callback["inputs"])],
                "state": [spec(**one) | {"value": None} for one in map(named, callback["state"])],
                "changedPropIds": [f"{one['id']}.{one['property']}" for one in callback["inputs"]],
            }
    return posts


def as_list(one_or_many) -> list:
    return list(one_or_many) if isinstance(one_or_many, (list, tuple)) else [one_or_many]


def named(declared: dict) -> dict:
    return {"name": declared["id"], "prop": declared["property"]}


def test_no_odd_value_makes_the_application_stumble(whole) -> None:
    """Each value of each callback in turn, everything else as an untouched page would post it."""
    client, failed = whole.server.test_client(), []
    for output, post in posts_of(whole).items():
        for part in ("inputs", "state"):
            for number, value in ((n, v) for n in range(len(post[part])) for v in ODD_VALUES):
                odd = copy.deepcopy(post)
                odd[part][number]["value"] = value
                answer = client.post(UPDATE, data=json.dumps(odd), content_type="application/json")
                if answer.status_code not in (200, 204, 400):
                    failed.append((output, odd[part][number], answer.status_code))
    assert not failed


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_no_odd_address_makes_the_application_stumble(whole, query: str) -> None:
    client = whole.server.test_client()
    assert client.get(f"/?{query}").status_code == 200
    show = posts_of(whole)["page.children"]
    show["inputs"][0]["value"], show["state"][0]["value"] = "/", f"?{query}"
    assert client.post(UPDATE, json=show).status_code == 200, "the page itself falls back to its defaults"


def test_the_application_offers_no_machine_interface_to_its_callbacks(whole) -> None:
    """Dash can publish every callback to language models (MCP); nobody asked for that here."""
    assert not [rule.rule for rule in whole.server.url_map.iter_rules() if "mcp" in rule.rule]
    assert whole.server.test_client().post("/_mcp", json={}).status_code in (404, 405)


def test_the_whole_application_carries_the_headers(whole) -> None:
    answer = whole.server.test_client().get("/")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "'unsafe-inline'" not in policy(answer)["script-src"]
    assert whole.server.test_client().post(UPDATE, json=MALFORMED["output unknown"]).status_code == 400
