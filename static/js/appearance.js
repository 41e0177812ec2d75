// The appearance editor: the panel itself beside the form, with a made-up checkout and nothing of the server's.

/** @typedef {HTMLInputElement & {dataset: {variable: string, scheme: string}}} VariableInput */

const form = /** @type {HTMLFormElement} */ (document.getElementById("appearance"));
const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
const samples = JSON.parse(stage.dataset.samples ?? "{}");
const NOWHERE = `${location.origin}/made-up`;
const view = { state: "form", language: "en" };
/** @type {any} */
let checkout = null;

// The made-up checkout answers here; it has no session, and nothing is sent to anybody.
const reallyFetch = globalThis.fetch.bind(globalThis);
globalThis.fetch = async (input, init) => {
  const url = String(input);
  if (!url.startsWith(NOWHERE)) return reallyFetch(input, init);
  if (url.endsWith("/events")) return new Response(null, { status: 503 });
  if (url.endsWith("/coupons")) return Response.json({ usable: [], unusable: [], best: [], best_discount_minor: 0 });
  return Response.json(samples[view.state]);
};

/** What the form says, in the members of the SDK's appearance. */
function appearance() {
  const data = new FormData(form);
  /** @type {Record<string, Record<string, string>>} */
  const variables = { light: {}, dark: {} };
  for (const input of /** @type {NodeListOf<VariableInput>} */ (form.querySelectorAll("[data-variable]"))) {
    const value = input.value.trim();
    const isShown = value && !(input.maxLength === 7 && !/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value));
    if (isShown) variables[input.dataset.scheme][input.dataset.variable] = value;
  }
  for (const line of String(data.get("more") ?? "").split("\n")) {
    const [, dark, name, value] = /^\s*(dark )?(\w+)\s*:\s*(.+?);?\s*$/.exec(line) ?? [];
    if (name) variables[dark ? "dark" : "light"][name] = value;
  }
  return {
    theme: data.get("theme") ?? "auto", density: data.get("density"), labels: data.get("labels"),
    disableAnimations: data.has("disable_animations"), variables: variables.light, variablesDark: variables.dark, rules: rules(),
  };
}

function rules() {
  try {
    return JSON.parse(String(new FormData(form).get("rules") || "{}"));
  } catch {
    return {};
  }
}

function mount() {
  checkout?.destroy();
  checkout = globalThis.Bursar("pk_live_preview", { apiBase: NOWHERE, locale: view.language, onLog: () => undefined }).checkout({
    clientSecret: "ses_previewpreviewpreview_secret_0123456789abcdef", appearance: appearance(),
  });
  // Nothing is bought here, and nobody is sent away.
  for (const type of ["beforeconfirm", "redirect", "success", "close"]) checkout.on(type, (/** @type {Event} */ event) => event.preventDefault());
  checkout.mount(stage);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let later;
function changed() {
  checkout?.update({ appearance: appearance() });
  clearTimeout(later);
  later = setTimeout(() => document.getElementById("legibility")?.dispatchEvent(new Event("look")), 300);
}

// A swatch beside each typed colour; it has a value always, so it is added here and is not part of the form.
for (const input of /** @type {NodeListOf<VariableInput>} */ (form.querySelectorAll(".look-color > input"))) {
  const swatch = document.createElement("input");
  swatch.type = "color";
  swatch.tabIndex = -1;
  swatch.disabled = input.disabled;
  swatch.setAttribute("aria-label", input.getAttribute("aria-label") ?? "");
  const own = () => (/^#[0-9a-f]{6}$/i.test(input.value) ? input.value : worn(input) ?? "#ffffff");
  const show = () => {
    input.placeholder = worn(input) ?? "";
    swatch.value = own();
  };
  swatch.addEventListener("input", () => { input.value = swatch.value; changed(); });
  form.addEventListener("input", show);
  input.before(swatch);
  show();
}

/** What the theme has where nothing is typed. @param {VariableInput} input */
function worn(input) {
  const theme = String(new FormData(form).get("theme") ?? "auto");
  const palette = JSON.parse(stage.dataset.palettes ?? "{}")[theme]?.[input.dataset.scheme === "dark" ? 1 : 0];
  return palette?.[input.dataset.variable];
}

form.addEventListener("input", changed);
form.addEventListener("submit", (event) => {
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (!(button instanceof HTMLButtonElement) || button.name !== "use") return;
  const [place, value] = button.value.split("=");
  const field = form.elements.namedItem(place);
  if (!(field instanceof HTMLInputElement)) return;
  event.preventDefault();
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}, { capture: true });

const switches = /** @type {HTMLElement} */ (document.querySelector(".look-switches"));
switches.hidden = false;
switches.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  for (const one of button.parentElement?.children ?? []) one.setAttribute("aria-pressed", String(one === button));
  const { state, around, width, language } = button.dataset;
  if (around) stage.dataset.around = around;
  if (width) stage.dataset.width = width;
  if (state) view.state = state;
  if (language) view.language = language;
  if (state || language) mount();
});

stage.dataset.around = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
for (const one of switches.querySelectorAll("[data-around]")) one.setAttribute("aria-pressed", String(one.getAttribute("data-around") === stage.dataset.around));
mount();
