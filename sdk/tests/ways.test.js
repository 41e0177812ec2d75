/** How a checkout gets into its session, what it emits, and how it ends. */
import { describe, expect, it, vi } from 'vitest';
import { createCheckout } from '../src/core/checkout.js';
import { createClient } from '../src/core/client.js';
import { createSessionOpener } from '../src/core/session_opener.js';
import { handleOf } from '../src/core/handle.js';
import { fakeClient, fakeEnv, lost, ok, refused, snapshot, until } from './session.js';

const SECRET = 'ses_0123456789abcdefghjkmnpqrs_secret_0123456789abcdef';
const opened = (over = {}) => ({ ok: true, snapshot: snapshot(over), secret: SECRET });

/** What a tab keeps. */
function tab() {
  /** @type {Map<string, any>} */
  const stored = new Map();
  return { stored, get: (name) => stored.get(name), set: (name, value) => stored.set(name, value), recall: () => '', keep: () => undefined };
}

/** A visit of a page: a new opener, on what the tab has stored. */
function visit(options, answers, memory = tab()) {
  const client = fakeClient(answers);
  const opener = createSessionOpener(options, { client: () => client, memory, log: () => undefined });
  return { client, memory, opener, opens: () => client.calls.filter(([name]) => name === 'open') };
}

describe('a checkout configuration', () => {
  const options = { configuration: 'cfg_1' };

  it('opens a session, in one request', async () => {
    const { client, opener } = visit(options, { open: [opened()] });

    const answer = await opener.enter(1_000);

    expect(answer).toMatchObject({ ok: true, snapshot: { session_id: 'ses_1' } });
    expect(opener.secret).toBe(SECRET);
    expect(client.calls.map(([name]) => name)).toEqual(['open']);
  });

  it('is the same session after a reload, as the server sees it now', async () => {
    const first = visit(options, { open: [opened()] });
    await first.opener.enter(1_000);
    const second = visit(options, { open: [opened()], get: [ok(snapshot({ version: 4, status: 'processing' }))] }, first.memory);

    const answer = await second.opener.enter(1_000);

    expect(answer).toMatchObject({ snapshot: { status: 'processing' } });
    expect(second.opens()[0][2]).toBe(first.opens()[0][2]);
  });

  it.each([['expired', ok(snapshot({ status: 'expired' }))], ['gone', refused(404, 'not_found')]])(
    'begins anew when the session of before is %s', async (_name, now) => {
      const memory = tab();
      memory.set('cfg_1 ', 'try_old');
      const { opener, opens } = visit(options, { open: [opened(), opened({ session_id: 'ses_2' })], get: [now] }, memory);

      const answer = await opener.enter(1_000);

      expect(answer).toMatchObject({ snapshot: { session_id: 'ses_2' } });
      expect(opens().map(([, , key]) => key === 'try_old')).toEqual([true, false]);
    });

  it('asks with the same key again when the answer was lost, and with another one after a refusal', async () => {
    const { opener, opens } = visit(options, { open: [lost(), refused(409, 'configuration_inactive'), opened()], get: [ok(snapshot())] });

    for (let time = 0; time < 3; time += 1) await opener.enter(1_000);

    const [first, second, third] = opens().map(([, , key]) => key);
    expect([first === second, second === third]).toEqual([true, false]);
  });

  it('is one session however often it is asked for at once', async () => {
    const { opener, opens } = visit(options, { open: [opened()] });

    await Promise.all([opener.enter(1_000), opener.enter(1_000)]);

    expect(opens()).toHaveLength(1);
  });

  it('asks the server with the publishable key, and keeps the secret out of the snapshot', async () => {
    const client = createClient({
      apiBase: 'https://pay.test', publishableKey: 'pk_test_1', clientSecret: '',
      fetch: async (url, init) => {
        expect(url).toBe('https://pay.test/sdk/v1/checkouts');
        expect(init?.headers).toMatchObject({ Authorization: 'Bearer pk_test_1', 'Idempotency-Key': 'try_1' });
        expect(JSON.parse(String(init?.body))).toEqual({ configuration: 'cfg_1' });
        return new Response(JSON.stringify({ ...snapshot(), client_secret: SECRET }), { status: 201 });
      },
    });

    const answer = await client.open({ configuration: 'cfg_1' }, 'try_1', 1_000);

    expect(answer).toMatchObject({ ok: true, secret: SECRET });
    expect(JSON.stringify(/** @type {any} */ (answer).snapshot)).not.toContain('_secret_');
  });
});

