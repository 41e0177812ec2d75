/** `@bursar/sdk/core`: a checkout as bare state and actions, for pages that draw everything themselves. */
import type { CheckoutHandle, HeadlessOptions } from './bursar.js';

export type * from './bursar.js';

/** Opens a checkout that draws nothing: follow its `state`, call its `actions`. */
export function openCheckout(options: HeadlessOptions): CheckoutHandle;
/** Minor units as money of a language; `exponent` is the snapshot's `currency_exponent`. */
export function formatMoney(minor: number, currency: string, exponent: number, locale: string): string;
/** The nearest language there is. */
export function matchLocale(requested: string | null | undefined): string;
/** The session the buyer comes back from, once taken out of the address; `null` on any other visit. */
export function getRedirectResult(): { sessionId: string; status: string } | null;
