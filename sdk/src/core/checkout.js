/**
 * One checkout: holds the state, asks the server, tells listeners. Knows nothing of a page; whatever it needs from
 * one comes in as `env`.
 *
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('../types').Snapshot} Snapshot
 * @typedef {import('../types').BursarError} BursarError
 * @typedef {import('./client.js').Answer} Answer
 *
 * @typedef {object} Env
 * @property {import('./status_watcher.js').Attention} attention
 * @property {(url: string) => void} navigate leaves for another page, in the same tab
 * @property {(params: Record<string, string>) => void} askApp asks the app that shows the page to take the payment
 * @property {(url: string) => boolean} isHere whether a URL is the page we are on
 * @property {(listener: (isOnline: boolean) => void) => () => void} onConnection
 * @property {(listener: () => void) => () => void} onComeBack the page is shown again from the browser's memory
 * @property {(error: BursarError) => BursarError} localize
 * @property {(level: string, message: string) => void} log
 * @property {(snapshot: Snapshot | null) => Promise<unknown>} [prepare] fetches what has to be there before the first snapshot is shown
 * @property {(timeoutMs: number) => Promise<Answer>} [enter] asks for the first snapshot
 * @property {() => void} [keep] lets the page go on with this session when it is loaded again
 * @property {() => void} [release] lets another checkout of the page go on with it
 * @property {(url: string | undefined) => string | undefined} [page] the address that buyers are led back to: this one, or of our own page
 * @property {() => import('./stream.js').Listen | null | undefined} [stream] what reads event streams, once it is there
 * @property {(fn: () => void, ms: number) => any} [delay]
 */
import { createActions } from './actions.js';
import { changesBetween } from './changes.js';
import { fromSnapshot, makeError, refused } from './errors.js';
import { createEmitter } from './events.js';
import { follow } from './status_watcher.js';
import { eventOf, next, WATCHED } from './machine.js';
import { createTimers } from './timers.js';

/** @type {Partial<Record<import('../types').Status, import('../types').EventType>>} */
const EVENT_ON_ENTRY = {
  requires_action: 'requiresaction', processing: 'processing', succeeded: 'success', failed: 'failure',
  expired: 'expired', cancelled: 'cancel', load_failed: 'loaderror',
};

/** Not steps of the way to a payment. */
const NO_STEPS = ['change', 'beforeconfirm'];

const RECHECK_MIN_MS = 30_000;
const RECHECK_MAX_MS = 600_000;

/**
 * @param {object} options
 * @param {import('./client.js').Client} options.client
 * @param {Env} options.env
 * @param {string} [options.returnUrl]
 * @param {number} [options.loadTimeoutMs]
 */
