// Comfort only; every page works without it. "/" goes to the search field, Escape and a click elsewhere close menus.
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
