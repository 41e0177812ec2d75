/** Whatever a page hands in: a result with a code, or nothing happens; never a raw error. */
import { describe, expect, it, vi } from 'vitest';
import { createCheckout } from '../src/core/checkout.js';
import { handleOf } from '../src/core/handle.js';
import { createRegistry } from '../src/core/registry.js';
import { matchLocale } from '../src/core/i18n.js';
import { fakeClient, fakeEnv, ok, snapshot, until } from './session.js';

const ODD = [undefined, null, 0, 5, NaN, '', true, {}, [], () => undefined, new Date(0), 'x'];

async function ready() {
  const client = fakeClient({ get: [ok(snapshot())], update: [ok(snapshot())], coupons: [ok(snapshot())], 'change-order': [ok(snapshot())], listCoupons: [{ ok: true, coupons: {} }], cancel: [ok(snapshot())], confirm: [ok(snapshot())] });
  const controller = createCheckout({ client, env: fakeEnv(), loadTimeoutMs: /** @type {any} */ ('soon') });
  void controller.load();
  await until(() => controller.state.status === 'ready');
  return { client, handle: handleOf(controller) };
}

describe('actions', () => {
  const names = ['selectSku', 'setQuantity', 'updateLine', 'removeLine', 'applyCoupon', 'removeCoupon', 'pickBestCoupons', 'listCoupons', 'selectPaymentMethod',
    'useWallet', 'acceptAgreement', 'confirm', 'resumeAction', 'changeOrder', 'cancel', 'refresh', 'runServerUpdate'];

  it.each(names)('%s answers a result to anything', async (name) => {
    for (const one of ODD) {
      for (const two of [undefined, null, 'x', 5]) {
        const { handle } = await ready();

        const result = await handle.actions[name](one, two);

        expect(['success', 'error']).toContain(result.type);
        if (result.type === 'error') expect(result.error).toMatchObject({ code: expect.any(String), message: expect.any(String), retryable: expect.any(Boolean) });
        handle.destroy();
      }
    }
  });

  it.each(['selectSku', 'updateLine', 'removeLine', 'applyCoupon', 'removeCoupon', 'selectPaymentMethod'])('%s sends nothing that names nothing', async (name) => {
    const { client, handle } = await ready();
    const before = client.calls.length;

    for (const wrong of ODD.filter((one) => one !== 'x')) {
      expect(await handle.actions[name](wrong)).toMatchObject({ type: 'error', error: { code: 'argument_invalid', type: 'config' } });
    }

    expect(client.calls.length).toBe(before);
    handle.destroy();
  });
});

it('listeners that are none are left out', async () => {
  const { handle } = await ready();

  for (const wrong of ODD.filter((one) => typeof one !== 'function')) {
    handle.on('change', /** @type {any} */ (wrong)).once('change', /** @type {any} */ (wrong)).off('change', /** @type {any} */ (wrong));
    expect(handle.subscribe(/** @type {any} */ (wrong))).toBeTypeOf('function');
  }

  await expect(handle.actions.selectPaymentMethod('cha_1')).resolves.toMatchObject({ type: 'success' });
});

it('plugins and languages that are none are left out', () => {
  for (const wrong of ODD) {
    expect(createRegistry(/** @type {any} */ (wrong), vi.fn()).has('button')).toBe(false);
    expect(createRegistry([/** @type {any} */ (wrong)], vi.fn()).has('button')).toBe(false);
    expect(matchLocale(/** @type {any} */ (wrong))).toBe('en');
  }
});
