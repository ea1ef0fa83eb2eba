// What a page does beside being read: times in the reader's own zone, and keys. All of it works without.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone,
  });
  for (const time of document.querySelectorAll("time")) {
    const said = Object.fromEntries(parts.formatToParts(new Date(time.dateTime)).map((p) => [p.type, p.value]));
    time.title = `${time.textContent} UTC`;
    time.textContent = `${said.year}-${said.month}-${said.day} ${said.hour}:${said.minute}`;
  }
  document.getElementById("zone").textContent = zone;
}

const hits = [...document.querySelectorAll("a.hit")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const search = document.getElementById("q");
  if (event.key === "/") {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "j" || event.key === "k") {
    const at = hits.indexOf(document.activeElement);
    const next = hits[event.key === "j" ? at + 1 : Math.max(0, at - 1)];
    if (next) next.focus();
  }
});