describe('what the page was left with', () => {
  const KEPT = 'ses_00000000000000000000kept_secret_0123456789abcdef';
  const left = () => ({ ...tab(), recall: () => KEPT });

  it.each([['fetchClientSecret', { fetchClientSecret: vi.fn(async () => SECRET) }], ['clientSecret', { clientSecret: SECRET }], ['configuration', { configuration: 'cfg_1' }]])(
    'is gone on with before %s is asked for', async (_name, options) => {
      const { client, opener } = visit(options, { get: [ok(snapshot({ status: 'succeeded' }))] }, left());

      const answer = await opener.enter(1_000);

      expect(answer).toMatchObject({ snapshot: { status: 'succeeded' } });
      expect([opener.secret, opener.isBack]).toEqual([KEPT, true]);
      expect(client.calls.map(([name]) => name)).toEqual(['get']);
      if (options.fetchClientSecret) expect(options.fetchClientSecret).not.toHaveBeenCalled();
      opener.release();
    });

  it.each([['expired', ok(snapshot({ status: 'expired' }))], ['gone', refused(401, 'client_secret_invalid')]])(
    'is let go of when it is %s', async (_name, now) => {
      const memory = left();
      memory.set('session', 'ses_00000000000000000000kept');
      const { opener } = visit({ fetchClientSecret: async () => SECRET }, { get: [now, ok(snapshot())] }, memory);

      const answer = await opener.enter(1_000);

      expect(answer).toMatchObject({ snapshot: { status: 'ready' } });
      expect([opener.secret, memory.stored.get('session')]).toEqual([SECRET, undefined]);
      opener.release();
    });

  it('belongs to one checkout of the page, and to the next one when that was given up', async () => {
    const memory = left();
    const answers = () => ({ get: [ok(snapshot())] });
    const [one, other, third] = [0, 1, 2].map(() => visit({ fetchClientSecret: async () => SECRET }, answers(), memory).opener);

    await one.enter(1_000);
    await other.enter(1_000);
    one.release();
    await third.enter(1_000);

    expect([one, other, third].map(({ secret }) => secret)).toEqual([KEPT, SECRET, KEPT]);
    third.release();
  });
});

describe('a client secret', () => {
  it.each([[{}, 'client_secret_missing'], [{ clientSecret: 'ses_1' }, 'client_secret_invalid'], [{ configuration: 'c 1' }, 'configuration_invalid']])(
    'that cannot be one is not sent: %o', async (options, code) => {
      const { client, opener } = visit(options, {});

      expect(await opener.enter(1_000)).toMatchObject({ ok: false, error: { code, type: 'config' } });
      expect(client.calls).toEqual([]);
    });

  it('is fetched again after it could not be', async () => {
    const fetchClientSecret = vi.fn().mockRejectedValueOnce(new Error('down')).mockResolvedValue(SECRET);
    const { opener } = visit({ fetchClientSecret }, { get: [ok(snapshot())] });

    expect(await opener.enter(1_000)).toMatchObject({ ok: false, error: { code: 'load_failed' } });
    expect(await opener.enter(1_000)).toMatchObject({ ok: true });
  });
});

describe('loading', () => {
  const slow = () => {
    const env = { ...fakeEnv(), enter: () => new Promise(() => undefined) };
    return { env, checkout: createCheckout({ client: /** @type {any} */ (fakeClient({})), env: /** @type {any} */ (env) }) };
  };

  it('that takes too long is reported, and never hangs', async () => {
    const { env, checkout } = slow();
    const ready = handleOf(checkout).whenReady();
    void checkout.load();

    await Promise.all([expect(ready).rejects.toMatchObject({ code: 'load_timeout' }), until(() => { env.tick(); return checkout.state.status !== 'loading'; })]);

    expect(checkout.state).toMatchObject({ status: 'load_failed', error: { code: 'load_timeout', retryable: true } });
  });

  it('answers whoever waits for it', async () => {
    const checkout = createCheckout({ client: /** @type {any} */ (fakeClient({ get: [ok(snapshot())] })), env: /** @type {any} */ (fakeEnv()) });
    const ready = handleOf(checkout).whenReady();
    await checkout.load();

    expect(await ready).toMatchObject({ session_id: 'ses_1' });
  });
});

