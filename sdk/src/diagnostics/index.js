/**
 * For the page's developer: unknown names in the console, with the nearest known one. Fetched in test mode, and wherever
 * nothing can be shown. Buyers never see any of it in live mode.
 *
 * @typedef {import('../types').CheckoutOptions} CheckoutOptions
 * @typedef {typeof import('./index.js')} Diagnostics
 */
import { APPEARANCE, BURSAR_OPTIONS, DENSITIES, EVENTS, LABELS, MODES, OPTIONS, SLOTS, THEMES, VARIABLES } from './names.js';
import { nearest } from './nearest.js';

/** Why nothing can be shown. @type {Record<string, string>} */
const WORDS = {
  client_secret_missing: 'checkout() needs `clientSecret`, `fetchClientSecret` or `configuration`.',
  client_secret_invalid: 'This client secret does not look like `ses_…_secret_…`.',
  configuration_invalid: 'This configuration does not look like `cfg_…`.',
  key_invalid: 'Bursar() needs a publishable key (`pk_test_…` or `pk_live_…`).',
  mount_target_missing: 'The element to mount into was not found.',
  api_base_missing: 'Set `apiBase`: the address of your Bursar server.',
  origin_denied: 'Pages on {origin} may not show this checkout. Allow this origin in the portal.',
};

/**
 * Logs why nothing can be shown, and where to fix it.
 * @param {import('../types').BursarError} problem
 * @param {{apiBase: string | null, publishableKey: string, log: (level: string, message: string) => void}} context
 * @returns {Partial<import('../types').BursarError>} what the panel shows instead; nothing in live mode
 */
export function explain({ code, message, docUrl }, { apiBase, publishableKey, log }) {
  const isOrigin = code === 'origin_denied';
  const url = isOrigin ? `${apiBase}/portal/origins?origin=${encodeURIComponent(location.origin)}` : docUrl;
  const text = (WORDS[code] ?? message).replace('{origin}', location.origin);
  log('error', `${text} (${url})`);
  if (/^pk_live_/.test(publishableKey)) return {};
  return { message: text, fix: { url, label: isOrigin ? 'Allow it in the portal' : 'What this means' } };
}

/**
 * Logs every unknown name, with the nearest known one.
 * @param {{options: any, bursarOptions: any, checkout: any, listenedTypes: readonly string[], log: (level: string, message: string) => void}} page
 */
export function check({ options, bursarOptions, checkout, listenedTypes, log }) {
  /** @param {string} what @param {unknown} wrong @param {readonly string[]} names */
  const one = (what, wrong, names) => {
    if (wrong === undefined || wrong === null || names.includes(/** @type {string} */ (wrong))) return;
    const meant = nearest(String(wrong), names);
    log('warn', `There is no ${what} “${wrong}”. ${meant ? `Did you mean “${meant}”?` : `There are: ${names.join(', ')}.`}`);
  };
  /** @param {string} what @param {unknown} values @param {readonly string[]} names */
  const all = (what, values, names) => {
    for (const name of Object.keys(values ?? {})) one(what, name, names);
  };
  /** @param {any} appearance */
  const look = (appearance) => {
    if (!appearance || typeof appearance !== 'object') return;
    all('appearance option', appearance, APPEARANCE);
    one('theme', appearance.theme, THEMES);
    one('density', appearance.density, DENSITIES);
    one('way of showing labels', appearance.labels, LABELS);
    all('variable', appearance.variables, VARIABLES);
    all('variable', appearance.variablesDark, VARIABLES);
  };

  all('option of Bursar()', bursarOptions, BURSAR_OPTIONS);
  all('option of checkout()', options, OPTIONS);
  one('mode', options.mode, MODES);
  look(options.appearance);
  for (const plugin of Array.isArray(options.plugins) ? options.plugins : []) one('slot', plugin?.slot, SLOTS);
  for (const type of listenedTypes) one('event', type, EVENTS);

  for (const name of ['on', 'once', 'off']) {
    const plain = checkout[name];
    checkout[name] = (/** @type {any[]} */ ...args) => {
      one('event', args[0], EVENTS);
      return plain.apply(checkout, args);
    };
  }
  const { update } = checkout;
  checkout.update = (/** @type {any} */ changed) => {
    all('option of update()', changed, ['appearance', 'locale']);
    look(changed?.appearance);
    return update.call(checkout, changed);
  };
}
