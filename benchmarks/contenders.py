"""Who is compared with whom: how each application is started, when its map counts as painted, how a reader changes the
indicator. Measures nothing itself.

The JavaScript runs in the page. `bench.when(condition)` resolves with the time at the end of the first frame in which the
condition held: styles, layout and painting of that frame are done.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

# Put into every page before its own scripts.
PRELUDE = """
window.bench = {
    when: condition => new Promise(done => {
        const afterThisFrame = new MessageChannel();
        afterThisFrame.port1.onmessage = () => done(performance.now());
        const look = () => condition() ? afterThisFrame.port2.postMessage(null) : requestAnimationFrame(look);
        requestAnimationFrame(look);
    }),
    // How long posts to the server took until their answers were in, in ms, from a given time on.
    waited: since => performance.getEntriesByType("resource")
        .filter(entry => entry.name.includes("_dash-update-component") && entry.startTime >= since)
        .reduce((longest, entry) => Math.max(longest, entry.responseEnd - since), 0),
};
"""


@dataclass(frozen=True)
class Contender:
    """One application. `painted` is a JavaScript condition, `change` an async function of an indicator's key.

    `change` resolves with [ms until the new colours are on the screen, ms until the server's answer was in].
    """

    name: str
    application: str
    path: str
    painted: str
    change: str
    environment: dict[str, str] = field(default_factory=dict)


OURS = Contender(
    name="this tool",
    application="app:server",
    path="/?level=tract&indicator=no_subscription&release=2021",
    painted="""() => {
        const paths = [...document.querySelectorAll("#map path.leaflet-interactive")];
        return paths.length >= 801 && paths.every(path => !["", "none", null].includes(path.getAttribute("fill")));
    }""",
    change="""async key => {
        const colours = () => [...document.querySelectorAll("#map path.leaflet-interactive")]
            .map(path => path.getAttribute("fill")).join();
        const before = colours(), select = document.getElementById("indicator");
        // React keeps its own copy of a value: only the browser's own setter lets it notice a change.
        Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value").set.call(select, key);
        const start = performance.now();
        select.dispatchEvent(new Event("change", {bubbles: true}));
        const end = await bench.when(() => colours() !== before);
        return [end - start, bench.waited(start)];
    }""",
)

USUAL = Contender(
    name="the usual way",
    application="benchmarks.usual_way:server",
    path="/",
    painted="""() => {
        const plot = document.querySelector(".js-plotly-plot"), map = plot?._fullLayout?.map?._subplot?.map;
        return Boolean(map?.loaded() && map.getStyle().layers.some(layer => layer.id.startsWith("plotly-trace")));
    }""",
    change="""async key => {
        const plot = document.querySelector(".js-plotly-plot"), map = plot._fullLayout.map._subplot.map;
        const drawn = new Promise(done => plot.once("plotly_afterplot", done));
        const start = performance.now();
        dash_clientside.set_props("indicator", {value: key});
        await drawn;
        const idle = new Promise(done => map.once("idle", done));  // the new colours are drawn by MapLibre, later
        map.triggerRepaint();
        await idle;
        const end = await bench.when(() => true);
        return [end - start, bench.waited(start)];
    }""",
)

USUAL_COMPRESSED = replace(USUAL, name="compressed", environment={"USUAL_COMPRESSED": "1"})


def as_published(outlines: str) -> Contender:
    """The usual way with a GeoJSON file of its own: the outlines before anyone simplified them."""
    return replace(USUAL, name="outlines as published", environment={"USUAL_OUTLINES": outlines})
