/* Figures in the browser: fetched once, classed, put into words. No DOM, no Dash, no Leaflet.
 *
 * A figures file holds the areas with every indicator and release, or the tracts of one release, as lists in the order of its
 * `ids`; equity/views/payload.py writes it and tells what is in it. `config` is what equity/views/browser.py tells the
 * page once: words, limits, colours, addresses. Every visible text comes from there.
 */
(function () {
  "use strict";

  const kept = new Map(); // address -> promise of the file

  /** Which figures file a view needs. */
  const fileOf = (ask) => (ask.level === "area" ? "area" : `tract-${ask.release}`);

  /** A figures file. Fetched once; a failure is forgotten, so that the next change tries again. */
  function load(config, name) {
    return fetchOnce(config.files.figures[name]);
  }

  function fetchOnce(url) {
    if (!kept.has(url)) {
      const file = fetch(url).then((answer) => {
        if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
        return answer.json();
      });
      file.catch(() => kept.delete(url));
      kept.set(url, file);
    }
    return kept.get(url);
  }

  const found = new Map(); // address -> what may be said of the areas, once it is there

  /** What may be said of the areas in a view (equity/views/standing.py): at once if it is in memory, else a promise of it; null
   *  for tracts, of which no ranks are made. A failure is forgotten, so that the next change tries again. */
  function standing(config, ask) {
    if (ask.level !== "area") return null;
    const url = `${config.standing.path}/${ask.release}/${ask.indicator}/${ask.measure}.json`;
    return found.get(url) || fetchOnce(url).then((said) => (found.set(url, said), said));
  }

  /** "{low} to {high}" with its holes filled; a hole without a value stays, so that a slip shows in a test. */
  const fill = (template, values) => template.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? values[name] : hole));

  /** How this reader's language writes numbers. `trim` leaves out a decimal that is 0: limits are said as people say them. */
  function writer(tag) {
    const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
    const one = new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    const signed = (digits, value) => (/[1-9]/.test(digits) ? (value < 0 ? "−" : "+") + digits : digits);
    const few = new Intl.NumberFormat(tag, { maximumFractionDigits: 2 });
    return {
      count: (value) => (value == null ? "" : whole.format(value)),
      percent: (share) => (share == null ? "" : `${one.format(share * 100)}%`),
      points: (share) => (share == null ? "" : one.format(share * 100)),
      change: (value, measure) => signed(measure === "share" ? one.format(Math.abs(value) * 100) : whole.format(Math.abs(value)), value),
      // A chance from draws is never certain, and a hundredth of a percent is nothing to read.
      chance: (part) => (part >= 0.995 ? ">99%" : part < 0.005 ? "<1%" : `${whole.format(part * 100)}%`),
      limit: (value, measure) => (measure === "share" ? `${few.format(value * 100)}%` : whole.format(value)),
    };
  }

  /** A colour moved towards white: what a figure that is to be used with care is painted in. */
  function paler(colour, by = 0.4) {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return "#" + parts.map((part) => Math.round(part + (255 - part) * by).toString(16).padStart(2, "0")).join("");
  }

  /** Which class a value is in, 0 to limits.length; a value on a limit belongs to the class above it. */
  const classOf = (value, limits) => limits.filter((limit) => value >= limit).length;

  /** The limits of the classes of a view. */
  const limitsOf = (config, ask) => config.breaks[ask.indicator][ask.measure === "share" ? "share" : ask.level];

  /** The layer of a view: areas, or the tracts of the release's vintage. */
  const layerOf = (config, ask) => (ask.level === "area" ? "area" : config.releases[ask.release].tracts);

  /** Area ids and side keys -> the set of area ids, or null for the whole city. */
  function chosenAreas(config, tokens) {
    if (!tokens.length) return null;
    return new Set(tokens.flatMap((token) => (config.sides[token] ? config.sides[token].members : [token])));
  }

  /** One row a place: the figures of a view, whether it is in the filter, whether it can be ranked, and its class. */
  function rows(config, figures, ask) {
    const table = figures.tables[ask.release]?.[ask.indicator];
    const limits = limitsOf(config, ask), chosen = chosenAreas(config, ask.areas), flags = config.flags;
    return figures.ids.map((id, i) => {
      const value = (column) => (table ? table[column][i] : null);
      const name = figures.level === "area" ? figures.names[i] : fill(config.words.tract, { number: figures.names[i] });
      const row = { id, name, areas: figures.areas[i], flag: table ? table.flag[i] : 0 };
      for (const column of ["estimate", "moe", "universe", "universe_moe", "share", "share_moe"]) row[column] = value(column);
      row.value = row[ask.measure];
      row.inFilter = !chosen || row.areas.some((area) => chosen.has(area));
      row.reliability = table ? config.reliabilities[table.reliability[i]] : "missing";
      // Areas are few and each is known: they are all ranked, with their margins beside them. Of tracts only those that can be.
      row.judged = row.reliability; // as it is, for words; below as the map and the ranking take it
      if (ask.level === "area" && row.reliability === "too_uncertain") row.reliability = "care";
      row.ranked = row.value != null && !(row.flag & flags.not_ranked) && row.reliability !== "too_uncertain";
      row.outside = Boolean(row.flag & flags.outside);
      row.kind = row.flag & flags.empty ? "empty" : row.value == null ? "missing" : "figure";
      row.class = row.kind === "figure" ? classOf(row.value, limits) : null;
      return row;
    });
  }

  /** What the notes of a flag mean, in the order of the closed list. */
  const notesOf = (config, flag) => Object.entries(config.flags.notes).filter(([bit]) => flag & bit).map(([, text]) => text);

  /** The names of the areas a place belongs to; "" for an area itself. */
  function partOf(config, row, level) {
    if (level === "area") return config.sides[config.side_of[row.id]].name;
    const names = row.areas.map((area) => config.areas[area]);
    return names.length > 1 ? fill(config.words.and, { a: names[0], b: names[1] }) : names[0];
  }

  /** How far a figure can be leaned on, where that is little: of an area it is no reason to leave it out of the ranking. */
  const reliabilityOf = ({ words }, row, level) => words[`reliability_${row.judged}_${level}`] || words[`reliability_${row.judged}`];

  /** A place in lines: name, share with margin, count with margin, where it is, notes. For the card, the label, the details. */
  function linesOf(config, row, ask, write) {
    const words = config.words, of = config.indicators[ask.indicator].of;
    const lines = [row.name];
    if (row.share != null) {
      const words_ = row.share_moe == null ? words.share : words.share_moe;
      lines.push(fill(words_, { share: write.percent(row.share), moe: write.points(row.share_moe) }));
    }
    if (row.estimate != null) {
      const values = { estimate: write.count(row.estimate), moe: write.count(row.moe), universe: write.count(row.universe), universe_moe: write.count(row.universe_moe), of };
      lines.push(fill(row.moe == null ? words.count : row.universe_moe == null ? words.count_moe : words.count_moes, values));
    } else lines.push(words.no_figure);
    if (reliabilityOf(config, row, ask.level)) lines.push(reliabilityOf(config, row, ask.level));
    if (ask.level === "tract") lines.push(fill(words.part_of, { areas: partOf(config, row, ask.level) }));
    const notes = notesOf(config, row.flag);
    if (notes.length) lines.push(notes.join("; "));
    return lines;
  }

  window.equity = window.equity || {};
  window.equity.figures = { load, fileOf, paler, fill, writer, classOf, limitsOf, layerOf, chosenAreas, rows, notesOf, partOf, linesOf, reliabilityOf, standing };
})();
