import { expect, it } from 'vitest';
import { createCheckout } from '../src/core/checkout.js';
import { fakeClient, fakeEnv, line, ok, refused, snapshot } from './session.js';

const cart = (over = {}) => snapshot({ lines: [line('1'), line('2')], product: null, sku_id: null, quantity: null, ...over });

/** @param {any} answers */
async function opened(answers) {
  const client = fakeClient(answers);
  const checkout = createCheckout({ client, env: fakeEnv() });
  await checkout.load();
  return { checkout, sent: (name) => client.calls.filter(([one]) => one === name).map(([, body]) => body) };
}

it('sends what was chosen meanwhile for each line in one request', async () => {
  const { checkout, sent } = await opened({ get: [ok(cart())], update: [ok(cart({ version: 2 })), ok(cart({ version: 3 }))] });
  const { updateLine, removeLine } = checkout.actions;

  const all = Promise.all([
    updateLine('1', { quantity: 2 }), updateLine('1', { sku_id: 'sku_9' }), updateLine('1', { quantity: 3 }), removeLine('2'),
  ]);

  expect(checkout.state.pending.lines).toEqual([{ key: '1', quantity: 3, sku_id: 'sku_9' }, { key: '2', quantity: 0 }]);
  await all;
  expect(sent('update')).toEqual([
    { lines: [{ key: '1', quantity: 2 }] }, { lines: [{ key: '1', sku_id: 'sku_9', quantity: 3 }, { key: '2', quantity: 0 }] },
  ]);
  expect(checkout.state).toMatchObject({ status: 'ready', pending: {}, session: { version: 3 } });
});

it.each([['1', 0], ['1', 6], ['1', 1.5], ['no such line', 1]])('does not ask for line %s with a quantity of %s', async (key, quantity) => {
  const { checkout, sent } = await opened({ get: [ok(cart())] });

  const result = await checkout.actions.updateLine(key, { quantity });

  expect(result).toMatchObject({ type: 'error', error: { code: 'quantity_invalid' } });
  expect(sent('update')).toEqual([]);
});

it('shows the cart of the server again when a change is refused', async () => {
  const { checkout } = await opened({ get: [ok(cart())], update: [refused(409, 'last_line')] });

  expect(await checkout.actions.removeLine('1')).toMatchObject({ type: 'error', error: { code: 'last_line' } });
  expect(checkout.state).toMatchObject({ status: 'ready', pending: {}, error: { code: 'last_line' } });
});

it('orders what costs nothing without a way to pay', async () => {
  const free = snapshot({ total_minor: 0, payment_methods: [], payment_method_id: null });
  const { checkout, sent } = await opened({ get: [ok(free)], confirm: [ok(snapshot({ version: 2, status: 'succeeded' }))] });
  expect(checkout.state.canConfirm).toBe(true);

  await checkout.actions.confirm();

  expect(sent('confirm')).toEqual([{ agreements: [], total_minor: 0, version: 1 }]);
  expect(checkout.state.status).toBe('succeeded');
});

it.each([[500, { use_wallet: true }], [0, {}]])('uses a wallet of %s if the buyer selects it', async (available, walletFields) => {
  const wallet = { available_minor: available, used_minor: 0 };
  const { checkout, sent } = await opened({
    get: [ok(snapshot({ wallet }))], confirm: [ok(snapshot({ version: 2, status: 'processing' }))],
  });
  checkout.actions.useWallet(true);

  await checkout.actions.confirm();

  expect(sent('confirm')).toEqual([{ payment_method_id: 'cha_1', ...walletFields, agreements: [], total_minor: 1200, version: 1 }]);
  checkout.destroy();
});

it('applies codes one by one, and returns to the caller alone why one is refused', async () => {
  const applied = snapshot({ version: 2, coupons: [{ code: 'FIVE', name: 'Five off', discount_minor: 500 }] });
  const { checkout, sent } = await opened({
    get: [ok(snapshot())], coupons: [ok(applied), refused(409, 'coupon_refused'), ok(snapshot({ version: 3 }))],
  });
  const { applyCoupon, removeCoupon } = checkout.actions;

  expect(await applyCoupon('FIVE')).toMatchObject({ type: 'success', session: { coupons: [{ code: 'FIVE' }] } });
  expect(await applyCoupon('NONE')).toMatchObject({ type: 'error', error: { code: 'coupon_refused' } });
  expect(checkout.state).toMatchObject({ status: 'ready', error: null, session: { version: 2 } });
  await removeCoupon('FIVE');

  expect(sent('coupons')).toEqual([{ add: 'FIVE' }, { add: 'NONE' }, { remove: 'FIVE' }]);
});
