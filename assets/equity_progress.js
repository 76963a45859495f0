/* The progress page in the browser: the address kept in step, the table's code fetched when a reader comes near it, a sentence
 * copied. What is said is written by the server; this writes nothing but numbers into the table's cells. */
(function () {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const none = () => window.dash_clientside.no_update;

  /** The view as an address, of this page and of the links to it in other languages. */
  function writeAddress(address) {
    if (!address || !byId("progress-view")) return none();
    const query = new URLSearchParams(address.split("?")[1] || "");
    const asked = new URLSearchParams(window.location.search).get("lang");
    const whole = (lang) => {
      const said = new URLSearchParams(query);
      if (lang) said.set("lang", lang);
      return window.location.pathname + (said.size ? `?${said}` : "");
    };
    if (begun) window.history.replaceState(window.history.state, "", whole(asked) + window.location.hash);
    begun = true; // the address that the page was opened with stays: it may say what does not exist
    for (const link of document.querySelectorAll(".language-link")) link.setAttribute("href", whole(link.dataset.lang));
    return none();
  }
  let begun = false;

  /** The table's code is as large as all the rest of the page, so it comes when the table is about to be seen. */
  function begin(told) {
    const holder = byId("progress-table");
    if (!told || !holder) return none();
    arrive();
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      fetchTheTable(told.script);
    }, { rootMargin: "600px" });
    watch.observe(holder);
    return none();
  }

  const ready = () => window.dash_clientside.set_props("progress-table-ready", { data: true });

  function fetchTheTable(address) {
    if (window.dash_ag_grid) return ready();
    const script = document.createElement("script");
    script.src = address;
    script.async = false; // its own loader looks for the last script of the page that is not
    script.addEventListener("load", ready);
    document.head.append(script);
  }

  /** The browser looks for the section of an address before the page is there. */
  function arrive() {
    const there = window.location.hash.length > 1 && byId(decodeURIComponent(window.location.hash.slice(1)));
    if (there) there.scrollIntoView();
  }

  /** The components of a field take no aria of their own: what is wrong with an entry is tied to it here. */
  function describe() {
    for (const problem of document.querySelectorAll("[data-describes]")) {
      const field = byId(problem.dataset.describes), wrong = problem.textContent ? "true" : "false";
      if (!field || field.getAttribute("aria-invalid") === wrong) continue;
      field.setAttribute("aria-describedby", problem.id);
      field.setAttribute("aria-invalid", wrong);
    }
  }

  /** The grid has no name of its own for a screen reader. */
  new MutationObserver(() => {
    const grid = document.querySelector("#progress-grid [role=grid]:not([aria-labelledby]), #progress-grid [role=treegrid]:not([aria-labelledby])");
    if (grid) grid.setAttribute("aria-labelledby", "areas-title");
    describe();
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Where there is no clipboard (a page without TLS) the sentence is marked, so that Ctrl+C takes it.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const text = byId(button.dataset.copy), status = document.querySelector(`[data-copy-status="${button.dataset.copy}"]`);
    window.getSelection().selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(text.textContent);
      status.textContent = button.dataset.copied;
    } catch {
      status.textContent = "";
    }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { equity_progress: { writeAddress, begin } });

  // How the cells of the table are written (dash-ag-grid looks functions up here).
  const written = (digits, sign, after) => (value) => {
    if (value === null || value === undefined) return "–";
    const form = { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: sign ? "exceptZero" : "auto" };
    return new Intl.NumberFormat(`${document.documentElement.lang}-US`, form).format(value).replace("-", "−") + after;
  };
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    ProgressPoints: written(1, true, ""),
    ProgressMargin: written(1, false, ""),
    ProgressCount: written(0, true, ""),
    ProgressWhole: written(0, false, ""),
    ProgressPercent: written(1, false, "%"),
  });
})();
