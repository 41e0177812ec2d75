/**
 * How a checkout gets into its session: with a client secret, with one that the page fetches, or with the id of a
 * checkout configuration, for which the server opens a session.
 *
 * @typedef {import('./client.js').Answer} Answer
 * @typedef {import('../types').CheckoutOptions} CheckoutOptions
 *
 * @typedef {object} Memory storage that survives a reload and a visit to the payment page, and ends with the tab
 * @property {(name: string) => string | undefined} get
 * @property {(name: string, value: string | undefined) => void} set
 * @property {(configuration: string) => string} recall the secret of the session to resume
 * @property {(configuration: string, secret: string) => void} keep
 */
import { newAttemptId } from './attempt.js';
import { refused } from './errors.js';

/** The checkout that resumes the stored session; any other on this page starts a new one. @type {object | null} */
let holder = null;

const SECRET = /^ses_[a-z0-9]{20,32}_secret_.{16,}$/;

/**
 * @param {CheckoutOptions} options
 * @param {object} parts
 * @param {() => import('./client.js').Client} parts.client
 * @param {Memory} parts.memory
 * @param {(level: string, message: string) => void} parts.log
 */
export function createSessionOpener({ clientSecret, fetchClientSecret, configuration, locale }, { client, memory, log }) {
  let secret = clientSecret ?? '';
  /** @type {Promise<Answer> | null} */
  let entering = null;
  let isBack = false;
  const own = {};
  const name = `${configuration} ${locale ?? ''}`;

  /** @param {number} timeoutMs @returns {Promise<Answer>} */
  async function find(timeoutMs) {
    const stored = holder && holder !== own ? '' : memory.recall(configuration ?? '');
    if (stored) {
      holder = own;
      secret = stored;
      const now = await look(timeoutMs);
      if (now) {
        isBack = now.ok;
        return now;
      }
      secret = clientSecret ?? '';
    }
    if (!secret && configuration) return open(configuration, timeoutMs);
    try {
      secret ||= (await fetchClientSecret?.()) ?? '';
    } catch (error) {
      log('error', `fetchClientSecret failed: ${error}`);
      return refused('load_failed');
    }
    if (!SECRET.test(secret)) return refused(secret ? 'client_secret_invalid' : 'client_secret_missing');
    return client().get({ timeoutMs });
  }

  /**
   * Opens a session; after a reload, the same one. Only the idempotency key of the request is stored: sent
   * again, it returns the first answer.
   * @param {string} configurationId @param {number} timeoutMs @returns {Promise<Answer>}
   */
  async function open(configurationId, timeoutMs) {
    if (!/^cfg_\w+$/.test(configurationId)) return refused('configuration_invalid');
    const known = memory.get(name);
    const key = known ?? newAttemptId();
    memory.set(name, key);
    const opened = await client().open({ configuration: configurationId, ...(locale && { locale }) }, key, timeoutMs);
    if (!opened.ok) {
      if (!opened.lost) forget();
      return opened;
    }
    secret = opened.secret;
    const now = known ? await look(timeoutMs) : opened;
    if (now) return now;
    secret = '';
    return open(configurationId, timeoutMs);
  }

  /** The stored session, unless it is over: then it is forgotten. @param {number} timeoutMs */
  async function look(timeoutMs) {
    const now = await client().get({ timeoutMs });
    const isOver = now.ok ? ['expired', 'cancelled'].includes(now.snapshot.status) : !now.lost;
    if (!isOver) return now;
    forget();
    return null;
  }

  function forget() {
    memory.set(name, undefined);
    memory.set('session', undefined);
  }

  return {
    get secret() { return secret; },
    /** Whether the page has come back to a session that it had left. */
    get isBack() { return isBack; },
    /** From now on the page resumes this session, until it is over. */
    keep: () => memory.keep(configuration ?? '', secret),
    /** Lets another checkout resume it. */
    release() { if (holder === own) holder = null; },
    /** Requests the first snapshot; one request at a time. @param {number} timeoutMs */
    enter: (timeoutMs) => (entering ??= find(timeoutMs).finally(() => { entering = null; })),
    /** The next visit starts a new session. */
    forget,
  };
}
