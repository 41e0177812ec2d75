import { beforeEach, expect, it, vi } from 'vitest';
import { change } from '../src/deferred_parts/change.js';
import { useKit } from '../src/deferred_parts/kit.js';
import { snapshot } from './session.js';

/** An element, as far as this part needs one. */
const element = (tag, attributes = {}) => ({
  tag, attributes, textContent: '', hidden: false, setAttribute(name, value) { attributes[name] = value; }, append(child) { this.child = child; }, closest: () => null,
});
useKit(/** @type {any} */ ({
  ICONS: {}, h: element, isOpen: ({ status }) => status !== 'confirming', setText: (one, text) => { one.textContent = text; },
}));

let texts;
let actions;
let host;
let update;
beforeEach(() => {
  texts = {};
  actions = { changeOrder: vi.fn(async () => ({ type: 'success' })), refresh: vi.fn() };
  host = element('bursar-change');
  update = change(/** @type {any} */ (host), /** @type {any} */ ({ actions, t: () => (key) => texts[key] ?? key, locale: () => 'en' }));
  vi.stubGlobal('document', { activeElement: null });
});

const state = (over = {}, status = 'failed') => /** @type {any} */ ({ status, session: snapshot(over) });

it('is there for an order that can be changed, and only for that', () => {
  update(state({ order_changeable: true }));
  expect(host.hidden).toBe(false);

  for (const over of [{ order_changeable: false }, {}]) {
    update(state(over));
    expect(host.hidden).toBe(true);
  }
});

it('is named as soon as its words are there', () => {
  update(state({ order_changeable: true }));
  texts['order.change'] = 'Change your order';

  update(state({ order_changeable: true }));

  expect(host.child.textContent).toBe('Change your order');
});

it('looks again when it was refused: what became of the order says why', async () => {
  actions.changeOrder.mockResolvedValue({ type: 'error' });

  await host.child.attributes.onclick();

  expect(actions.refresh).toHaveBeenCalledOnce();
});
