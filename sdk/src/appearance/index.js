/**
 * What only some appearances need: other themes than light and dark, rules, labels, dark colours, rare variables.
 *
 * @typedef {import('../types').Appearance} Appearance
 * @typedef {typeof import('./index.js')} AppearancePart
 */
import css from './appearance.css';
import { kebab, sheetOf } from './rules.js';

export { css };

/** Light colours, where only the dark one is set. @type {Record<string, string>} */
const LIGHT = {
  colorPrimary: '#2348d6', colorPrimaryText: '#fff', colorBackground: '#fff', colorText: '#1a1f36', colorTextSecondary: '#5a6178',
  colorBorder: '#d9dce6', colorDanger: '#b3172f', colorSuccess: '#0b7a4b', colorWarning: '#8a5300',
};

/** @type {WeakMap<HTMLElement, {sheet: CSSStyleSheet, key: string}>} */
const applied = new WeakMap();
let number = 0;

/**
 * @param {HTMLElement} root the panel; it has its plain variables already
 * @param {Appearance} appearance @param {(level: string, message: string) => void} log
 */
export function apply(root, { labels = 'above', rules = {}, variables = {}, variablesDark = {} }, log) {
  root.dataset.labels = labels;
  const isDark = ['dark', 'night'].includes(root.dataset.theme ?? '');
  for (const [name, dark] of Object.entries(variablesDark)) {
    const light = /** @type {Record<string, string>} */ (variables)[name] ?? LIGHT[name];
    const value = isDark ? dark : `light-dark(${light}, ${dark})`;
    if (isDark || (light && CSS.supports('color', value))) root.style.setProperty(`--bursar-${kebab(name)}`, value);
  }
  const key = JSON.stringify(rules);
  if (applied.get(root)?.key === key) return;
  remove(root);
  if (key === '{}') return;
  root.dataset.rules = `${++number}`;
  const sheet = sheetOf(rules, `.bursar:where([data-rules="${number}"])`, (message) => log('error', message));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  applied.set(root, { sheet, key });
}

/** Removes the panel's own rules. @param {HTMLElement} root */
export function remove(root) {
  const sheet = applied.get(root)?.sheet;
  applied.delete(root);
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
}
