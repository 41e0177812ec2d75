/**
 * What each scene says and offers around its title.
 *
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('../types').Snapshot} Snapshot
 * @typedef {import('../components/part.js').View} View
 * @typedef {(session: Snapshot, view: View) => (Node | null)[]} Scene
 */
import { actionButton, h, icon, money, paymentMethodTitle, paymentUrl, productImage, spinner, svg } from '../deferred_parts/kit.js';

/** The mark of each scene, and its tone where it has one; without a mark something turns. @type {Record<string, [string, string?]>} */
const MARKS = {
  load_failed: ['alert', 'danger'], offline: ['alert', 'warning'], unknown: ['clock', 'warning'], succeeded: ['check', 'success'],
  free: ['check', 'success'], expired: ['clock'], cancelled: ['cross'], requires_action: ['lock'], bank: ['bank'], showing_qr: ['qr'],
  awaiting_app: ['app'],
};

/** @param {string} name of the scene */
export function mark(name) {
  const [image, tone = 'neutral'] = MARKS[name] ?? [];
  return h('div', { class: `bursar-tone-${tone}` }, h('div', { class: 'bursar-mark' }, image ? icon(image) : spinner()));
}

/** @param {CheckoutState} state @param {View} view @returns {(Node | null)[]} */
export function scene({ session, status, stalled }, view) {
  const t = view.t();
  const isBank = status === 'requires_action' && session?.action?.type === 'instructions';
  const text = t(bodyOf(status, session, isBank), session ? paying(session, view) : {});
  const check = () => actionButton(t('unknown.check'), () => view.actions.refresh(), 'secondary');
  return [
    status === 'redirecting' || status === 'showing_qr' ? null : h('p', { class: 'bursar-scene-text' }, text),
    ...(session && (isBank ? bank : SCENES[status])?.(session, view)) || [],
    ...(status === 'unknown' ? [check()] : stalled ? [h('p', { class: 'bursar-hint' }, t('stalled.body')), check()] : []),
  ];
}

/** @param {string} status @param {Snapshot | null} session @param {boolean} isBank */
function bodyOf(status, session, isBank) {
  if (isBank) return 'bank.body';
  return status === 'succeeded' && !session?.delivered ? 'succeeded.delivering' : `${status}.body`;
}

/** @type {Partial<Record<import('../types').Status, Scene>>} */
const SCENES = {
  requires_action: (_session, view) => [
    actionButton(view.t()('action.continue'), () => view.actions.resumeAction()), chooseOther(view),
  ],
  redirecting: ({ action }, view) => [action && anchor(view.t()('redirecting.link'), action.url ?? '', 'bursar-link')],
  showing_qr: qr,
  awaiting_app: (_session, view) => [
    actionButton(view.t()('app.open'), () => view.actions.resumeAction(), 'secondary'), chooseOther(view),
  ],
  succeeded: receipt,
};

/** @param {string} label @param {string} href @param {string} [look] */
const anchor = (label, href, look = 'bursar-act bursar-act-secondary') => h('a', { href, class: look }, label);

/** @param {View} view */
const chooseOther = (view) => actionButton(view.t()('action.other'), () => view.actions.cancel(), 'link');

/** What is paid with the payment method: the total without the wallet’s portion. @param {Snapshot} session @param {View} view */
const paying = (session, view) => ({
  amount: money(view, session, session.total_minor - (session.wallet?.used_minor ?? 0)), payment_method: paymentMethodTitle(session),
});

/** @param {Snapshot} session @param {View} view */
function qr(session, view) {
  const t = view.t();
  const action = session.action;
  if (!action) return [];
  const link = paymentUrl(session, view);
  return [
    h('p', { class: 'bursar-amount' }, paying(session, view).amount),
    action.content_svg_path
      ? h('div', { class: 'bursar-code-frame' },
        code(action.content_svg_path, action.content_svg_size ?? 33, t('qr.alt', paying(session, view))))
      : null,
    h('p', { class: 'bursar-scene-text' }, t('showing_qr.body', paying(session, view))),
    h('p', { class: 'bursar-hint bursar-waiting' }, spinner(), t('qr.waiting')),
    h('div', { class: 'bursar-row' }, copy(t('qr.copy'), t('qr.copied'), link), anchor(t('qr.link'), link)),
    chooseOther(view),
  ];
}

