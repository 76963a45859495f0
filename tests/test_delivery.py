"""Files arrive small, are kept for ever when their name says what they hold, and are never recompressed."""

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli
import dash
import pytest
from dash import Input, Output, dcc, html
from flask import Response

from equity.views import delivery
from equity.views.delivery import Delivery

FIGURES = json.dumps({"share": [round(number / 801, 4) for number in range(801)]}).encode()
BOTH = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.fixture
def app(tmp_path: Path) -> dash.Dash:
    """A small application with one style sheet, one picture and one callback that answers at length."""
    (tmp_path / "look.css").write_text("p { color: #123456 }\n" * 100)
    (tmp_path / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    made = dash.Dash("small", assets_folder=str(tmp_path), enable_mcp=False)
    made.layout = html.Div([dcc.Store(id="in"), html.P(id="out")])
    made.callback(Output("out", "children"), Input("in", "data"))(lambda data: "long " * 1000)
    return made


@pytest.fixture
def files(app: dash.Dash) -> Delivery:
    return Delivery(app.server)


@pytest.fixture
def get(app: dash.Dash, files: Delivery):
    """GET with the headers of an ordinary browser."""
    client = app.server.test_client()
    return lambda path, **headers: client.get(path, headers=BOTH | {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.fixture
def packings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The encodings compressed so far, in order."""
    done: list[str] = []

    def counted(content: bytes, encoding: str, real=delivery.compress) -> bytes:
        done.append(encoding)
        return real(content, encoding)

    monkeypatch.setattr(delivery, "compress", counted)
    return done


def bundle(app: dash.Dash, get) -> str:
    """The address of Dash's renderer, as its page names it."""
    page = get("/", Accept_Encoding="identity").get_data(as_text=True)
    return next(part for part in page.split('"') if "dash_renderer" in part)


def test_a_published_file_is_named_by_its_content(files: Delivery) -> None:
    """/files/<name>.<12 hex digits>.json, the same for the same content, another for another."""
    address = files.publish("figures", FIGURES)
    folder, name, digits, ending = address.replace(".", "/").rsplit("/", 3)
    assert (folder, name, len(digits), ending) == ("/files", "figures", 12, "json")
    assert files.publish("figures", FIGURES) == address
    assert files.publish("figures", FIGURES + b" ") != address


def test_a_published_file_may_come_from_the_disk(files: Delivery, get, tmp_path: Path) -> None:
    (tmp_path / "area.json").write_bytes(FIGURES)
    assert brotli.decompress(get(files.publish("area", tmp_path / "area.json")).data) == FIGURES


@pytest.mark.parametrize("name", ["", "Area", "a/b", "a.b", "../a", "-a"])
def test_a_name_that_would_need_escaping_is_refused(files: Delivery, name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        files.publish(name, FIGURES)


def test_a_published_file_is_kept_for_ever(files: Delivery, get) -> None:
    answer = get(files.publish("figures", FIGURES))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.mimetype == "application/json"


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.decompress),
        ("*", "br", brotli.decompress),
        ("identity", None, bytes),
        ("", None, bytes),
        ("gzip;q=0, br;q=0", None, bytes),
        ("zstd", None, bytes),
    ],
)
def test_a_file_comes_in_an_encoding_the_browser_accepts(files, get, accepted, encoding, unpack) -> None:
    answer = get(files.publish("figures", FIGURES), Accept_Encoding=accepted)
    assert answer.headers.get("Content-Encoding") == encoding
    assert unpack(answer.data) == FIGURES
    assert answer.content_length == len(answer.data)
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_file_is_compressed_once_for_each_encoding(files: Delivery, get, packings: list[str]) -> None:
    """Not when published (that would slow the start), but at the first request; then never again."""
    addresses = [files.publish("figures", FIGURES), files.publish("outlines", FIGURES[::-1])]
    assert packings == []
    for address in addresses * 3:
        get(address)
        get(address, Accept_Encoding="gzip")
    assert packings == ["br", "gzip"] * 2


def test_visitors_who_come_at_once_share_one_compression(app, files: Delivery, packings: list[str]) -> None:
    address = files.publish("figures", FIGURES)
    with ThreadPoolExecutor(10) as visitors:
        answers = list(visitors.map(lambda _: app.server.test_client().get(address, headers=BOTH).data, range(10)))
    assert packings == ["br"]
    assert len(set(answers)) == 1


def test_a_browser_that_asks_again_gets_no_bytes(files: Delivery, get) -> None:
    address = files.publish("figures", FIGURES)
    again = get(address, If_None_Match=get(address).headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert get(address, If_None_Match='"another"').status_code == 200


def test_head_tells_the_size_and_sends_nothing(app: dash.Dash, files: Delivery) -> None:
    address = files.publish("figures", FIGURES)
    client = app.server.test_client()
    head, whole = client.head(address, headers=BOTH), client.get(address, headers=BOTH)
    assert head.data == b""
    assert head.content_length == len(whole.data)


@pytest.mark.parametrize("path", ["/files/", "/files/figures.000000000000.json", "/files/a/b", "/files/../requirements.txt"])
def test_an_unknown_file_is_a_plain_404_that_nobody_keeps(files: Delivery, get, path: str) -> None:
    """Not Dash's page with status 200, which a script would then try to read as figures."""
    files.publish("figures", FIGURES)
    answer = get(path)
    assert answer.status_code == 404
    if path.startswith("/files/") and ".." not in path:
        assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/plain", "no-store")


def test_an_application_below_a_prefix_publishes_there(app: dash.Dash) -> None:
    files = Delivery(app.server, prefix="/equity/")
    address = files.publish("figures", FIGURES)
    assert address.startswith("/equity/files/figures.")
    assert app.server.test_client().get(address).data == FIGURES


def test_a_bundle_is_compressed_once_and_kept_for_ever(app: dash.Dash, get, packings: list[str]) -> None:
    address = bundle(app, get)
    first, second = get(address), get(address)
    assert packings == ["br"]
    assert first.data == second.data
    assert first.headers["Content-Encoding"] == "br"
    assert first.headers["Cache-Control"] == delivery.FOR_EVER
    assert brotli.decompress(first.data) == get(address, Accept_Encoding="identity").data


def test_made_up_fingerprints_do_not_fill_the_memory(app: dash.Dash, files: Delivery, get, packings: list[str]) -> None:
    """Dash serves a bundle under any fingerprint; it is still one bundle."""
    address = bundle(app, get)
    start, _, rest = address.partition(".v")
    for number in range(5):
        made_up = f"{start}.v9m{number:08x}.{rest.split('.', 1)[1]}"
        assert get(made_up).status_code == 200
    assert packings == ["br"]


def test_a_bundle_without_a_fingerprint_is_asked_about_each_time(app: dash.Dash, get) -> None:
    start, _, rest = bundle(app, get).partition(".v")
    bare = f"{start}.{rest.split('.', 1)[1]}"
    answer = get(bare)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert get(bare, If_None_Match=answer.headers["ETag"]).status_code == 304


def test_an_asset_is_kept_for_ever_under_the_address_of_its_version(app: dash.Dash, get, packings: list[str]) -> None:
    page = get("/", Accept_Encoding="identity").get_data(as_text=True)
    address = next(part for part in page.split('"') if "look.css" in part)
    answer = get(address)
    assert answer.headers["Cache-Control"] == delivery.FOR_EVER
    assert "Accept-Ranges" not in answer.headers
    assert brotli.decompress(answer.data).startswith(b"p { color")
    assert get(address, If_None_Match=answer.headers["ETag"]).status_code == 304
    assert get("/assets/look.css").headers["Cache-Control"] == "no-cache"
    assert get("/assets/look.css?m=1").headers["Cache-Control"] == "no-cache"
    assert packings == ["br"]


def test_a_changed_asset_is_read_anew_and_the_old_one_forgotten(
    app: dash.Dash, files: Delivery, get, tmp_path: Path, packings: list[str]
) -> None:
    get("/assets/look.css")
    (tmp_path / "look.css").write_text("p { color: #654321 }\n" * 101)
    os.utime(tmp_path / "look.css", (2_000_000_000, 2_000_000_000))
    assert brotli.decompress(get("/assets/look.css").data).startswith(b"p { color: #654321")
    assert packings == ["br", "br"]
    assert len([key for key in files._packed if key[0] == "assets/look.css"]) == 1


def test_a_picture_is_sent_as_it_is(get) -> None:
    answer = get("/assets/dot.png")
    assert "Content-Encoding" not in answer.headers
    assert answer.data.startswith(b"\x89PNG")


def test_an_answer_that_changes_is_compressed_as_it_is_made(app: dash.Dash, files: Delivery, packings: list[str]) -> None:
    """By Flask-Compress, at a fast level; the packed files above are left to themselves."""
    post = {
        "output": "out.children",
        "outputs": {"id": "out", "property": "children"},
        "inputs": [{"id": "in", "property": "data", "value": 1}],
        "changedPropIds": ["in.data"],
    }
    answer = app.server.test_client().post("/_dash-update-component", json=post, headers=BOTH)
    assert answer.headers["Content-Encoding"] == "br"
    assert "long long" in brotli.decompress(answer.data).decode()
    assert packings == []


def test_a_download_is_compressed_too(app: dash.Dash, files: Delivery, get) -> None:
    app.server.add_url_rule("/rows.csv", "rows", lambda: Response("geoid,share\n" * 500, mimetype="text/csv"))
    answer = get("/rows.csv")
    assert answer.headers["Content-Encoding"] == "br"
    assert brotli.decompress(answer.data).startswith(b"geoid,share")


def test_a_page_is_asked_for_again_each_time(get) -> None:
    """It names the files it reads: an old page kept by a browser would ask for files that are gone."""
    assert get("/").headers["Cache-Control"] == "no-cache"
    assert get("/_dash-layout").headers["Cache-Control"] == "no-cache"


def test_the_icon_is_not_fetched_again_at_every_change_of_the_address(get) -> None:
    assert get("/_favicon.ico?v=4.4.1").headers["Cache-Control"] == delivery.FOR_EVER
