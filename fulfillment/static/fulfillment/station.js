// The packing station. Every scan has a key of its own and waits in a queue that outlives the page;
// it is sent, in order, until it is answered. The server does it once, however often it comes.
(() => {
  "use strict";

  const station = document.getElementById("od-station");
  if (!station) return;
  const by = (name) => document.getElementById(`od-station-${name}`);
  const field = by("field");
  const word = by("word");
  const waiting = by("waiting");
  const chosen = by("service");
  const token = station.querySelector("[name=csrfmiddlewaretoken]").value;
  const store = `od-station:${station.dataset.person}:${station.dataset.warehouse}`;
  const PAUSE = 1500;
  let busy = false;
  let signedOut = false;

  function kept(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(`${store}:${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  function keep(name, value) {
    localStorage.setItem(`${store}:${name}`, JSON.stringify(value));
  }

  // Of pages on plain http a browser has no randomUUID.
  function newKey() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function say(text, name) {
    word.textContent = "";
    word.dataset.sound = name;
    // Set anew, so that the same words twice are read out twice.
    requestAnimationFrame(() => {
      word.textContent = text;
    });
    document.dispatchEvent(new CustomEvent("od:sound", { detail: name }));
  }

  function make(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function lineOf(line, canTakeOut) {
    const row = make("li", line.packed >= line.wanted ? "full" : "");
    if (line.picture) {
      const picture = make("img");
      picture.src = line.picture;
      picture.alt = "";
      row.append(picture);
    } else {
      row.append(make("span", "no-picture"));
    }
    const what = make("div", "what");
    what.append(make("div", "", line.name), make("div", "od-mono od-dim", line.code));
    if (line.spec) what.append(make("div", "od-dim", line.spec));
    row.append(what, make("span", "count", `${line.packed} / ${line.wanted}`));
    if (canTakeOut && line.packed) {
      const out = make("button", "od-button small", "−");
      out.type = "button";
      out.title = station.dataset.takeout;
      out.setAttribute("aria-label", `${station.dataset.takeout}: ${line.code}`);
      out.addEventListener("click", () => take(`-${line.code}`));
      row.append(out);
    }
    return row;
  }

  function show(parcel) {
    const step = parcel ? parcel.step : "find";
    station.dataset.step = step;
    by("title").textContent = station.dataset[step];
    field.placeholder = station.dataset[step];
    by("number").textContent = parcel ? `${parcel.number} · ${parcel.orders.join(", ")}` : "";
    const due = by("due");
    due.hidden = !(parcel && parcel.ship_by);
    if (!due.hidden) {
      const { words, moment, is_over } = parcel.ship_by;
      due.textContent = `${due.dataset.word} ${moment} · ${words}`;
      due.classList.toggle("danger", is_over);
    }
    const progress = by("progress");
    progress.hidden = !parcel;
    if (parcel) {
      progress.querySelector("progress").max = Math.max(1, parcel.wanted);
      progress.querySelector("progress").value = parcel.pieces;
      progress.querySelector("strong").textContent = `${parcel.pieces} / ${parcel.wanted}`;
    }
    const canTakeOut = step === "items" || step === "weigh";
    const lines = parcel ? parcel.lines.map((line) => lineOf(line, canTakeOut)) : [];
    by("lines").replaceChildren(...lines);
    propose(parcel ? parcel.offers : []);
    hint(parcel ? parcel.hints : []);
    const print = by("print");
    print.hidden = !(parcel && parcel.label && station.dataset.prints);
    if (!print.hidden) print.href = parcel.label;
    keep("parcel", parcel);
  }

  // Told when packing begins; they stay on the page while items go in.
  function hint(hints) {
    if (hints) by("hints").replaceChildren(...hints.map((words) => make("li", "", words)));
  }

  // The best is chosen when it is proposed; whoever packs may choose another.
  function propose(offers) {
    const rows = offers.map((offer) => {
      const row = make("li");
      const pick = make("button", "od-button small", offer.name);
      pick.type = "button";
      pick.addEventListener("click", () => {
        chosen.value = offer.service;
        field.focus();
      });
      row.append(pick, make("strong", "", offer.cost), make("span", "od-dim", offer.reasons.join(" · ")));
      return row;
    });
    by("offers").replaceChildren(...rows);
    if (offers.length) chosen.value = offers[0].service;
  }

  function printLabel(parcel) {
    if (!station.dataset.prints || !parcel.label) return;
    const frame = by("frame");
    frame.hidden = false;
    frame.onload = () => {
      frame.contentWindow.focus();
      frame.contentWindow.print();
      field.focus();
    };
    frame.src = parcel.label;
  }

  function tell(queue, isOffline) {
    waiting.hidden = !(queue.length && (isOffline || signedOut));
    const words = signedOut ? station.dataset.signin : station.dataset.offline;
    waiting.textContent = words.replace("%(count)s", queue.length);
  }

  function take(text) {
    const queue = kept("queue", []);
    queue.push({ key: newKey(), text, service: chosen.value || null });
    keep("queue", queue);
    field.value = "";
    field.focus();
    send();
  }

  function answered(answer) {
    const before = kept("parcel", null);
    show(answer.parcel ?? (answer.sound === "wrong" ? before : null));
    say(answer.message, answer.sound);
    const isLabelled = answer.parcel && answer.parcel.step === "done" && answer.sound === "done";
    if (isLabelled) printLabel(answer.parcel);
  }

  async function post(scan) {
    // Where it belongs is said when it is sent for the first time, and never changes after that.
    if (scan.parcel === undefined) scan.parcel = kept("parcel", null)?.id ?? null;
    const queue = kept("queue", []);
    queue[0] = scan;
    keep("queue", queue);
    const response = await fetch(station.dataset.url, {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ ...scan, warehouse: station.dataset.warehouse }),
      signal: AbortSignal.timeout(15000),
    });
    signedOut = response.type === "opaqueredirect" || [401, 403].includes(response.status);
    if (signedOut || response.status >= 500) throw new Error(`status ${response.status}`);
    return response.json();
  }

  async function send() {
    if (busy) return;
    busy = true;
    try {
      for (let queue = kept("queue", []); queue.length; queue = kept("queue", [])) {
        const answer = await post(queue[0]);
        const left = kept("queue", []);
        left.shift();
        keep("queue", left);
        answered(answer);
        tell(left, false);
      }
    } catch {
      tell(kept("queue", []), true);
      setTimeout(send, PAUSE);
    } finally {
      busy = false;
    }
  }

  by("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) take(text);
  });
  for (const button of station.querySelectorAll("[data-command]")) {
    button.addEventListener("click", () => take(button.dataset.command));
  }
  chosen.addEventListener("change", () => {
    keep("service", chosen.value);
    field.focus();
  });
  // Scanners type wherever the cursor is: it is in the field, unless somebody chooses something.
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea, button, a, dialog");
    if (!isTyping && event.key.length === 1 && !event.ctrlKey && !event.metaKey) field.focus();
  });
  window.addEventListener("online", send);

  const service = kept("service", "");
  if ([...chosen.options].some((option) => option.value === service)) chosen.value = service;
  const open = kept("parcel", null);
  show(open && open.step !== "done" ? open : null);
  field.focus();
  send();
})();