/** @param {string} d filled squares @param {number} size units of one side @param {string} label */
const code = (d, size, label) => svg(d, {
  viewBox: `-4 -4 ${size + 8} ${size + 8}`, class: 'bursar-code', role: 'img', 'aria-label': label,
});

/** @param {string} label @param {string} done @param {string} text */
function copy(label, done, text) {
  const button = actionButton(label, async () => {
    await navigator.clipboard?.writeText(text).catch(() => undefined);
    button.textContent = done;
  }, 'secondary');
  return button;
}

/** @param {string} name @param {string} value */
const line = (name, value) => h('div', { class: 'bursar-line' }, h('dt', {}, name), h('dd', {}, value));

const BANK = ['account_holder', 'bank_name', 'account_number', 'bank_code'];

/** Where to send the money, and what to write beside it. @param {Snapshot} session @param {View} view */
function bank(session, view) {
  const t = view.t();
  const { reference = '', details = {} } = session.action ?? {};
  const until = new Intl.DateTimeFormat(view.locale(), { dateStyle: 'long' }).format(new Date(session.expires_at));
  const copier = (/** @type {string} */ name, /** @type {string | undefined} */ text) => (
    text ? copy(t('bank.copy', { name: t(`bank.${name}`) }), t('bank.copied'), text) : null);
  return [
    h('dl', { class: 'bursar-lines bursar-receipt' },
      line(t('bank.amount'), paying(session, view).amount),
      line(t('bank.reference'), reference),
      ...BANK.filter((name) => details[name]).map((name) => line(t(`bank.${name}`), details[name])),
      line(t('bank.until'), until)),
    h('div', { class: 'bursar-row' }, copier('reference', reference), copier('account_number', details.account_number)),
    details.note ? h('p', { class: 'bursar-scene-text' }, details.note) : null,
    h('p', { class: 'bursar-hint' }, t('bank.waiting')),
    chooseOther(view),
  ];
}

/** @param {Snapshot} session @param {View} view */
function receipt(session, view) {
  const t = view.t();
  return [
    h('dl', { class: 'bursar-lines bursar-receipt' },
      ...session.lines.map((one) => line([one.product.name, one.name].filter(Boolean).join(': '), `× ${one.quantity}`)),
      session.total_minor ? line(t('succeeded.paid'), money(view, session, session.total_minor)) : null,
      session.wallet?.used_minor ? line(t('summary.wallet'), money(view, session, session.wallet.used_minor)) : null,
      session.order_number ? line(t('succeeded.order'), session.order_number) : null),
    wayBack(session, t),
    session.receipt_url ? anchor(t('succeeded.receipt'), session.receipt_url, 'bursar-link') : null,
    session.delivered ? anchor(t('succeeded.owned'), `${view.deferred.hostedUrl()}&to=owned`, 'bursar-link') : null,
  ];
}

/** To the page that waits for the buyer, or to the shop: whichever is not this page. @param {Snapshot} session @param {import('../core/i18n.js').Translate} t */
function wayBack({ return_url: own, merchant: { name, website, logo } }, t) {
  const href = [own, website].find((each) => {
    const there = each && new URL(each);
    return there && (there.origin !== location.origin || there.pathname !== location.pathname);
  });
  return href ? h('div', { class: 'bursar-home' },
    logo ? productImage({ ...logo, alt: '' }) : null,
    anchor(t('succeeded.continue', { merchant: name }), href, 'bursar-act bursar-act-primary')) : null;
}
