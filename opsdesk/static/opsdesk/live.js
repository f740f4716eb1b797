// What changes by itself: parts of a page that ask whether they still show what is so, times that
// count on, and a word when the server does not answer. For the desk and for the wall board.
(() => {
  "use strict";

  const TICK = 5000;
  const SOON = 30 * 60;
  const DAY = 86400;
  let ahead = 0;
  let answered = Date.now();

  const live = (element) => element?.matches?.("[data-pulse]");

  // A part says what it shows; the server answers 304 as long as that is so.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, headers, verb } = event.detail;
    if (live(elt) && verb === "get") headers["If-None-Match"] = elt.dataset.pulse;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { elt, xhr } = event.detail;
    const pulse = xhr.getResponseHeader("ETag");
    if (live(elt) && pulse) elt.dataset.pulse = pulse;
    if (xhr.status === 304) event.detail.shouldSwap = false;
    else remember();
  });
  document.addEventListener("htmx:afterSettle", () => {
    restore();
    setClock();
    tick();
  });

  // The focus stays where it was, or on the list if that is gone.
  let focused = null;
  let shown = null;

  function remember() {
    const element = document.activeElement;
    const keys = [...document.querySelectorAll("[data-row]")].map((row) => row.dataset.row);
    shown = new Set(keys);
    focused =
      element && element !== document.body && element.closest("#desk-list, #desk-tiles, #desk-next, #desk-cards")
        ? {
            row: element.closest("[data-row]")?.dataset.row,
            name: element.dataset.key || element.dataset.asks,
            href: element.getAttribute("href"),
            id: element.id,
          }
        : null;
  }

  function restore() {
    if (shown) announce(shown);
    shown = null;
    if (!focused || document.activeElement !== document.body) return;
    const list = document.getElementById("desk-list");
    const { row, name, href, id } = focused;
    const within = row && document.querySelector(`[data-row="${CSS.escape(row)}"]`);
    const found =
      (id && document.getElementById(id)) ||
      (within && name && within.querySelector(`[data-key="${name}"], [data-asks="${name}"]`)) ||
      within?.querySelector("a") ||
      (href && !row && document.querySelector(`#main a[href="${CSS.escape(href)}"]`)) ||
      list;
    focused = null;
    found?.focus({ preventScroll: true });
  }

  function announce(before) {
    const said = document.getElementById("desk-said");
    if (!said) return;
    const now = [...document.querySelectorAll("[data-row]")].map((row) => row.dataset.row);
    const fresh = now.filter((key) => !before.has(key)).length;
    const gone = [...before].filter((key) => !now.includes(key)).length;
    if (!fresh && !gone) return;
    said.textContent = fill(said.dataset.words, { new: fresh, gone });
  }

  // Times count on here, by the server's clock: nothing is fetched for them.
  const fill = (words, parts) => words.replace(/%\((\w+)\)s/g, (_all, name) => parts[name]);

  function setClock() {
    const now = document.querySelector("[data-now]")?.dataset.now;
    if (now && now !== setClock.last) ahead = new Date(now).getTime() - Date.now();
    setClock.last = now;
  }

  function wording(seconds, words) {
    const parts = { days: Math.floor(seconds / DAY), hours: Math.floor((seconds % DAY) / 3600) };
    parts.minutes = Math.floor((seconds % 3600) / 60);
    parts.seconds = Math.floor(seconds % 60);
    let size = parts.minutes ? "minutes" : "seconds";
    if (parts.hours) size = "hours_minutes";
    if (parts.days) size = parts.days >= 10 ? "days" : "days_hours";
    return fill(words[size], parts);
  }

  function tick() {
    const source = document.getElementById("od-words-of-time");
    if (!source) return;
    const words = JSON.parse(source.textContent);
    const now = Date.now() + ahead;
    document.querySelectorAll("[data-due]").forEach((element) => {
      if (!element.dataset.due) return;
      const left = (new Date(element.dataset.due).getTime() - now) / 1000;
      const duration = wording(Math.abs(Math.trunc(left)), words);
      const text = fill(left < 0 ? words.over : words.left, { duration });
      if (element.textContent !== text) element.textContent = text;
      element.classList.toggle("danger", left < 0);
      element.classList.toggle("warning", left >= 0 && left <= SOON);
    });
    document.querySelectorAll("[data-clock]").forEach((element) => {
      const zone = element.dataset.clock;
      const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
      element.textContent = new Intl.DateTimeFormat("en-GB", time).format(now);
    });
  }

  // Nobody answers: said on the page, with the time of what it shows. It goes on asking.
  function lost(event) {
    if (!live(event.detail.elt)) return;
    const words = document.querySelector("[data-lost]");
    if (!words) return;
    const since = words.querySelector("[data-since]");
    if (words.hidden) since.textContent = new Date(answered + ahead).toLocaleTimeString("en-GB");
    words.hidden = false;
    document.documentElement.classList.add("od-stale");
  }

  function back(event) {
    if (!live(event.detail.elt) || !event.detail.xhr?.status) return;
    if (event.detail.xhr.status >= 400) return;
    answered = Date.now();
    document.documentElement.classList.remove("od-stale");
    const words = document.querySelector("[data-lost]");
    if (words) words.hidden = true;
  }

  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:timeout", lost);
  document.addEventListener("htmx:responseError", lost);
  document.addEventListener("htmx:beforeOnLoad", back);
  // Whoever comes back to the page sees at once what is so.
  document.addEventListener("visibilitychange", () => {
    const part = document.querySelector("[data-pulse]");
    const rests = window.opsdesk ? window.opsdesk.idle() : document.visibilityState === "visible";
    if (part && rests) window.htmx.trigger(part, "look");
  });
  window.addEventListener("DOMContentLoaded", () => {
    setClock();
    setInterval(tick, TICK);
  });
})();
