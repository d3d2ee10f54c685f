// Comfort only: the small month follows the date field that has the focus, and a click on a day fills it.
"use strict";

{
  const DATES = "input[data-month-field]";
  const TYPING_PAUSE = 400; // milliseconds
  let wanted = ""; // the day that gets the focus when the month has been drawn anew
  let timer = 0;
  let current = null; // the date field that the month is about

  const box = () => document.getElementById("monat");
  const named = (name) => name && document.querySelector(`[name="${CSS.escape(name)}"]`);

  const networksOf = (field) => {
    const row = field.closest("[data-month-networks]");
    if (row) return row.dataset.monthNetworks.split(" ").filter(Boolean);
    return [...document.querySelectorAll("input[name=networks]:checked")].map((tick) => tick.value);
  };

  const follow = (field) => {
    const row = field.closest("[data-month-meeting]");
    const said = { field: field.name, tag: field.value, network: networksOf(field) };
    said.meeting = row ? row.dataset.monthMeeting : box().dataset.meeting;
    const values = Object.fromEntries(Object.entries(said).filter(([, value]) => value.length));
    current = field;
    htmx.ajax("GET", box().dataset.url, { source: box(), target: box(), swap: "innerHTML", values });
  };

  const days = () => [...box().querySelectorAll("button[data-day]")];

  const enliven = () => {
    const table = box()?.querySelector("table[data-field]");
    if (!table || !named(table.dataset.field)) return;
    current = named(table.dataset.field);
    table.setAttribute("role", "grid");
    for (const plain of table.querySelectorAll("span[data-day]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.className = plain.className;
      Object.assign(button.dataset, plain.dataset);
      button.append(...plain.childNodes);
      plain.replaceWith(button);
    }
    const start = ["[data-chosen]", "[data-today]", "[data-day]"].map((which) => table.querySelector(`button${which}`));
    start.find(Boolean).tabIndex = 0;
    if (wanted && (document.activeElement === document.body || box().contains(document.activeElement))) {
      goTo(wanted);
    }
    wanted = "";
  };

  const goTo = (day) => {
    const button = days().find((one) => one.dataset.day === day);
    if (!button) return false;
    for (const one of days()) one.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
    return true;
  };

  const fill = (field, day) => {
    field.value = day;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const after = (day, number) => {
    const date = new Date(`${day}T12:00:00Z`);
    date.setUTCDate(date.getUTCDate() + number);
    return date.toISOString().slice(0, 10);
  };

  document.addEventListener("focusin", (event) => {
    if (box() && event.target.matches(DATES) && event.target !== current) follow(event.target);
  });

  document.addEventListener("input", (event) => {
    if (!box() || !event.target.matches(DATES)) return;
    clearTimeout(timer);
    timer = setTimeout(() => follow(event.target), TYPING_PAUSE);
  });

  document.addEventListener("change", (event) => {
    if (box() && current && event.target.matches("input[name=networks]")) follow(current);
  });

  document.addEventListener("click", (event) => {
    const day = event.target.closest?.("#monat button[data-day]");
    if (day && current) {
      wanted = day.dataset.day;
      fill(current, wanted);
    }
    const suggestion = event.target.closest?.("button[name=use_suggestion]");
    if (suggestion) {
      const [name, value] = suggestion.value.split("=");
      event.preventDefault();
      fill(named(name), value);
    }
  });

  document.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    const day = event.target.closest?.("#monat button[data-day]");
    if (!day || !(event.key in steps)) return;
    event.preventDefault();
    const target = after(day.dataset.day, steps[event.key]);
    if (goTo(target)) return;
    wanted = target;
    document.getElementById(steps[event.key] < 0 ? "monat-zurueck" : "monat-vor")?.click();
  });

  document.addEventListener("htmx:afterSettle", (event) => event.target.id === "monat" && enliven());
  document.addEventListener("DOMContentLoaded", enliven);
}
