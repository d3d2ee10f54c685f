// Comfort only; every page works without it. "/" goes to the search field, Escape and a click elsewhere close menus,
// and what the browser cannot read stays on the page.
"use strict";

const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if (event.key === "/" && !typing && !modified) {
    const field = document.getElementById("suche");
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  }
  if (event.key === "Escape") {
    const menu = event.target.closest?.("details.menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

// The 31st of November, "25e" as a number: the browser would send such a field empty, as if nothing had been typed.
const UNREAD = {
  date: "Diesen Tag gibt es nicht, oder das Datum ist nicht vollständig. Bitte prüfen Sie es.",
  time: "Bitte tippen Sie die Uhrzeit ganz ein, zum Beispiel 15:30.",
  number: "Bitte tippen Sie hier nur eine Zahl ein.",
};

document.addEventListener(
  "submit",
  (event) => {
    const field = [...event.target.elements].find((one) => one.validity?.badInput);
    if (!field) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.setCustomValidity(UNREAD[field.type] ?? "");
    field.reportValidity();
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  },
  true,
);
