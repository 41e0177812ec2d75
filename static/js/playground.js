// The playground: opens a test checkout when asked to, and lets the panel follow the options beside it.

const options = document.getElementById("playground");
const stage = document.getElementById("stage");
const start = document.querySelector("[data-playground-start]");

let secret = "";
/** @type {any} */
let checkout = null;

/** @param {string} name */
const chosen = (name) => String(new FormData(/** @type {HTMLFormElement} */ (options)).get(name) ?? "");

/** @param {string} text @param {boolean} [isBad] */
function say(text, isBad = false) {
  const line = document.createElement("p");
  line.className = isBad ? "error-text" : "hint";
  line.textContent = text;
  if (isBad) line.setAttribute("role", "alert");
  return line;
}

function looks() {
  /** @type {Record<string, string>} */
  const appearance = {};
  for (const name of ["theme", "density"]) if (chosen(name)) appearance[name] = chosen(name);
  return appearance;
}

async function show() {
  const { Bursar } = await import("/static/sdk/v1/bursar.mjs");
  checkout?.destroy();
  const holder = document.createElement("div");
  stage?.replaceChildren(holder);
  const key = /^pk_(test|live)_[A-Za-z0-9]+$/.test(stage?.dataset.key ?? "") ? stage?.dataset.key : "pk_test_playground";
  const mode = chosen("mode");
  checkout = Bursar(key).checkout({
    clientSecret: secret, mode, appearance: looks(), ...(chosen("locale") ? { locale: chosen("locale") } : {}),
  });
  checkout.on("success", (/** @type {Event} */ event) => event.preventDefault());
  if (mode === "inline") checkout.mount(holder);
  else {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-primary";
    button.textContent = start?.querySelector("button")?.textContent?.trim() ?? "Open";
    button.addEventListener("click", () => checkout.open(button));
    holder.className = "playground-button";
    holder.append(button);
    if (mode === "modal") checkout.open(button);
  }
  await choose();
}

async function choose() {
  if (!chosen("channel")) return;
  try {
    await checkout.whenReady();
    await checkout.actions.selectPaymentMethod(chosen("channel"));
  } catch {
    // The panel itself tells what is wrong.
  }
}

start?.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const form = /** @type {HTMLFormElement} */ (start);
  const sent = new FormData(form);
  for (const [name, value] of new FormData(/** @type {HTMLFormElement} */ (options))) sent.set(name, value);
  const button = form.querySelector("button");
  button?.setAttribute("disabled", "");
  try {
    const answer = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    secret = (await answer.json()).client_secret;
    await show();
    // The button that had the focus is gone.
    const shown = stage?.firstElementChild;
    if (shown instanceof HTMLElement && document.activeElement === document.body) {
      shown.tabIndex = -1;
      shown.focus({ preventScroll: true });
    }
  } catch {
    button?.removeAttribute("disabled");
    form.querySelector(".error-text")?.remove();
    form.append(say("This cannot be sold just now. Look at its product, or choose something else.", true));
  }
});

options?.addEventListener("change", (event) => {
  if (!secret || !checkout) return;
  const { name } = /** @type {HTMLSelectElement} */ (event.target);
  if (name === "channel") void choose();
  else if (name === "sells") /** @type {HTMLFormElement} */ (options).requestSubmit();
  else void show();
});
