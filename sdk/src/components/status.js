import { code, h, icon, keyed, spinner } from './dom.js';
import { channelTitle, money } from './part.js';

/**
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('../types').Snapshot} Snapshot
 * @typedef {import('./part.js').View} View
 * @typedef {{tone: string, mark: string | null, title: string, body?: string | null, extra?: (Node | null)[]}} Scene
 */

/** Everything that is not the form: what happens now, and what the buyer can do about it. @type {import('./part.js').PartFactory} */
export function status(host, view) {
  const box = h('div', { class: 'bursar-scene-box' });
  const rebuild = keyed(box);
  host.append(box);

  return (state) => {
    const scene = SCENES[state.status];
    host.hidden = !scene;
    const { session, stalled, error } = state;
    rebuild(scene && [state.status, session?.version, session?.delivered, stalled, error, view.locale()], () => {
      if (!scene) return [];
      const made = scene(state, view);
      return made ? [draw(made, state, view)] : [];
    });
  };
}

/** @param {Scene} scene @param {CheckoutState} state @param {View} view */
function draw({ tone, mark, title, body, extra = [] }, state, view) {
  const t = view.t();
  return h('div', { class: `bursar-scene bursar-tone-${tone}` },
    h('div', { class: 'bursar-mark' }, mark ? icon(mark) : spinner()),
    h('h2', { class: 'bursar-scene-title', tabindex: -1 }, title),
    body ? h('p', { class: 'bursar-scene-text' }, body) : null,
    ...extra,
    state.stalled && state.status !== 'unknown' ? h('p', { class: 'bursar-hint' }, t('stalled.body')) : null,
    state.stalled && state.status !== 'unknown' ? press(t('unknown.check'), () => view.actions.refresh(), 'secondary') : null);
}

/** @param {string} label @param {() => unknown} onclick @param {'primary' | 'secondary' | 'link'} [look] */
function press(label, onclick, look = 'primary') {
  return h('button', { type: 'button', class: look === 'link' ? 'bursar-link' : `bursar-act bursar-act-${look}`, onclick }, label);
}

/** @param {string} label @param {string} href @param {string} [look] */
const anchor = (label, href, look = 'bursar-act bursar-act-secondary') => h('a', { href, class: look }, label);

/** @param {View} view */
const chooseOther = (view) => press(view.t()('action.other'), () => view.actions.cancel(), 'link');

/** @param {Snapshot} session @param {View} view */
const paying = (session, view) => ({ amount: money(view, session, session.total_minor), channel: channelTitle(session) });

/** @type {Partial<Record<import('../types').Status, (state: CheckoutState, view: View) => Scene | null>>} */
const SCENES = {
  load_failed: ({ error }, view) => ({
    tone: 'danger', mark: 'alert', title: view.t()('load_failed.title'), body: error?.message,
    extra: [error?.type === 'config' ? null : press(view.t()('load_failed.retry'), () => view.actions.refresh(), 'secondary')],
  }),
  offline: (_state, view) => plain(view, 'offline', 'warning', 'offline'),
  expired: (_state, view) => plain(view, 'expired', 'neutral', 'clock'),
  cancelled: (_state, view) => plain(view, 'cancelled', 'neutral', 'cross'),
  processing: (_state, view) => plain(view, 'processing', 'neutral', null),
  unknown: (_state, view) => ({
    ...plain(view, 'unknown', 'warning', 'clock'),
    extra: [press(view.t()('unknown.check'), () => view.actions.refresh(), 'secondary')],
  }),
  requires_action: ({ session }, view) => session && (session.action?.type === 'instructions' ? {
    tone: 'neutral', mark: 'bank', title: view.t()('bank.title'), body: view.t()('bank.body', paying(session, view)),
    extra: bank(session, view),
  } : {
    tone: 'neutral', mark: 'lock', title: view.t()('action.title'), body: view.t()('action.body', paying(session, view)),
    extra: [press(view.t()('action.continue'), () => view.actions.resumeAction()), chooseOther(view)],
  }),
  redirecting: ({ session }, view) => ({
    tone: 'neutral', mark: null, title: view.t()('redirecting.title'),
    extra: [session?.action ? anchor(view.t()('redirecting.link'), session.action.url ?? '', 'bursar-link') : null],
  }),
  showing_qr: ({ session }, view) => session && ({
    tone: 'neutral', mark: 'qr', title: view.t()('qr.title'), body: view.t()('qr.body', paying(session, view)), extra: qr(session, view),
  }),
  awaiting_app: ({ session }, view) => session && ({
    tone: 'neutral', mark: 'app', title: view.t()('app.title'), body: view.t()('app.body', paying(session, view)),
    extra: [press(view.t()('app.open'), () => view.actions.resumeAction(), 'secondary'), chooseOther(view)],
  }),
  succeeded: ({ session }, view) => ({
    tone: 'success', mark: 'check', title: view.t()('succeeded.title'),
    body: view.t()(session?.delivered ? 'succeeded.delivered' : 'succeeded.delivering'),
    extra: session ? receipt(session, view) : [],
  }),
};

/** @param {View} view @param {string} name @param {string} tone @param {string | null} mark @returns {Scene} */
function plain(view, name, tone, mark) {
  return { tone, mark, title: view.t()(`${name}.title`), body: view.t()(`${name}.body`) };
}

/** @param {Snapshot} session @param {View} view */
function qr(session, view) {
  const t = view.t();
  const action = session.action;
  if (!action) return [];
  // What a phone would open, unless it is something only an app understands.
  const link = /^https?:/.test(action.content ?? '') ? String(action.content) : action.url ?? '';
  return [
    action.content_svg_path
      ? h('div', { class: 'bursar-code-frame' },
        code(action.content_svg_path, action.content_svg_size ?? 33, t('qr.alt', paying(session, view))))
      : null,
    h('p', { class: 'bursar-amount' }, paying(session, view).amount),
    h('div', { class: 'bursar-row' }, copy(t('qr.copy'), t('qr.copied'), link), anchor(t('qr.link'), link)),
    h('p', { class: 'bursar-hint bursar-waiting' }, spinner(), t('qr.waiting')),
    chooseOther(view),
  ];
}

/** @param {string} label @param {string} done @param {string} text */
function copy(label, done, text) {
  const button = press(label, async () => {
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
  const isElsewhere = session.return_url && new URL(session.return_url).pathname !== location.pathname;
  return [
    h('dl', { class: 'bursar-lines bursar-receipt' },
      line(session.product.name, `× ${session.quantity}`),
      line(t('succeeded.paid'), money(view, session, session.total_minor)),
      session.order_id ? line(t('succeeded.order'), session.order_id) : null),
    session.return_url && isElsewhere ? anchor(t('succeeded.continue'), session.return_url, 'bursar-act bursar-act-primary') : null,
  ];
}
