import { h, icon, keyed, uid } from './dom.js';
import { isOpen, known } from './part.js';

/** How to pay. Native radios: arrows move the choice, Tab leaves it. @type {import('./part.js').PartFactory} */
export function channels(host, view) {
  const group = h('fieldset', { class: 'bursar-group' });
  const rebuild = keyed(group);
  const name = uid('channel');
  host.append(group);

  return (state) => {
    const { session, pending, error } = state;
    if (!session) return;
    host.hidden = session.total_minor === 0;
    const t = view.t();
    rebuild([session.payment_methods, view.locale(), Boolean(view.more.get())], () => [
      h('legend', { class: 'bursar-label' }, t('channels.label')),
      session.payment_methods.length === 0 ? h('p', { class: 'bursar-hint' }, known(t, 'channels.none')) : null,
      h('div', { class: 'bursar-channel-list' }, ...session.payment_methods.map((channel) => {
        const note = known(t, channel.available ? `channels.${channel.scene}` : `channels.reason.${channel.reason}`)
          || (channel.available ? '' : known(t, 'channels.unavailable'));
        const noteId = uid('note');
        return h('label', { class: 'bursar-channel', 'data-scene': channel.scene },
          h('input', {
            type: 'radio', name, value: channel.id, disabled: !channel.available, class: 'bursar-radio',
            'aria-describedby': noteId, onchange: () => view.actions.selectPaymentMethod(channel.id),
          }),
          h('span', { class: 'bursar-channel-text' },
            h('span', { class: 'bursar-channel-title' }, channel.title),
            h('span', { class: 'bursar-hint', id: noteId }, note)),
          icon(channel.scene === 'mobile' ? 'app' : channel.scene));
      })),
    ]);
    group.disabled = !isOpen(state);
    group.toggleAttribute('data-invalid', error?.param === 'payment_method_id');
    const chosen = pending.payment_method_id ?? session.payment_method_id;
    for (const input of group.querySelectorAll('input')) input.checked = input.value === chosen;
  };
}
