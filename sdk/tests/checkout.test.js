import { describe, expect, it } from 'vitest';
import { createCheckout } from '../src/core/checkout.js';
import { fakeClient, fakeEnv, lost, ok, REDIRECT, refused, snapshot, until } from './session.js';

/** @param {any} answers @param {any} [options] */
async function opened(answers, options = {}) {
  const client = fakeClient(answers);
  const env = fakeEnv();
  const checkout = createCheckout({ client, env, ...options });
  await checkout.load();
  return { checkout, client, env, status: () => checkout.state.status };
}

const asksToPay = snapshot({ version: 2, status: 'requires_action', action: REDIRECT });
const named = (client, name) => client.calls.filter(([one]) => one === name);

describe('loading', () => {
  it.each([
    ['ready', 'ready'], ['requires_action', 'requires_action'], ['processing', 'processing'],
    ['succeeded', 'succeeded'], ['failed', 'failed'], ['expired', 'expired'], ['unknown', 'unknown'],
  ])('resumes a session that is %s', async (status, expected) => {
    const { checkout, env } = await opened({ get: [ok(snapshot({ status, action: REDIRECT }))] });

    expect(checkout.state.status).toBe(expected);
    expect(env.visited).toEqual([]);
    checkout.destroy();
  });

  it('says so when the form cannot be loaded, and loads on a retry', async () => {
    const { checkout, status } = await opened({ get: [lost(), ok(snapshot())] });
    expect(status()).toBe('load_failed');

    await checkout.actions.refresh();

    expect(status()).toBe('ready');
  });
});

it('leads nowhere when the buyer is only told what to do', async () => {
  const action = { type: 'instructions', reference: '7K3M-92QX-WPTR', details: { account_number: 'DE00' } };
  const { checkout, env, status } = await opened({
    get: [ok(snapshot())], confirm: [ok(snapshot({ version: 2, status: 'requires_action', action }))],
  });

  await checkout.actions.confirm();

  expect(checkout.actions.resumeAction().type).toBe('success');
  expect([status(), env.visited]).toEqual(['requires_action', []]);
  checkout.destroy();
});

it('requests the payment from the app that shows the page, as often as the buyer presses', async () => {
  const action = { type: 'app', params: { package: 'prepay_id=wx1' } };
  const { checkout, env, status } = await opened({
    get: [ok(snapshot())], confirm: [ok(snapshot({ version: 2, status: 'requires_action', action }))],
  });

  await checkout.actions.confirm();
  checkout.actions.resumeAction();

  expect([status(), env.visited]).toEqual(['awaiting_app', []]);
  expect(env.appRequests).toEqual([action.params, action.params]);
  checkout.destroy();
});

describe('choosing', () => {
  it('sends what was chosen meanwhile in one request and drops nothing', async () => {
    const { checkout, client } = await opened({
      get: [ok(snapshot())],
      update: [ok(snapshot({ version: 2, quantity: 2 })), ok(snapshot({ version: 3, quantity: 4 }))],
    });

    await Promise.all([2, 3, 4].map((quantity) => checkout.actions.setQuantity(quantity)));

    expect(named(client, 'update').map(([, patch]) => patch)).toEqual([{ quantity: 2 }, { quantity: 4 }]);
    expect(checkout.state).toMatchObject({ status: 'ready', pending: {}, session: { quantity: 4 } });
  });

  it.each([0, -1, 1.5, 6, NaN])('does not ask for a quantity of %s', async (quantity) => {
    const { checkout, client } = await opened({ get: [ok(snapshot())] });

    const result = await checkout.actions.setQuantity(quantity);

    expect(result).toMatchObject({ type: 'error', error: { code: 'quantity_invalid' } });
    expect(named(client, 'update')).toEqual([]);
  });

  it('goes back to what the server says when a choice is refused', async () => {
    const { checkout } = await opened({ get: [ok(snapshot())], update: [refused(422, 'out_of_stock')] });

    await checkout.actions.setQuantity(5);

    expect(checkout.state).toMatchObject({ status: 'ready', pending: {}, error: { code: 'out_of_stock' } });
  });

  it('drops a snapshot older than the one it has', async () => {
    const { checkout } = await opened({
      get: [ok(snapshot({ version: 9, total_minor: 900 })), ok(snapshot({ version: 8, total_minor: 800 }))],
    });

    await checkout.actions.refresh();

    expect(checkout.state.session).toMatchObject({ version: 9, total_minor: 900 });
  });
});

