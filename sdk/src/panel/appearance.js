import { lazyPart } from './lazy_part.js';

/**
 * @typedef {import('../types').Appearance} Appearance
 * @typedef {import('../appearance/index.js').AppearancePart} AppearancePart
 */

/** What only some appearances need (`src/appearance`): themes beside light and dark, rules, labels, the rarer variables; and old browsers. */
const appearancePart = lazyPart('appearance.mjs', __APPEARANCE__, __MODULE_URL__ && (() => import('../appearance/index.js')),
  (module) => /** @type {AppearancePart} */ (module));

/**
 * Merges two appearances; `own` takes precedence.
 * @param {Appearance | null | undefined} saved @param {Appearance} own
 * @returns {Appearance}
 */
const merged = (saved, own) => ({
  ...saved, ...own,
  variables: { ...saved?.variables, ...own.variables },
  variablesDark: { ...saved?.variablesDark, ...own.variablesDark },
  rules: { ...saved?.rules, ...own.rules },
});

/**
 * Puts an appearance on the panel. Values go through the style object, never into markup, so a strict policy holds.
 * @param {HTMLElement} root
 * @param {string} css the panel's own styles
 * @param {string | null} base where the SDK's files lie
 * @param {(level: string, message: string) => void} log
 * @param {Appearance | null | undefined} saved the business's
 * @param {Appearance} own the page's
 * @returns {Promise<unknown>} done when all of it is there
 */
export async function applyAppearance(root, css, base, log, saved, own) {
  const appearance = merged(saved, own);
  const { theme = 'auto', density = 'normal', disableAnimations = false, labels, rules, variables, variablesDark } = appearance;
  root.dataset.theme = theme;
  root.dataset.density = density;
  root.toggleAttribute('data-still', disableAnimations);
  root.removeAttribute('style');
  let isPlain = CSS.supports('color', 'light-dark(red, red)') && !labels && density === 'normal' && !Object.keys({ ...variablesDark, ...rules }).length && /^(auto|light|dark)$/.test(theme);
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (!value) continue;
    root.style.setProperty(property(name), value);
    isPlain &&= css.includes(`${property(name)},`);
  }
  latest.set(root, appearance);
  if (isPlain && !appearancePart.get()) return;
  const part = await appearancePart.load(base);
  if (!part || latest.get(root) !== appearance) return;
  ensureStyles(part.css);
  part.apply(root, appearance, log);
}

/** @type {WeakMap<HTMLElement, Appearance>} what a panel is to get, while it is fetched */
const latest = new WeakMap();

/** Removes this panel's own rules from the document. @param {HTMLElement} root */
export function removeAppearance(root) {
  latest.delete(root);
  appearancePart.get()?.remove(root);
}

/** The custom property of a variable. @param {string} name */
const property = (name) => `--bursar-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** @type {Set<string>} */
const added = new Set();

/**
 * Adds the panel's styles to the document, once: as a constructed sheet, which no `style-src` forbids. A page that links
 * `bursar.css` by itself is left alone.
 * @param {string} css
 */
export function ensureStyles(css) {
  if (added.has(css) || document.querySelector('link[rel="stylesheet"][href*="bursar.css"]')) return;
  added.add(css);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
