/**
 * `Bursar(key).checkout({clientSecret}).mount('#el')`: core and parts put together for a page.
 *
 * @typedef {import('../types').Checkout} Checkout
 * @typedef {import('../types').CheckoutOptions} CheckoutOptions
 * @typedef {import('../types').BursarOptions} BursarOptions
 */
import { publishView, wantsMore } from '../components/part.js';
import { createCheckout } from '../core/checkout.js';
import { createClient } from '../core/client.js';
import { makeError } from '../core/errors.js';
import { loadMessages, matchLocale, translator } from '../core/i18n.js';
import { createRegistry } from '../core/registry.js';
import english from '../locales/en.js';
import { applyAppearance, ensureStyles, undress } from './appearance.js';
import { browserEnv } from './env.js';
import { createPanel, defineElements } from './panel.js';
import { getRedirectResult } from './redirect_result.js';
import { apiBaseOf, scriptBase } from './script_base.js';
import { secondPart } from './second_part.js';
import css from './bursar.css';

const MORE_WAIT_MS = 4_000;
const SECRET = /^ses_[a-z0-9]{20,32}_secret_.{16,}$/;

/**
 * @param {string} publishableKey
 * @param {BursarOptions} [options]
 * @returns {import('../types').BursarInstance}
 */
function Bursar(publishableKey, options = {}) {
  const apiBase = options.apiBase ?? apiBaseOf(scriptBase);
  const filesBase = scriptBase ?? (apiBase ? `${apiBase}/static/sdk/v1/` : null);
  /** @param {string} level @param {string} message */
  const log = (level, message) => {
    if (options.onLog) options.onLog({ level, message });
    else if (level === 'error') console.error(`Bursar: ${message}`);
  };
  const keyError = /^pk_(test|live)_/.test(publishableKey ?? '') ? null : makeError('key_invalid');
  const baseError = apiBase ? null : makeError('api_base_missing');
  return {
    checkout: (checkoutOptions) => openCheckout(checkoutOptions, {
      apiBase, filesBase, log, locale: options.locale, isLive: /^pk_live_/.test(publishableKey ?? ''),
      problem: keyError ?? baseError,
    }),
  };
}

/**
 * @param {CheckoutOptions} options
 * @param {{apiBase: string | null, filesBase: string | null, log: (level: string, message: string) => void,
 *   locale: string | undefined, isLive: boolean, problem: import('../types').BursarError | null}} context
 * @returns {Checkout}
 */
