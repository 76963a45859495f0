/* The map page in the browser: from the controls to the map, the ranking, the table, the legend, the links and the address.
 *
 * Dash calls the functions in `dash_clientside.equity` (registered in equity/views/pages/map.py) whenever a control changes.
 * `show` is the one that matters: it reads the controls into `ask`, gets the figures (equity_figures.js, in memory after the
 * first time), and writes every part of the page. Nothing here asks the server for a figure it has already.
 * Lists are built with DOM calls and textContent; Dash never touches the insides of #legend, #chips, #ranking, #place-card.
 */
(function () {
  "use strict";

  const F = () => window.equity.figures;
  const TEN = 10, TWENTY = 20; // among how many the chances are; where no more are ranked, each is among them
  const FEW_ROWS = 8; // with no more the table needs no window of its own, and the legend no empty classes
  const RANKED_AT_MOST = 100; // rows of the ranking: every area; of tracts the table has the rest
  const byId = (id) => document.getElementById(id);
  const tell = (id, props) => window.dash_clientside.set_props(id, props);

  /** A DOM element: tag, properties and attributes, children. */
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "onclick") node.addEventListener("click", value);
      else if (value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  /** New contents for a list, the keyboard staying where it was: on the button with the same data-key, else on the one that
   *  now stands in its place, else on `otherwise`. Without this a keyboard user begins the page again after every choice. */
  function refill(list, children, otherwise) {
    const held = list.contains(document.activeElement) ? document.activeElement.closest("[data-key]") : null;
    const keys = () => [...list.querySelectorAll("[data-key]")], at = held ? keys().indexOf(held) : -1;
    list.replaceChildren(...children);
    if (!held) return;
    const now = keys(), next = now.find((one) => one.dataset.key === held.dataset.key) || now[Math.min(at, now.length - 1)] || otherwise;
    if (next) next.focus({ preventScroll: true });
  }

  // ---- The parts of the page, one function each --------------------------------------------------------------------------

  /** The colour of a place: its class's, paler where the margin says "with care", paler still under the stripes of "too uncertain". */
  const colourOf = (config, row) => {
    const by = { care: 0.3, too_uncertain: 0.45 }[row.reliability];
    return by ? F().paler(config.colours[row.class], by) : config.colours[row.class];
  };

  /** What the map is to show: one entry a place. */
  function paintMap(page) {
    const { config, ask, rows, figures, layer } = page;
    const places = {};
    for (const row of rows) {
      const lines = () => F().linesOf(config, row, ask, page.write);
      places[row.id] = {
        fill: row.kind === "figure" ? colourOf(config, row) : null,
        hatch: row.kind === "figure" ? null : row.kind,
        quiet: row.outside || row.reliability === "too_uncertain",
        get label() { return lines().join(". "); },
        get tip() { return lines(); },
      };
    }
    const chosen = F().chosenAreas(config, ask.areas);
    const filtered = chosen ? rows.filter((row) => row.inFilter).map((row) => row.id) : null;
    window.equity.map.update({
      layer,
      url: config.files.outlines[layer],
      places,
      shown: filtered,
      fit: filtered,
      // Names of areas that the filter leaves out would crowd out those that are asked for.
      names: chosen ? Object.fromEntries(Object.entries(config.areas).filter(([id]) => chosen.has(id))) : config.areas,
      selected: page.selected ? page.selected.id : null,
    });
  }

  /** Five classes with the places in each, then the hatches that are in use. */
  function writeLegend(page) {
    const { config, ask, rows, write } = page, words = config.words;
    const limits = F().limitsOf(config, ask), limit = (value) => write.limit(value, ask.measure);
    const inView = rows.filter((row) => row.inFilter);
    const labels = limits.map((high, i) => (i ? F().fill(words.between, { low: limit(limits[i - 1]), high: limit(high) }) : F().fill(words.under, { limit: limit(high) })));
    labels.push(limits.length ? F().fill(words.over, { limit: limit(limits[limits.length - 1]) }) : "");
    const item = (label, count, swatch) =>
      el("li", {}, swatch, el("span", {}, label), el("span", { class: "legend-count" }, F().fill(words.places_in_class, { number: write.count(count) })));
    const items = labels.map((label, i) => {
      const swatch = el("span", { class: "swatch" });
      swatch.style.backgroundColor = config.colours[i];
      return [label, inView.filter((row) => row.class === i).length, swatch];
    // Of few places most classes are empty, and say nothing; of many, what is empty tells how the city lies.
    }).filter(([, count]) => count || rows.length > FEW_ROWS).map((parts) => item(...parts));
    for (const [kind, chosen] of [
      ["care", (r) => r.reliability === "care" && !r.outside],
      ["too_uncertain", (r) => r.kind === "figure" && (r.outside || r.reliability === "too_uncertain")],
      ["missing", (r) => r.kind === "missing"],
      ["empty", (r) => r.kind === "empty"],
    ]) {
      const count = inView.filter(chosen).length;
      // Places without a figure say why: the notes of the first are those of all, but for a rare exception in its card.
      const why = kind === "missing" && count ? F().notesOf(config, inView.find(chosen).flag) : [];
      const label = why.length ? `${words[kind]}: ${why.join("; ")}` : words[kind];
      if (count) items.push(item(label, count, el("span", { class: `swatch equity-swatch is-${kind === "too_uncertain" ? "quiet" : kind}` })));
    }
    const about = config.indicators[ask.indicator];
    const measure = F().fill(ask.measure === "share" ? words.legend_share : words.legend_estimate, { of: about.of });
    const title = F().fill(words.legend, { indicator: about.label, measure, release: ask.release });
    byId("legend").replaceChildren(el("p", { class: "legend-title" }, title), el("ul", {}, ...items));
  }

  /** The worst first: name, a bar with its margin as a whisker, the figure. */
  function writeRanking(page) {
    const { config, ask, write, selected } = page, words = config.words, share = ask.measure === "share";
    const about = config.indicators[ask.indicator], group = !share ? "most" : about.group === "connection" && about.worse ? "least" : "highest";
    byId("ranking-title").textContent = words[`ranking_${group}_${ask.level}`];
    const margin = (row) => (share ? row.share_moe : row.moe);
    const top = Math.max(...page.ranked.map((row) => row.value + (margin(row) || 0)), Number.MIN_VALUE);
    const limit = share ? Math.min(1, top) : top, part = (value) => `${(100 * Math.max(0, Math.min(value, limit))) / limit}%`;
    const written = (row) => (share ? write.percent(row.value) : write.count(row.value));
    const spread = (row) => (margin(row) == null ? "" : `± ${share ? write.points(margin(row)) : write.count(margin(row))}`);
    // The chosen place has its row, even beyond the first hundred.
    const listed = page.ranked.filter((row, i) => i < RANKED_AT_MOST || row === selected);
    const lines = listed.map((row) => {
      const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("i", { class: "bar-fill" }));
      bar.firstChild.style.width = part(row.value);
      bar.firstChild.style.backgroundColor = config.colours[row.class];
      if (margin(row) != null) {
        const whisker = bar.appendChild(el("i", { class: "bar-whisker" }));
        whisker.style.left = part(row.value - margin(row));
        whisker.style.right = `calc(100% - ${part(row.value + margin(row))})`;
      }
      const name = el("span", { class: "ranking-name" }, row.name);
      if (ask.level === "tract") name.append(el("small", {}, F().partOf(config, row, ask.level)));
      const figure = el("span", { class: "ranking-figure" }, written(row), el("small", {}, spread(row)));
      const chosen = selected && selected.id === row.id, sure = standingOf(page, row);
      const button = el("button", { type: "button", "data-place": row.id, "data-key": row.id, "aria-pressed": chosen ? "true" : "false" }, name, figure, bar);
      if (sure && sure.chance_top10 != null && sure.ranked > 1) button.title = F().fill(sure.ranked > TWENTY ? config.standing.row : config.standing.row_of_few, rankWords(page, sure));
      if (sure && sure.chance_top10 != null && sure.ranked > TEN) {
        button.append(el("span", { class: "ranking-chance" }, el("span", { class: "spoken" }, `${config.standing.chance_spoken} `), write.chance(sure.chance_top10)));
        button.classList.add("has-chance");
      }
      return el("li", {}, button);
    });
    // The list's own window: where it was while the view is the same, else at the top; a place just chosen is brought into it.
    const list = byId("ranking"), view = JSON.stringify([ask, selected && selected.id]), held = list.dataset.view === view ? list.scrollTop : 0;
    refill(list, lines);
    list.scrollTop = held;
    const chosenRow = list.dataset.view !== view && list.querySelector('[aria-pressed="true"]');
    if (chosenRow && chosenRow.offsetTop + chosenRow.offsetHeight > list.clientHeight) list.scrollTop = chosenRow.offsetTop - (list.clientHeight - chosenRow.offsetHeight) / 2;
    list.dataset.view = view;
    const unranked = page.rows.filter((row) => row.inFilter && row.kind === "figure" && !row.ranked).length;
    const uncertain = unranked ? ` ${F().fill(words.ranking_uncertain, { number: write.count(unranked) })}` : "";
    const rest = page.ranked.length > RANKED_AT_MOST ? F().fill(words.ranking_rest, { shown: write.count(RANKED_AT_MOST), all: write.count(page.ranked.length) }) : "";
    byId("ranking-note").textContent = rankingNote(page);
    byId("ranking-head").hidden = !(page.standing && page.standing.ranked > TEN);
    byId("ranking-rest").textContent = (page.ranked.length ? rest : words.ranking_none) + uncertain;
  }

  /** What may be said of an area in this view: its column of every list in the answer; null until it is there. */
  function standingOf(page, row) {
    const { standing, figures } = page, at = standing ? figures.ids.indexOf(row.id) : -1;
    return at < 0 ? null : Object.fromEntries(Object.entries(standing).map(([name, value]) => [name, Array.isArray(value) ? value[at] : value]));
  }

  /** The holes of the sentences about an area's rank. */
  const rankWords = ({ write }, sure) => ({
    low: write.count(sure.rank_low),
    high: write.count(sure.rank_high),
    ranked: write.count(sure.ranked),
    ten: write.chance(sure.chance_top10),
    twenty: write.chance(sure.chance_top20),
    worse: write.count(sure.rank_low - 1),
    better: write.count(sure.ranked - sure.rank_high),
    same: write.count(sure.rank_high - sure.rank_low),
  });

  /** The line above the ranking: how sure its order is. */
  function rankingNote({ config, ask, write, rows, ranked, standing, standingFailed }) {
    const said = config.standing;
    if (standingFailed) return said.note_failed;
    if (ask.level === "tract" && ranked.length >= 10) {
      const tenth = ranked[9].value, high = rows.filter((row) => row.inFilter && !row.ranked && !row.outside && row.value > tenth).length;
      if (high) return F().fill(said.note_tracts, { ranked: write.count(ranked.length), high: write.count(high) });
    }
    const bare = ranked.filter((row) => row.judged === "no_margin").length;
    if (ask.level === "tract" && bare) return bare === ranked.length ? said.note_no_margin : F().fill(said.note_tracts_no_margin, { number: write.count(bare) });
    if (!standing || ask.level !== "area" || standing.rank_reason[0] === "no_worse_end") return said.note_plain;
    if (standing.ranked < 2) return rows.length > 1 ? said.note_no_margin : "";
    const where = ask.areas.length ? "_filtered" : "", modelled = rows.some((row) => row.flag & config.flags.modelled);
    const first = F().fill(said[`note${standing.first_group === 1 ? "_one" : ""}${where}`], { number: write.count(standing.first_group) });
    const unranked = standing.rank_reason.filter((reason) => reason === "no_margin").length;
    const without = unranked ? F().fill(said.note_unranked, { number: write.count(unranked) }) : "";
    return [first, without, standing.ranked > TEN ? said[`note_chance${where}`] : "", modelled ? said.note_modelled : ""].filter(Boolean).join(" ");
  }

  /** A line with a word that explains itself when it is pointed at, focused or tapped; Escape takes the explanation away. The
   *  word takes the place of {hole} in the template; the explanation stands at the end of the line. */
  function explainingLine(template, hole, key, word, why, size = "") {
    const [before, after] = template.split(`{${hole}}`);
    const id = `why-${key}`, button = el("button", { type: "button", class: "explained", "data-key": id, "aria-describedby": id }, word);
    button.addEventListener("keydown", (event) => event.key === "Escape" && button.classList.add("quieted"));
    for (const again of ["blur", "mouseleave"]) button.addEventListener(again, () => button.classList.remove("quieted"));
    return el("p", {}, before, button, `${after} `, el("span", { class: "unbroken" }, size), el("span", { class: "why", role: "tooltip", id }, why));
  }

  /** The lines of the card that say what may be said: against the city, since the baseline, and how sure the rank is. */
  function standingLines(page, row) {
    const sure = standingOf(page, row), { config, ask, write } = page, said = config.standing;
    if (!sure) return [];
    const judged = (what, template) => {
      const [verdict, reason] = [sure[`${what}_verdict`], sure[`${what}_reason`]];
      if (!verdict) return [];
      const [difference, moe, tested] = ["difference", "difference_moe", "tested"].map((name) => sure[`${what}_${name}`]);
      // Of what was not found nothing is said by a list's control.
      const together = tested > 1 && verdict !== "too_close" ? F().fill(said.together, { tested: write.count(tested) }) : "";
      const meaning = verdict.startsWith("probably") && row.flag & config.flags.modelled ? said.why_modelled : said.whys[verdict];
      const why = reason ? said.reasons[reason] : `${meaning} ${together}`;
      // An indicative change rests on the narrower margin, so that one is told as well.
      const unit = ask.measure === "share" ? "points" : "count", of = config.indicators[ask.indicator].of;
      const narrower = what === "change" && verdict.startsWith("probably") && sure.change_moe_overlap < moe;
      const by = said[`by_${unit}${narrower ? "_overlap" : ""}`], margin = write[unit](moe), overlap = write[unit](sure.change_moe_overlap);
      const size = moe == null ? "" : F().fill(by, { difference: write.change(difference, ask.measure), moe: margin, overlap, of });
      return [explainingLine(template, "verdict", what, said.verdicts[verdict], why, size)];
    };
    const lines = [...judged("city", said.city), ...judged("change", F().fill(said.since, { since: sure.since }))];
    if (sure.chance_top10 != null && sure.ranked > 1) {
      const holes = rankWords(page, sure), why = F().fill(said.range_why, holes) + (row.flag & config.flags.modelled ? ` ${said.range_modelled}` : "");
      lines.push(explainingLine(ask.measure === "share" ? said.rank : said.rank_by_number, "range", "rank", F().fill(said.range, holes), why));
      if (sure.ranked > TEN) lines.push(el("p", {}, F().fill(sure.ranked > TWENTY ? said.chances : said.chance_of_ten, holes)));
    }
    return lines;
  }

  /** The details of the chosen place. */
  function writePlace(page) {
    const card = byId("place-card"), { selected, config } = page;
    card.hidden = !selected;
    if (!selected) {
      const row = byId("ranking").querySelector(`[data-key="${CSS.escape(writePlace.shown || "")}"]`);
      return refill(card, [], row || byId("area-search"));
    }
    writePlace.shown = selected.id;
    const [name, ...lines] = F().linesOf(config, selected, page.ask, page.write), notes = F().notesOf(config, selected.flag);
    const last = notes.length ? [el("p", { class: "quiet" }, lines.pop())] : []; // the notes, below everything else
    const close = el("button", { type: "button", class: "close", "data-key": "close", "aria-label": config.words.close, onclick: () => choose(null) }, "×");
    refill(card, [el("div", { class: "place-head" }, el("h2", {}, name), close), ...lines.map((line) => el("p", {}, line)), ...standingLines(page, selected), ...last]);
  }

  /** The chosen neighborhoods, each a button that takes it out again. */
  function writeChips(page) {
    const { config, ask } = page, nameOf = (token) => (config.sides[token] ? config.sides[token].name : config.areas[token]);
    const without = (token) => tell("areas", { data: ask.areas.filter((other) => other !== token) });
    const chips = ask.areas.map((token) => {
      const label = F().fill(config.words.remove, { name: nameOf(token) });
      return el("li", {}, el("button", { type: "button", class: "chip", "data-key": token, "aria-label": label, onclick: () => without(token) }, nameOf(token), el("span", { "aria-hidden": "true" }, " ×")));
    });
    if (chips.length) chips.push(el("li", {}, el("button", { type: "button", class: "chip chip-clear", "data-key": "", onclick: () => tell("areas", { data: [] }) }, config.words.clear)));
    refill(byId("chips"), chips, byId("area-search"));
  }

  /** Links to the files of this view. A release without tracts says so. */
  function writeLinks(page) {
    const { config, ask } = page, files = config.downloads[ask.release];
    const query = new URLSearchParams();
    if (ask.areas.length) query.set("areas", ask.areas.join(","));
    for (const name of ["tracts", "tracts-about", "areas", "areas-about", "comparisons", "comparisons-about"]) {
      const link = byId(`download-${name}`), asked = new URLSearchParams(query);
      if (name.endsWith("about")) asked.set("lang", config.lang);
      link.parentElement.hidden = !files[name];
      if (files[name]) link.setAttribute("href", asked.size ? `${files[name]}?${asked}` : files[name]);
    }
    byId("download-note").textContent = files.tracts ? "" : F().fill(config.words.no_tracts, { release: ask.release });
  }

  /** The view as an address; what is at its default is left out. */
  function writeAddress(page) {
    const { config, ask, selected } = page, query = new URLSearchParams();
    for (const key of ["indicator", "level", "measure"]) if (ask[key] !== config.defaults[key]) query.set(key, ask[key]);
    if (ask.areas.length) query.set("areas", ask.areas.join(","));
    if (selected) query.set("place", selected.id);
    // The front page is always the newest release; a link to anything else shows the same figures for ever.
    if (query.size || ask.release !== newest(config, ask)) query.set("release", ask.release);
    const asked = new URLSearchParams(window.location.search).get("lang");
    const address = (lang) => {
      const whole = new URLSearchParams(query);
      if (lang) whole.set("lang", lang);
      // A comma may stand in a query as it is, and reads better in a link that people send each other.
      return window.location.pathname + (whole.size ? `?${whole.toString().replaceAll("%2C", ",")}` : "");
    };
    window.history.replaceState(window.history.state, "", address(asked));
    for (const link of document.querySelectorAll(".language-link")) link.setAttribute("href", address(link.dataset.lang));
  }

  /** The rows of the table, in the order of the ranking, then those that cannot be ranked. */
  function rowsOfTable(page) {
    const { config, ask } = page, rest = page.rows.filter((row) => row.inFilter && !row.ranked);
    return [...page.ranked, ...rest].map((row) => ({
      id: row.id, name: row.name, part_of: F().partOf(config, row, ask.level), estimate: row.estimate, moe: row.moe,
      universe: row.universe, universe_moe: row.universe_moe, share: row.share, share_moe: row.share_moe,
      notes: [F().reliabilityOf(config, row, ask.level), ...F().notesOf(config, row.flag)].filter(Boolean).join("; "),
    }));
  }

  // ---- Listening ---------------------------------------------------------------------------------------------------------

  const choose = (id) => tell("selected-place", { data: { id, at: Date.now() } });
  const rowOf = (target) => (target.closest ? target.closest("#ranking [data-place]") : null);

  /** The ranking and the map point at each other's places. On the document, so that a page that comes back needs nothing. */
  document.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (row) choose(row.getAttribute("aria-pressed") === "true" ? null : row.dataset.place);
  });
  const point = (id) => document.dispatchEvent(new CustomEvent("equity:highlight", { detail: { id } }));
  for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    document.addEventListener(on, (event) => rowOf(event.target) && point(rowOf(event.target).dataset.place));
    document.addEventListener(off, (event) => rowOf(event.target) && point(null));
  }
  document.addEventListener("equity:hover", (event) => {
    for (const row of document.querySelectorAll("#ranking .pointed")) row.classList.remove("pointed");
    const id = event.detail && event.detail.id;
    const row = id && document.querySelector(`#ranking [data-place="${CSS.escape(id)}"]`);
    if (row) row.classList.add("pointed");
  });

  // ---- What Dash calls ---------------------------------------------------------------------------------------------------

  /** The newest release that gives the indicator at this level. */
  function newest(config, ask) {
    const giving = Object.keys(config.releases).filter((release) => config.releases[release].gives[ask.level].includes(ask.indicator));
    return giving.sort().pop();
  }

  let asked = 0; // the newest question: an answer that comes late is not shown

  const painted = () => new Promise((then) => requestAnimationFrame(() => setTimeout(then)));

  /** What Dash calls. Whatever goes wrong, the reader is told: a blank page would look like a city without figures. */
  async function show(...given) {
    try {
      return await present(...given);
    } catch (error) {
      console.error(error);
      const config = given[given.length - 1];
      return [config.words.failed, ...Array(7).fill(window.dash_clientside.no_update)];
    }
  }

  async function present(indicator, release, level, measure, areas, totals, place, config) {
    const none = window.dash_clientside.no_update, nothing = Array(8).fill(none), mine = ++asked;
    const ask = { indicator, release: String(release), level, measure, areas: areas || [] };
    const [options, moved, notice] = releasesOf(ask, config);
    if (moved) ask.release = moved;
    const figures = await F().load(config, F().fileOf(ask));
    const late = () => mine !== asked || !byId("map");
    if (late()) return nothing;
    const rows = F().rows(config, figures, ask);
    const page = { config, ask, layer: F().layerOf(config, ask), figures, rows, write: F().writer(config.tag) };
    const worst = config.indicators[indicator].worse === "low" ? -1 : 1;
    page.ranked = rows.filter((row) => row.inFilter && row.ranked).sort((a, b) => worst * (b.value - a.value) || (a.name < b.name ? -1 : 1));
    page.selected = (place && place.id && rows.find((row) => row.id === place.id && row.inFilter)) || null;
    window.equity.page = page; // for the table's number formats, and for whoever debugs
    // The map first: the eye is there. The lists follow when it is painted.
    paintMap(page);
    writeLegend(page);
    await painted();
    if (late()) return nothing;
    const standing = F().standing(config, ask);
    if (standing && !standing.then) page.standing = standing;
    for (const write of [writeRanking, writePlace, writeChips, writeLinks, writeAddress]) write(page);
    if (standing && standing.then) addWhenThere(page, standing, late);
    byId("city-change").textContent = config.sentences.changes[indicator]?.[ask.release] ?? "";
    byId("modelled-link").hidden = !rows.some((row) => row.flag & config.flags.modelled);
    const table = rowsOfTable(page), label = config.indicators[indicator].label;
    byId("table-caption").textContent = F().fill(table.length === 1 ? config.words.table_caption_one : config.words.table_caption, { number: page.write.count(table.length), indicator: label, release: ask.release });
    // The sentence about a new choice of neighborhoods comes from the server a moment later, as a new `totals`.
    const current = totals && JSON.stringify(totals.tokens) === JSON.stringify(ask.areas);
    const said = ask.areas.length ? current && totals.headlines : config.headlines;
    const sentence = said ? said[indicator]?.[ask.release] ?? "" : none;
    const lines = config.sentences;
    whenIdle(() => fetchTheTable(config));
    whenIdle(() => fetchTheRest(config));
    return [sentence, lines.releases[indicator][ask.release], lines.definitions[indicator][ask.release], lines.sources[ask.release], table, options, moved || none, notice];
  }

  /** How sure the order is comes a moment after the figures, and fails without them: they are there already. */
  async function addWhenThere(page, standing, late) {
    try {
      page.standing = await standing;
    } catch (error) {
      console.error(error);
      page.standingFailed = true;
    }
    if (!late()) for (const write of [writeRanking, writePlace]) write(page);
  }

  /** When the browser has nothing better to do: the map comes before everything that is not the map. */
  const whenIdle = (then) => (window.requestIdleCallback ? window.requestIdleCallback(then, { timeout: 4000 }) : setTimeout(then, 1500));

  /** The table's code, after the first map (views/table.py): once in this page's life; then Dash puts the grid on the page. */
  function fetchTheTable(config) {
    const ready = () => byId("table") || tell("table-script-loaded", { data: true });
    if (window.dash_ag_grid) return fetchTheTable.waiting ? undefined : ready();
    if (fetchTheTable.waiting) return;
    fetchTheTable.waiting = true;
    const script = el("script", { src: config.files.table });
    script.async = false; // its own loader looks for the last script of the page that is not
    script.addEventListener("load", () => { fetchTheTable.waiting = false; ready(); });
    script.addEventListener("error", () => { fetchTheTable.waiting = false; });
    document.head.append(script);
  }

  /** The other files, so that a later change asks the server for nothing; not for a visitor who asks to save data. */
  function fetchTheRest(config) {
    if (fetchTheRest.done || navigator.connection?.saveData) return;
    fetchTheRest.done = true;
    for (const name of Object.keys(config.files.figures)) F().load(config, name).catch(() => {});
  }

  /** The release picker: what is given can be picked; where what is shown has to move, where to, and what is said of it.
   *  -> [options, release or null, notices]. The notices of the link itself stay until the indicator or the level changes. */
  function releasesOf(ask, config) {
    const none = window.dash_clientside.no_update;
    const given = (one) => config.releases[one].gives[ask.level].includes(ask.indicator), about = `${ask.indicator} ${ask.level}`;
    if (releasesOf.about === about && given(ask.release)) return [none, null, none];
    const first = releasesOf.about === undefined;
    releasesOf.about = about;
    const options = Object.keys(config.releases)
      .sort()
      .reverse()
      .map((one) => ({ value: one, label: given(one) ? config.releases[one].label : `${config.releases[one].label} ${config.words.not_in_hand}`, disabled: !given(one) }));
    if (given(ask.release)) return [options, null, first ? none : []];
    const instead = newest(config, ask);
    return [options, instead, [F().fill(config.words.not_given, { asked: ask.release, label: config.indicators[ask.indicator].label, instead })]];
  }

  /** Letters as people type them: without accents, apostrophes, capitals. */
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f'’]/g, "").trim().toLowerCase();

  /** A name typed into the filter is added as soon as it is whole; on Enter, or when the reader goes on, a part of one will do
   *  if only one name has it. -> [chosen, what is left in the box, what is said of it] */
  function addArea(typed, submitted, left, areas, config) {
    const none = window.dash_clientside.no_update, wanted = plain(typed || "");
    const finished = window.dash_clientside.callback_context.triggered.some((one) => !one.prop_id.endsWith(".value"));
    if (!wanted) return [none, none, ""];
    const named = [...Object.entries(config.sides).map(([key, side]) => [key, side.name]), ...Object.entries(config.areas)];
    const whole = named.filter(([, name]) => plain(name) === wanted), part = named.filter(([, name]) => plain(name).includes(wanted));
    const found = whole.length ? whole[0] : finished && part.length === 1 ? part[0] : null;
    if (found) return [areas.includes(found[0]) ? none : [...areas, found[0]], "", ""];
    if (!finished) return [none, none, ""];
    const sentence = part.length ? config.words.several_areas : config.words.no_such_area;
    return [none, none, F().fill(sentence, { name: typed.trim(), names: part.map(([, name]) => name).join(", ") })];
  }

  /** The rows of the table, which is as high as they are where they are few. It also gets its name: the grid itself has none for
   *  a screen reader. */
  function tableRows(rows) {
    tableRows.few = (rows || []).length <= FEW_ROWS; // of the newest rows, whichever of the calls below finds the grid
    const dress = (tries) => {
      const grid = document.querySelector("#table [role=grid], #table [role=treegrid]");
      if (!grid) return tries && setTimeout(dress, 200, tries - 1); // a slow machine takes seconds to put it there
      grid.setAttribute("aria-labelledby", "table-title");
      byId("table-holder").classList.toggle("of-few", tableRows.few);
      window.dash_ag_grid?.getApi("table")?.setGridOption("domLayout", tableRows.few ? "autoHeight" : "normal");
    };
    setTimeout(dress, 200, 150);
    return rows || [];
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { equity: { show, addArea, tableRows } });

  // The table's number formats (dash-ag-grid looks functions up here).
  const formats = { EquityCount: "count", EquityPercent: "percent", EquityPoints: "points" };
  window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  for (const [name, how] of Object.entries(formats)) {
    window.dashAgGridFunctions[name] = (value) => (window.equity.page ? window.equity.page.write[how](value) : "");
  }
})();
