import { expect, it } from 'vitest';
import { borrow } from '../src/more/kit.js';
import { scene } from '../src/scenes/scenes.js';
import { snapshot } from './session.js';

const h = (...all) => all;
borrow(/** @type {any} */ ({
  ICONS: {}, h, icon: h, svg: h, spinner: h, press: h, leadsTo: () => '', channelTitle: () => 'Pretend Pay', money: (_view, _session, minor) => `$${minor}`,
}));
const view = /** @type {any} */ ({ t: () => (key, values) => `${key} ${values?.amount ?? ''}`, locale: () => 'en' });

it.each(['showing_qr', 'requires_action', 'awaiting_app'])('asks in %s only for what the wallet does not pay', (status) => {
  const session = snapshot({ wallet: { available_minor: 0, share_minor: 200 }, action: { type: 'app' } });

  expect(JSON.stringify(scene(/** @type {any} */ ({ session, status, stalled: false }), view))).toContain('$1000');
});
