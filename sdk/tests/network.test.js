import { describe, expect, it } from 'vitest';
import { createClient } from '../src/core/client.js';
import { FAST_MS, pollDelay, SLOW_AFTER_MS, SLOW_MS, STOP_AFTER_MS } from '../src/core/status_watcher.js';
import { readEvents } from '../src/core/stream.js';
import { snapshot } from './session.js';

const secret = 'ses_1_secret_x';
const answer = (status, body, type = 'application/json') => (
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers: { 'Content-Type': type } }));
const clientOf = (fetch) => createClient({ apiBase: 'https://pay.test/', clientSecret: secret, fetch });

describe('client', () => {
  it('sends the secret as bearer and the attempt id as Idempotency-Key, without cookies', async () => {
    const client = clientOf(async (url, init) => {
      expect(url).toBe('https://pay.test/sdk/v1/session/confirm');
      expect(init.headers).toMatchObject({ Authorization: `Bearer ${secret}`, 'Idempotency-Key': 'try_1' });
      expect(init.credentials).toBe('omit');
      return answer(200, snapshot());
    });

    expect(await client.confirm({ payment_method_id: 'cha_1', agreements: [] }, 'try_1')).toMatchObject({ ok: true });
  });

  it.each([
    ['a refusal', answer(422, { code: 'out_of_stock', detail: 'Gone', request_id: 'r1' }), false, 'out_of_stock'],
    ['a broken server', answer(502, '<html>', 'text/html'), true, 'server_error'],
    ['an answer that cannot be read', answer(200, 'garbage'), true, 'server_error'],
  ])('tells %s from a lost answer', async (_name, response, isLost, code) => {
    const result = await clientOf(async () => response).get();

    expect(result).toMatchObject({ ok: false, lost: isLost, error: { code } });
  });

  it('takes a broken connection for a lost answer', async () => {
    const result = await clientOf(() => Promise.reject(new TypeError('failed'))).get();

    expect(result).toMatchObject({ ok: false, lost: true, error: { code: 'network', retryable: true } });
  });
});

describe('event stream', () => {
  it('reads snapshots however the bytes are cut', async () => {
    const text = `: hello\r\n\r\nevent: snapshot\r\nid: 1\r\ndata: {"price":"€"}\r\n\r\nevent: snapshot\ndata: {"n":2}\n\ndata: {"cut`;
    const bytes = new TextEncoder().encode(text);
    for (const size of [1, 7, bytes.length]) {
      const body = new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      /** @type {unknown[]} */
      const seen = [];
      await readEvents(body, (data) => seen.push(data));

      expect(seen).toEqual([{ price: '€' }, { n: 2 }]);
    }
  });
});

it.each([[0, FAST_MS], [SLOW_AFTER_MS - 1, FAST_MS], [SLOW_AFTER_MS, SLOW_MS], [STOP_AFTER_MS, null]])(
  'after %s ms of watching it waits %s ms', (watched, expected) => {
    expect(pollDelay(watched)).toBe(expected);
  },
);
