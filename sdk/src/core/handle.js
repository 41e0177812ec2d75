import { makeError } from './errors.js';

/**
 * What every way of using a checkout has in common: its state, its actions and its events.
 * @param {import('./checkout.js').Controller} controller
 * @returns {import('../types').CheckoutHandle}
 */
export function handleOf(controller) {
  /** @type {import('../types').CheckoutHandle} */
  const handle = {
    get state() { return controller.state; },
    actions: controller.actions,
    subscribe: controller.subscribe,
    whenReady: () => new Promise((resolve, reject) => {
      const look = () => {
        const { session, status, error } = controller.state;
        if (session) resolve(session);
        else if (status === 'load_failed' || status === 'offline') reject(error ?? makeError('network'));
        else return;
        controller.off('change', look);
      };
      controller.on('change', look);
      look();
    }),
    on(type, listener) { controller.on(type, listener); return this; },
    once(type, listener) { controller.on(type, listener, true); return this; },
    off(type, listener) { controller.off(type, listener); return this; },
    destroy: controller.destroy,
  };
  return handle;
}
