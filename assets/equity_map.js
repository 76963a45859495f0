/* The map in the browser: paints places, names them, and lets a mouse, a finger or a keyboard find them.
 *
 * HOW IT IS WIRED
 *   equity/views/map.py  puts Leaflet on the page (dash-leaflet): a map, its panes, the quiet context. Its layer of places is empty.
 *   this file            hears of everything Leaflet adds to a map (onLayerAdd) and keeps one Sheet per map.
 *   the page's script    computes a view from its figures and calls equity.map.update(view). Nothing here asks the server for
 *                        anything but an outline file, once; another indicator only repaints the paths that are there.
 *
 * WHAT THE PAGE CALLS
 *   equity.map.update(view, mapId = "map")    view = {
 *       layer: "area" | "tract-2020" | ..., url: its outline file,
 *       places: {id: {fill: "#rrggbb" | null, hatch: "missing" | "empty" | null, quiet: true for stripes (not ranked),
 *                     label: text for aria-label, tip: [lines of the card, the first one bold]}}  (both are read when they are
 *                     needed, so they may be getters),
 *       shown: null | [ids]   a filter: the others turn pale and cannot be reached,
 *       fit: null | [ids]     what to zoom to, null is the city; the map moves only when this is not what the last view had,
 *       names: {areaId: text} of the areas to be named, selected: id | null,
 *       labels: {...}         replaces texts given by map.py (see MapLabels there) }
 *     Any time: a view that comes before the map or its outlines is kept and shown when they are there.
 *   equity.map.select(id | null, mapId)   selects and pans the place into view; does not tell Dash, because the caller knows.
 *   equity.map.fit(ids | null, mapId)     zooms to places, or to the whole city.
 *   document event "equity:highlight" {id | null}   rings a place without moving the focus, for a ranking that is pointed at.
 *
 * WHAT THE PAGE HEARS
 *   dash_clientside.set_props("selected-place", {data: {id | null, layer, at, map}})   click, Enter, Space; Escape clears.
 *   document event "equity:hover" {id | null, layer, map}   a place is pointed at or focused.
 *   Two maps on a page: `map` is the id of the one that speaks; "equity:highlight" with a `map` is heard by that one only.
 *
 * Three parts: pure functions (no DOM, no Leaflet), Sheet (DOM, no Leaflet), LeafletMap (all of Leaflet that is used: another
 * renderer would replace this one). Text goes in by textContent and setAttribute only. Sizes are in pixels.
 */
