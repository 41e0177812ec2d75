/**
 * The buyer's coupons over the page: a code to type, those that can be used, and why others cannot.
 *
 * @typedef {import('../types').Coupon} Coupon
 * @typedef {import('../components/part.js').View} View
 */
import { openDialog } from './dialog.js';
import { actionButton, h, icon, keyed, money, spinner, uid } from './kit.js';

/**
 * The applied codes, each with a button that removes it.
 * @param {HTMLElement} list @param {HTMLElement} add gets the focus when the focused button was removed @param {View} view
 * @returns {(applied: import('../types').Snapshot['coupons']) => void}
 */
export function appliedCoupons(list, add, view) {
  const rebuild = keyed(list);
  return (applied) => {
    const held = list.contains(document.activeElement);
    const isNew = rebuild([applied, view.locale()], () => applied.map(({ code, name, text }) => h('span', { class: 'bursar-coupon' },
      h('b', {}, code), ` ${text ?? name}`,
      h('button', {
        type: 'button', class: 'bursar-step', 'aria-label': view.t()('cart.remove_name', { name: code }),
        onclick: () => view.actions.removeCoupon(code),
      }, icon('cross')))));
    if (isNew && held) add.focus();
  };
}

/** @param {View} view @param {HTMLElement} opener */
export async function coupons(view, opener) {
  const t = view.t();
  const { actions } = view;
  const id = uid('code');
  const input = h('input', {
    id, class: 'bursar-code-input', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', maxlength: 64,
    'aria-describedby': `${id}-problem`,
  });
  const problem = h('p', { id: `${id}-problem`, class: 'bursar-short', role: 'alert' });
  const list = h('div', { class: 'bursar-coupon-list' }, spinner());
  const form = h('form', { class: 'bursar-code-form', novalidate: true, onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    const code = input.value.trim();
    if (code) void run(() => actions.applyCoupon(code));
    else input.focus();
  } },
  h('label', { class: 'bursar-label', for: id }, t('coupons.code')),
  h('div', { class: 'bursar-code-row' }, input, h('button', { type: 'submit', class: 'bursar-act bursar-act-secondary' }, t('coupons.apply'))),
  problem);
  const dialog = openDialog(t('coupons.title'), opener, t('agreement.close'), h('div', { class: 'bursar-dialog-text' }, form, list));
  input.focus();

  /** @param {() => Promise<import('../types').Result>} action */
  async function run(action) {
    problem.textContent = '';
    dialog.setAttribute('aria-busy', 'true');
    const result = await action();
    dialog.removeAttribute('aria-busy');
    if (result.type === 'success') {
      dialog.close();
      return;
    }
    problem.textContent = result.error.message;
    input.setAttribute('aria-invalid', 'true');
    input.focus();
  }

  const found = await actions.listCoupons();
  if (found.type === 'error') {
    list.replaceChildren();
    return;
  }
  const { usable, unusable, best, best_discount_minor: bestMinor } = found.coupons;
  const session = view.session();
  const off = (/** @type {number} */ minor) => (session ? money(view, session, -minor).replace('-', '−') : '');
  const isBest = best.length === usable.filter((one) => one.is_applied).length && best.every((code) => usable.some((one) => one.is_applied && one.code === code));
  list.replaceChildren(
    ...(isBest || usable.length < 2 ? [] : [actionButton(t('coupons.best', { amount: off(bestMinor) }), () => run(() => actions.pickBestCoupons()))]),
    ...usable.map((one) => row(one, [one.text.replace(/[.。]$/, ''), off(one.discount_minor)], one.is_applied
      ? actionButton(t('cart.remove'), () => run(() => actions.removeCoupon(one.code)), 'secondary')
      : actionButton(t('coupons.apply'), () => run(() => actions.applyCoupon(one.code)), 'secondary'))),
    ...unusable.map((one) => row(one, [one.why], null)));
}

/** @param {Coupon} one @param {string[]} notes @param {HTMLElement | null} button */
function row({ code, name }, notes, button) {
  button?.setAttribute('aria-label', `${button.textContent} ${code}`);
  return h('div', { class: 'bursar-coupon-row' },
    h('div', { class: 'bursar-payment-method-text' },
      h('span', { class: 'bursar-payment-method-title' }, name),
      h('span', { class: 'bursar-hint' }, [code === name ? '' : code, ...notes].filter(Boolean).join(' · '))),
    button);
}
