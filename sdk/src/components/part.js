/**
 * A part of the panel: an element, and how it follows the state. Parts live in the host page's own tree (no shadow
 * root), so that its styles, labels and focus work as everywhere else.
 *
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('../types').Snapshot} Snapshot
 *
 * @typedef {object} View
 * @property {import('../types').Actions} actions
 * @property {() => import('../core/i18n.js').Translate} t
 * @property {() => string} locale
 * @property {() => Snapshot | null} session
 * @property {(subscriber: (state: CheckoutState) => void) => () => void} subscribe
 * @property {import('../core/registry.js').Registry} registry
 * @property {DeferredLoader} deferred
 *
 * @typedef {object} DeferredLoader the parts that are fetched once the buyer has touched the panel
 * @property {() => import('../deferred_parts/index.js').DeferredParts | null} get
 * @property {() => import('../scenes/index.js').Scenes | null} scenes
 * @property {() => Promise<import('../deferred_parts/index.js').DeferredParts | null>} load tries again after a failure
 * @property {() => boolean} hasFailed the last attempt to fetch it failed
 * @property {string | null} base where the SDK's files lie
 * @property {() => string} hostedUrl the hosted page, which needs no scripts
 *
 * @typedef {(host: HTMLElement, view: View) => (state: CheckoutState) => void} PartFactory
 */
import { formatMoney } from '../core/money.js';

/** @type {WeakMap<object, View>} what parts need of a checkout, by the public object */
const views = new WeakMap();

/** @param {object} checkout @param {View} view */
export const publishView = (checkout, view) => void views.set(checkout, view);

/**
 * Makes a custom element of a part. It does nothing until its `checkout` is set. A plugin may take it over, where
 * there is a slot of its name.
 * @param {string} slot
 * @param {PartFactory} factory
 */
export function definePart(slot, factory) {
  const name = `bursar-${slot}`;
  if (customElements.get(name)) return;
  customElements.define(name, class extends HTMLElement {
    /** @type {View | undefined} */ #view;
    /** @type {(() => void) | undefined} */ #unsubscribe;

    set checkout(/** @type {object} */ checkout) {
      this.#view = views.get(checkout);
      this.#start();
    }

    connectedCallback() {
      // Set before the element was defined, the property hides the setter.
      const preset = Object.getOwnPropertyDescriptor(this, 'checkout');
      if (preset && Reflect.deleteProperty(this, 'checkout')) this.checkout = preset.value;
      this.#start();
    }

    disconnectedCallback() {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    }

    #start() {
      const view = this.#view;
      if (!view || !this.isConnected || this.#unsubscribe) return;
      this.classList.add(name);
      /** @type {((state: CheckoutState) => void) | null} */
      let update = null;
      this.#unsubscribe = view.subscribe((state) => {
        const isTaken = view.registry.run(/** @type {import('../types').Slot} */ (slot), (plugin) => {
          plugin.render(this, state, view.actions);
          plugin.onState?.(state);
        });
        if (isTaken) return;
        if (!update) this.replaceChildren();
        update ??= factory(this, view);
        update(state);
      });
    }
  });
}

/**
 * @param {View} view
 * @param {Snapshot} session
 * @param {number} minor
 */
export function money(view, session, minor) {
  return formatMoney(minor, session.currency, session.currency_exponent, view.locale());
}

/** A text that may not exist, or not yet. @param {import('../core/i18n.js').Translate} t @param {string} key */
export function known(t, key) {
  const found = t(key);
  return found === key ? '' : found;
}

/** The title of the selected payment method. @param {Snapshot} session */
export function paymentMethodTitle(session) {
  return session.payment_methods.find((one) => one.id === session.payment_method_id)?.title ?? '';
}

/** The URL that a phone opens to pay; the hosted page, which needs no scripts, when only an app understands it. @param {Snapshot} session @param {View} view */
export const paymentUrl = ({ action }, view) => [action?.content, action?.url].find((url) => /^https?:/.test(url ?? '')) ?? view.deferred.hostedUrl();

/** Whether several things are bought. @param {Snapshot} session */
export const isCart = (session) => session.lines?.length > 1;

/** Whether the choice is one of several options. @param {Snapshot} session */
export const isMatrix = (session) => (session.product?.options?.length ?? 0) > 1;

/** Whether there is more to say of the product than a line of text. @param {Snapshot} session */
export const isRich = ({ product }) => Boolean(product?.attributes?.length
  || (product?.description && JSON.stringify(product.description_content ?? null) !== JSON.stringify([['p', product.description]])));

/** Whether the form shows something of the deferred parts. @param {Snapshot} session */
export const needsDeferred = (session) => isCart(session) || isMatrix(session) || isRich(session)
  || Boolean(session.wallet || session.contact || session.coupons?.length || !session.payment_methods.some((one) => one.available) || session.payment_methods.some((one) => !one.available));

/** The wallet's portion of the total. @param {CheckoutState} state */
export function walletShare({ session, usesWallet }) {
  return session && usesWallet ? Math.min(Math.max(session.wallet?.available_minor ?? 0, 0), session.total_minor) : 0;
}

/** Whether the buyer may still choose. @param {CheckoutState} state */
export function isOpen({ status }) {
  return status === 'ready' || status === 'editing' || status === 'failed';
}
