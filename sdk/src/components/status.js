import { actionButton, h, keyed } from './dom.js';
import { known, paymentUrl } from './part.js';

/**
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('./part.js').View} View
 */

const NO_SCENES = ['idle', 'loading', 'ready', 'editing', 'confirming', 'failed'];

/**
 * Everything that is not the form: what happens now, and what the buyer can do about it. Says at once what has
 * happened; the rest is drawn by `src/scenes`.
 * @type {import('./part.js').PartFactory}
 */
export function status(host, view) {
  const [mark, head, rest] = [0, 1, 2].map(() => h('div', { class: 'bursar-scene-part' }));
  const box = h('div', { class: 'bursar-scene' }, mark, head, rest);
  const [rebuildMark, rebuildHead, rebuildRest] = [mark, head, rest].map(keyed);
  /** @type {string | null} */
  let shown = null;
  host.append(box);

  return (state) => {
    const { session, stalled, error, status: now } = state;
    host.hidden = NO_SCENES.includes(now);
    if (host.hidden) {
      shown = null;
      return;
    }
    if (shown !== now) void view.deferred.load();
    shown = now;
    const scenes = view.deferred.scenes();
    const isBank = session?.action?.type === 'instructions' && now === 'requires_action';
    const name = isBank ? 'bank' : now === 'succeeded' && session?.total_minor === 0 ? 'free' : now;
    box.dataset.scene = name;
    rebuildMark([name, Boolean(scenes)], () => [scenes ? scenes.mark(name) : null]);
    rebuildHead([name, view.locale(), Boolean(scenes)], () => [
      h('h2', { class: 'bursar-scene-title', tabindex: -1 }, known(view.t(), `${name}.title`) || view.t()('panel.label'))]);
    rebuildRest([now, session?.version, session?.delivered, stalled, error, view.locale(), Boolean(scenes), view.deferred.hasFailed()], () => (
      now === 'load_failed' ? loadFailed(state, view) : scenes ? scenes.scene(state, view) : fallback(state, view)));
  };
}

/** @param {CheckoutState} state @param {View} view */
function loadFailed({ error }, view) {
  return [
    error && h('p', { class: 'bursar-scene-text' }, error.message),
    error?.fix ? h('a', { href: error.fix.url, target: '_blank', class: 'bursar-act bursar-act-secondary' }, error.fix.label) : null,
    error?.type === 'config' ? null : actionButton(view.t()('load_failed.retry'), () => view.actions.refresh(), 'secondary'),
  ];
}

/** What can be done without the rest: the link that leads on. @param {CheckoutState} state @param {View} view */
function fallback({ session }, view) {
  return [session && view.deferred.hasFailed()
    ? h('a', { href: paymentUrl(session, view), class: 'bursar-act bursar-act-secondary' }, view.t()('redirecting.link')) : null];
}
