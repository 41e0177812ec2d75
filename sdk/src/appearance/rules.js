import { PARTS, PROPERTIES, STATES } from './tables.js';

const FORBIDDEN = /url\(|image|expression|[;{}@\\<>]/i;
const MAX_VALUE = 200;

/** @param {string} name */
export const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * The selector of named parts, such as `.Option--selected, .PaymentMethod:hover`.
 * @param {string} names @param {string} scope selects the panel
 * @returns {string | null} `null` when one of them is not known
 */
export function selectorOf(names, scope) {
  const found = names.split(',').map((name) => {
    const [, part = '', state = ''] = /^\s*\.(\w+?)(|--\w+|::?\w+)\s*$/.exec(name) ?? [];
    if (!Object.hasOwn(PARTS, part) || (state && !Object.hasOwn(STATES, state))) return null;
    const where = PARTS[/** @type {keyof typeof PARTS} */ (part)];
    return scope + (where && ` ${where}`) + (state && STATES[/** @type {keyof typeof STATES} */ (state)]);
  });
  return found.includes(null) ? null : found.join(',');
}

/** Whether a rule may have this value: nothing that fetches, nothing that ends the rule. @param {string} value */
export const isValue = (value) => value.length <= MAX_VALUE && !FORBIDDEN.test(value);

/**
 * Makes a style sheet of rules, through the object model: a value can never become another rule.
 * @param {Record<string, Record<string, string>>} rules @param {string} scope @param {(message: string) => void} complain
 */
export function sheetOf(rules, scope, complain) {
  const sheet = new CSSStyleSheet();
  for (const [names, declarations] of Object.entries(rules)) {
    const selector = selectorOf(names, scope);
    if (!selector) {
      complain(`appearance.rules: there is no part "${names}"`);
      continue;
    }
    const index = sheet.insertRule(`${selector}{}`, sheet.cssRules.length);
    const { style } = /** @type {CSSStyleRule} */ (sheet.cssRules[index]);
    for (const [name, value] of Object.entries(declarations)) {
      if (PROPERTIES.includes(name) && isValue(`${value}`)) style.setProperty(kebab(name), `${value}`);
      if (!PROPERTIES.includes(name) || !style.getPropertyValue(kebab(name))) complain(`appearance.rules: "${names}" cannot have ${name}: ${value}`);
    }
  }
  return sheet;
}
