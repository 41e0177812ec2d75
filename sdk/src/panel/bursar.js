/**
 * `Bursar(key).checkout({clientSecret}).mount('#el')`: core and parts put together for a page.
 *
 * @typedef {import('../types').Checkout} Checkout
 * @typedef {import('../types').CheckoutOptions} CheckoutOptions
 * @typedef {import('../types').BursarOptions} BursarOptions
 */
import { known, publishView, wantsMore } from '../components/part.js';
import { createCheckout } from '../core/checkout.js';
import { createClient } from '../core/client.js';
import { createSessionOpener } from '../core/session_opener.js';
import { makeError, refused } from '../core/errors.js';
import { handleOf } from '../core/handle.js';
import { loadMessages, matchLocale, translator } from '../core/i18n.js';
import { createRegistry } from '../core/registry.js';
import english from '../locales/en.js';
import { applyAppearance, ensureStyles, undress } from './appearance.js';
import { browserEnv } from './env.js';
import { createPanel, defineElements } from './panel.js';
import { modalPart, scenesPart, secondPart } from './parts.js';
import { getRedirectResult } from './stored_session.js';
import { apiBaseOf, scriptBase } from './script_base.js';
import css from './bursar.css';

const MORE_WAIT_MS = 4_000;
const OVER = /** @type {const} */ (['expired', 'cancel', 'success']);

/**
 * @param {string} publishableKey
 * @param {BursarOptions | null} [given]
 * @returns {import('../types').BursarInstance}
 */
function Bursar(publishableKey, given) {
  const options = given ?? {};
  const apiBase = options.apiBase ?? apiBaseOf(scriptBase);
  const filesBase = scriptBase ?? (apiBase ? `${apiBase}/static/sdk/v1/` : null);
  /** @param {string} level @param {string} message */
  const log = (level, message) => {
    if (typeof options.onLog === 'function') options.onLog({ level, message });
    else console[/** @type {'error' | 'warn'} */ (level)](`Bursar: ${message}`);
  };
  const isKey = /^pk_(test|live)_/.test(publishableKey ?? '');
  return {
    checkout: (checkoutOptions) => openCheckout(checkoutOptions ?? {}, {
      publishableKey, apiBase, filesBase, log, bursarOptions: options, locale: options.locale, problem: isKey ? apiBase ? '' : 'api_base_missing' : 'key_invalid',
    }),
  };
}

/**
 * @param {CheckoutOptions} options
 * @param {{publishableKey: string, apiBase: string | null, filesBase: string | null, problem: string, bursarOptions: BursarOptions,
 *   log: (level: string, message: string) => void, locale: string | undefined}} context
 * @returns {Checkout}
 */
