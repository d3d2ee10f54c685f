// Names for what Django's admin leaves nameless to a screen reader: autocomplete fields and the cells of inline tables.
"use strict";

const textOf = (element) => element?.textContent.trim().replace(/[:*?]\s*$/, "") ?? "";

// The words that stand at a field: its label, else the head of its column.
const wordsFor = (field) => {
  const label = field.id && document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  if (label) return textOf(label);
  const cell = field.closest("td");
  const heads = field.closest("table")?.querySelectorAll("thead th") ?? [];
  return cell ? textOf(heads[cell.cellIndex]) : "";
};

const nameCells = (table) => {
  for (const field of table.querySelectorAll("tbody :is(input:not([type=hidden]), select, textarea)")) {
    if (!field.labels?.length && !field.getAttribute("aria-label")) field.setAttribute("aria-label", wordsFor(field));
  }
  for (const head of table.querySelectorAll("thead th")) {
    if (!textOf(head)) head.innerHTML = '<span class="visually-hidden">Aktion</span>';
  }
};

const nameAutocompletes = (root) => {
  for (const select of root.querySelectorAll("select.select2-hidden-accessible")) {
    const words = wordsFor(select);
    const container = select.nextElementSibling;
    for (const part of container?.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox]") ?? []) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", [words, textOf(part)].filter(Boolean).join(": "));
    }
  }
};

const nameAll = () => {
  for (const table of document.querySelectorAll(".inline-group table")) nameCells(table);
  nameAutocompletes(document);
  for (const group of document.querySelectorAll(".inline-group")) group.tabIndex = 0; // it scrolls sideways
  for (const link of document.querySelectorAll("#changelist-filter a")) {
    if (!textOf(link)) link.textContent = "ohne Angabe";
  }
  for (const sign of document.querySelectorAll(".help-tooltip[aria-label]")) sign.setAttribute("role", "img");
};

// Other scripts make the autocomplete fields, and rows come with "add another": name whatever appears.
let waiting = false;
const soon = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    nameAll();
  });
};
new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
nameAll();
