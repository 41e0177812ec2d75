const PARAMETER = 'bursar_session';

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
    history.replaceState(history.state, '', url);
    result = { sessionId, status: 'unknown' };
  }
  return result;
}
