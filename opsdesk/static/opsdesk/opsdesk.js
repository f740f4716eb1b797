// Keyboard, live counts and selection. Everything works without it except the shortcuts.
(() => {
  "use strict";

  // What was exchanged works at once: for 20 ms its links would load whole pages.
  document.addEventListener("DOMContentLoaded", () => {
    if (window.htmx) window.htmx.config.defaultSettleDelay = 0;
  });

  const every = 60000;
  const typing = (target) =>
    target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  // The button of a dialog just closed keeps the focus until the page is drawn again.
  const pressable = (target) => target.closest("a, button, summary")?.checkVisibility() ?? false;

  window.opsdesk = {
    // The list must not be exchanged under somebody's hands.
    idle() {
      return (
        document.visibilityState === "visible" &&
        !document.querySelector("dialog[open]") &&
        !document.querySelector("#desk-list [data-more]") &&
        !typing(document.activeElement || document.body)
      );
    },
  };

  // Selection: j and k move through the rows of the desk or of a list.
  let selected = null;
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => rows().find((row) => row.dataset.row === selected);

  function mark(row, scroll) {
    rows().forEach((other) => other.classList.toggle("od-selected", other === row));
    selected = row ? row.dataset.row : null;
    if (row && scroll) row.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.dataset.row === selected);
    mark(all[Math.min(Math.max(at + step, 0), all.length - 1)], true);
  }

  function press(name) {
    const button = current()?.querySelector(`[data-key="${name}"]`);
    if (!button) return false;
    button.click();
    return true;
  }

  const quick = { s: "snooze-hour", m: "take" };

  // A tile by its number: it has the focus, and Enter opens it.
  function jump(number) {
    const tile = document.querySelector(`[data-number="${number}"]`);
    tile?.focus();
    return Boolean(tile);
  }

  function chooseStore() {
    const stores = document.querySelector("#desk-list select[name=store]");
    stores?.focus();
    try {
      stores?.showPicker();
    } catch {
      // Where a browser opens it only for a click, the arrows choose.
    }
    return Boolean(stores);
  }

  // g and then a letter goes to a page, from any page.
  let going = false;

  function goTo(letter) {
    const places = document.querySelector("meta[name=opsdesk-places]")?.dataset || {};
    const place = /^[a-z]$/.test(letter) ? places[letter] : "";
    if (place) window.location.assign(place);
    return Boolean(place);
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (going) {
      going = false;
      if (goTo(event.key)) event.preventDefault();
      return;
    }
    const moves = { j: 1, k: -1 };
    // A page's own keys come first; several may be one button's.
    const own = document.querySelector(`[data-shortcut~="${CSS.escape(event.key)}"]`);
    if (own) {
      own.click();
    } else if (event.key in moves) {
      move(moves[event.key]);
    } else if (event.key === "Enter" && !pressable(event.target)) {
      if (!press("open")) return;
    } else if (event.key in quick) {
      const alert = current()?.dataset.alert;
      if (!alert) return;
      post(quick[event.key], alert);
    } else if (["a", "r"].includes(event.key)) {
      if (!press(event.key)) return;
    } else if (/^[1-9]$/.test(event.key)) {
      if (!jump(Number(event.key))) return;
    } else if (event.key === "w") {
      if (!chooseStore()) return;
    } else if (event.key === "g") {
      going = true;
      setTimeout(() => (going = false), 1500);
    } else if (event.key === "?") {
      document.getElementById("od-help")?.showModal();
    } else {
      return;
    }
    event.preventDefault();
  }

  // After the list was exchanged the selection stays where it was, or where it would be.
  let lastIndex = 0;
  document.addEventListener("htmx:beforeSwap", () => {
    lastIndex = Math.max(rows().findIndex((row) => row.dataset.row === selected), 0);
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!selected) return;
    const all = rows();
    mark(current() || all[Math.min(lastIndex, all.length - 1)] || null, false);
  });

  // Some actions ask first: the dialog's answer is posted for the row it was opened on.
  let asked = null;

  function ask(row, id) {
    const dialog = document.getElementById(id);
    asked = row.dataset.alert;
    dialog.querySelector("[data-about]").textContent = row.querySelector(".od-what").textContent;
    const details = dialog.querySelector("[data-details]");
    if (details) details.href = details.dataset.pattern.replace("/0/", `/${asked}/`);
    const note = dialog.querySelector("textarea");
    if (note) note.value = "";
    dialog.returnValue = "";
    dialog.showModal();
  }

  function post(verb, alert, note) {
    const form = document.querySelector("#desk-list form[hx-post]");
    window.htmx.ajax("POST", form.getAttribute("hx-post"), {
      target: "#desk-list",
      swap: "outerHTML",
      values: {
        csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
        do: `${verb}:${alert}`,
        note: note || "",
      },
    });
  }

  function onClose(event) {
    const dialog = event.target;
    if (["od-more", "od-resolve"].includes(dialog.id) && dialog.returnValue) {
      post(dialog.returnValue, asked, dialog.querySelector("textarea")?.value);
    }
  }

  // Bulk actions: the bar says how many rows are ticked.
  function countTicked() {
    const form = document.getElementById("od-list");
    if (!form) return;
    const boxes = [...form.querySelectorAll("input[name=ids]")];
    const ticked = boxes.filter((box) => box.checked).length;
    form.querySelectorAll("[data-needs-rows]").forEach((button) => (button.disabled = !ticked));
    const shown = form.querySelector("[data-ticked]");
    if (shown) shown.textContent = ticked || "";
    const all = form.querySelector("[data-tick-all]");
    if (all) all.checked = ticked > 0 && ticked === boxes.length;
  }

  function onChange(event) {
    if (event.target.matches("[data-tick-all]")) {
      const boxes = document.querySelectorAll("#od-list input[name=ids]");
      boxes.forEach((box) => (box.checked = event.target.checked));
    }
    if (event.target.matches("[data-tick-all], #od-list input[name=ids]")) countTicked();
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  }

  function refreshCounts() {
    const address = document.querySelector("meta[name=opsdesk-badges]")?.content;
    const live = document.querySelector("#desk-list[hx-trigger]");
    if (address && !live && document.visibilityState === "visible") {
      const headers = badgesShown ? { "If-None-Match": badgesShown } : {};
      window.htmx.ajax("GET", address, { swap: "none", headers });
    }
  }

  // Which counts the page shows, as the server names them: the same ones are not sent again.
  let badgesShown = "";
  document.addEventListener("htmx:afterRequest", (event) => {
    const address = document.querySelector("meta[name=opsdesk-badges]")?.content;
    const { pathInfo, xhr } = event.detail;
    if (address && pathInfo?.requestPath === address && xhr.status < 400) {
      badgesShown = xhr.getResponseHeader("ETag") || "";
    }
  });

  // Told once, then out of the way.
  function fade() {
    document.querySelectorAll(".od-toasts .od-notice:not([data-fading])").forEach((notice) => {
      notice.dataset.fading = "1";
      setTimeout(() => notice.remove(), 5000);
    });
  }

  // The theme's libraries give these parts no name of their own, or an English one.
  function nameParts() {
    document.querySelectorAll(".simplebar-content-wrapper").forEach((part) => {
      part.setAttribute("aria-label", document.title);
    });
    document.querySelectorAll(".select2-selection__rendered").forEach((part) => {
      const field = part.id.replace(/^select2-|-container$/g, "");
      const label = document.querySelector(`label[for="${CSS.escape(field)}"]`);
      if (label) part.setAttribute("aria-label", label.textContent.replace("*", "").trim());
    });
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  document.addEventListener("close", onClose, true);
  document.addEventListener("htmx:afterSettle", fade);
  document.addEventListener("click", (event) => {
    const asking = event.target.closest("[data-asks]");
    if (asking) ask(asking.closest("[data-row]"), asking.dataset.asks);
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    event.target.closest("[data-closes]")?.closest("dialog").close();
    const row = event.target.closest("[data-row]");
    if (row) mark(row, false);
  });
  window.addEventListener("DOMContentLoaded", () => {
    countTicked();
    // The theme writes a chosen file's name into a text field that only its own widget has.
    document.querySelectorAll("input[type=file]").forEach((input) => {
      input.hasChangeListener = true;
    });
    setInterval(refreshCounts, every);
  });
  // The pickers are made by jQuery's `ready`, which may come after this event: never after a timer.
  window.addEventListener("load", () => setTimeout(nameParts));
})();
