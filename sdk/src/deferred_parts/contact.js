/** What the buyer is asked for; a file of its own draws it, for most checkouts ask for nothing. */
import { lazyPart } from './kit.js';

/** @param {import('./kit.js').Kit} kit @returns {import('../components/part.js').PartFactory} */
export const contact = (kit) => (host, view) => {
  const part = lazyPart('contact.mjs', __CONTACT__, __MODULE_URL__ && (() => import('../contact/index.js')),
    (module) => /** @type {import('../components/part.js').PartFactory} */ (module.default(kit)));
  /** @type {((state: import('../types').CheckoutState) => void) | null} */
  let draw = null;
  /** @type {import('../types').CheckoutState} */
  let latest;

  return (state) => {
    latest = state;
    host.hidden = !state.session?.contact;
    if (host.hidden) return;
    if (draw) {
      draw(state);
      return;
    }
    void part.load(view.deferred.base).then((make) => {
      draw ??= make && make(host, view);
      draw?.(latest);
    });
  };
};