/** @param {any} answers @param {any} [options] */
async function loaded(answers, options = {}) {
  const client = fakeClient(answers);
  const env = fakeEnv();
  const checkout = createCheckout({ client: /** @type {any} */ (client), env: /** @type {any} */ (env), ...options });
  await checkout.load();
  return { checkout, client, env };
}

const other = { id: 'cha_2', name: 'x', title: 'Other', scene: 'qr', available: true, reason: null };
const terms = { id: 'agr_1', hash: 'abc', title: 'Terms', body: '' };

describe('events', () => {
  const methods = [...snapshot().payment_methods, other];
  const before = snapshot({ payment_methods: methods, agreements: [terms], buyer: { email: 'ada@example.test' } });

  it('names what has changed, once', async () => {
    const after = { ...before, version: 2, payment_method_id: 'cha_2', lines: [{ ...before.lines[0], quantity: 3 }] };
    const { checkout } = await loaded({ get: [ok(before)], update: [ok(after)] });
    /** @type {string[]} */
    const emitted = [];
    for (const type of ['paymentmethodchange', 'quantitychange', 'agreementchange', 'error']) checkout.on(/** @type {any} */ (type), () => emitted.push(type));

    await checkout.actions.selectPaymentMethod('cha_2');
    await checkout.actions.confirm();
    await checkout.actions.confirm();
    checkout.actions.acceptAgreement('agr_1');

    expect(emitted).toEqual(['paymentmethodchange', 'quantitychange', 'error', 'agreementchange']);
    checkout.destroy();
  });

  it('is one stream of steps that names nobody and nothing', async () => {
    const { checkout } = await loaded({ get: [ok(before)], confirm: [ok({ ...before, version: 2, status: 'succeeded' })] });
    /** @type {any[]} */
    const steps = [];
    checkout.on('analytics', ({ step }) => steps.push(step));
    checkout.on('success', (event) => event.preventDefault());

    checkout.actions.acceptAgreement('agr_1');
    await checkout.actions.confirm();

    expect(steps.map(({ name, number, status, stopped }) => [number, name, status, stopped])).toEqual([
      [2, 'agreementchange', 'ready', false], [3, 'confirm', 'confirming', false], [4, 'success', 'succeeded', true],
    ]);
    expect(steps.map(({ scene, sessionId }) => [scene, sessionId])).toEqual(Array(3).fill(['web', 'ses_1']));
    expect(JSON.stringify(steps)).not.toMatch(/ada|Membership|1200|hosted/);
    checkout.destroy();
  });
});

it.each([[undefined, 1], ['always', 1], ['if_required', 0]])('confirm with redirect %s leads %s times to the return page', async (redirect, times) => {
  const { checkout, env } = await loaded(
    { get: [ok(snapshot())], confirm: [ok(snapshot({ version: 2, status: 'succeeded' }))] }, { returnUrl: 'https://shop.test/thanks' });

  await checkout.actions.confirm(/** @type {any} */ ({ redirect }));

  expect(env.visited).toHaveLength(times);
});

it('pays nothing after its end, and emits nothing', async () => {
  const { checkout, client } = await loaded({ get: [ok(snapshot())], confirm: [ok(snapshot({ version: 2, status: 'succeeded' }))] });
  const emitted = vi.fn();
  checkout.on('change', emitted);
  checkout.destroy();

  const result = await checkout.actions.confirm();

  expect(result).toMatchObject({ type: 'error', error: { code: 'not_ready' } });
  expect(client.calls.filter(([name]) => name === 'confirm')).toEqual([]);
  expect(emitted).not.toHaveBeenCalled();
});

it('leaves no timer behind', async () => {
  vi.useFakeTimers();
  const checkout = createCheckout({
    client: /** @type {any} */ (fakeClient({ get: [ok(snapshot({ status: 'processing' }))] })),
    env: /** @type {any} */ ({ ...fakeEnv(), delay: undefined }),
  });
  await checkout.load();
  await vi.advanceTimersByTimeAsync(10);

  expect(vi.getTimerCount()).toBeGreaterThan(0);
  checkout.destroy();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
