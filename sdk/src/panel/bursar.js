/**
 * `Bursar(key).checkout({clientSecret}).mount('#el')`: core and parts put together for a page.
 *
 * @typedef {import('../types').Checkout} Checkout
 * @typedef {import('../types').CheckoutOptions} CheckoutOptions
 * @typedef {import('../types').BursarOptions} BursarOptions
 */
import { known, publishView, needsDeferred } from '../components/part.js';
import { createCheckout } from '../core/checkout.js';
import { createClient } from '../core/client.js';
import { createSessionOpener } from '../core/session_opener.js';
import { makeError, refused } from '../core/errors.js';
import { handleOf } from '../core/handle.js';
import { loadMessages, matchLocale, translator } from '../core/i18n.js';
import { createRegistry } from '../core/registry.js';
import english from '../locales/en.js';
import { applyAppearance, ensureStyles, removeAppearance } from './appearance.js';
import { browserEnv } from './env.js';
import { createPanel, defineElements } from './panel.js';
import { deferredParts, modalPart, scenesPart } from './parts.js';
import { getRedirectResult } from './stored_session.js';
import { apiBaseOf, scriptBase } from './script_base.js';
import css from './bursar.css';

const DEFERRED_WAIT_MS = 4_000;
const OVER = /** @type {const} */ (['expired', 'cancel', 'success']);

/**
 * @param {string} publishableKey
 * @param {BursarOptions | null} [bursarOptions]
 * @returns {import('../types').BursarInstance}
 */
function Bursar(publishableKey, bursarOptions) {
  const options = bursarOptions ?? {};
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
  /** @type {ReturnType<typeof fetchDeferred> | null} */
  let fetching = null;
  /** @type {{root: HTMLElement, destroy: () => void} | null} */
  let panel = null;
  /** @type {ReturnType<import('../modal/index.js').Modal['open']> | null} */
  let closeDialog = null;

  const page = browserEnv((error) => {
    const docUrl = error.docUrl.startsWith('/') ? (context.apiBase ?? '') + error.docUrl : error.docUrl;
    return { ...error, docUrl, message: known(t, `error.${error.code}`) || error.message };
  }, context.log, async (params) => { await loadDeferred(); scenesPart.get()?.payInWeChat(params); }, options.navigate);
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
      // A plugin may replace a deferred part.
      const needed = [texts, (options.plugins || (snapshot && startsWithDeferred(snapshot))) && loadDeferred(), restyle()];
      return Promise.race([Promise.all(needed), new Promise((resolve) => { setTimeout(resolve, DEFERRED_WAIT_MS); })]);
    },
  };
  const controller = createCheckout({ client, env, returnUrl: options.returnUrl, loadTimeoutMs: options.loadTimeoutMs });
  const registry = createRegistry(options.plugins ?? [], (plugin, error) => {
    context.log('error', `Plugin ${plugin.name} failed: ${error}`);
    controller.emit('plugin_error');
  });

  /**
   * Logs what is wrong for the page's developer, in texts that are fetched for that. Buyers see a message of their own.
   * @param {import('../types').BursarError} problem
   */
  async function explain(problem) {
    // The deferred parts come with their texts: from here on `t` has the buyer's language.
    const diagnostics = await (await loadDeferred())?.loadDiagnostics(scriptBase);
    const error = env.localize(problem);
    problem.message = t('error.load_failed');
    Object.assign(problem, diagnostics?.explain(error, context));
  }

  /** @param {string} requested */
  async function setLocale(requested) {
    locale = requested;
    const base = context.filesBase;
    const deferred = deferredParts.get();
    const parts = await Promise.all(base ? [requested, ...(deferred ? [`${requested}.deferred_parts`] : [])].map((name) => loadMessages(name, base)) : []);
    if (locale !== requested) return;
    t = translator(Object.assign({}, ...parts), { ...english, ...deferred?.words });
    controller.set({});
  }

  /** Fetches the deferred parts and the scenes, with their styles and texts, and redraws. */
  function loadDeferred() {
    return (fetching ??= fetchDeferred());
  }

  async function fetchDeferred() {
    const [deferred, scenes] = await Promise.all([deferredParts.load(scriptBase), scenesPart.load(scriptBase)]);
    for (const part of [deferred, scenes]) if (part) ensureStyles(part.css);
    if (!deferred || !scenes) {
      fetching = null;
      controller.set({});
      return deferred;
    }
    if (/^pk_test_/.test(context.publishableKey)) {
      void deferred.loadDiagnostics(scriptBase).then((module) => module?.check({ ...context, options, checkout, listenedTypes: controller.listenedTypes() }));
    }
    await setLocale(locale);
    const { error } = controller.state;
    if (error) controller.set({ error: env.localize(error) });
    return deferred;
  }

  const restyle = () => panel && applyAppearance(panel.root, css, scriptBase, context.log, saved, appearance);

  function draw() {
    ensureStyles(css);
    panel = createPanel(checkout, view);
    void restyle();
    return panel.root;
  }

  /** Over the page. Where the dialog cannot be had, on the hosted page. @param {Element | null} opener */
  async function openDialog(opener) {
    const modal = await modalPart.load(scriptBase);
    if (!modal) await leave();
    else {
      ensureStyles(modal.css);
      await texts;
      closeDialog?.(true);
      if (!panel) closeDialog = modal.open({ panel: draw(), opener, t: () => t, controller, onClosed: checkout.unmount });
    }
  }

  /** To the hosted page. */
  async function leave() {
    if (controller.state.status === 'load_failed') await controller.actions.refresh();
    await checkout.whenReady().catch(() => undefined);
    const url = hostedUrl();
    if (url && controller.emit('redirect', { url })) env.navigate(url);
  }

  /** The hosted page, open for this buyer. */
  const hostedUrl = () => controller.state.session?.hosted_url ?? '';

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
      void restyle();
      if (changed?.locale) void setLocale(matchLocale(changed.locale));
      return checkout;
    },
    unmount() {
      closeDialog?.();
      if (panel) {
        panel.destroy();
        panel.root.remove();
        removeAppearance(panel.root);
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
    deferred: { get: deferredParts.get, scenes: () => deferredParts.get() && scenesPart.get(), hasFailed: () => deferredParts.hasFailed() || scenesPart.hasFailed(), load: loadDeferred, base: scriptBase, hostedUrl },
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

/** Whether the first view needs the deferred parts. @param {import('../types').Snapshot} snapshot */
const startsWithDeferred = (snapshot) => snapshot.status !== 'ready' || needsDeferred(snapshot);

const factory = /** @type {import('../types').BursarFactory} */ (
  Object.assign(Bursar, { getRedirectResult, version: __VERSION__ }));

export { factory as Bursar };
