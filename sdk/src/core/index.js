/** The headless core by itself: what a page-less caller needs. */
export { createCheckout } from './checkout.js';
export { createClient } from './client.js';
export { loadMessages, matchLocale, translator } from './i18n.js';
export { formatMoney } from './money.js';
export { createRegistry } from './registry.js';
