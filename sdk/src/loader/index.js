/**
 * The loader: one small script for every page of a shop. Elements say what they sell (`data-bursar-…`); the SDK itself
 * is fetched when one of them is about to be used, checked against its hash, and its absence is reported.
 *
 * @typedef {import('../types').BursarFactory} BursarFactory
 * @typedef {import('../types').Checkout} Checkout
 */
import { apiBaseOf, script, scriptBase } from '../panel/script_base.js';

const TIMEOUT_MS = 15_000;
const SELECTOR = ['configuration', 'client-secret', 'secret-from'].map((name) => `[data-bursar-${name}]`).join();
const PRESSED = 'button, a, input, [role="button"]';
const EVENTS = /** @type {const} */ ([
  'ready', 'change', 'paymentmethodchange', 'quantitychange', 'agreementchange', 'beforeconfirm', 'confirm', 'requiresaction', 'redirect',
  'processing', 'success', 'failure', 'expired', 'cancel', 'close', 'loaderror', 'error', 'plugin_error', 'analytics',
]);
const STORAGE_KEY = 'bursar';
const apiBase = apiBaseOf(scriptBase);
const page = /** @type {any} */ (globalThis);

/** @type {Promise<BursarFactory> | null} */
let loading = null;
let attempts = 0;

/** Loads the SDK once; called again after a failure, it retries. @returns {Promise<BursarFactory>} rejects with a `code` */
const loadBursar = () => (loading ??= (page.Bursar ? Promise.resolve(page.Bursar) : fetched()).catch((error) => {
  loading = null;
  throw error;
}));

/** @returns {Promise<BursarFactory>} */
function fetched() {
  const again = attempts++ ? `&${attempts}` : '';
  const href = new URL(`../${__VERSION__}/bursar.mjs?${__BURSAR__.slice(7, 15)}${again}`, scriptBase ?? location.href).href;
  const link = Object.assign(document.createElement('link'), { rel: 'modulepreload', href, integrity: __BURSAR__, crossOrigin: 'anonymous' });
  document.head.append(link);
  return new Promise((resolve, reject) => {
    /** @param {string} code */
    const fail = (code) => reject(Object.assign(new Error(`Bursar could not be loaded from ${href}`), { code }));
    const timer = setTimeout(fail, TIMEOUT_MS, 'load_timeout');
    import(/* @vite-ignore */ href).then((module) => resolve(page.Bursar ??= module.Bursar), () => fail('load_failed'))
      .finally(() => clearTimeout(timer));
  });
}

/** @type {WeakMap<HTMLElement, Checkout>} */
const checkouts = new WeakMap();

/** @param {HTMLElement} element @returns {Promise<Checkout | null>} its checkout; `null` when there is no SDK */
async function checkoutOf(element) {
  const { dataset } = element;
  const known = checkouts.get(element);
  if (known && !['succeeded', 'expired', 'cancelled'].includes(known.state.status)) return known;
  known?.destroy();
  element.ariaBusy = 'true';
  try {
    const bursar = await loadBursar();
    const from = dataset.bursarSecretFrom;
    const checkout = bursar(dataset.bursarKey ?? script?.dataset.key ?? '', { apiBase: apiBase ?? undefined }).checkout({
      configuration: dataset.bursarConfiguration,
      clientSecret: dataset.bursarClientSecret,
      fetchClientSecret: from ? async () => (await (await fetch(from, { method: 'POST' })).json()).client_secret : undefined,
      mode: modeOf(element),
      locale: dataset.bursarLocale,
      returnUrl: dataset.bursarReturnUrl,
      appearance: { theme: /** @type {any} */ (dataset.bursarTheme) },
    });
    checkouts.set(element, checkout);
    for (const type of EVENTS) {
      checkout.on(type, (event) => {
        const goesOn = type === 'loaderror' ? failed(element, event.error) : dispatch(element, type, event);
        if (!goesOn) event.preventDefault();
        else if (type === 'redirect') storeKey(element);
      });
    }
    return checkout;
  } catch (error) {
    console.error(error);
    failed(element, error);
    return null;
  } finally {
    element.ariaBusy = null;
  }
}

