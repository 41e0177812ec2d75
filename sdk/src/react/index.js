/** The panel as a React component, and a checkout and its state as hooks. It brings no React of its own. */
import { Bursar } from '@bursar/sdk';
import { createElement, useEffect, useRef, useState, useSyncExternalStore } from 'react';

/** Each event by the name of its property. */
const EVENTS = {
  onReady: 'ready', onChange: 'change', onPaymentMethodChange: 'paymentmethodchange', onQuantityChange: 'quantitychange',
  onAgreementChange: 'agreementchange', onBeforeConfirm: 'beforeconfirm', onConfirm: 'confirm', onRequiresAction: 'requiresaction',
  onRedirect: 'redirect', onProcessing: 'processing', onSuccess: 'success', onFailure: 'failure', onExpired: 'expired',
  onCancel: 'cancel', onClose: 'close', onLoadError: 'loaderror', onError: 'error', onPluginError: 'plugin_error', onAnalytics: 'analytics',
};
const OWN = new Set(['publishableKey', 'apiBase', 'onLog', 'className', 'style', 'id', ...Object.keys(EVENTS)]);

/** @param {any} latest the properties as they are whenever something happens */
function begin(latest) {
  const { publishableKey, apiBase, onLog, locale, fetchClientSecret } = latest.current;
  const options = Object.fromEntries(Object.entries(latest.current).filter(([name, value]) => !OWN.has(name) && value !== undefined));
  if (fetchClientSecret) options.fetchClientSecret = () => latest.current.fetchClientSecret();
  const checkout = Bursar(publishableKey, { apiBase, locale, onLog }).checkout(options);
  for (const [name, type] of Object.entries(EVENTS)) {
    checkout.on(/** @type {any} */ (type), (event) => latest.current[name]?.(event));
  }
  return checkout;
}

/**
 * A checkout that lives as long as the component: `null` at first, and on a server. Another key, server, session or mode makes
 * another one; of the rest the latest counts.
 * @type {typeof import('./types').useBursarCheckout}
 */
export function useBursarCheckout(options) {
  const latest = useRef(options);
  latest.current = options;
  const [checkout, setCheckout] = useState(/** @type {any} */ (null));
  const { publishableKey, apiBase, clientSecret, configuration, mode, appearance, locale } = options;
  const looks = JSON.stringify([appearance, locale]);
  const shown = useRef(looks);
  useEffect(() => {
    /** @type {any} */
    let made = null;
    // In strict mode React mounts twice in a row: a session is opened for the second time only.
    const timer = setTimeout(() => {
      made = begin(latest);
      shown.current = JSON.stringify([latest.current.appearance, latest.current.locale]);
      setCheckout(made);
    });
    return () => {
      clearTimeout(timer);
      made?.destroy();
      setCheckout(null);
    };
  }, [publishableKey, apiBase, clientSecret, configuration, mode]);
  useEffect(() => {
    if (!checkout || shown.current === looks) return;
    shown.current = looks;
    checkout.update({ appearance: latest.current.appearance, locale: latest.current.locale });
  }, [checkout, looks]);
  return checkout;
}

const nothing = () => () => {};

/** What the checkout shows now, and again after every change: `null` as long as there is none. @type {typeof import('./types').useCheckoutState} */
export function useCheckoutState(checkout) {
  return useSyncExternalStore(
    checkout ? (heard) => checkout.subscribe(heard) : nothing,
    () => checkout?.state ?? null,
    () => null,
  );
}

/** The panel in the page. @type {typeof import('./types').BursarCheckout} */
export function BursarCheckout(props) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const checkout = useBursarCheckout(props);
  useEffect(() => {
    if (!checkout || !place.current) return undefined;
    checkout.mount(place.current);
    return () => { checkout.unmount(); };
  }, [checkout]);
  return createElement('div', { ref: place, id: props.id, className: props.className, style: props.style });
}
