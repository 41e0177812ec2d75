// Lists by the keyboard: j and k go from row to row, x ticks, Enter opens, ? shows what there is. Nothing needs it.

/** @param {KeyboardEvent} event */
const isTyping = (event) =>
  event.target instanceof HTMLElement && event.target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");

const rows = () => [...document.querySelectorAll("[data-row]")];
/** @param {Element | undefined} row */
const linkOf = (row) => row?.querySelector("a.row-link");

/** @param {number} step */
function go(step) {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1)];
  const link = linkOf(next);
  if (link instanceof HTMLElement) link.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** @param {Element | null} list */
function tell(list) {
  const ticks = [...(list?.querySelectorAll("[data-tick]") ?? [])].filter((tick) => tick instanceof HTMLInputElement);
  const on = ticks.filter((tick) => tick.checked).length;
  const all = list?.querySelector("[data-tick-all]");
  if (all instanceof HTMLInputElement) {
    all.checked = on > 0 && on === ticks.length;
    all.indeterminate = on > 0 && on < ticks.length;
  }
  const said = list?.querySelector("[data-ticked]");
  if (said instanceof HTMLElement) said.textContent = (said.dataset.ticked ?? "").replace("#", String(on));
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  const list = box.closest("[data-listing]");
  if (box.matches("[data-tick-all]")) {
    for (const tick of list?.querySelectorAll("[data-tick]") ?? []) if (tick instanceof HTMLInputElement) tick.checked = box.checked;
  }
  if (box.matches("[data-tick-all], [data-tick]")) tell(list);
});
addEventListener("pageshow", () => {
  for (const list of document.querySelectorAll("[data-listing]")) tell(list);
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const keys = document.getElementById("keyboard-help");
  if (!(keys instanceof HTMLDialogElement)) return;
  if (target?.closest("[data-keys]")) keys.showModal();
  if (target === keys || target?.closest("[data-keys-close]")) keys.close();
});

document.addEventListener("keydown", (event) => {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = document.getElementById("keyboard-help");
  if (event.key === "?" && keys instanceof HTMLDialogElement) {
    event.preventDefault();
    if (keys.open) keys.close();
    else keys.showModal();
    return;
  }
  if (keys instanceof HTMLDialogElement && keys.open) return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    go(event.key === "j" ? 1 : -1);
  } else if (event.key === "x") {
    const row = document.activeElement?.closest("[data-row]");
    const tick = row?.querySelector("[data-tick]");
    if (tick instanceof HTMLInputElement) {
      event.preventDefault();
      tick.checked = !tick.checked;
      tell(tick.closest("[data-listing]"));
    }
  }
});
