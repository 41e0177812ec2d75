const STORAGE_KEY = 'bursar_secret';
const PARAMETER = 'bursar_session';

/**
 * What a checkout stores for its page. In this entry of the tab's history, beside the page's own state: it survives a reload
 * and the return from the payment page, and ends with the tab. And in the tab's `sessionStorage` the secret of the session
 * that was confirmed last, because no URL may contain it.
 * @type {import('../core/session_opener.js').Memory & {set: (name: string, value: string | undefined, url?: URL) => void}}
 */
export const memory = {
  get: (name) => history.state?.bursar?.[name],
  set(name, value, url) {
    const { state } = history;
    if (state !== null && typeof state !== 'object') return;
    try {
      history.replaceState({ ...state, bursar: { ...state?.bursar, [name]: value } }, '', url);
      if (!value) sessionStorage.removeItem(STORAGE_KEY);
    } catch {
      // A page without a URL of its own has no history to store anything in.
    }
  },
  recall(expected) {
    getRedirectResult();
    try {
      const [configuration, secret = ''] = sessionStorage.getItem(STORAGE_KEY)?.split(' ') ?? [];
      return configuration === expected && secret.startsWith(`${memory.get('session')}_secret_`) ? secret : '';
    } catch {
      return '';
    }
  },
  keep(configuration, secret) {
    memory.set('session', secret.split('_secret_')[0]);
    try {
      sessionStorage.setItem(STORAGE_KEY, `${configuration} ${secret}`);
    } catch {
      // Without storage the page starts a new session.
    }
  },
};

/** @type {{sessionId: string, status: string} | null} */
let result = null;

/**
 * The session a buyer comes back from. Removes its parameter from the URL; may be called again. The URL is no
 * proof of payment, so `status` is always `unknown` here: mount the checkout, or query your server.
 */
export function getRedirectResult() {
  const url = new URL(location.href);
  const sessionId = url.searchParams.get(PARAMETER);
  if (sessionId) {
    url.searchParams.delete(PARAMETER);
    memory.set('session', sessionId, url);
    result = { sessionId, status: 'unknown' };
  }
  return result;
}