function openCheckout(options, context) {
  let locale = matchLocale(options.locale ?? context.locale ?? navigator.language);
  let t = translator({}, english);
  let appearance = options.appearance ?? {};
  /** @type {import('../types').Appearance | null | undefined} */
  let saved;
  let secret = options.clientSecret ?? '';
  /** @type {ReturnType<typeof bring> | null} */
  let bringing = null;
  /** @type {{root: HTMLElement, destroy: () => void} | null} */
  let panel = null;

  /** @param {string} key @returns {string | undefined} */
  function words(key) {
    const text = t(key);
    return text === key ? undefined : text;
  }

  const env = browserEnv((error) => {
    const docUrl = error.docUrl.startsWith('/') ? (context.apiBase ?? '') + error.docUrl : error.docUrl;
    return { ...error, docUrl, message: words(`error.${error.code}`) ?? error.message };
  }, context.log, async (params) => (await loadMore())?.askWeChat(params), options.navigate);
  const client = createClient({
    apiBase: context.apiBase ?? '', get clientSecret() { return secret; }, get locale() { return locale; },
  });
  const controller = createCheckout({ client, env, returnUrl: options.returnUrl, loadTimeoutMs: options.loadTimeoutMs });
  const registry = createRegistry(options.plugins ?? [], (plugin, error) => {
    context.log('error', `Plugin ${plugin.name} failed: ${error}`);
    controller.emit('plugin_error');
  });

  /** @returns {Promise<void>} */
  async function start() {
    const problem = context.problem ?? await findSecret();
    const texts = setLocale(locale);
    // Nothing is shown half done; but what does not come in time does not hold up a payment either.
    env.prepare = async (snapshot) => {
      await texts;
      saved = snapshot?.appearance;
      await Promise.race([
        Promise.all([snapshot && needsMore(snapshot) && loadMore(), dress()]),
        new Promise((resolve) => { setTimeout(resolve, MORE_WAIT_MS); }),
      ]);
    };
    if (!problem) return controller.load();
    await texts;
    const told = await report(problem);
    // A mistake of the page's author is shown to its author; a buyer reads something that helps a buyer.
    controller.fail(context.isLive ? makeError('load_failed', { code: problem.code, type: problem.type }) : told);
  }

  /** Tells the page's author. The words for it come with the second part. @param {import('../types').BursarError} problem */
  async function report(problem) {
    await loadMore();
    const error = env.localize(problem);
    const told = { ...error, message: words(`author.${problem.code}`) ?? error.message };
    context.log('error', `${told.message} (${told.docUrl})`);
    return told;
  }

  /** @returns {Promise<import('../types').BursarError | null>} */
  async function findSecret() {
    try {
      secret ||= (await options.fetchClientSecret?.()) ?? '';
    } catch (error) {
      context.log('error', `fetchClientSecret failed: ${error}`);
      return makeError('load_failed');
    }
    if (!secret) return makeError('client_secret_missing');
    return SECRET.test(secret) ? null : makeError('client_secret_invalid');
  }

  /** @param {string} wanted */
  async function setLocale(wanted) {
    locale = wanted;
    const base = context.filesBase;
    const more = secondPart.get();
    const parts = await Promise.all(base ? [wanted, ...(more ? [`${wanted}.more`] : [])].map((name) => loadMessages(name, base)) : []);
    if (locale !== wanted) return;
    t = translator(Object.assign({}, ...parts), { ...english, ...more?.words });
    controller.set({});
  }

  /** Fetches the second part, its styles and its texts, and shows what came of it. */
  function loadMore() {
    return (bringing ??= bring());
  }

  async function bring() {
    const more = await secondPart.load(scriptBase);
    if (!more) {
      bringing = null;
      controller.set({});
      return null;
    }
    ensureStyles(more.css);
    await setLocale(locale);
    const { error } = controller.state;
    if (error) controller.set({ error: env.localize(error) });
    return more;
  }

  const dress = () => panel && applyAppearance(panel.root, css, scriptBase, context.log, saved, appearance);

  /** @type {Checkout} */
  const checkout = {
    get state() { return controller.state; },
    actions: controller.actions,
    mount(target) {
      const host = typeof target === 'string' ? document.querySelector(target) : target;
      if (!host) {
        void report(makeError('mount_target_missing'));
        return checkout;
      }
      checkout.unmount();
      ensureStyles(css);
      panel = createPanel(checkout, view);
      void dress();
      host.append(panel.root);
      return checkout;
    },
    update(changed) {
      if (changed.appearance) appearance = { ...appearance, ...changed.appearance };
      void dress();
      if (changed.locale) void setLocale(matchLocale(changed.locale));
      return checkout;
    },
    unmount() {
      if (panel) {
        panel.destroy();
        panel.root.remove();
        undress(panel.root);
      }
      panel = null;
      return checkout;
    },
    destroy() {
      checkout.unmount();
      controller.destroy();
    },
    on(type, listener) { controller.on(type, listener); return checkout; },
    once(type, listener) { controller.on(type, listener, true); return checkout; },
    off(type, listener) { controller.off(type, listener); return checkout; },
  };
  /** @type {import('../components/part.js').View} */
  const view = {
    actions: controller.actions, subscribe: controller.subscribe, registry, t: () => t, locale: () => locale, session: () => controller.state.session,
    more: { get: secondPart.get, isGone: secondPart.isGone, load: loadMore, elsewhere: () => env.navigate(controller.state.session?.hosted_url ?? '') },
  };
  defineElements();
  publishView(checkout, view);
  void start();
  return checkout;
}

/** Whether the second part of the panel belongs to what is seen first. @param {import('../types').Snapshot} snapshot */
const needsMore = (snapshot) => snapshot.status !== 'ready' || wantsMore(snapshot);

const factory = /** @type {import('../types').BursarFactory} */ (
  Object.assign(Bursar, { getRedirectResult, version: __VERSION__ }));

export { factory as Bursar };
