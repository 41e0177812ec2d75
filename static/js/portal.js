// What JavaScript adds to pages that already work without it: copy buttons, shortcuts, menus that close, a navigation
// that remembers what was unfolded.

document.documentElement.dataset.js = "1";

/** @param {KeyboardEvent} event */
const isTyping = (event) =>
  event.target instanceof HTMLElement && event.target.matches("input, select, textarea, [contenteditable]");

/** @param {HTMLElement} button */
async function copyFrom(button) {
  const text = button.dataset.copy ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return;
  }
  const status = document.getElementById("live");
  if (status) status.textContent = button.dataset.copied ?? "";
  button.dataset.state = "copied";
  setTimeout(() => delete button.dataset.state, 1500);
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const copy = target?.closest("[data-copy]");
  if (copy instanceof HTMLElement) void copyFrom(copy);
  if (target?.closest("[data-dismiss]")) target.closest(".toast")?.remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.removeAttribute("open");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.removeAttribute("open");
      menu.querySelector("summary")?.focus();
    }
  }
  if (event.key === "/" && !isTyping(event) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.getElementById("search");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// A form is sent once (but for those that answer with a file): the second click of a double click finds the button disabled. The server holds the real guard.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented || "again" in form.dataset) return;
  setTimeout(() => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("disabled", "");
  });
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("form button[disabled][type=submit]")) button.removeAttribute("disabled");
});

// Addresses stay short: what is empty in a filter is left out of it.
document.addEventListener("formdata", (event) => {
  if (!(event.target instanceof HTMLFormElement) || event.target.method !== "get") return;
  for (const name of new Set(event.formData.keys())) {
    const kept = event.formData.getAll(name).filter((value) => value !== "");
    event.formData.delete(name);
    for (const value of kept) event.formData.append(name, value);
  }
});

document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest" });

/** @param {string} key @param {boolean} isOpen */
function rememberGroup(key, isOpen) {
  const found = /(?:^|; )nav=([^;]*)/.exec(document.cookie)?.[1] ?? "";
  const keys = new Set(found.split(".").filter(Boolean));
  if (isOpen) keys.add(key);
  else keys.delete(key);
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `nav=${[...keys].join(".")}; path=/portal; max-age=31536000; samesite=lax${secure}`;
}

for (const summary of document.querySelectorAll(".nav-group > summary")) {
  summary.addEventListener("click", () => {
    const group = summary.parentElement;
    if (group instanceof HTMLDetailsElement) rememberGroup(group.dataset.nav ?? "", !group.open); // before it toggles
  });
}