/** @param {HTMLElement} element @returns {any} */
const modeOf = (element) => element.dataset.bursarMode ?? (element.matches(PRESSED) ? 'modal' : 'inline');

/** The name under which the SDK stores its session in the tab's history. @param {HTMLElement} element */
const nameOf = ({ dataset }) => `${dataset.bursarConfiguration} ${dataset.bursarLocale ?? ''}`;

/** The history entry is left behind, and payment pages return to a new one: the key moves to `sessionStorage`. @param {HTMLElement} element */
function storeKey(element) {
  const name = nameOf(element);
  const key = history.state?.bursar?.[name];
  try {
    if (key && modeOf(element) !== 'redirect') sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ [name]: key }));
  } catch {
    // Then the button starts a new session.
  }
}

/** Back from a payment page: resumes with the button that led there, and clears the stored key. */
async function resume() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? 'null');
    sessionStorage.removeItem(STORAGE_KEY);
    if (!stored || !new URLSearchParams(location.search).has('bursar_session')) return;
    history.replaceState({ ...history.state, bursar: stored }, '');
    /** @type {HTMLElement[]} */
    const all = [...document.querySelectorAll(/** @type {'div'} */ (SELECTOR))];
    const element = all.find((each) => stored[nameOf(each)] && modeOf(each) === 'modal');
    const checkout = element && await checkoutOf(element);
    page.Bursar?.getRedirectResult();
    checkout?.open(element);
  } catch {
    // A page without storage.
  }
}

/** @param {HTMLElement} element @param {string} type @param {unknown} detail */
const dispatch = (element, type, detail) => element.dispatchEvent(
  new CustomEvent(`bursar:${type}`, { detail, bubbles: true, cancelable: true }));

/** Reports the failure; where nothing can be shown in the page, the hosted page sells. @param {HTMLElement} element @param {unknown} error */
function failed(element, error) {
  const { configuration } = /** @type {{configuration?: string}} */ ({ configuration: element.dataset.bursarConfiguration });
  const hosted = /** @type {HTMLAnchorElement} */ (element).href || (configuration && apiBase && `${apiBase}/b/${configuration}`);
  const hasPanel = checkouts.has(element) && modeOf(element) !== 'redirect';
  const goesOn = dispatch(element, 'loaderror', error);
  if (goesOn && hosted && !hasPanel && element.matches(PRESSED)) location.assign(hosted);
  return goesOn;
}

/** @param {Event} event @returns {HTMLElement | null | undefined} */
function pressed(event) {
  const element = /** @type {Element} */ (event.target).closest?.(SELECTOR);
  return element?.matches(PRESSED) ? /** @type {HTMLElement} */ (element) : null;
}

document.addEventListener('click', async (event) => {
  const element = pressed(event);
  const { button, metaKey, ctrlKey, shiftKey, altKey, defaultPrevented } = event;
  if (!element || defaultPrevented || button || metaKey || ctrlKey || shiftKey || altKey) return;
  event.preventDefault();
  if (!element.ariaBusy) (await checkoutOf(element))?.open(element);
});
for (const sign of ['pointerover', 'focusin']) {
  document.addEventListener(sign, (event) => { if (pressed(event)) loadBursar().catch(() => undefined); }, { passive: true });
}

const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    const element = /** @type {HTMLElement} */ (target);
    void checkoutOf(element).then((checkout) => {
      if (!checkout) return;
      element.replaceChildren();
      checkout.mount(element);
    });
  }
}, { rootMargin: '400px' });

/** Looks for panels to show; again, when the page has got new ones. @param {ParentNode} [root] */
function scan(root = document) {
  for (const element of root?.querySelectorAll?.(SELECTOR) ?? []) if (!element.matches(PRESSED)) near.observe(element);
}

page.loadBursar ??= Object.assign(loadBursar, { scan });
function begin() {
  void resume();
  scan();
}
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin);
else begin();
