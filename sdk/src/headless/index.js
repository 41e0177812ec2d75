/** The headless core by itself, for pages that draw everything themselves. */
export { matchLocale } from '../core/i18n.js';
export { formatMoney } from '../core/money.js';
export { getRedirectResult } from '../panel/stored_session.js';
export { openCheckout } from './open.js';
