/**
 * What a buyer (or a page, headless) can do. Each action answers a result; none throws.
 *
 * @typedef {import('../types').Snapshot} Snapshot
 * @typedef {import('../types').Result} Result
 * @typedef {import('../types').SelectionPatch} SelectionPatch
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('./client.js').Answer} Answer
 * @typedef {{id: string, body: Record<string, unknown>, version: number}} Attempt
 */
import { newAttemptId } from './attempt.js';
import { makeError } from './errors.js';

/**
 * @param {object} parts
 * @param {import('./client.js').Client} parts.client
 * @param {import('./checkout.js').Env} parts.env
 * @param {(snapshot: Snapshot, pending?: SelectionPatch) => boolean} parts.apply
 * @param {(type: import('../types').EventType, extra?: {url?: string}) => boolean} parts.emit
 * @param {() => Promise<void>} parts.load
 * @param {() => Promise<Answer>} parts.refresh
 * @param {(event: string, patch?: Partial<CheckoutState>) => boolean} parts.send
 * @param {(patch: Partial<CheckoutState>) => void} parts.set
 * @param {() => void} parts.watch
 * @param {() => CheckoutState} parts.getState
 * @param {() => string | undefined} parts.page where a buyer is led back to when the session does not say
 * @param {(stays: boolean) => void} parts.stayHere a paid buyer is not sent on
 */
