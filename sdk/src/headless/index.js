/** The headless core by itself, for pages that draw everything themselves. */
export { matchLocale } from '../core/i18n.js';
export { formatMoney } from '../core/money.js';
export { getRedirectResult } from '../panel/redirect_result.js';
export { openCheckout } from './open.js';