export function createCheckout({ client, env, returnUrl, loadTimeoutMs }) {
  const patience = Number(loadTimeoutMs) || 15_000;
  const timers = createTimers(env.delay);
  const begun = performance.now();
  const emitter = createEmitter((error) => env.log('error', `A listener failed: ${error}`));
  /** @type {Set<(state: CheckoutState) => void>} */
  const subscribers = new Set();
  /** @type {{stop: () => void} | null} */
  let watcher = null;
  let isDestroyed = false;
  let recheckNumber = 0;
  let loadNumber = 0;
  let stepNumber = 0;
  let staysHere = false;
  let endsAt = 0;

  /** @type {CheckoutState} */
  let state = Object.freeze({
    status: 'idle', session: null, error: null, accepted: [], usesWallet: false, pending: {}, canConfirm: false, stalled: false,
  });

  /** @param {Partial<CheckoutState>} patch */
  function set(patch) {
    const before = state;
    const merged = { ...state, ...patch };
    state = Object.freeze({ ...merged, canConfirm: mayConfirm(merged) });
    for (const subscriber of [...subscribers]) subscriber(state);
    emit('change');
    for (const type of changesBetween(before, state)) emit(type);
  }

  /**
   * Emits an event to its listeners, and `analytics` for each step. The latter names no person and no product.
   * @param {import('../types').EventType} type @param {{url?: string}} [extra]
   * @returns {boolean} false when a listener stopped the default action
   */
  function emit(type, extra) {
    const { session, error, status } = state;
    const detail = { sessionId: session?.session_id ?? null, orderId: session?.order_id ?? null, state, error };
    const goesOn = emitter.emit(type, { ...detail, ...extra });
    if (!NO_STEPS.includes(type)) {
      emitter.emit('analytics', {
        ...detail,
        step: {
          name: type, number: ++stepNumber, elapsedMs: Math.round(performance.now() - begun), sessionId: detail.sessionId, status,
          scene: session?.payment_methods.find((one) => one.id === session.payment_method_id)?.scene ?? null, errorCode: error?.code ?? null, stopped: !goesOn,
        },
      });
    }
    return goesOn;
  }

  /**
   * Moves along an edge and runs what belongs to the new state.
   * @param {string} event
   * @param {Partial<CheckoutState>} [patch]
   * @returns {boolean} false when the event has no edge here
   */
  function send(event, patch = {}) {
    const from = state.status;
    const to = next(from, event);
    if (isDestroyed || to === null) return false;
    set({ ...patch, status: to });
    watch();
    if (to === 'ready' && from === 'loading') emit('ready');
    const entry = EVENT_ON_ENTRY[to];
    if (entry && to !== from) entered(entry, from);
    showCode();
    return true;
  }

  /** A code is to be scanned, so it is shown. */
  function showCode() {
    if (state.status === 'requires_action' && state.session?.action?.type === 'qr') send('show_qr');
  }

  /** @param {import('../types').EventType} entry @param {import('../types').Status} from */
  function entered(entry, from) {
    const goOn = emit(entry);
    const target = returnUrl ?? state.session?.return_url;
    const sawItHappen = from !== 'loading';
    if (entry === 'success' && goOn && sawItHappen && !staysHere && target && !env.isHere(target)) env.navigate(target);
  }

  /** Starts or ends watching, as the state asks. A paid session is watched until its goods are there. */
  function watch() {
    const mustWatch = !state.stalled && (WATCHED.includes(state.status)
      || (state.status === 'succeeded' && state.session?.delivered === false));
    if (mustWatch && !watcher) {
      const own = follow({
        client, attention: env.attention, stream: env.stream, delay: env.delay,
        onAnswer: (answer) => { if (watcher === own) receive(answer); },
        onStall: () => { if (watcher === own) { unwatch(); set({ stalled: true }); } },
      });
      watcher = own;
    } else if (!mustWatch) {
      unwatch();
    }
    recheckLater();
  }

  function unwatch() {
    watcher?.stop();
    watcher = null;
  }

  /** An answer of the status watcher. @param {Answer} answer */
  function receive(answer) {
    if (answer.ok) actions.settle(answer.snapshot);
    else if (answer.status === 401 || answer.status === 404) {
      unwatch();
      set({ error: env.localize(answer.error), stalled: true });
    }
  }

  /** An open session may expire while nobody acts. How long that takes is the server's word; no date of the buyer's is read. */
  function recheckLater() {
    const own = ++recheckNumber;
    if (!['ready', 'failed'].includes(state.status)) return;
    timers.after(async () => {
      if (own !== recheckNumber) return;
      if (!env.attention.isHidden()) await refresh();
      if (own === recheckNumber) recheckLater();
    }, Math.min(Math.max(endsAt - performance.now(), RECHECK_MIN_MS) || RECHECK_MAX_MS, RECHECK_MAX_MS));
  }

  /**
   * Takes in a snapshot. Older ones are dropped, and so is an old "ready" while an answer is awaited.
   * @param {Snapshot} snapshot
   * @param {import('../types').SelectionPatch} [pending] what is still to be answered
   * @returns {boolean} whether it was applied
   */
  function apply(snapshot, pending = state.pending) {
    if (isDestroyed || (state.session && snapshot.version < state.session.version)) return false;
    endsAt = performance.now() + Date.parse(snapshot.expires_at) - Date.parse(snapshot.now);
    const patch = { session: snapshot, error: errorOf(snapshot), pending };
    const saysTheSame = snapshot.status === state.status
      || (snapshot.status === 'requires_action' && ['redirecting', 'showing_qr', 'awaiting_app'].includes(state.status));
    if (saysTheSame) {
      set(patch);
      watch();
      showCode();
      return true;
    }
    return send(eventOf(snapshot), patch);
  }

  /** @param {Snapshot} snapshot */
  function errorOf(snapshot) {
    const error = snapshot.status === 'failed' ? fromSnapshot(snapshot) : null;
    return error && env.localize(error);
  }

  async function load() {
    if (!send('load', { error: null })) return;
    const own = ++loadNumber;
    const { enter = (timeoutMs) => client.get({ timeoutMs }) } = env;
    /** @type {any} */
    let timer;
    const answer = await Promise.race([enter(patience), /** @type {Promise<Answer>} */ (new Promise((resolve) => {
      timer = timers.after(() => resolve(refused('load_timeout')), patience);
    }))]);
    clearTimeout(timer);
    if (own === loadNumber) await env.prepare?.(answer.ok ? answer.snapshot : null);
    if (own !== loadNumber) return;
    if (answer.ok) apply(answer.snapshot);
    else loadFailed(answer.error.code === 'timeout' ? makeError('load_timeout') : answer.error);
  }

  /** @param {BursarError} error */
  function loadFailed(error) {
    send('load_failed', { error: env.localize(error) });
  }

  /** @returns {Promise<Answer>} */
  async function refresh() {
    const answer = await client.get();
    if (answer.ok) actions.settle(answer.snapshot);
    return answer;
  }

  const actions = createActions({
    client, env, apply, emit, load, refresh, send, set, watch, getState: () => state, page: () => env.page?.(returnUrl), stayHere: (stays) => { staysHere = stays; },
  });

  const unlisten = [
    env.onConnection((isOnline) => {
      if (!isOnline) send('went_offline');
      else void (state.session ? refresh() : load());
    }),
    env.onComeBack(() => { if (send('came_back')) void refresh(); }),
  ];

  return {
    get state() { return state; },
    actions: actions.open,
    load,
    set,
    emit,
    on: emitter.on,
    off: emitter.off,
    listenedTypes: emitter.types,
    /** @param {(state: CheckoutState) => void} subscriber called now and after every change */
    subscribe(subscriber) {
      if (typeof subscriber !== 'function') return () => undefined;
      subscribers.add(subscriber);
      subscriber(state);
      return () => { subscribers.delete(subscriber); };
    },
    destroy() {
      isDestroyed = true;
      if (!state.session) env.release?.();
      loadNumber += 1;
      unwatch();
      timers.clear();
      unlisten.forEach((stop) => stop());
      subscribers.clear();
      emitter.clear();
    },
  };
}

/** @typedef {ReturnType<typeof createCheckout>} Controller */

/**
 * Everything is chosen and nothing is under way.
 * @param {Omit<CheckoutState, 'canConfirm'>} state
 */
function mayConfirm({ status, session, accepted }) {
  if (!session || !(status === 'ready' || status === 'failed')) return false;
  if (status === 'failed' && session.error?.retryable === false) return false;
  const method = session.payment_methods.find((one) => one.id === session.payment_method_id);
  return Boolean(method?.available || !session.total_minor) && session.agreements.every((one) => accepted.includes(one.id));
}
