import { h, icon, keyed, press, spinner } from './dom.js';
import { leadsTo } from './part.js';

/**
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('./part.js').View} View
 */

/** Tone and mark of each scene; without a mark something turns. @type {Partial<Record<import('../types').Status, [string, string | null]>>} */
const SCENES = {
  load_failed: ['danger', 'alert'], offline: ['warning', 'alert'], expired: ['neutral', 'clock'], cancelled: ['neutral', 'cross'],
  processing: ['neutral', null], unknown: ['warning', 'clock'], requires_action: ['neutral', 'lock'], redirecting: ['neutral', null],
  showing_qr: ['neutral', 'qr'], awaiting_app: ['neutral', 'app'], succeeded: ['success', 'check'],
};

/**
 * Everything that is not the form: what happens now, and what the buyer can do about it. Says at once what has
 * happened; the rest of the scene comes with the second part of the panel.
 * @type {import('./part.js').PartFactory}
 */
export function status(host, view) {
  const head = h('div', { class: 'bursar-scene-head' });
  const rest = h('div', { class: 'bursar-scene-rest' });
  const box = h('div', { class: 'bursar-scene' }, head, rest);
  const rebuildHead = keyed(head);
  const rebuildRest = keyed(rest);
  /** @type {string | null} */
  let shown = null;
  host.append(box);

  return (state) => {
    const { session, stalled, error, status: now } = state;
    const scene = SCENES[now];
    host.hidden = !scene;
    if (!scene) {
      shown = null;
      return;
    }
    if (shown !== now) void view.more.load();
    shown = now;
    const more = view.more.get();
    const isBank = session?.action?.type === 'instructions' && now === 'requires_action';
    const [tone, mark] = isBank ? ['neutral', 'bank'] : scene;
    box.className = `bursar-scene bursar-tone-${tone}`;
    const name = isBank ? 'bank' : now === 'succeeded' && session?.total_minor === 0 ? 'free' : now;
    rebuildHead([name, view.locale()], () => [
      h('div', { class: 'bursar-mark' }, mark ? icon(mark) : spinner()),
      h('h2', { class: 'bursar-scene-title', tabindex: -1 }, view.t()(`${name}.title`)),
    ]);
    rebuildRest([now, session?.version, session?.delivered, stalled, error, view.locale(), Boolean(more), view.more.isGone()], () => (
      now === 'load_failed' ? loadFailed(state, view) : more ? more.scene(state, view) : fallback(state, view)));
  };
}

/** @param {CheckoutState} state @param {View} view */
function loadFailed({ error }, view) {
  return [
    error && h('p', { class: 'bursar-scene-text' }, error.message),
    error?.type === 'config' ? null : press(view.t()('load_failed.retry'), () => view.actions.refresh(), 'secondary'),
  ];
}

/** What can be done without the second part: the link that leads on. @param {CheckoutState} state @param {View} view */
function fallback({ session }, view) {
  return [session && view.more.isGone()
    ? h('a', { href: leadsTo(session), class: 'bursar-act bursar-act-secondary' }, view.t()('redirecting.link')) : null];
}
