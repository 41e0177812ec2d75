// Finds pages and sections by words, in an index that is fetched when somebody begins to search.
const MOST = 12;

const plain = (text) => text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');

/** Entries that hold every word, the best first: a word in a title counts most, at its beginning more. */
export function ranked(entries, query) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const found = [];
  for (const entry of entries) {
    let score = 0;
    for (const word of words) {
      const worth = entry.section.includes(word) ? (` ${entry.section}`.includes(` ${word}`) ? 12 : 8)
        : entry.page.includes(word) ? 5 : entry.text.includes(word) ? 1 : 0;
      if (!worth) { score = 0; break; }
      score += worth;
    }
    if (score) found.push([score, entry]);
  }
  found.sort((one, other) => other[0] - one[0] || one[1].at - other[1].at);
  return found.slice(0, MOST).map(([, entry]) => entry);
}

const entryOf = ([url, page, section, text], at) => (
  {at, url, shown: {page, section}, page: plain(page), section: plain(section), text: plain(text)}
);

export function finder(input, list) {
  let index;
  let chosen = -1;
  input.closest('.find').hidden = false;

  const load = () => {
    index ??= fetch(input.dataset.index).then((answer) => answer.json()).then((rows) => rows.map(entryOf));
    return index;
  };

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function choose(at) {
    const options = list.querySelectorAll('[role=option]');
    if (!options.length) return;
    chosen = (at + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute('aria-selected', String(number === chosen)));
    input.setAttribute('aria-activedescendant', options[chosen].id);
    options[chosen].scrollIntoView({block: 'nearest'});
  }

  async function show() {
    const query = input.value.trim();
    if (!query) { close(); return; }
    const entries = await load().catch(() => { index = undefined; return null; });
    if (input.value.trim() !== query) return;
    const found = entries ? ranked(entries, query) : [];
    list.replaceChildren(...found.map((entry, number) => {
      const option = document.createElement('li');
      option.id = `found-${number}`;
      option.setAttribute('role', 'option');
      const link = document.createElement('a');
      link.href = entry.url;
      link.tabIndex = -1;
      const title = document.createElement('strong');
      title.textContent = entry.shown.section;
      const page = document.createElement('span');
      page.textContent = entry.shown.page;
      link.append(title, page);
      option.append(link);
      return option;
    }));
    if (!found.length) {
      const nothing = document.createElement('li');
      nothing.className = 'nothing';
      nothing.textContent = entries ? `Nothing holds “${query}”.` : 'The search could not be loaded. Try again.';
      list.append(nothing);
    }
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    chosen = -1;
    if (found.length) choose(0);
  }

  input.addEventListener('focus', () => { load().catch(() => { index = undefined; }); });
  input.addEventListener('input', show);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(chosen + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter' && !list.hidden) {
      event.preventDefault();
      list.querySelectorAll('[role=option] a')[chosen]?.click();
    } else if (event.key === 'Escape') {
      close();
    }
  });
  list.addEventListener('click', (event) => { if (event.target.closest('a')) close(); });
  document.addEventListener('click', (event) => { if (!event.target.closest('.find')) close(); });
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
    if (event.key === '/' && !typing && !event.metaKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    }
  });
}
