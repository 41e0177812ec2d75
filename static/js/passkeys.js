// Passkeys: a form with data-passkey says what to ask the browser for; its answer is sent with the form.

document.documentElement.dataset.js = "1";

/** @param {string} text */
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

/** @param {ArrayBuffer | null} buffer */
const text64 = (buffer) =>
  buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** @param {{ id: string }[]} named */
const opened = (named) => (named ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

/** @param {any} options */
const created = (options) =>
  navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: opened(options.excludeCredentials),
    },
  });

/** @param {any} options */
const shown = (options) =>
  navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: opened(options.allowCredentials) },
  });

/** @param {any} credential */
const answerOf = ({ id, rawId, type, response }) =>
  JSON.stringify({
    id,
    rawId: text64(rawId),
    type,
    clientExtensionResults: {},
    response: Object.fromEntries(
      ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
        .filter((name) => response[name])
        .map((name) => [name, text64(response[name])]),
    ),
  });

/** @param {HTMLFormElement} form */
async function start(form) {
  const said = form.querySelector("[data-passkey-error]");
  const field = form.elements.namedItem("passkey");
  if (!(said instanceof HTMLElement) || !(field instanceof HTMLInputElement)) return;
  said.hidden = true;
  try {
    const options = JSON.parse(form.dataset.options ?? "");
    field.value = answerOf(await (form.dataset.passkey === "create" ? created(options) : shown(options)));
  } catch (error) {
    const isKnown = error instanceof DOMException && error.name === "InvalidStateError";
    said.textContent = isKnown ? "This device has a passkey for you already." : "No passkey was used. Try once more, or another way.";
    said.hidden = false;
    return;
  }
  form.noValidate = true;
  form.requestSubmit();
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-passkey-start]") : null;
  const form = button?.closest("form");
  if (form && (form.dataset.passkey !== "create" || form.reportValidity())) void start(form);
});
