import { h, icon, keyed, uid } from './dom.js';
import { isOpen, known } from './part.js';

/** The payment methods, as native radios: arrows move the choice, Tab leaves it. @type {import('./part.js').PartFactory} */
export function paymentMethods(host, view) {
  const group = h('fieldset', { class: 'bursar-group' });
  const rebuild = keyed(group);
  const name = uid('payment-method');
  host.append(group);

  return (state) => {
    const { session, pending, error } = state;
    if (!session) return;
    host.hidden = session.total_minor === 0;
    const t = view.t();
    rebuild([session.payment_methods, view.locale(), Boolean(view.deferred.get())], () => [
      h('legend', { class: 'bursar-label' }, t('payment_methods.label')),
      session.payment_methods.length === 0 ? h('p', { class: 'bursar-hint' }, known(t, 'payment_methods.none')) : null,
      h('div', { class: 'bursar-payment-method-list' }, ...session.payment_methods.map((method) => {
        const note = known(t, method.available ? `payment_methods.${method.scene}` : `payment_methods.reason.${method.reason}`)
          || (method.available ? '' : known(t, 'payment_methods.unavailable'));
        const noteId = uid('note');
        return h('label', { class: 'bursar-payment-method', 'data-scene': method.scene },
          h('input', {
            type: 'radio', name, value: method.id, disabled: !method.available, class: 'bursar-radio',
            'aria-describedby': noteId, onchange: () => view.actions.selectPaymentMethod(method.id),
          }),
          h('span', { class: 'bursar-payment-method-text' },
            h('span', { class: 'bursar-payment-method-title' }, method.title),
            h('span', { class: 'bursar-hint', id: noteId }, note)),
          icon(method.scene === 'mobile' ? 'app' : method.scene));
      })),
    ]);
    group.disabled = !isOpen(state);
    group.toggleAttribute('data-invalid', error?.param === 'payment_method_id');
    const chosen = pending.payment_method_id ?? session.payment_method_id;
    for (const input of group.querySelectorAll('input')) input.checked = input.value === chosen;
  };
}
