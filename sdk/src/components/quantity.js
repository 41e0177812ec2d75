import { h, setText, uid } from './dom.js';
import { isCart, isOpen } from './part.js';
import { stepper } from './stepper.js';

/** How many. @type {import('./part.js').PartFactory} */
export function quantity(host, view) {
  const id = uid('quantity');
  const label = h('label', { class: 'bursar-label', for: id });
  const hint = h('span', { class: 'bursar-hint', id: `${id}-hint` });
  const steps = stepper((number) => view.actions.setQuantity(number), { id, 'aria-describedby': `${id}-hint` });
  host.append(h('div', { class: 'bursar-quantity-text' }, label, hint), steps.root);

  return (state) => {
    const { session, pending } = state;
    if (!session) return;
    const t = view.t();
    const min = session.quantity_min ?? 1;
    const max = session.quantity_max ?? 1;
    const value = pending.quantity ?? session.quantity ?? 1;
    host.hidden = isCart(session) || max <= min || session.order_id !== null;
    setText(label, t('quantity.label'));
    setText(hint, value >= max ? t('quantity.max', { max }) : '');
    steps.set({ value, min, max, isPending: pending.quantity !== undefined, isOpen: isOpen(state) }, t);
  };
}
