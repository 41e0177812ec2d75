const KEPT = 'bursar_secret';
const PARAMETER = 'bursar_session';

/**
 * What a checkout keeps for its page. Beside this entry of the tab's history: there after a reload and after coming back
 * from the payment page, gone with the tab; whatever the page itself keeps there stays. And in the tab's own storage the
 * secret of the session that was confirmed last, for no address may hold it.
 * @type {import('../core/session_opener.js').Memory & {set: (name: string, value: string | undefined, url?: URL) => void}}
 */
export const memory = {
  get: (name) => history.state?.bursar?.[name],
  set(name, value, url) {
    const { state } = history;
    if (state !== null && typeof state !== 'object') return;
    try {
      history.replaceState({ ...state, bursar: { ...state?.bursar, [name]: value } }, '', url);
      if (!value) sessionStorage.removeItem(KEPT);
    } catch {
      // A page without an address of its own has no history to keep anything in.
    }
  },
  recall(wanted) {
    getRedirectResult();
    try {
      const [configuration, secret = ''] = sessionStorage.getItem(KEPT)?.split(' ') ?? [];
      return configuration === wanted && secret.startsWith(`${memory.get('session')}_secret_`) ? secret : '';
    } catch {
      return '';
    }
  },
  keep(configuration, secret) {
    memory.set('session', secret.split('_secret_')[0]);
    try {
      sessionStorage.setItem(KEPT, `${configuration} ${secret}`);
    } catch {
      // A page that may keep nothing begins anew.
    }
  },
};

/** @type {{sessionId: string, status: string} | null} */
let result = null;

/**
 * The session a buyer comes back from. Takes its parameter out of the address, and may be asked twice. The address is
 * no proof of payment, so `status` is always `unknown` here: mount the checkout, or ask your server.
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
