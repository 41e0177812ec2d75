/**
 * Errors are values: made here, given to callers in results and events, never thrown at the host page.
 *
 * @typedef {import('../types').BursarError} BursarError
 */

/** On the server; the panel puts its address before it. */
const DOCS = '/docs/errors#';

/** What the buyer reads when the server sent no words of its own. Locales override by the same code. */
export const MESSAGES = {
  load_failed: 'The payment form could not be loaded.',
  load_timeout: 'The payment form took too long to load.',
  network: 'The connection was interrupted. Check your network and try again.',
  timeout: 'The server took too long to respond.',
  agreement_required: 'Please accept the terms to continue.',
  payment_method_required: 'Please choose a payment method.',
  quantity_invalid: 'Please enter a valid quantity.',
  server_error: 'Something went wrong. Please try again.',
};

/** @param {string} code @returns {BursarError['type']} */
function typeOf(code) {
  if (/^(load|network|timeout)/.test(code)) return 'network';
  if (/_required$|^quantity/.test(code)) return 'buyer';
  if (code === 'server_error') return 'api';
  return /_(missing|invalid)$/.test(code) ? 'config' : 'sdk';
}

/**
 * @param {string} code one of `MESSAGES`, or of the messages for the page's developer (`src/diagnostics`)
 * @param {Partial<BursarError>} [extra]
 * @returns {BursarError}
 */
export function makeError(code, extra) {
  const message = /** @type {Record<string, string>} */ (MESSAGES)[code] ?? MESSAGES.server_error;
  const type = typeOf(code);
  return {
    code, type, message, retryable: type === 'network', docUrl: DOCS + code, requestId: null, param: null, ...extra,
  };
}

/** The answer to what was not even asked. @param {string} code @returns {import('./client.js').Answer & {ok: false}} */
export const refused = (code) => ({ ok: false, lost: false, status: 0, error: makeError(code) });

/**
 * Reads a problem+json answer.
 * @param {number} httpStatus
 * @param {any} problem the parsed body, or null when it was not JSON
 * @returns {BursarError}
 */
export function fromProblem(httpStatus, problem) {
  const code = typeof problem?.code === 'string' ? problem.code : 'server_error';
  const message = problem?.detail || problem?.title || MESSAGES.server_error;
  return makeError(code, {
    message: String(message),
    type: httpStatus === 402 ? 'channel' : httpStatus === 422 ? 'buyer' : /40[134]/.test(`${httpStatus}`) ? 'config' : 'api',
    retryable: httpStatus >= 500 || httpStatus === 429 || httpStatus === 402,
    requestId: problem?.request_id ?? null,
    param: problem?.param ?? null,
    ...(/^https?:/.test(problem?.type) ? { docUrl: problem.type } : {}),
  });
}

/**
 * The error of a failed attempt, as the session carries it.
 * @param {import('../types').Snapshot} snapshot
 * @returns {BursarError | null}
 */
export function fromSnapshot(snapshot) {
  if (!snapshot.error) return null;
  const { code, message, retryable } = snapshot.error;
  return makeError(code, { type: 'channel', message, retryable, requestId: snapshot.request_id });
}
