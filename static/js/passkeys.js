// What the browser says about a passkey, in our words; allauth's own scripts do the rest.
"use strict";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.getElementById("passkey-stoerung");
  const sentences = [...place.querySelectorAll("[data-error]")];
  const found = sentences.find((sentence) => sentence.dataset.error === event.detail.exception.name);
  for (const sentence of sentences) {
    sentence.hidden = sentence !== (found || sentences.at(-1));
  }
  place.hidden = false;
  place.focus();
});

for (const button of document.querySelectorAll("[data-needs-script]")) {
  button.hidden = false;
}

// Enter in a field asks for the device, too; allauth's own submit() comes past this.
const asking = document.querySelector("form > .actions > #passkey");
if (asking) {
  asking.form.addEventListener("submit", (event) => {
    event.preventDefault();
    asking.click();
  });
}
