import { createCheckout } from '../core/checkout.js';
import { createClient } from '../core/client.js';
import { createSessionOpener } from '../core/session_opener.js';
import { handleOf } from '../core/handle.js';
import { matchLocale } from '../core/i18n.js';
import { listen } from '../core/stream.js';
import { browserEnv } from '../panel/env.js';
import { apiBaseOf, scriptBase } from '../panel/script_base.js';

/**
 * Opens a checkout that draws nothing: follow its `state`, call its `actions`.
 * @param {import('../types').HeadlessOptions} headlessOptions
 * @returns {import('../types').CheckoutHandle}
 */
export function openCheckout(headlessOptions) {
  const { publishableKey, apiBase = apiBaseOf(scriptBase) ?? '', onLog, ...options } = headlessOptions ?? {};
  const locale = matchLocale(options.locale ?? globalThis.navigator?.language);
  const log = (/** @type {string} */ level, /** @type {string} */ message) => onLog?.({ level, message });
  const env = browserEnv((error) => error, log, options.askApp ?? (() => undefined), options.navigate);
  const client = createClient({ apiBase, publishableKey, locale, get clientSecret() { return opener.secret; } });
  const opener = createSessionOpener(options, { client: () => client, memory: env.memory, log });
  const controller = createCheckout({
    client, env: { ...env, enter: opener.enter, keep: opener.keep, release: opener.release, stream: () => listen }, returnUrl: options.returnUrl, loadTimeoutMs: options.loadTimeoutMs,
  });
  controller.on('expired', opener.forget);
  controller.on('cancel', opener.forget);
  void controller.load();
  return handleOf(controller);
}
