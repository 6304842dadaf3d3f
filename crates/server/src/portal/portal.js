// What pages do beyond what they do without script: copy, count down, show and hide.
"use strict";

const live = document.getElementById("live");

function say(text) {
  if (!live) return;
  live.textContent = "";
  // A reader of the screen only tells what changes.
  requestAnimationFrame(() => { live.textContent = text; });
}

function textOf(source) {
  return "value" in source ? source.value : source.textContent;
}

// What a button is called by those who hear it begins with what it shows.
function name(button, word) {
  button.textContent = word;
  button.setAttribute("aria-label", `${word} ${button.dataset.what}`);
}

async function copy(button, source) {
  try {
    await navigator.clipboard.writeText(textOf(source));
    say(`${button.dataset.what} copied`);
    name(button, "Copied");
    setTimeout(() => name(button, "Copy"), 2000);
  } catch {
    if (source.select) source.select();
    say("The browser does not let this page copy. The text is selected: copy it with the keyboard.");
  }
}

for (const button of document.querySelectorAll("button[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  if (!source) continue;
  button.hidden = false;
  button.addEventListener("click", () => copy(button, source));
}

for (const button of document.querySelectorAll("button[data-hides]")) {
  const field = document.getElementById(button.dataset.hides);
  if (!field) continue;
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    name(button, shown ? "Hide" : "Show");
  };
  button.hidden = false;
  show(false);
  button.addEventListener("click", () => show(field.type === "password"));
}

function left(seconds) {
  if (seconds <= 0) return "ended";
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min left`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s left` : `${seconds} s left`;
}

// The time that is left is counted from what the server said, by a clock that nobody sets.
for (const place of document.querySelectorAll("[data-seconds-left]")) {
  const ends = performance.now() + Number(place.dataset.secondsLeft) * 1000;
  const tell = () => {
    const seconds = Math.ceil((ends - performance.now()) / 1000);
    place.textContent = left(seconds);
    if (seconds <= 0) clearInterval(timer);
  };
  const timer = setInterval(tell, 1000);
  place.hidden = false;
  tell();
}
