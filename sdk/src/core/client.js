/**
 * The calls of the SDK's API. Nothing is thrown: an answer is a snapshot or an error, and an error says
 * whether the request may have been carried out all the same (`lost`).
 *
 * @typedef {import('../types').Snapshot} Snapshot
 * @typedef {import('../types').BursarError} BursarError
 * @typedef {{ok: true, snapshot: Snapshot} | {ok: false, error: BursarError, lost: boolean, status: number}} Answer
 */
import { fromProblem, makeError } from './errors.js';

const SESSION = 'session';
const CALL_TIMEOUT_MS = 15_000;
const CONFIRM_TIMEOUT_MS = 30_000;

/**
 * @param {{apiBase: string, publishableKey?: string, readonly clientSecret: string, readonly locale?: string, fetch?: typeof fetch}} options
 *   secret and language are read anew for each call
 */
export function createClient(options) {
  const root = `${`${options.apiBase}`.replace(/\/$/, '')}/sdk/v1/`;
  /** @type {typeof fetch} */
  const send = options.fetch ?? ((...args) => globalThis.fetch(...args));

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: unknown, key?: string, secret?: string, timeoutMs?: number, read?: (response: Response) => Promise<any>}} [options]
   * @returns {Promise<any>} an `Answer`, unless it is read otherwise
   */
  async function call(method, path, { body, key, secret, timeoutMs = CALL_TIMEOUT_MS, read = readAnswer } = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await send(root + path, {
        method,
        headers: headers({ body, key, secret }),
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: abort.signal,
        credentials: 'omit',
        cache: 'no-store',
      });
      return await read(response);
    } catch {
      return { ok: false, error: makeError(abort.signal.aborted ? 'timeout' : 'network'), lost: true, status: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {{body?: unknown, key?: string, secret?: string, accept?: string}} options */
  function headers({ body, key, secret = options.clientSecret, accept = 'application/json' }) {
    /** @type {Record<string, string>} */
    const result = { Authorization: `Bearer ${secret}`, Accept: accept };
    if (body !== undefined) result['Content-Type'] = 'application/json';
    if (key) result['Idempotency-Key'] = key;
    if (options.locale) result['Accept-Language'] = options.locale;
    return result;
  }

  return {
    /**
     * Opens a session without a server of the merchant's.
     * @param {{configuration: string, locale?: string}} body @param {string} key @param {number} timeoutMs
     * @returns {Promise<{ok: true, snapshot: Snapshot, secret: string} | (Answer & {ok: false})>}
     */
    open: (body, key, timeoutMs) => call('POST', 'checkouts', {
      body, key, timeoutMs, secret: options.publishableKey, read: readOpened,
    }),
    /** @param {{timeoutMs?: number}} [options] @returns {Promise<Answer>} */
    get: (options) => call('GET', SESSION, options),
    /** @param {import('../types').SelectionPatch} patch @returns {Promise<Answer>} */
    update: (patch) => call('POST', SESSION, { body: patch }),
    /**
     * @param {Record<string, unknown>} body
     * @param {string} attemptId sent as Idempotency-Key: the same attempt may be sent again without harm
     * @returns {Promise<Answer>}
     */
    confirm: (body, attemptId) => call('POST', `${SESSION}/confirm`, { body, key: attemptId, timeoutMs: CONFIRM_TIMEOUT_MS }),
    /** @returns {Promise<{ok: true, coupons: import('../types').Coupons} | (Answer & {ok: false})>} */
    listCoupons: () => call('GET', `${SESSION}/coupons`, { read: readCoupons }),
    /** Any other step: `cancel`, `change-order`, or a change of the `coupons`. @param {string} name @param {object} [body] @returns {Promise<Answer>} */
    take: (name, body = {}) => call('POST', `${SESSION}/${name}`, { body }),

    /** The event stream, for `stream.js` to read. @param {AbortSignal} signal @returns {Promise<Response>} */
    events: (signal) => send(`${root}${SESSION}/events`, {
      headers: headers({ accept: 'text/event-stream' }), signal, credentials: 'omit', cache: 'no-store',
    }),
  };
}

/** @typedef {ReturnType<typeof createClient>} Client */

/**
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
async function readAnswer(response) {
  const body = await response.json().catch(() => null);
  return response.ok && isSnapshot(body) ? { ok: true, snapshot: body } : notOk(response, body);
}

/** @param {Response} response @param {any} body @returns {Answer & {ok: false}} */
function notOk(response, body) {
  // A 5xx, or an OK answer that cannot be read, says nothing about what was done.
  const lost = response.ok || response.status >= 500;
  return { ok: false, error: fromProblem(response.status, body), lost, status: response.status };
}

/** @param {Response} response */
async function readOpened(response) {
  const { client_secret: secret, ...body } = await response.json().catch(() => ({}));
  const isOpened = response.ok && isSnapshot(body) && typeof secret === 'string';
  return isOpened ? { ok: true, snapshot: body, secret } : notOk(response, body);
}

/** @param {Response} response */
async function readCoupons(response) {
  return response.ok ? { ok: true, coupons: await response.json() } : readAnswer(response);
}

/**
 * @param {any} value
 * @returns {value is Snapshot}
 */
export function isSnapshot(value) {
  return typeof value?.session_id === 'string' && Number.isInteger(value.version) && typeof value.status === 'string';
}
