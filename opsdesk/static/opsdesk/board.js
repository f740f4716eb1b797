// The wall board without a mouse: the arrows change the store, f fills the screen, space pauses the
// walk through the stores. What was asked for in the address stays there.
(() => {
  "use strict";

  const board = () => document.getElementById("board");
  const address = (name) => board()?.dataset[name];
  const seconds = () => Number(board()?.dataset.cycle || 0);
  let paused = false;
  let since = Date.now();

  function go(name) {
    const place = address(name);
    if (place) window.location.assign(place);
  }

  function show() {
    const words = document.querySelector("[data-paused]");
    if (words) words.hidden = !paused;
  }

  // A board whose server is away stays where it is: the next one would be an error page.
  function walk() {
    const stale = document.documentElement.classList.contains("od-stale");
    if (!seconds() || paused || stale || document.visibilityState !== "visible") return;
    if (Date.now() - since >= seconds() * 1000) go("next");
  }

  function fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.();
  }

  const keys = {
    ArrowRight: () => go("next"),
    ArrowLeft: () => go("previous"),
    f: fill,
    " ": () => {
      paused = !paused;
      since = Date.now();
      show();
    },
    "?": () => document.getElementById("board-keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || !(event.key in keys)) return;
    if (event.key === " " && event.target.closest("a, button")) return;
    event.preventDefault();
    keys[event.key]();
  });
  window.addEventListener("DOMContentLoaded", () => setInterval(walk, 1000));
})();
