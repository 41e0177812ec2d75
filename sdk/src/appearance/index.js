/**
 * What only some appearances need: themes beside light and dark, rules, labels, colours of the dark, the rarer variables.
 *
 * @typedef {import('../types').Appearance} Appearance
 * @typedef {typeof import('./index.js')} AppearancePart
 */
import css from './appearance.css';
import { kebab, sheetOf } from './rules.js';

export { css };

/** What a colour is in the light, where only that of the dark is given. @type {Record<string, string>} */
const LIGHT = {
  colorPrimary: '#2348d6', colorPrimaryText: '#fff', colorBackground: '#fff', colorText: '#1a1f36', colorTextSecondary: '#5a6178',
  colorBorder: '#d9dce6', colorDanger: '#b3172f', colorSuccess: '#0b7a4b', colorWarning: '#8a5300',
};

/** @type {WeakMap<HTMLElement, {sheet: CSSStyleSheet, said: string}>} */
const worn = new WeakMap();
let number = 0;

/**
 * @param {HTMLElement} root the panel; it has its plain variables already
 * @param {Appearance} appearance @param {(level: string, message: string) => void} log
 */
export function dress(root, { labels = 'above', rules = {}, variables = {}, variablesDark = {} }, log) {
  root.dataset.labels = labels;
  const isDark = ['dark', 'night'].includes(root.dataset.theme ?? '');
  for (const [name, dark] of Object.entries(variablesDark)) {
    const light = /** @type {Record<string, string>} */ (variables)[name] ?? LIGHT[name];
    const value = isDark ? dark : `light-dark(${light}, ${dark})`;
    if (isDark || (light && CSS.supports('color', value))) root.style.setProperty(`--bursar-${kebab(name)}`, value);
  }
  const said = JSON.stringify(rules);
  if (worn.get(root)?.said === said) return;
  undress(root);
  if (said === '{}') return;
  root.dataset.rules = `${++number}`;
  const sheet = sheetOf(rules, `.bursar:where([data-rules="${number}"])`, (message) => log('error', message));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  worn.set(root, { sheet, said });
}

/** Takes the panel's own rules away. @param {HTMLElement} root */
export function undress(root) {
  const sheet = worn.get(root)?.sheet;
  worn.delete(root);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
}
