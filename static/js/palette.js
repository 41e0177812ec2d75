// The command palette: every page of the navigation, what can be begun, and any number or id, by some letters. Ctrl K
// or ⌘ K opens it, and so does its button. A star keeps a page at the top of the navigation.

const MOST = 12;
const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const list = palette?.querySelector("ul");

/** @typedef {{ title: string, group: string, url: string, section?: string }} Entry */

/** @param {Element | null | undefined} element */
const textOf = (element) => element?.querySelector("[data-title]")?.textContent?.trim() ?? element?.textContent?.trim() ?? "";

/** What there is to choose from: read from the page each time, since htmx may have changed it. @returns {Entry[]} */
function entries() {
  const pages = [...document.querySelectorAll(".nav a[data-section]")].map((link) => ({
    title: textOf(link),
    group: textOf(link.closest("details")?.querySelector("summary")),
    url: link.getAttribute("href") ?? "",
    section: link instanceof HTMLElement ? link.dataset.section : "",
  }));
  const template = document.getElementById("palette-actions");
  const actions = template instanceof HTMLTemplateElement ? [...template.content.querySelectorAll("a")] : [];
  const begun = actions.map((link) => ({
    title: textOf(link),
    group: link.dataset.group ?? "",
    url: link.getAttribute("href") ?? "",
  }));
  const known = new Set();
  return [...pages, ...begun].filter((each) => !known.has(each.url) && known.add(each.url));
}

/** How well an entry fits: the lower, the better; nothing when it does not. @param {Entry} entry @param {string[]} words */
function rank(entry, words) {
  const title = entry.title.toLowerCase();
  const all = `${title} ${entry.group.toLowerCase()}`;
  if (!words.every((word) => all.includes(word))) return undefined;
  if (title.startsWith(words.join(" "))) return 0;
  return words.every((word) => ` ${title}`.includes(` ${word}`)) ? 1 : 2;
}

/** @param {string} text @returns {Entry[]} */
function fitting(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = entries().flatMap((entry) => {
    const place = rank(entry, words);
    return place === undefined ? [] : [{ entry, place }];
  });
  const found = ranked.sort((one, other) => one.place - other.place).map((each) => each.entry).slice(0, MOST);
  const query = encodeURIComponent(text.trim());
  if (!query || !palette) return found;
  const { search, searchUrl, trace, traceUrl } = palette.dataset;
  const further = [];
  if (searchUrl) further.push({ title: (search ?? "").replace("…", text.trim()), group: "", url: `${searchUrl}?q=${query}` });
  if (traceUrl && /^[a-z]+_\w+$/.test(text.trim())) {
    further.unshift({ title: (trace ?? "").replace("…", text.trim()), group: "", url: `${traceUrl}?q=${query}` });
  }
  return /\d/.test(text) ? [...further, ...found] : [...found, ...further];
}

/** @returns {string[]} */
const favourites = () => (/(?:^|; )favourites=([^;]*)/.exec(document.cookie)?.[1] ?? "").split(".").filter(Boolean);

/** @param {string} section */
function toggle(section) {
  const kept = favourites();
  const now = kept.includes(section) ? kept.filter((each) => each !== section) : [...kept, section];
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `favourites=${now.join(".")}; path=/portal; max-age=31536000; samesite=lax${secure}`;
}

/** @param {Entry} entry */
function star(entry) {
  const template = document.getElementById("palette-star");
  if (!entry.section || !(template instanceof HTMLTemplateElement)) return [];
  const button = template.content.querySelector("button")?.cloneNode(true);
  if (!(button instanceof HTMLButtonElement)) return [];
  const name = button.querySelector(".visually-hidden");
  if (name) name.textContent = (name.textContent ?? "").replace("…", entry.title);
  button.setAttribute("aria-pressed", String(favourites().includes(entry.section)));
  button.addEventListener("click", () => {
    toggle(entry.section ?? "");
    button.setAttribute("aria-pressed", String(favourites().includes(entry.section ?? "")));
    if (palette) palette.dataset.changed = "1";
  });
  return [button];
}

function draw() {
  if (!field || !list) return;
  list.replaceChildren(
    ...fitting(field.value).map((entry) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = entry.url;
      link.textContent = entry.title;
      if (entry.group) {
        const group = document.createElement("span");
        group.className = "muted small";
        group.textContent = entry.group;
        link.append(group);
      }
      line.append(link, ...star(entry));
      return line;
    }),
  );
}

function open() {
  if (!(palette instanceof HTMLDialogElement) || !field || palette.open || document.querySelector("dialog[open]")) return;
  field.value = "";
  draw();
  palette.showModal();
}

/** To the entry that is so many lines further; above the first is the field. @param {number} by */
function move(by) {
  if (!list || !field) return;
  const links = [...list.querySelectorAll("a")];
  const at = links.findIndex((link) => link.parentElement?.contains(document.activeElement)) + by;
  (at < 0 ? field : links[Math.min(at, links.length - 1)])?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    open();
  }
});
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-palette]")) open();
});
palette?.addEventListener("click", (event) => {
  if (event.target === palette && palette instanceof HTMLDialogElement) palette.close();
});
// What was starred is at its place once the page is drawn anew.
palette?.addEventListener("close", () => {
  if (palette.dataset.changed) location.reload();
});
palette?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && event.target === field) {
    event.preventDefault();
    list?.querySelector("a")?.click();
  } else if (field && event.target !== field && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
    field.focus(); // the letter goes where it can be read
  }
});
field?.addEventListener("input", draw);
