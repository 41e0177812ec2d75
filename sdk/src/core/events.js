/**
 * @typedef {import('../types').EventType} EventType
 * @typedef {import('../types').CheckoutEvent} CheckoutEvent
 * @typedef {import('../types').Listener} Listener
 */

/** Events whose default action a listener may stop. */
const CANCELABLE = ['beforeconfirm', 'redirect', 'success', 'close'];

/**
 * Listeners by event type. A listener that throws is reported and never breaks the checkout.
 * @param {(error: unknown) => void} report
 */
export function createEmitter(report) {
  /** @type {Map<EventType, Map<Listener, boolean>>} */
  const listeners = new Map();

  return {
    /** @param {EventType} type @param {Listener} listener @param {boolean} [isOnce] */
    on(type, listener, isOnce = false) {
      if (typeof listener !== 'function') return report(type);
      if (!listeners.has(type)) listeners.set(type, new Map());
      listeners.get(type)?.set(listener, isOnce);
    },
    /** @param {EventType} type @param {Listener} listener */
    off(type, listener) {
      listeners.get(type)?.delete(listener);
    },
    /** What is listened to. */
    types: () => [...listeners.keys()],
    clear: () => listeners.clear(),
    /**
     * @param {EventType} type
     * @param {Omit<CheckoutEvent, 'type' | 'defaultPrevented' | 'preventDefault'>} detail
     * @returns {boolean} false when a listener stopped the default action
     */
    emit(type, detail) {
      let prevented = false;
      const event = {
        ...detail,
        type,
        get defaultPrevented() { return prevented; },
        preventDefault() { prevented = prevented || CANCELABLE.includes(type); },
      };
      for (const [listener, isOnce] of [...(listeners.get(type) ?? [])]) {
        if (isOnce) listeners.get(type)?.delete(listener);
        try {
          listener(event);
        } catch (error) {
          report(error);
        }
      }
      return !prevented;
    },
  };
}
