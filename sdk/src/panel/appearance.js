/** @typedef {import('../types').Appearance} Appearance */

/**
 * Puts an appearance on the panel. Values go through the style object, never into markup, so a strict policy holds.
 * @param {HTMLElement} root
 * @param {Appearance} appearance
 */
export function applyAppearance(root, { theme = 'auto', density = 'normal', disableAnimations = false, variables = {} }) {
  root.dataset.theme = theme;
  root.dataset.density = density;
  root.toggleAttribute('data-still', disableAnimations);
  for (const [name, value] of Object.entries(variables)) {
    if (value) root.style.setProperty(`--bursar-${kebab(name)}`, value);
  }
}

/** @param {string} name */
const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** @type {Set<string>} */
const given = new Set();

/**
 * Gives the document the panel's styles, once: as a constructed sheet, which no `style-src` forbids. A page that links
 * `bursar.css` by itself is left alone.
 * @param {string} css
 */
export function ensureStyles(css) {
  if (given.has(css) || document.querySelector('link[rel="stylesheet"][href*="bursar.css"]')) return;
  given.add(css);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