function openCheckout(options, context) {
  const { mode = 'inline' } = options;
  let locale = matchLocale(options.locale ?? context.locale ?? navigator.language);
  let t = translator({}, english);
  let appearance = options.appearance ?? {};
  /** @type {import('../types').Appearance | null | undefined} */
  let saved;
  /** @type {ReturnType<typeof bring> | null} */
  let bringing = null;
  /** @type {{root: HTMLElement, destroy: () => void} | null} */
  let panel = null;
  /** @type {(() => void) | null} */
  let closeDialog = null;

  const page = browserEnv((error) => {
    const docUrl = error.docUrl.startsWith('/') ? (context.apiBase ?? '') + error.docUrl : error.docUrl;
    return { ...error, docUrl, message: known(t, `error.${error.code}`) || error.message };
  }, context.log, async (params) => { await loadMore(); scenesPart.get()?.askWeChat(params); }, options.navigate);
  const client = createClient({
    apiBase: context.apiBase ?? '', publishableKey: context.publishableKey, get clientSecret() { return opener.secret; }, get locale() { return locale; },
  });
  const opener = createSessionOpener({ locale: context.locale, ...options }, { client: () => client, memory: page.memory, log: context.log });
  /** @type {import('../core/checkout.js').Env} */
  const env = {
    ...page,
    stream: () => scenesPart.get()?.listen,
    page: (url) => page.page?.(url ?? options.pageUrl),
    keep: opener.keep,
    release: opener.release,
    async enter(timeoutMs) {
      const answer = context.problem ? refused(context.problem) : await opener.enter(timeoutMs);
      if (!answer.ok && answer.error.type === 'config') await explain(answer.error);
      // Back from the payment page: the dialog it was begun in tells what came of it.
      if (opener.isBack && mode === 'modal') checkout.open();
      return answer;
    },
    // Nothing is shown half done; but what does not come in time does not hold up a payment either.
    prepare(snapshot) {
      saved = snapshot?.appearance;
      // A plugin may stand in for a part that comes with the second file.
      const wanted = [texts, (options.plugins || (snapshot && needsMore(snapshot))) && loadMore(), dress()];
      return Promise.race([Promise.all(wanted), new Promise((resolve) => { setTimeout(resolve, MORE_WAIT_MS); })]);
    },
  };
  const controller = createCheckout({ client, env, returnUrl: options.returnUrl, loadTimeoutMs: options.loadTimeoutMs });
  const registry = createRegistry(options.plugins ?? [], (plugin, error) => {
    context.log('error', `Plugin ${plugin.name} failed: ${error}`);
    controller.emit('plugin_error');
  });

  /**
   * Tells the page's author what is wrong, in words that are fetched for that. A buyer reads something that helps a buyer.
   * @param {import('../types').BursarError} problem
   */
  async function explain(problem) {
    // The second part comes with its texts: from here on `t` speaks the buyer's language.
    const author = await (await loadMore())?.author(scriptBase);
    const error = env.localize(problem);
    problem.message = t('error.load_failed');
    Object.assign(problem, author?.explain(error, context));
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

  /** Fetches what comes after the first touch, with its styles and texts, and shows what came of it. */
  function loadMore() {
    return (bringing ??= bring());
  }

  async function bring() {
    const [more, scenes] = await Promise.all([secondPart.load(scriptBase), scenesPart.load(scriptBase)]);
    for (const part of [more, scenes]) if (part) ensureStyles(part.css);
    if (!more || !scenes) {
      bringing = null;
      controller.set({});
      return more;
    }
    if (/^pk_test_/.test(context.publishableKey)) {
      void more.author(scriptBase).then((author) => author?.check({ ...context, options, checkout, heard: controller.heard() }));
    }
    await setLocale(locale);
    const { error } = controller.state;
    if (error) controller.set({ error: env.localize(error) });
    return more;
  }

  const dress = () => panel && applyAppearance(panel.root, css, scriptBase, context.log, saved, appearance);

  function draw() {
    ensureStyles(css);
    panel = createPanel(checkout, view);
    void dress();
    return panel.root;
  }

  /** Over the page. Where the dialog cannot be had, on the hosted page. @param {Element | null} opener */
  async function openDialog(opener) {
    const modal = await modalPart.load(scriptBase);
    if (!modal) return leave();
    ensureStyles(modal.css);
    await texts;
    if (panel) return undefined;
    closeDialog = modal.open({
      panel: draw(), opener, t: () => t, controller,
      onClosed() {
        closeDialog = null;
        checkout.unmount();
      },
    });
    return undefined;
  }

  /** To the hosted page. */
  async function leave() {
    if (controller.state.status === 'load_failed') await controller.actions.refresh();
    await checkout.whenReady().catch(() => undefined);
    const url = elsewhere();
    if (url && controller.emit('redirect', { url })) env.navigate(url);
  }

  /** The hosted page, open for this buyer. */
  const elsewhere = () => controller.state.session?.hosted_url ?? '';

  /** @type {Checkout} */
  const checkout = Object.assign(handleOf(controller), /** @type {Omit<Checkout, keyof import('../types').CheckoutHandle>} */ ({
    mount(target) {
      if (mode !== 'inline') return checkout.open();
      let host = target;
      try {
        if (typeof target === 'string') host = /** @type {HTMLElement} */ (document.querySelector(target));
      } catch {
        // No selector.
      }
      if (!(host instanceof Element)) {
        void explain(makeError('mount_target_missing'));
        return checkout;
      }
      checkout.unmount();
      host.append(draw());
      return checkout;
    },
    open(opener) {
      if (mode === 'modal') void openDialog(opener ?? document.activeElement);
      if (mode === 'redirect') void leave();
      return checkout;
    },
    close() {
      return controller.emit('close') ? checkout.unmount() : checkout;
    },
    update(changed) {
      if (changed?.appearance) appearance = { ...appearance, ...changed.appearance };
      void dress();
      if (changed?.locale) void setLocale(matchLocale(changed.locale));
      return checkout;
    },
    unmount() {
      closeDialog?.();
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
  }));
  /** @type {import('../components/part.js').View} */
  const view = {
    actions: controller.actions, subscribe: controller.subscribe, registry, t: () => t, locale: () => locale, session: () => controller.state.session,
    more: { get: secondPart.get, scenes: () => secondPart.get() && scenesPart.get(), isGone: () => secondPart.isGone() || scenesPart.isGone(), load: loadMore, elsewhere },
  };
  defineElements();
  publishView(checkout, view);
  // A session that is over is not what the next visit goes on with; what was bought in the page may be looked at again.
  for (const type of OVER) controller.on(type, () => { if (type !== 'success' || mode !== 'inline') opener.forget(); });
  if (mode === 'modal') void modalPart.load(scriptBase);
  const texts = setLocale(locale);
  void controller.load();
  return checkout;
}

/** Whether the second part of the panel belongs to what is seen first. @param {import('../types').Snapshot} snapshot */
const needsMore = (snapshot) => snapshot.status !== 'ready' || wantsMore(snapshot);

const factory = /** @type {import('../types').BursarFactory} */ (
  Object.assign(Bursar, { getRedirectResult, version: __VERSION__ }));

export { factory as Bursar };
