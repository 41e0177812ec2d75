import { h, icon, setText, spinner } from './dom.js';
import { money, walletShare } from './part.js';

/** The one button that pays. It is never `disabled`, so the focus stays; a click too many does nothing. @type {import('./part.js').PartFactory} */
export function button(host, view) {
  const label = h('span', { class: 'bursar-pay-label' });
  const face = h('button', { type: 'button', class: 'bursar-pay', onclick: () => view.actions.confirm() },
    icon('lock'), spinner(), label);
  host.append(face);

  return (state) => {
    const { session, status } = state;
    if (!session) return;
    const t = view.t();
    const isBusy = status === 'confirming' || status === 'editing';
    const isFree = session.total_minor === 0;
    const hasPaymentMethod = isFree || session.payment_methods.some((one) => one.available);
    const amount = money(view, session, session.total_minor - walletShare(state));
    const words = status === 'confirming' ? 'button.confirming' : isFree ? 'button.free' : status === 'failed' ? 'button.retry' : 'button.pay';
    setText(label, t(words, { amount }));
    face.classList.toggle('bursar-is-busy', status === 'confirming');
    face.setAttribute('aria-busy', String(isBusy));
    face.setAttribute('aria-disabled', String(isBusy || !hasPaymentMethod));
  };
}