describe('paying', () => {
  it('confirms once however often it is pressed, then leaves for the payment page', async () => {
    const { checkout, client, env, status } = await opened({ get: [ok(snapshot())], confirm: [ok(asksToPay)] });

    const results = await Promise.all([1, 2, 3].map(() => checkout.actions.confirm()));

    expect(named(client, 'confirm')).toHaveLength(1);
    expect(results.map((one) => one.type)).toEqual(['success', 'error', 'error']);
    expect(env.visited).toEqual([REDIRECT.url]);
    expect(status()).toBe('redirecting');
    checkout.destroy();
  });

  it('wants the terms accepted first, and sends their hash', async () => {
    const terms = { id: 'agr_1', hash: 'abc', title: 'Terms', body: '' };
    const { checkout, client } = await opened({ get: [ok(snapshot({ agreements: [terms] }))], confirm: [ok(asksToPay)] });
    const early = await checkout.actions.confirm();

    checkout.actions.acceptAgreement('agr_1');
    await checkout.actions.confirm();

    expect(early).toMatchObject({ type: 'error', error: { code: 'agreement_required' } });
    expect(named(client, 'confirm')[0][1]).toEqual({
      payment_method_id: 'cha_1', agreements: [{ id: 'agr_1', hash: 'abc' }], total_minor: 1200, version: 1,
    });
    checkout.destroy();
  });

  it('lets the page stop a confirmation and a redirect', async () => {
    const { checkout, client, env } = await opened({ get: [ok(snapshot())], confirm: [ok(asksToPay)] });
    checkout.on('beforeconfirm', (event) => event.preventDefault(), true);
    checkout.on('redirect', (event) => event.preventDefault());
    await checkout.actions.confirm();
    expect(named(client, 'confirm')).toEqual([]);

    await checkout.actions.confirm();

    expect(checkout.state.status).toBe('requires_action');
    expect(env.visited).toEqual([]);
    checkout.destroy();
  });

  it('shows a refusal and lets the buyer go on', async () => {
    const { checkout } = await opened({ get: [ok(snapshot())], confirm: [refused(409, 'out_of_stock')] });

    await checkout.actions.confirm();

    expect(checkout.state).toMatchObject({ status: 'ready', error: { code: 'out_of_stock' }, canConfirm: true });
  });

  it('sends a second attempt under a new id after a failure', async () => {
    const { checkout, client } = await opened({
      get: [ok(snapshot())],
      confirm: [
        ok(snapshot({ version: 2, status: 'failed', error: { code: 'declined', message: 'No', retryable: true } })),
        ok(snapshot({ version: 3, status: 'processing' })),
      ],
    });

    const first = await checkout.actions.confirm();
    await checkout.actions.confirm();

    const [one, other] = named(client, 'confirm').map(([, , id]) => id);
    expect(first).toMatchObject({ type: 'error', error: { code: 'declined' } });
    expect(one).not.toBe(other);
    checkout.destroy();
  });
});

describe('a lost answer', () => {
  it('is unknown, never failed; the same attempt is sent again until the answer is there', async () => {
    const { checkout, client, env, status } = await opened({
      get: [ok(snapshot())], confirm: [lost(), lost(), ok(asksToPay)],
    });
    /** @type {string[]} */
    const seen = [];
    checkout.subscribe((state) => { if (seen.at(-1) !== state.status) seen.push(state.status); });

    await checkout.actions.confirm();
    expect(status()).toBe('unknown');
    expect((await checkout.actions.confirm()).type).toBe('error');
    await until(() => { env.tick(); return status() === 'redirecting'; });

    const ids = new Set(named(client, 'confirm').map(([, , id]) => id));
    expect(named(client, 'confirm')).toHaveLength(3);
    expect(ids.size).toBe(1);
    expect(seen).not.toContain('failed');
    checkout.destroy();
  });

  it('is settled by what the server did with the first sending', async () => {
    const { checkout, client, env, status } = await opened({
      get: [ok(snapshot()), ok(snapshot({ version: 3, status: 'succeeded' }))], confirm: [lost()],
    });

    await checkout.actions.confirm();
    await until(() => { env.tick(); return status() === 'succeeded'; });

    expect(named(client, 'confirm')).toHaveLength(1);
  });
});

