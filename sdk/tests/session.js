/** Snapshots and a server that answers what a test wants. */

/** @param {string} key @param {Record<string, unknown>} [over] */
export const line = (key, over = {}) => ({
  key, sku_id: `sku_${key}`, product: { id: `prd_${key}`, name: `Thing ${key}` }, name: '', skus: [], quantity: 1,
  quantity_max: 5, unit_price_minor: 1200, subtotal_minor: 1200, discount_minor: 0, total_minor: 1200, available: true, ...over,
});

/** @param {Record<string, unknown>} [over] */
export function snapshot(over = {}) {
  return {
    session_id: 'ses_1', version: 1, status: 'ready', mode: 'test', locale: 'en', currency: 'USD',
    merchant: { name: 'Shop' }, product: { id: 'prd_1', name: 'Membership', description: '' },
    skus: [{ id: 'sku_1', name: 'Month', unit_price_minor: 1200, available: true }],
    lines: [line('1')], steps: [], discounts: [], subtotal_minor: 1200, discount_minor: 0,
    sku_id: 'sku_1', quantity: 1, quantity_max: 5, unit_price_minor: 1200, total_minor: 1200, currency_exponent: 2, wallet: null,
    payment_methods: [{ id: 'cha_1', name: 'simulator', title: 'Pretend Pay', scene: 'web', available: true, reason: null }],
    payment_method_id: 'cha_1', agreements: [], action: null, error: null, order_id: null, order_number: null, return_url: null,
    hosted_url: 'https://pay.test/c/ses_1', expires_at: '2100-01-01T00:00:00Z', now: '2099-12-31T23:00:00Z', delivered: true, request_id: 'req_1',
    ...over,
  };
}

export const REDIRECT = { type: 'redirect', url: 'https://company.test/pay' };

/** @param {object} body */
export const ok = (body) => ({ ok: true, snapshot: body });
/** @param {number} status @param {string} code */
export const refused = (status, code) => ({
  ok: false, lost: false, status, error: { code, type: 'api', message: code, retryable: false },
});
export const lost = () => ({
  ok: false, lost: true, status: 0, error: { code: 'network', type: 'network', message: 'network', retryable: true },
});

/**
 * A client with scripted answers; it records every call.
 * @param {{open?: any[], get?: any[], update?: any[], confirm?: any[], cancel?: any[], coupons?: any[], 'change-order'?: any[]}} answers a function is called, the last repeats
 */
export function fakeClient(answers) {
  /** @type {any[][]} */
  const calls = [];
  const take = (/** @type {keyof typeof answers} */ name) => async (/** @type {any[]} */ ...args) => {
    calls.push([name, ...args]);
    const list = answers[name] ?? [];
    const one = list.length > 1 ? list.shift() : list[0];
    return typeof one === 'function' ? one(...args) : one;
  };
  return {
    calls,
    open: take('open'), listCoupons: take('listCoupons'), get: take('get'), update: take('update'), confirm: take('confirm'),
    /** @param {'cancel' | 'coupons' | 'change-order'} name @param {unknown} body */
    take: (name, body) => take(name)(body),
  };
}

/** A page that is visible and online; timers run only when the test says so. */
export function fakeEnv() {
  /** @type {(() => void)[]} */
  let timers = [];
  /** @type {number[]} */
  const delays = [];
  /** @type {Record<string, any>} */
  const listeners = {};
  return {
    visited: /** @type {string[]} */ ([]),
    listeners,
    attention: { isHidden: () => false, onWake: () => () => undefined },
    navigate(url) { this.visited.push(url); },
    appRequests: /** @type {Record<string, string>[]} */ ([]),
    askApp(params) { this.appRequests.push(params); },
    isHere: () => false,
    onConnection: (listener) => { listeners.connection = listener; return () => undefined; },
    onComeBack: (listener) => { listeners.comeBack = listener; return () => undefined; },
    localize: (error) => error,
    log: () => undefined,
    delays,
    delay: (fn, ms) => {
      delays.push(ms);
      timers.push(fn);
    },
    /** Lets every waiting timer fire. */
    tick() {
      const due = timers;
      timers = [];
      due.forEach((fn) => fn());
    },
  };
}

/** Waits until a condition holds, without a clock. @param {() => boolean} condition */
export async function until(condition) {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  throw new Error('never became true');
}
