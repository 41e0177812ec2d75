/**
 * The five calls of the SDK's API. Nothing is thrown: an answer is a snapshot or an error, and an error says
 * whether the request may have been carried out all the same (`lost`).
 *
 * @typedef {import('../types').Snapshot} Snapshot
 * @typedef {import('../types').BursarError} BursarError
 * @typedef {{ok: true, snapshot: Snapshot} | {ok: false, error: BursarError, lost: boolean, status: number}} Answer
 */
import { fromProblem, makeError } from './errors.js';

const CALL_TIMEOUT_MS = 15_000;
const CONFIRM_TIMEOUT_MS = 30_000;

/**
 * @param {{apiBase: string, readonly clientSecret: string, readonly locale?: string, fetch?: typeof fetch}} options
 *   secret and language are read anew for each call
 */
export function createClient(options) {
  const root = `${options.apiBase.replace(/\/$/, '')}/sdk/v1/session`;
  /** @type {typeof fetch} */
  const send = options.fetch ?? ((...args) => globalThis.fetch(...args));

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: unknown, key?: string, timeoutMs?: number, read?: (response: Response) => Promise<any>}} [options]
   * @returns {Promise<any>} an `Answer`, unless it is read otherwise
   */
  async function call(method, path, { body, key, timeoutMs = CALL_TIMEOUT_MS, read = readAnswer } = {}) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await send(root + path, {
        method,
        headers: headers({ body, key }),
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

  /** @param {{body?: unknown, key?: string, accept?: string}} options */
  function headers({ body, key, accept = 'application/json' }) {
    /** @type {Record<string, string>} */
    const result = { Authorization: `Bearer ${options.clientSecret}`, Accept: accept };
    if (body !== undefined) result['Content-Type'] = 'application/json';
    if (key) result['Idempotency-Key'] = key;
    if (options.locale) result['Accept-Language'] = options.locale;
    return result;
  }

  return {
    /** @param {{timeoutMs?: number}} [options] @returns {Promise<Answer>} */
    get: (options) => call('GET', '', options),
    /** @param {import('../types').SelectionPatch} patch @returns {Promise<Answer>} */
    update: (patch) => call('POST', '', { body: patch }),
    /**
     * @param {Record<string, unknown>} body
     * @param {string} attemptId sent as Idempotency-Key: the same attempt may be sent again without harm
     * @returns {Promise<Answer>}
     */
    confirm: (body, attemptId) => call('POST', '/confirm', { body, key: attemptId, timeoutMs: CONFIRM_TIMEOUT_MS }),
    /** @returns {Promise<{ok: true, coupons: import('../types').Coupons} | (Answer & {ok: false})>} */
    listCoupons: () => call('GET', '/coupons', { read: readCoupons }),
    /** @param {{add: string} | {remove: string} | {best: true}} body @returns {Promise<Answer>} */
    changeCoupons: (body) => call('POST', '/coupons', { body }),
    /** @param {string} attemptId @returns {Promise<Answer>} */
    cancel: (attemptId) => call('POST', '/cancel', { body: {}, key: attemptId }),

    /**
     * Reads the event stream until it ends. Resolves when the server closed it, rejects when it could not be read.
     * @param {(snapshot: Snapshot) => void} onSnapshot
     * @param {AbortSignal} signal
     */
    async stream(onSnapshot, signal) {
      const response = await send(`${root}/events`, {
        headers: headers({ accept: 'text/event-stream' }), signal, credentials: 'omit', cache: 'no-store',
      });
      const type = response.headers.get('Content-Type') ?? '';
      if (!response.ok || !response.body || !type.startsWith('text/event-stream')) throw new Error('no stream');
      await readEvents(response.body, (data) => {
        if (isSnapshot(data)) onSnapshot(data);
      });
    },
  };
}

/** @typedef {ReturnType<typeof createClient>} Client */

/**
 * @param {Response} response
 * @returns {Promise<Answer>}
 */
async function readAnswer(response) {
  const body = await response.json().catch(() => null);
  if (response.ok && isSnapshot(body)) return { ok: true, snapshot: body };
  // A 5xx, or an OK answer that cannot be read, says nothing about what was done.
  const lost = response.ok || response.status >= 500;
  return { ok: false, error: fromProblem(response.status, body), lost, status: response.status };
}

/** @param {Response} response */
async function readCoupons(response) {
  return response.ok ? { ok: true, coupons: await response.json() } : readAnswer(response);
}

/**
 * @param {any} value
 * @returns {value is Snapshot}
 */
function isSnapshot(value) {
  return typeof value?.session_id === 'string' && Number.isInteger(value.version) && typeof value.status === 'string';
}

/**
 * Parses Server-Sent Events by hand: `EventSource` cannot send an Authorization header.
 * @param {ReadableStream<Uint8Array>} body
 * @param {(data: unknown) => void} onData
 */
export async function readEvents(body, onData) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text = (text + decoder.decode(value, { stream: true })).replace(/\r\n?/g, '\n');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart()).join('\n');
      if (data) onData(parse(data));
    }
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
