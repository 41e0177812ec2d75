import { agreement } from '../components/agreement.js';
import { button } from '../components/button.js';
import { coupons } from '../components/coupons.js';
import { h, icon, keyed, setText } from '../components/dom.js';
import { definePart, needsDeferred } from '../components/part.js';
import { directionOf } from '../core/i18n.js';
import { paymentMethods } from '../components/payment_methods.js';
import { product } from '../components/product.js';
import { quantity } from '../components/quantity.js';
import { status } from '../components/status.js';
import { summary } from '../components/summary.js';

/**
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('../components/part.js').View} View
 */

/** Defines the elements once per page; harmless to call again. */
export function defineElements() {
  const parts = { product, quantity, coupons, summary, 'payment-methods': paymentMethods, agreement, button, status };
  for (const [name, part] of Object.entries(parts)) definePart(name, part);
}

const FORM_STATES = ['ready', 'editing', 'confirming', 'failed'];

/**
 * The ready-made panel: all parts in their order, a skeleton before, scenes instead.
 * @param {object} checkout the public object, given to each part
 * @param {View} view
 */
export function createPanel(checkout, view) {
  const parts = /** @type {(name: string) => HTMLElement} */ ((name) => (
    Object.assign(document.createElement(`bursar-${name}`), { checkout })));
  const head = h('header', { class: 'bursar-head' });
  const alert = h('div', { class: 'bursar-alert', role: 'alert', tabindex: -1 });
  const spoken = h('p', { class: 'bursar-spoken', role: 'status' });
  const scene = parts('status');
  const foot = h('p', { class: 'bursar-foot' });
  const form = h('div', { class: 'bursar-form' },
    ...['product', 'options', 'quantity', 'cart', 'coupons', 'change', 'summary', 'wallet', 'contact', 'payment-methods', 'agreement'].map(parts), alert, parts('button'), foot);
  const skeleton = h('div', { class: 'bursar-skeleton', 'aria-hidden': 'true' },
    ...['short', 'long', 'box', 'box', 'button'].map((kind) => h('span', { class: `bursar-bone bursar-bone-${kind}` })));
  const root = h('section', { class: 'bursar' }, head, spoken, skeleton, form, scene);
  for (const touch of ['pointerover', 'pointerdown', 'focusin']) root.addEventListener(touch, () => view.deferred.load(), { once: true });
  const rebuildHead = keyed(head);
  const rebuildAlert = keyed(alert);
  /** @type {string | null} */
  let before = null;

  const unsubscribe = view.subscribe((state) => {
    const t = view.t();
    const { session } = state;
    const isForm = FORM_STATES.includes(state.status) && session !== null;
    const isLoading = state.status === 'idle' || state.status === 'loading';
    if (session && needsDeferred(session) && !view.deferred.hasFailed()) void view.deferred.load();
    root.dataset.status = state.status;
    root.lang = view.locale();
    root.dir = directionOf(root.lang);
    root.setAttribute('aria-label', t('panel.label'));
    root.setAttribute('aria-busy', String(isLoading));
    head.hidden = !session;
    form.hidden = !isForm;
    skeleton.hidden = !isLoading;
    rebuildHead(session && [session.merchant.name, session.mode, view.locale()], () => (session ? [
      h('span', { class: 'bursar-merchant' }, t('panel.pay_to', { merchant: session.merchant.name })),
      session.mode === 'test' ? h('span', { class: 'bursar-badge' }, t('panel.test')) : null,
    ] : []));
    rebuildAlert(isForm && alertOf(state), () => drawAlert(state, view));
    setText(foot, t('panel.powered'));
    queueMicrotask(follow);
  });

  /**
   * Speaks and moves the focus when one scene gives way to another; says nothing on load. Once the parts have drawn what
   * is spoken, and once for what is passed through on the way.
   */
  function follow() {
    const status = root.dataset.status ?? '';
    const place = FORM_STATES.includes(status) ? status === 'failed' ? 'failed' : 'form' : status;
    const isFirst = !before || before === 'idle' || before === 'loading';
    const hasChanged = place !== before;
    before = place;
    if (isFirst || !hasChanged) return;
    const target = place === 'failed' ? alert : /** @type {HTMLElement | null} */ (scene.querySelector('[tabindex="-1"]'));
    setText(spoken, place === 'failed' || place === 'form' ? '' : target?.textContent ?? '');
    const { activeElement: focused } = document;
    const isOurs = root.contains(focused) || focused?.contains(root);
    if (isOurs) target?.focus({ preventScroll: false });
  }

  return { root, destroy: unsubscribe };
}

/** @param {CheckoutState} state */
const alertOf = ({ error, status: now }) => [error?.code, error?.message, now === 'failed'];

/** @param {CheckoutState} state @param {View} view @returns {(Node | null)[]} */
function drawAlert({ error, status: now }, view) {
  if (!error) return [];
  // The texts for what the server refuses are in the deferred parts.
  void view.deferred.load();
  const t = view.t();
  const isFailure = now === 'failed' && error.type === 'channel' && error.code !== 'buyer_cancelled';
  return [
    icon('alert'),
    h('div', { class: 'bursar-alert-text' },
      isFailure ? h('strong', {}, t('failed.title')) : null,
      h('span', {}, error.message)),
  ];
}
