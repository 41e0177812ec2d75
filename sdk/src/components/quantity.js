import { h, icon, setText, uid } from './dom.js';
import { isOpen } from './part.js';

/** How many. @type {import('./part.js').PartFactory} */
export function quantity(host, view) {
  const id = uid('quantity');
  const label = h('label', { class: 'bursar-label', for: id });
  const hint = h('span', { class: 'bursar-hint', id: `${id}-hint` });
  const input = h('input', {
    id, type: 'number', min: 1, step: 1, inputmode: 'numeric', class: 'bursar-quantity-input',
    'aria-describedby': `${id}-hint`, onchange: () => choose(Number(input.value)),
  });
  const step = (/** @type {number} */ by) => () => choose(Number(input.value) + by);
  const less = h('button', { type: 'button', class: 'bursar-step', onclick: step(-1) }, icon('minus'));
  const more = h('button', { type: 'button', class: 'bursar-step', onclick: step(1) }, icon('plus'));
  host.append(h('div', { class: 'bursar-quantity-text' }, label, hint), h('div', { class: 'bursar-stepper' }, less, input, more));
  let wanted = 1;

  /** @param {number} number */
  async function choose(number) {
    const max = Number(input.max);
    const target = Number.isFinite(number) ? Math.min(Math.max(Math.trunc(number) || 1, 1), max) : wanted;
    input.value = String(target);
    if (target !== wanted) await view.actions.setQuantity(target);
  }

  return (state) => {
    const { session, pending } = state;
    if (!session) return;
    const t = view.t();
    const open = isOpen(state);
    wanted = pending.quantity ?? session.quantity;
    host.hidden = session.quantity_max <= 1 || session.order_id !== null;
    setText(label, t('quantity.label'));
    setText(hint, wanted >= session.quantity_max ? t('quantity.max', { max: session.quantity_max }) : '');
    less.setAttribute('aria-label', t('quantity.less'));
    more.setAttribute('aria-label', t('quantity.more'));
    input.max = String(session.quantity_max);
    if (document.activeElement !== input || pending.quantity !== undefined) input.value = String(wanted);
    input.disabled = !open;
    // Not `disabled` at the ends of the range: a button that vanishes under the finger loses the focus.
    less.setAttribute('aria-disabled', String(!open || wanted <= 1));
    more.setAttribute('aria-disabled', String(!open || wanted >= session.quantity_max));
  };
}