describe('waiting for the outcome', () => {
  it('goes to the return page when it sees the payment succeed', async () => {
    const { checkout, env, status } = await opened({
      get: [ok(snapshot({ status: 'processing' })), ok(snapshot({ version: 2, status: 'succeeded' }))],
    }, { returnUrl: 'https://shop.test/thanks' });

    await until(() => { env.tick(); return status() === 'succeeded'; });

    expect(env.visited).toEqual(['https://shop.test/thanks']);
    expect(checkout.state.canConfirm).toBe(false);
  });

  it('stays on the page when the session had succeeded before', async () => {
    const { env } = await opened({ get: [ok(snapshot({ status: 'succeeded' }))] }, { returnUrl: 'https://shop.test/thanks' });

    expect(env.visited).toEqual([]);
  });

  it('shows the way on again when the buyer comes back with the back button', async () => {
    const { checkout, env, status } = await opened({ get: [ok(snapshot()), ok(asksToPay)], confirm: [ok(asksToPay)] });
    await checkout.actions.confirm();

    env.listeners.comeBack();

    expect(status()).toBe('requires_action');
    checkout.destroy();
  });

  it('goes on where the server is after being offline', async () => {
    const { checkout, env, status } = await opened({
      get: [ok(snapshot()), ok(snapshot({ version: 2, status: 'expired' }))],
    });
    env.listeners.connection(false);
    expect(status()).toBe('offline');

    env.listeners.connection(true);

    await until(() => status() === 'expired');
    checkout.destroy();
  });
});

it('survives a listener that throws', async () => {
  const { checkout } = await opened({ get: [ok(snapshot())], update: [ok(snapshot({ version: 2 }))] });
  checkout.on('change', () => { throw new Error('mine'); });

  const result = await checkout.actions.selectPaymentMethod('cha_1');

  expect(result.type).toBe('success');
});

describe('after a payment failed', () => {
  const failed = snapshot({ version: 9, status: 'failed', order_id: 'ord_1', order_changeable: true, error: { code: 'declined', message: 'No', retryable: true } });

  it('opens the choice again, and the newer snapshot is taken in', async () => {
    const { checkout, client, status } = await opened({ get: [ok(failed)], 'change-order': [ok(snapshot({ version: 10 }))] });

    const result = await checkout.actions.changeOrder();

    expect(result.type).toBe('success');
    expect(client.calls).toContainEqual(['change-order', { order_id: 'ord_1' }]);
    expect([status(), checkout.state.error, checkout.state.canConfirm]).toEqual(['ready', null, true]);
    checkout.destroy();
  });

  it('pays nothing while it is asked for, and asks once however often it is pressed', async () => {
    const { checkout, client } = await opened({ get: [ok(failed)], 'change-order': [ok(snapshot({ version: 10 }))] });

    const all = [checkout.actions.changeOrder(), checkout.actions.changeOrder(), checkout.actions.confirm()];

    expect((await Promise.all(all)).map(({ type, error }) => error?.code ?? type)).toEqual(['success', 'not_ready', 'not_ready']);
    expect(client.calls.map(([name]) => name)).toEqual(['get', 'change-order']);
    checkout.destroy();
  });

  it('says why it was refused', async () => {
    const { checkout, status } = await opened({ get: [ok(failed)], 'change-order': [refused(409, 'payment_in_progress')] });

    const result = await checkout.actions.changeOrder();

    expect(result).toMatchObject({ type: 'error', error: { code: 'payment_in_progress' } });
    expect([status(), checkout.state.error?.code]).toEqual(['ready', 'payment_in_progress']);
    checkout.destroy();
  });
});

it.each([['2020-01-01T12:00:00Z'], ['2050-01-01T12:00:00Z']])('waits for the end by the server\'s time (%s), not by the buyer\'s', async (now) => {
  const end = new Date(Date.parse(now) + 120_000).toISOString();
  const { checkout, client, env, status } = await opened({
    get: [ok(snapshot({ expires_at: end, now })), ok(snapshot({ status: 'expired', expires_at: end, now: end }))],
  });
  const wait = env.delays.at(-1) ?? 0;

  env.tick();
  await until(() => status() === 'expired');

  expect(wait).toBeGreaterThan(119_000);
  expect(wait).toBeLessThanOrEqual(121_000);
  expect(named(client, 'get')).toHaveLength(2);
  checkout.destroy();
});
