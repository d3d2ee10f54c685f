// When htmx cannot do what was asked: log in again, or say so. Without script the whole page does the same.
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL, location.href);
  if (answered.pathname.startsWith("/konto/") && !location.pathname.startsWith("/konto/")) {
    event.detail.shouldSwap = false; // the session has ended and the answer is the login page
    location.reload();
  }
});

for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, () => {
    document.getElementById("stoerung").hidden = false;
  });
}