export function createActions({ client, env, apply, emit, load, refresh, send, set, watch, getState, page, stayHere }) {
  /** The one attempt whose answer is not known yet. @type {Attempt | null} */
  let attempt = null;
  let isSending = false;
  /** @type {SelectionPatch} */
  let queued = {};
  /** @type {Promise<Result> | null} */
  let flushing = null;

  /** @param {{error: import('../types').BursarError}} answer @returns {Result & {type: 'error'}} */
  const failed = ({ error }) => ({ type: 'error', error: env.localize(error) });
  /** @param {string} code @param {Partial<import('../types').BursarError>} [extra] */
  const refuse = (code, extra) => failed({ error: makeError(code, extra) });
  /** @returns {Result} */
  const accept = () => ({ type: 'success', session: /** @type {Snapshot} */ (getState().session) });

  /** @param {SelectionPatch} patch @returns {Promise<Result>} */
  async function edit(patch) {
    const { status, pending } = getState();
    if (!['ready', 'failed', 'editing'].includes(status)) return refuse('not_ready');
    queued = merged(queued, patch);
    if (status === 'editing') set({ pending: merged(pending, patch) });
    else send('edit', { pending: patch, error: null });
    flushing ??= flush().finally(() => { flushing = null; });
    return flushing;
  }

  /** Sends what was chosen, and what was chosen meanwhile, one request at a time. @returns {Promise<Result>} */
  async function flush() {
    for (;;) {
      const patch = queued;
      queued = {};
      const answer = await client.update(patch);
      const isLast = Object.keys(queued).length === 0;
      if (!answer.ok) return editRefused(answer);
      if (isLast) {
        if (!apply(answer.snapshot, {})) send('edit_refused', { pending: {} });
        return accept();
      }
      set({ session: newer(answer.snapshot, getState().session) });
    }
  }

  /** @param {Answer & {ok: false}} answer @param {boolean} [isQuiet] only the caller is told @returns {Result} */
  function editRefused(answer, isQuiet) {
    queued = {};
    const result = failed(answer);
    send('edit_refused', { pending: {}, error: isQuiet ? null : result.error });
    return result;
  }

  /** @returns {Result & {type: 'error'} | null} why the buyer cannot pay yet */
  function obstacle() {
    const { status, session, accepted } = getState();
    if (isSending || attempt) return refuse('confirm_in_flight');
    if (!session || !['ready', 'failed'].includes(status)) return refuse('not_ready');
    if (session.total_minor && !session.payment_methods.some((one) => one.id === session.payment_method_id && one.available)) {
      return refuse('payment_method_required', { param: 'payment_method_id' });
    }
    if (session.agreements.some((one) => !accepted.includes(one.id))) {
      return refuse('agreement_required', { param: 'agreements' });
    }
    return null;
  }

  /** @param {{redirect?: 'always' | 'if_required'}} [options] @returns {Promise<Result>} */
  async function confirm(options) {
    if (flushing) await flushing;
    const stop = obstacle();
    if (stop) {
      if (stop.error.type === 'buyer') set({ error: stop.error });
      return stop;
    }
    if (!emit('beforeconfirm')) return refuse('prevented');
    const { usesWallet, ...state } = getState();
    const session = /** @type {Snapshot} */ (state.session);
    attempt = {
      id: newAttemptId(),
      body: {
        ...(session.total_minor && { payment_method_id: session.payment_method_id }),
        ...(usesWallet && (session.wallet?.available_minor ?? 0) > 0 && { use_wallet: true }),
        agreements: session.agreements.map(({ id, hash }) => ({ id, hash })),
        total_minor: session.total_minor,
        version: session.version,
        ...(!session.return_url && { return_url: page() }),
      },
      version: session.version,
    };
    if (!send('confirm', { error: null })) {
      attempt = null;
      return refuse('not_ready');
    }
    stayHere(options?.redirect === 'if_required');
    env.keep?.();
    emit('confirm');
    return submit(attempt);
  }

  /** Sends an attempt, for the first time or again. @param {Attempt} own @returns {Promise<Result>} */
  async function submit(own) {
    isSending = true;
    const answer = await client.confirm(own.body, own.id);
    isSending = false;
    if (answer.ok) return confirmed(answer.snapshot);
    // 409: the first sending of this very attempt is still being worked on.
    const isOpen = answer.lost || answer.status === 429 || answer.error.code === 'idempotency_in_flight';
    if (isOpen) {
      send('answer_lost');
      return failed(answer);
    }
    attempt = null;
    const result = failed(answer);
    const { error } = result;
    send('refused', { error });
    const { status } = getState();
    const after = await client.get();
    if (after.ok && apply(after.snapshot) && getState().status === status) set({ error });
    return result;
  }

  /** @param {Snapshot} snapshot @returns {Result} */
  function confirmed(snapshot) {
    attempt = null;
    if (!apply(snapshot) && snapshot.status === 'ready') send('refused', { session: snapshot });
    if (getState().status === 'requires_action') resumeAction();
    const { error } = getState();
    return snapshot.status === 'failed' && error ? { type: 'error', error } : accept();
  }

  /**
   * Takes in a snapshot that came by watching. While an attempt's answer is missing, a snapshot from before it says
   * nothing, and one that still says "ready" means that it never arrived: then the same attempt is sent again.
   * @param {Snapshot} snapshot
   */
  function settle(snapshot) {
    if (!attempt) return void apply(snapshot);
    if (isSending) return;
    const isOld = snapshot.version <= attempt.version;
    const neverArrived = snapshot.status === 'ready' || (snapshot.status === 'failed' && isOld);
    if (neverArrived) {
      if (getState().status === 'unknown') void submit(attempt);
    } else {
      attempt = null;
      apply(snapshot);
    }
  }

  /** @returns {Result} */
  function resumeAction() {
    const { status, session } = getState();
    const action = session?.action;
    if (status === 'showing_qr') return accept();
    if (status === 'awaiting_app') send('came_back');
    if (getState().status !== 'requires_action' || !action) return refuse('not_ready');
    if (action.type === 'qr') {
      send('show_qr');
      return accept();
    }
    if (action.type === 'app' && action.params) {
      send('open_app');
      env.askApp(action.params);
      return accept();
    }
    // What the buyer does elsewhere in their own time leads to no page.
    if (!action.url) return accept();
    if (!emit('redirect', { url: action.url })) return refuse('prevented');
    send(action.type === 'app' ? 'open_app' : 'leave');
    env.navigate(action.url);
    return accept();
  }

  /** Asks for a change that cannot wait for others, and pays nothing meanwhile. @param {() => Promise<Answer>} ask @param {boolean} [isQuiet] @returns {Promise<Result>} */
  async function change(ask, isQuiet) {
    if (flushing) await flushing;
    if (!send('edit', { error: null })) return refuse('not_ready');
    const answer = await ask();
    if (!answer.ok) return editRefused(answer, isQuiet);
    if (!apply(answer.snapshot)) send('edit_refused');
    return accept();
  }

  /** A payment that is begun meanwhile waits for it. @param {import('../types').ContactChange} contact @returns {Promise<Result>} */
  function setContact(contact) {
    const saving = change(() => client.take('contact', contact), true).finally(() => { if (flushing === saving) flushing = null; });
    return (flushing = saving);
  }

  /** @param {() => Promise<unknown>} fn @returns {Promise<Result>} */
  const runServerUpdate = (fn) => change(async () => {
    try {
      await fn();
    } catch (error) {
      env.log('error', `runServerUpdate failed: ${error}`);
    }
    return client.get();
  });

  async function listCoupons() {
    const answer = await client.listCoupons();
    if (answer.ok) return { type: /** @type {const} */ ('success'), coupons: answer.coupons };
    return failed(answer);
  }

  /** @returns {Promise<Result>} */
  async function refreshNow() {
    if (getState().status === 'load_failed') await load();
    else {
      set({ stalled: false });
      watch();
      const answer = await refresh();
      if (!answer.ok) return failed(answer);
    }
    const { session, error } = getState();
    return session ? accept() : { type: 'error', error: error ?? makeError('load_failed') };
  }

  /** @returns {Promise<Result>} */
  async function cancel() {
    if (attempt || isSending) return refuse('confirm_in_flight');
    const answer = await client.take('cancel');
    if (!answer.ok) return failed(answer);
    apply(answer.snapshot);
    return accept();
  }

  /** @param {string} id @param {boolean} [isAccepted] @returns {Result} */
  function acceptAgreement(id, isAccepted = true) {
    const { session, accepted, error } = getState();
    if (!session?.agreements.some((one) => one.id === id)) return refuse('not_ready');
    const others = accepted.filter((one) => one !== id);
    const isAnswered = error?.code === 'agreement_required';
    set({ accepted: isAccepted ? [...others, id] : others, error: isAnswered ? null : error });
    return accept();
  }

  /** @param {number} quantity @param {{quantity_min?: number | null, quantity_max?: number | null} | null | undefined} limits @param {SelectionPatch} patch */
  function editQuantity(quantity, limits, patch) {
    const { quantity_min: min, quantity_max: max } = limits ?? {};
    if (Number.isInteger(quantity) && quantity >= (min ?? 1) && quantity <= (max ?? 0)) return edit(patch);
    return Promise.resolve(refuse('quantity_invalid', { param: 'quantity' }));
  }

  /** @param {string} key @param {{quantity?: number, sku_id?: string}} change */
  function updateLine(key, change) {
    const line = getState().session?.lines.find((one) => one.key === key);
    const { quantity = line?.quantity ?? 0 } = change ?? {};
    return editQuantity(quantity, line, { lines: [{ key, ...change }] });
  }

  /** Does what names something by its id or code, unless it names nothing. @param {unknown} name @param {() => Promise<Result>} act */
  const named = (name, act) => (name && typeof name === 'string' ? act() : Promise.resolve(refuse('argument_invalid')));

  return {
    settle,
    /** @type {import('../types').Actions} */
    open: {
      selectSku: (id) => named(id, () => edit({ sku_id: id })),
      setQuantity: (quantity) => editQuantity(quantity, getState().session, { quantity }),
      updateLine: (key, change) => named(key, () => updateLine(key, change)),
      removeLine: (key) => named(key, () => edit({ lines: [{ key, quantity: 0 }] })),
      applyCoupon: (code) => named(code, () => change(() => client.take('coupons', { add: code }), true)),
      removeCoupon: (code) => named(code, () => change(() => client.take('coupons', { remove: code }))),
      pickBestCoupons: () => change(() => client.take('coupons', { best: true }), true),
      listCoupons,
      selectPaymentMethod: (id) => named(id, () => edit({ payment_method_id: id })),
      useWallet(use) {
        set({ usesWallet: Boolean(use) });
        return accept();
      },
      acceptAgreement,
      setContact,
      confirm,
      resumeAction,
      changeOrder: () => change(() => client.take('change-order', { order_id: getState().session?.order_id })),
      cancel,
      refresh: refreshNow,
      runServerUpdate,
    },
  };
}

/** What was chosen first and what was chosen then; of one line each member by itself. @param {SelectionPatch} one @param {SelectionPatch} other @returns {SelectionPatch} */
function merged(one, other) {
  const both = { ...one, ...other };
  if (!one.lines || !other.lines) return both;
  /** @type {Map<string, import('../types').LineChange>} */
  const byKey = new Map();
  for (const line of [...one.lines, ...other.lines]) byKey.set(line.key, { ...byKey.get(line.key), ...line });
  return { ...both, lines: [...byKey.values()] };
}

/** @param {Snapshot} one @param {Snapshot | null} other */
const newer = (one, other) => (other && other.version > one.version ? other : one);
