import { expect, it, vi } from 'vitest';
import { useKit } from '../src/deferred_parts/kit.js';
import { scene } from '../src/scenes/scenes.js';
import { snapshot } from './session.js';

const h = (...all) => all;
useKit(/** @type {any} */ ({
  ICONS: {}, h, icon: h, svg: h, spinner: h, actionButton: h, productImage: ({ url }) => url, paymentUrl: () => '', paymentMethodTitle: () => 'Pretend Pay', money: (_view, _session, minor) => `$${minor}`,
}));
const view = /** @type {any} */ ({ t: () => (key, values) => `${key} ${values?.amount ?? ''}`, locale: () => 'en' });

it.each(['showing_qr', 'requires_action', 'awaiting_app'])('asks in %s only for what the wallet does not pay', (status) => {
  const session = snapshot({ wallet: { available_minor: 0, used_minor: 200 }, action: { type: 'app' } });

  expect(JSON.stringify(scene(/** @type {any} */ ({ session, status, stalled: false }), view))).toContain('$1000');
});

const done = (over) => JSON.stringify(scene(/** @type {any} */ ({ session: snapshot({ receipt_url: 'https://pay.test/r', ...over }), status: 'succeeded', stalled: false }), { ...view, deferred: { hostedUrl: () => 'https://pay.test/c?key=1' } }));
const merchant = { name: 'Shop', website: 'https://shop.test/', logo: { url: 'https://shop.test/logo.png', width: 40, height: 40 } };

it('leads a paid buyer back to the page that waits, beside the logo of the shop', () => {
  vi.stubGlobal('location', new URL('https://blog.test/buy'));

  expect(done({ merchant, return_url: 'https://shop.test/thanks' })).toMatch(/logo\.png.*shop\.test\/thanks/);
  expect(done({ merchant, return_url: 'https://blog.test/buy' })).toMatch(/logo\.png.*"https:\/\/shop\.test\/"/);
  expect(done({ merchant: { name: 'Shop', website: null, logo: null }, return_url: null })).not.toContain('bursar-home');
});

it('gives the receipt at once, and what was bought when it is there', () => {
  vi.stubGlobal('location', new URL('https://blog.test/buy'));

  expect(done({ delivered: false })).toContain('https://pay.test/r');
  expect(done({ delivered: false })).not.toContain('to=owned');
  expect(done({ delivered: true })).toContain('https://pay.test/c?key=1&to=owned');
});
