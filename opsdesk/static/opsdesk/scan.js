// Pages worked with a scanner: what was scanned is answered by a sound, and the cursor waits again.
(() => {
  "use strict";

  const tones = {
    right: [[880, 0, 0.09]],
    wrong: [
      [220, 0, 0.18],
      [165, 0.22, 0.34],
    ],
    done: [
      [660, 0, 0.09],
      [990, 0.11, 0.16],
    ],
  };
  let audio = null;

  function sound(name) {
    if (!window.AudioContext || !tones[name]) return;
    audio = audio || new AudioContext();
    for (const [pitch, start, length] of tones[name]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.type = name === "wrong" ? "square" : "sine";
      tone.frequency.value = pitch;
      volume.gain.value = 0.25;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + start + length);
    }
    if (name === "wrong" && navigator.vibrate) navigator.vibrate([180, 60, 180]);
  }

  function answer() {
    const told = document.querySelector("#od-scan [data-sound]");
    if (told) sound(told.dataset.sound);
    const field = document.querySelector("#od-scan [autofocus]");
    if (field) {
      field.focus();
      field.select?.();
    }
  }

  document.addEventListener("od:sound", (event) => sound(event.detail));
  document.addEventListener("DOMContentLoaded", answer);
  document.addEventListener("htmx:afterSettle", answer);
})();
