/**
 * The panel in a frame, for pages that cannot have our script run among their own: this small file makes the frame,
 * sets its height and emits its events. The two exchange messages that are accepted only if origin, window, nonce and
 * version are right, and that contain no secret, no URL and nothing about the buyer.
 *
 * @typedef {import('./types').FrameOptions} FrameOptions
 * @typedef {import('./types').FrameEvent} FrameEvent
 */
import { memory } from '../panel/stored_session.js';
import { apiBaseOf, scriptBase } from '../panel/script_base.js';

/** The name under which the session of a returning page is stored. */
const NAME = 'frame';
/** Whether a frame on this page has resumed it. */
let isTaken = false;

/** Of the messages; the page in the frame speaks the same. */
const VERSION = 1;
const HEIGHT_MAX = 10_000;
const EVENTS = ['change', 'confirm', 'requiresaction', 'processing', 'success', 'failure', 'expired', 'cancel', 'loaderror', 'error'];

/**
 * @param {FrameOptions} frameOptions
 * @returns {import('./types').BursarFrameInstance}
 */
export function BursarFrame(frameOptions) {
  const options = { ...frameOptions };
  const apiBase = options.apiBase ?? apiBaseOf(scriptBase) ?? '';
  /** @type {Map<string, Set<(event: FrameEvent) => void>>} */
  const listeners = new Map();
  /** @type {HTMLIFrameElement | null} */
  let frame = null;
  let nonce = '';
  let timer = 0;
  let isReady = false;
  let secret = '';

  /** @param {string} message */
  function log(message) {
    if (options.onLog) options.onLog({ level: 'error', message });
    else console.error(`Bursar: ${message}`);
  }

  /** @param {string} type @param {Record<string, any>} [detail] @returns {boolean} false when a listener stopped what comes next */
  function emit(type, { sessionId = null, orderId = null, status = null, code = null } = {}) {
    let defaultPrevented = false;
    const event = {
      type, sessionId, orderId, status, code,
      get defaultPrevented() { return defaultPrevented; },
      preventDefault() { defaultPrevented = true; },
    };
    for (const listener of [...(listeners.get(type) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        log(`A listener failed: ${error}`);
      }
    }
    return !defaultPrevented;
  }

  /** @param {string} code @param {string} message */
  function fail(code, message) {
    clearTimeout(timer);
    log(`${message} (${apiBase}/docs/errors#${code})`);
    emit('loaderror', { code });
  }

  /** @param {Record<string, unknown>} message */
  const post = (message) => frame?.contentWindow?.postMessage({ bursar: VERSION, nonce, ...message }, new URL(apiBase).origin);

  /** @param {MessageEvent} event */
  function receive({ data, origin, source }) {
    if (!frame || source !== frame.contentWindow || origin !== new URL(apiBase).origin) return;
    if (data?.bursar !== VERSION || data.nonce !== nonce) return;
    if (data.type === 'ready') {
      clearTimeout(timer);
      isReady = isTaken = true;
      self.update({});
      emit('ready', data);
    } else if (data.type === 'height') {
      if (data.height > 0 && data.height <= HEIGHT_MAX) frame.style.height = `${Math.ceil(data.height)}px`;
    } else if (data.type === 'leave') {
      memory.keep(NAME, secret);
      if (emit('leave', data)) post({ type: 'go' });
    } else if (EVENTS.includes(data.type)) {
      if (data.type === 'loaderror') clearTimeout(timer);
      if (['expired', 'cancel', 'loaderror'].includes(data.type)) memory.set('session', undefined);
      emit(data.type, data);
    }
  }

  /** @param {HTMLIFrameElement} own */
  async function open(own) {
    secret = (isTaken ? '' : memory.recall(NAME)) || (options.clientSecret ?? '');
    try {
      secret ||= (await options.fetchClientSecret?.()) ?? '';
    } catch (error) {
      log(`fetchClientSecret failed: ${error}`);
    }
    if (frame !== own) return;
    if (!/^ses_\w+_secret_./.test(secret)) {
      fail('client_secret_invalid', 'A frame needs the client secret of a checkout session.');
      return;
    }
    if (!/^https?:/.test(apiBase)) {
      fail('api_base_missing', 'Set apiBase: the address of your Bursar server.');
      return;
    }
    const address = new URL(`${apiBase}/f/${secret.split('_secret_')[0]}`);
    address.searchParams.set('parent', location.origin);
    // What stands behind the "#" is sent to no server.
    address.hash = String(new URLSearchParams({
      secret, nonce, at: location.href.split('#')[0],
      ...(options.locale && { locale: options.locale }),
      ...(options.appearance && { appearance: JSON.stringify(options.appearance) }),
    }));
    own.src = address.href;
    timer = setTimeout(
      () => fail('load_timeout', `The frame does not answer. Is ${location.origin} one of the business's allowed origins?`),
      options.loadTimeoutMs ?? 15_000,
    );
  }

  /** @type {import('./types').BursarFrameInstance} */
  const self = {
    mount(target) {
      const host = typeof target === 'string' ? document.querySelector(target) : target;
      self.unmount();
      if (!host) {
        fail('mount_target_missing', 'There is no element to mount the frame in.');
        return self;
      }
      nonce = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('');
      const own = document.createElement('iframe');
      own.title = options.title ?? 'Checkout';
      own.allow = 'clipboard-write';
      own.referrerPolicy = 'no-referrer';
      Object.assign(own.style, { display: 'block', width: '100%', height: '600px', border: '0' });
      frame = own;
      addEventListener('message', receive);
      host.append(own);
      void open(own);
      return self;
    },
    unmount() {
      clearTimeout(timer);
      removeEventListener('message', receive);
      frame?.remove();
      frame = null;
      isReady = false;
      return self;
    },
    update(changed) {
      Object.assign(options, changed);
      const { appearance, locale } = options;
      if (isReady) post({ type: 'update', appearance, locale });
      return self;
    },
    leave() {
      post({ type: 'go' });
    },
    on(type, listener) {
      if (!listeners.has(type)) listeners.set(type, new Set());
      listeners.get(type)?.add(listener);
      return self;
    },
    off(type, listener) {
      listeners.get(type)?.delete(listener);
      return self;
    },
  };
  return self;
}
