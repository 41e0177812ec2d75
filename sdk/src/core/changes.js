/**
 * The events that say what has changed between two states.
 *
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('../types').EventType} EventType
 */

/** @type {Partial<Record<EventType, (state: CheckoutState) => unknown>>} */
const VIEWS = {
  paymentmethodchange: ({ session, pending }) => pending.payment_method_id ?? session?.payment_method_id,
  quantitychange: ({ session }) => session?.lines?.map((line) => `${line.key} ${line.quantity}`).join(),
  agreementchange: ({ accepted }) => accepted.join(),
};

/** @param {CheckoutState} before @param {CheckoutState} after @returns {EventType[]} */
export function changesBetween(before, after) {
  const names = /** @type {EventType[]} */ (before.session && after.session ? Object.keys(VIEWS) : []);
  const changed = names.filter((name) => VIEWS[name]?.(before) !== VIEWS[name]?.(after));
  return after.error && after.error.code !== before.error?.code ? [...changed, 'error'] : changed;
}