(function () {
  "use strict";

  // ---- 1. Pure functions --------------------------------------------------------------------------------------------------

  const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

  /** Where an arrow key leads: to the nearest place in a cone of 45 degrees either side, else in the half-plane, else null.
   *  points: [{id, x, y}], y downwards. Near is counted along the two axes: of the sums tried, the one that most often leads
   *  to a place that touches this one (areas and tracts: 88 %). */
  function neighbour(points, from, key) {
    const [dx, dy] = ARROWS[key];
    let best = null, least = Infinity, inCone = false;
    for (const { id, x, y } of points) {
      const ahead = (x - from.x) * dx + (y - from.y) * dy, aside = Math.abs((x - from.x) * dy - (y - from.y) * dx);
      if (id === from.id || ahead <= 0) continue;
      const cone = aside <= ahead, cost = ahead + aside;
      if (cone === inCone ? cost < least : cone) [best, least, inCone] = [id, cost, cone];
    }
    return best;
  }

  /** "Greater Grand Crossing" -> [[in one line], [in two], [in three]], each broken where its longest line is shortest. */
  function linesOf(name) {
    const words = name.split(" "), longest = (lines) => Math.max(...lines.map((line) => line.length));
    const halves = words.slice(1).map((_, i) => [words.slice(0, i + 1).join(" "), words.slice(i + 1).join(" ")]);
    const inTwo = halves.sort((a, b) => longest(a) - longest(b)).slice(0, 1);
    return [[name], ...inTwo, ...(words.length > 2 ? [[words[0], words.slice(1, -1).join(" "), words.at(-1)]] : [])];
  }

  /** Which names are drawn, and how. names: [{id, text, x, y, r}], r the radius of the area's inscribed circle; room: {x0, y0,
   *  x1, y1}, what is on screen; width(text); line: the height of a line. -> [{id, x, y, lines, box}]
   *  Large areas first. A name may leave its circle a little, and never touches another name. */
  function placeNames(names, room, width, line) {
    const placed = [], gap = 2;
    const apart = (a, b) => b.x0 > a.x1 + gap || b.x1 < a.x0 - gap || b.y0 > a.y1 + gap || b.y1 < a.y0 - gap;
    for (const { id, text, x, y, r } of [...names].sort((a, b) => b.r - a.r)) {
      for (const lines of linesOf(text)) {
        const w = Math.max(...lines.map(width)) / 2, h = (lines.length * line) / 2;
        const box = { x0: x - w, y0: y - h, x1: x + w, y1: y + h };
        const fits = w <= 1.35 * r && Math.hypot(0.75 * w, h) <= 1.15 * r;
        const inRoom = box.x0 >= room.x0 && box.x1 <= room.x1 && box.y0 >= room.y0 && box.y1 <= room.y1;
        if (!fits || !inRoom || !placed.every((other) => apart(other.box, box))) continue;
        placed.push({ id, x, y, lines, box });
        break;
      }
    }
    return placed;
  }

  /** Where the card goes: beside the place, on it only when nothing else is left. On a narrow map at the bottom, or at the top
   *  when the place is at the bottom. place: {x0, y0, x1, y1}, card and frame: {w, h}. -> {x, y} */
  function placeCard(place, card, frame) {
    const gap = 12, bottom = frame.h - card.h - gap, right = frame.w - card.w - gap;
    if (frame.w < 520) return { x: right / 2 + gap / 2, y: place.y1 > bottom && place.y0 > card.h + 2 * gap ? gap : bottom };
    const x = Math.max(gap, Math.min((place.x0 + place.x1 - card.w) / 2, right));
    const y = Math.max(gap, Math.min((place.y0 + place.y1 - card.h) / 2, bottom));
    if (place.x1 + gap <= right) return { x: Math.max(gap, place.x1 + gap), y };
    if (place.x0 - card.w - gap >= gap) return { x: Math.min(place.x0 - card.w - gap, right), y };
    return { x, y: place.y0 - card.h - gap >= gap ? place.y0 - card.h - gap : bottom };
  }

  const OUTSIDE = "#efede8"; // a place that the filter leaves out

  /** The paint of a place: the colour of its class, a hatch, or next to nothing. hatch(kind, colour) -> the paint of a hatch. */
  function look(place, outside, hatch) {
    if (outside) return OUTSIDE;
    if (place.hatch || !place.fill) return hatch(place.hatch || "missing", "");
    return place.quiet ? hatch("quiet", place.fill) : place.fill;
  }

  /** Whether white letters read better than dark ones on a "#rrggbb" (relative luminance as in WCAG 2). */
  function isDark(colour) {
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.18;
  }

  // ---- 2. One map on the page: everything but Leaflet ---------------------------------------------------------------------

  const set = (node, attributes) => Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    set(node, attributes);
    node.append(...children);
    return node;
  };
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const idAt = (target) => target.closest?.("[data-place]")?.dataset.place ?? null;
  const UNKNOWN = { fill: null, hatch: "missing", label: "", tip: [] }; // drawn, but not in the figures
  const NEAR = 12; // from this zoom on rail lines are drawn and names are larger

  // An outline file is read once in the life of the page; one that failed is asked for again the next time.
  const files = new Map();
  function outlinesAt(url) {
    if (!files.has(url)) {
      const file = fetch(url).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${url}: ${answer.status}`))));
      file.catch(() => files.delete(url));
      files.set(url, file);
    }
    return files.get(url);
  }

  class Sheet {
    constructor(map) {
      this.map = map; // a LeafletMap; its places are {id, x, y, path, ...}, to which paintPlace adds what it last wrote
      this.id = map.container.id;
      this.frame = map.container.closest(".equity-map");
      this.card = this.frame.querySelector(".equity-map-card");
      this.hint = this.frame.querySelector(".equity-map-hint");
      this.labels = JSON.parse(this.frame.dataset.labels);
      this.city = JSON.parse(this.frame.dataset.bounds);
      this.view = null; // the last one asked for
      this.drawn = null; // the url of the outlines on the map
      this.shown = null; // the filter, as a Set
      this.stop = null; // the one place in the page's tab order
      this.hovered = this.focused = this.ringed = this.tapped = this.highlighted = null; // ringed: focused by keyboard
      this.leaving = new AbortController(); // ends every listener at once
      this.listen();
      this.fit(null, false);
    }

    listen() {
      const on = (target, types, act, options) =>
        types.split(" ").forEach((type) => target.addEventListener(type, act, { signal: this.leaving.signal, ...options }));
      const box = this.map.container, early = { capture: true, passive: true };
      on(box, "pointerover pointerdown", (event) => this.pointer(event), early);
      on(box, "pointerover", (event) => event.pointerType !== "touch" && this.hover(idAt(event.target)));
      on(box, "pointerleave", () => this.hover(null));
      on(box, "focusin", (event) => this.focusedOn(idAt(event.target), event.target.matches(":focus-visible")));
      on(box, "focusout", () => this.focusedOn(null, false));
      on(box, "keydown", (event) => this.key(event, idAt(event.target)));
      on(box, "wheel", (event) => this.wheel(event), early);
      on(box, "touchstart touchmove", (event) => this.swipe(event), early);
      on(this.frame, "click", (event) => this.button(event.target.closest("[data-map-action]")));
      on(document, "equity:highlight", (event) => this.highlight(event.detail));
      on(window, "online", () => this.view && this.update(this.view));
      on(window, "beforeprint", () => this.print(true));
      on(window, "afterprint", () => this.print(false));
      this.map.onClick((target) => this.click(idAt(target)));
      this.map.onMoved(() => this.moved());
      this.sizes = new ResizeObserver(() => this.resized());
      this.sizes.observe(box);
    }

    leave() {
      this.leaving.abort();
      this.sizes.disconnect();
      clearTimeout(this.hintTimer);
    }

    // -- what the page asks for

    update(view) {
      const before = this.view;
      this.view = { shown: null, fit: null, names: {}, selected: null, ...view };
      this.shown = this.view.shown && new Set(this.view.shown);
      this.refit ||= String(before?.fit ?? null) !== String(this.view.fit);
      this.reselected ||= (before?.selected ?? null) !== this.view.selected; // selected elsewhere: it may be out of sight
      Object.assign(this.labels, view.labels);
      if (this.drawn === view.url) this.paint();
      else this.load(view.url);
    }

    async load(url) {
      this.frame.setAttribute("aria-busy", "true");
      try {
        const outlines = await outlinesAt(url);
        await this.map.ready(this.leaving.signal);
        // Another layer may have been asked for meanwhile, or the visitor has left the page.
        if (this.view.url !== url || this.drawn === url || this.leaving.signal.aborted) return;
        this.draw(outlines, url);
        this.say("");
      } catch (error) {
        if (!files.has(url)) this.say(this.labels.unavailable);
        console.error(error);
      } finally {
        this.frame.setAttribute("aria-busy", "false");
      }
    }

    /** New outlines: the paths are made anew, so what had the focus is found again by its id, else by where it was. */
    draw(outlines, url) {
      const held = this.map.places.get(this.focused);
      this.drawn = url;
      this.hovered = this.focused = this.ringed = this.tapped = this.highlighted = this.stop = null;
      this.map.draw(outlines);
      for (const [id, { path }] of this.map.places) path.dataset.place = id;
      set(this.map.svg("places"), { role: "group", "aria-describedby": `${this.id}-help` });
      this.frame.classList.toggle("has-borders", this.view.layer !== "area");
      this.paint();
      if (held) this.focus(this.reachable(held.id) ? held.id : this.nearest(held));
    }

    paint() {
      const { places, selected, fit } = this.view, held = this.map.places.get(this.focused); // painting may take the focus away
      this.map.svg("places").setAttribute("aria-label", this.labels.name);
      for (const place of this.map.places.values()) this.paintPlace(place, places[place.id] ?? UNKNOWN);
      if (held) this.speak(held);
      cancelAnimationFrame(this.speaking);
      this.speaking = requestAnimationFrame(() => setTimeout(() => this.map.places.forEach((place) => this.speak(place))));
      if (!this.reachable(this.stop)) this.moveStop(this.reachable(selected) ? selected : this.first());
      if (held && !this.reachable(held.id)) this.focus(this.nearest(held));
      if (this.refit) this.fit(fit);
      else if (this.reselected && this.reachable(selected)) this.map.reveal(this.map.places.get(selected));
      this.refit = this.reselected = false;
      this.drawAbove();
    }

    /** Writes only what is not there yet: most of a repaint is the browser's work, and this keeps it small. */
    paintPlace(place, given) {
      const { id, path } = place, outside = !this.reachable(id), pressed = id === this.view.selected;
      const paint = look(given, outside, (kind, colour) => this.hatch(kind, colour));
      if (place.paint !== paint) this.map.fill(place, (place.paint = paint));
      if (place.outside !== outside) {
        place.outside = outside;
        place.label = place.pressed = null;
        path.classList.toggle("is-outside", outside);
        ["role", "tabindex", "aria-label", "aria-pressed", "aria-hidden"].forEach((name) => path.removeAttribute(name));
        set(path, outside ? { "aria-hidden": "true" } : { role: "button", tabindex: id === this.stop ? 0 : -1 });
      }
      if (outside) return;
      if (place.pressed !== pressed) path.setAttribute("aria-pressed", (place.pressed = pressed));
    }

    /** What a screen reader says of a place. Eight hundred sentences take longer than eight hundred colours: they come a frame later. */
    speak(place) {
      const { label } = this.view.places[place.id] ?? UNKNOWN;
      if (!place.outside && place.label !== label) place.path.setAttribute("aria-label", (place.label = label));
    }

    select(id) {
      if (!this.view) return;
      const before = this.view.selected;
      this.view.selected = id;
      for (const one of [before, id]) {
        if (this.reachable(one)) this.paintPlace(this.map.places.get(one), this.view.places[one] ?? UNKNOWN);
      }
      if (this.reachable(id)) {
        this.moveStop(id);
        this.map.reveal(this.map.places.get(id));
      }
      this.drawAbove();
    }

    choose(id) {
      this.select(id);
      window.dash_clientside?.set_props("selected-place", { data: { id, layer: this.view.layer, at: Date.now(), map: this.id } });
    }

    highlight({ id, map }) {
      if ((map ?? this.id) !== this.id || this.highlighted === id) return;
      this.highlighted = id;
      this.drawRings();
    }

    // -- which places can be reached, and which one the Tab key leads to

    reachable(id) { return this.map.places.has(id) && (!this.shown || this.shown.has(id)); }

    reach() { return [...this.map.places.values()].filter(({ id }) => this.reachable(id)); }

    first() { return this.reach()[0]?.id ?? null; }

    nearest(from) {
      const far = ({ x, y }) => Math.hypot(x - from.x, y - from.y);
      return this.reach().reduce((best, one) => (best && far(best) <= far(one) ? best : one), null)?.id ?? null;
    }

    moveStop(id) {
      if (this.reachable(this.stop)) this.map.places.get(this.stop).path.setAttribute("tabindex", -1);
      this.stop = id;
      this.map.places.get(id)?.path.setAttribute("tabindex", 0);
    }

    focus(id) {
      const place = this.map.places.get(id);
      if (!place) return;
      this.map.reveal(place); // first: a path outside the view is empty
      place.path.focus();
    }

    // -- what the visitor does

    /** Dragging is for a mouse or a pen: one finger scrolls the page, two move and zoom the map (Leaflet's own touchZoom). */
    pointer(event) {
      this.finger = event.pointerType === "touch";
      this.map.allow("dragging", !this.finger);
    }

    hover(id) {
      const found = this.reachable(id) ? id : null;
      if (found === this.hovered) return;
      this.hovered = found;
      this.pointedAt();
    }

    focusedOn(id, byKeyboard) {
      this.focused = id;
      this.ringed = byKeyboard ? id : null;
      if (id !== null) this.moveStop(id);
      this.pointedAt();
    }

    pointedAt() {
      const detail = { id: this.hovered ?? this.ringed, layer: this.view?.layer, map: this.id };
      document.dispatchEvent(new CustomEvent("equity:hover", { detail }));
      this.drawRings();
      this.showCard();
    }

    click(id) {
      this.tapped = this.finger ? id : null;
      if (this.reachable(id)) this.choose(id);
      else this.showCard();
    }

    key(event, id) {
      if (id === null || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Escape") {
        this.hovered = this.tapped = this.ringed = null; // the card goes too
        if (this.view.selected !== null) this.choose(null);
        this.pointedAt();
      } else if (ARROWS[event.key]) {
        event.preventDefault(); // the page stays where it is, also at the city's edge
        this.focus(neighbour(this.reach(), this.map.places.get(id), event.key));
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (!event.repeat) this.choose(id);
      }
    }

    button(button) {
      if (!button || button.getAttribute("aria-disabled") === "true") return;
      if (button.dataset.mapAction === "city") this.fit(null);
      else this.map.zoom(button.dataset.mapAction === "in" ? 1 : -1, !calm());
    }

    /** The wheel scrolls the page; with Ctrl (or Command) it zooms the map. */
    wheel(event) {
      const zoom = event.ctrlKey || event.metaKey;
      this.map.allow("scrollWheelZoom", zoom);
      this.say(zoom ? "" : this.labels.wheel_hint, 1500);
    }

    /** Says that it takes two fingers, to who moves one sideways: up and down is how one scrolls past the map. */
    swipe({ type, touches: [{ clientX: x, clientY: y }, second] }) {
      if (type === "touchstart") this.touched = { x, y };
      const aside = Math.abs(x - this.touched.x), along = Math.abs(y - this.touched.y);
      if (second) this.say("");
      else if (aside > 30 && aside > along) this.say(this.labels.touch_hint, 1500);
    }

    say(text, milliseconds) {
      clearTimeout(this.hintTimer);
      if (this.hint.textContent !== text) this.hint.textContent = text;
      if (text && milliseconds) this.hintTimer = setTimeout(() => this.say(""), milliseconds);
    }

    // -- where the map looks

    fit(ids, animate = !calm()) {
      const places = (ids ?? []).map((id) => this.map.places.get(id)).filter(Boolean);
      this.fitted = places.length ? ids : null;
      this.map.fit(places.length ? places : null, this.city, animate);
    }

    moved() {
      const { zoom, least, most } = this.map.zooms(), atEnd = { in: zoom > most - 0.01, out: zoom < least + 0.01 };
      for (const button of this.frame.querySelectorAll("[data-map-action]")) {
        button.setAttribute("aria-disabled", atEnd[button.dataset.mapAction] ?? false);
      }
      if (this.frame.classList.toggle("is-near", zoom >= NEAR) !== this.near) this.letters = null;
      this.near = zoom >= NEAR;
      if (this.view) this.drawAbove();
    }

    /** A map that nobody has moved keeps fitting what it fitted; another one keeps its centre. */
    resized() {
      if (this.printing) return;
      const still = this.map.untouched();
      this.map.resize();
      if (still) this.fit(this.fitted, false);
    }

    /** On paper the map has a width of its own and shows what it was fitted to; afterwards all is as before. */
    print(starts) {
      const { centre, zoom } = this.map.position();
      this.printing = starts;
      this.frame.classList.toggle("is-printing", starts);
      this.map.resize();
      if (starts) [this.before, this.settledBefore] = [{ centre, zoom }, this.map.settled];
      if (starts) return this.fit(this.fitted, false);
      this.map.go(this.before);
      this.map.settled = this.settledBefore;
    }

    // -- what is drawn above the places

    drawAbove() {
      this.drawNames();
      this.drawRings();
      this.showCard();
    }

    /** A group of this map's topmost drawing, made on first use: rings, and names above them. */
    group(name) {
      const top = this.map.svg("borders");
      if (top && !top.querySelector("g.equity-names")) {
        top.append(...["equity-rings", "equity-names"].map((one) => svg("g", { class: one, "aria-hidden": "true" })));
      }
      return top?.querySelector(`g.${name}`);
    }

    drawNames() {
      const group = this.group("equity-names"), onAreas = this.view.layer === "area", scale = this.map.pixelsPerMetre();
      if (!group) return;
      const { width, line } = (this.letters ??= lettersOf(group));
      const names = [...this.map.areas.values()]
        .filter(({ id }) => this.view.names[id])
        .map((area) => ({ id: area.id, text: this.view.names[area.id], r: area.r * scale, ...this.map.pixel(area) }));
      group.replaceChildren(...placeNames(names, this.map.room(), width, line).map(({ id, x, y, lines }) => {
        const name = svg("text", { x, y: y - ((lines.length - 1) * line) / 2, "data-name": id });
        lines.forEach((text, i) => (name.appendChild(svg("tspan", { x, dy: i ? line : 0 })).textContent = text));
        // On a colour of its own a name has that colour around it; on a hatch and on many tracts, white.
        const area = onAreas ? this.map.places.get(id) : null, plain = area?.paint.startsWith("#");
        if (plain) name.setAttribute("stroke", area.paint);
        name.classList.toggle("is-light", Boolean(plain) && isDark(area.paint));
        name.classList.toggle("is-faint", Boolean(area?.outside));
        return name;
      }));
    }

    /** Rings lie above every place, as copies of a place's outline: raising the path itself would drop its focus. */
    drawRings() {
      const rings = { selected: this.view?.selected, highlight: this.highlighted, hover: this.hovered, focus: this.ringed };
      this.group("equity-rings")?.replaceChildren(...Object.entries(rings).flatMap(([kind, id]) => {
        const d = this.reachable(id) ? this.map.places.get(id).path.getAttribute("d") : null;
        return d ? ["halo", "line"].map((part) => svg("path", { d, class: `equity-ring is-${kind} ${part}` })) : [];
      }));
    }

    showCard() {
      const id = this.hovered ?? this.ringed ?? this.tapped, tip = this.reachable(id) ? this.view.places[id]?.tip : null;
      this.card.hidden = !tip?.length;
      if (this.card.hidden) return;
      this.card.replaceChildren(...tip.map((line, i) => Object.assign(document.createElement(i ? "span" : "strong"), { textContent: line })));
      const frame = this.map.container.getBoundingClientRect(), place = this.map.places.get(id).path.getBoundingClientRect();
      const box = { x0: place.left - frame.left, y0: place.top - frame.top, x1: place.right - frame.left, y1: place.bottom - frame.top };
      const card = { w: this.card.offsetWidth, h: this.card.offsetHeight };
      const { x, y } = placeCard(box, card, { w: frame.width, h: frame.height });
      this.card.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    }

    /** The paint of a hatch: a pattern in this map's own drawing, under an id that no other map has. Colours are in the CSS. */
    hatch(kind, colour) {
      const id = `${this.id}-${kind}${colour.replace("#", "-")}`, home = this.map.svg("places");
      if (!home.querySelector(`[id="${id}"]`)) {
        const mark = { empty: "M3 3h.01", quiet: "M-1 5L1 7M0 0L6 6M5 -1L7 1", missing: "M-1 1L1 -1M0 6L6 0M5 7L7 5" }[kind];
        const ground = svg("rect", { width: 6, height: 6, ...(colour && { fill: colour }) }), lines = svg("path", { d: mark });
        const tile = { id, class: `equity-hatch is-${kind}`, patternUnits: "userSpaceOnUse", width: 6, height: 6 };
        home.prepend(svg("defs", {}, svg("pattern", tile, ground, lines)));
      }
      return `url(#${id})`;
    }
  }

  /** How wide a text is in the letters of a drawing, and how high a line. */
  function lettersOf(group) {
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(group), pen = document.createElement("canvas").getContext("2d");
    const known = new Map();
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const width = (text) => known.get(text) ?? known.set(text, pen.measureText(text).width).get(text);
    return { width, line: 1.14 * parseFloat(fontSize) };
  }

  // ---- 3. Leaflet, and nothing but ----------------------------------------------------------------------------------------

  const MARGIN = 10, CLOSEST = 14; // around what is fitted; a single tract does not fill the map, a small city does

  class LeafletMap {
    constructor(map) {
      this.map = map;
      this.container = map.getContainer();
      this.places = new Map(); // id -> {id, at, r, x, y, path, layer}
      this.areas = new Map(); // the same for the borders, which carry the names
      if (calm()) Object.assign(map, { _zoomAnimated: false }).options.inertia = false; // Leaflet reads the option only once
    }

    /** Leaflet has drawn a layer: keep it if it is a place or a border. done() follows the last border. */
    take(layer, done) {
      const { pane } = layer.options ?? {}, { id, at, r } = layer.feature?.properties ?? {};
      const kind = { places: this.places, borders: this.areas }[pane];
      if (!kind || !layer._path || !at) return;
      const { x, y } = this.map.project([at[1], at[0]], 12); // for "which is nearest": pixels of some zoom, whatever it is now
      kind.set(id, { id, at, r, x, y, path: layer._path, layer });
      layer._renderer.options.padding = 0.4; // drawn beyond the edge, so that a drag does not show bare ground
      if (kind === this.areas && kind.size === 1) queueMicrotask(done);
    }

    layer() {
      let found = null;
      this.map.eachLayer((layer) => { if (layer.addData && layer.options.pane === "places") found = layer; });
      return found;
    }

    /** dash-leaflet mounts its layers one after the other and empties each when it does: wait for that. */
    async ready(leaving) {
      while (!this.layer() && !leaving.aborted) await new Promise((resolve) => setTimeout(resolve, 16));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }

    /** Straight into the layer: a `url` changed through Dash is lost while another loads, and for ever after one has failed. */
    draw(outlines) {
      this.places.clear();
      this.layer().clearLayers().addData(outlines);
    }

    fill(place, paint) { place.layer.setStyle({ fillColor: paint }); }

    svg(pane) { return this.map.getPane(pane)?.querySelector("svg") ?? null; }

    /** Pixels of the drawings (Leaflet's layer points), which is what paths are written in. */
    pixel({ at: [lon, lat] }) {
      const { x, y } = this.map.latLngToLayerPoint([lat, lon]);
      return { x, y };
    }

    pixelsPerMetre() {
      const { lat, lng } = this.map.getCenter();
      return this.map.project([lat + 0.01, lng]).distanceTo(this.map.project([lat, lng])) / 1112; // metres in 0.01 degrees
    }

    room() {
      const { x: x0, y: y0 } = this.map.containerPointToLayerPoint([0, 0]), { x, y } = this.map.getSize();
      return { x0, y0, x1: x0 + x, y1: y0 + y };
    }

    reveal({ at: [lon, lat] }) { this.map.panInside([lat, lon], { padding: [40, 40], animate: false }); }

    zoom(steps, animate) { this.map.setZoom(this.map.getZoom() + steps * this.map.options.zoomDelta, { animate }); }

    zooms() { return { zoom: this.map.getZoom(), least: this.map.getMinZoom(), most: this.map.getMaxZoom() }; }

    /** Fits places, or the city when they are null. Nobody can zoom out further than to the whole city. */
    fit(places, city, animate) {
      if (!this.map.getSize().x) return; // still hidden: its first size will fit it
      const corners = places?.flatMap(({ layer }) => [layer.getBounds().getSouthWest(), layer.getBounds().getNorthEast()]);
      this.map.options.minZoom = 0;
      const least = this.map.getBoundsZoom(city, false, [2 * MARGIN, 2 * MARGIN]);
      this.fitting = true;
      this.map.fitBounds(corners ?? city, { padding: [MARGIN, MARGIN], maxZoom: Math.max(CLOSEST, least), animate });
      this.map.options.minZoom = least;
    }

    /** Whether the map still is where `fit` left it. */
    untouched() {
      const { settled } = this, { centre, zoom } = this.position();
      return !settled || (zoom === settled.zoom && this.map.distance(centre, settled.centre) * this.pixelsPerMetre() < 2);
    }

    position() { return { centre: this.map.getCenter(), zoom: this.map.getZoom() }; }

    go({ centre, zoom }) { this.map.setView(centre, zoom, { animate: false }); }

    resize() { this.map.invalidateSize({ animate: false }); }

    allow(handler, yes) { this.map[handler][yes ? "enable" : "disable"](); }

    /** A click that did not end a drag. */
    onClick(act) { this.map.on("click", (event) => act(event.originalEvent.target)); }

    onMoved(act) {
      this.map.on("moveend", () => {
        if (this.fitting) this.settled = this.position();
        this.fitting = false;
        queueMicrotask(act); // after Leaflet's own listeners, which write the paths
      });
    }

    onRemoved(act) { this.map.on("unload", act); }
  }

  // ---- 4. What others call ------------------------------------------------------------------------------------------------

  const sheets = new Map(); // id of a map on the page -> its Sheet
  const waiting = new Map(); // id of a map that is not there yet -> the last view asked for

  /** dash-leaflet calls this for everything that is added to a map. */
  function onLayerAdd({ target, layer }) {
    const { id } = target.getContainer();
    let sheet = sheets.get(id);
    if (sheet?.map.map !== target) {
      sheet?.leave();
      sheet = new Sheet(new LeafletMap(target));
      sheets.set(id, sheet);
      sheet.map.onRemoved(() => {
        sheet.leave();
        if (sheets.get(id) === sheet) sheets.delete(id);
      });
      if (waiting.has(id)) sheet.update(waiting.get(id));
      waiting.delete(id);
    }
    sheet.map.take(layer, () => sheet.moved());
  }

  function update(view, mapId = "map") {
    if (sheets.has(mapId)) sheets.get(mapId).update(view);
    else waiting.set(mapId, view);
  }

  window.equity = window.equity || {};
  window.equity.map = {
    update,
    select: (id, mapId = "map") => sheets.get(mapId)?.select(id),
    fit: (ids, mapId = "map") => sheets.get(mapId)?.fit(ids),
    onLayerAdd,
    pure: { neighbour, linesOf, placeNames, placeCard, look, isDark },
  };
})();
