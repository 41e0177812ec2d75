/** Where this very script was loaded from, ending in a slash; `null` when bundled into the merchant's own script. */
export const script = /** @type {HTMLScriptElement | null} */ (globalThis.document?.currentScript);
const source = script?.src || __MODULE_URL__;

export const scriptBase = source && source.includes('/static/sdk/') ? new URL('.', source).href : null;

/**
 * The server behind a script's address.
 * @param {string | null} base
 */
export function apiBaseOf(base) {
  return base ? base.slice(0, base.indexOf('/static/sdk/')) : null;
}
