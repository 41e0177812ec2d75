import { h, isOpen, money, setText, uid, walletShare } from './kit.js';

/** What the buyer has with the merchant, as part of the payment; with enough for all of it the wallet is a payment method. @type {import('../components/part.js').PartFactory} */
export function wallet(host, view) {
  const id = uid('wallet');
  const label = h('span', { class: 'bursar-payment-method-title' });
  const hint = h('span', { class: 'bursar-hint', id });
  const box = h('input', {
    type: 'checkbox', class: 'bursar-checkbox', 'aria-describedby': id, onchange: () => view.actions.useWallet(box.checked),
  });
  host.append(h('label', { class: 'bursar-payment-method' }, box, h('span', { class: 'bursar-payment-method-text' }, label, hint)));

  return (state) => {
    const { session, usesWallet } = state;
    if (!session) return;
    const t = view.t();
    const available = session.wallet?.available_minor ?? 0;
    host.hidden = available <= 0 || available >= session.total_minor;
    box.checked = usesWallet;
    box.disabled = !isOpen(state);
    setText(label, t('wallet.use', { amount: money(view, session, available) }));
    setText(hint, usesWallet ? t('wallet.rest', { amount: money(view, session, session.total_minor - walletShare(state)) }) : '');
  };
}
