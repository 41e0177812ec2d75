// The state and the actions, and React for the rest.
import { useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';

const place = document.getElementById('checkout');
const { locale } = place.dataset;
const checkout = Bursar(place.dataset.key).checkout({
  fetchClientSecret: async () => (await (await fetch(place.dataset.secretFrom, { method: 'POST' })).json()).client_secret,
  locale,
});
const { actions } = checkout;
const SAYS = {
  processing: 'Confirming your payment…', unknown: 'We are checking your payment. Please do not pay again.',
  succeeded: 'Thank you. The payment has arrived.', expired: 'This checkout has expired.', cancelled: 'Cancelled.',
};

const subscribe = (heard) => {
  checkout.on('change', heard);
  return () => checkout.off('change', heard);
};
const money = ({ currency, currency_exponent: digits }, minor) => (
  new Intl.NumberFormat(locale, { style: 'currency', currency }).format(minor / 10 ** digits));

const Choice = ({ title, name, options, chosen, choose }) => (
  <fieldset>
    <legend>{title}</legend>
    {options.map(({ id, label, available }) => (
      <label key={id}><input type="radio" name={name} checked={id === chosen} disabled={!available} onChange={() => choose(id)} /> {label}</label>
    ))}
  </fieldset>
);

function Checkout() {
  const { status, session, error, accepted, pending } = useSyncExternalStore(subscribe, () => checkout.state);
  if (!session || SAYS[status]) return <p role="status">{SAYS[status] ?? error?.message ?? 'One moment…'}</p>;
  const { product, action, agreements, skus, payment_methods: methods } = session;
  if (status === 'showing_qr') return <p><a href={action.content}>Open the payment page</a></p>;
  if (action) return <button onClick={actions.resumeAction}>Continue to payment</button>;
  return (
    <form onSubmit={(event) => { event.preventDefault(); actions.confirm(); }}>
      <h2>{product.name}</h2>
      <Choice title="Term" name="sku" options={skus.map((sku) => ({ ...sku, label: `${sku.name}, ${money(session, sku.unit_price_minor)}` }))}
        chosen={pending.sku_id ?? session.sku_id} choose={actions.selectSku} />
      <label>Quantity <input type="number" min={session.quantity_min} max={session.quantity_max}
        value={pending.quantity ?? session.quantity} onChange={(event) => actions.setQuantity(event.target.valueAsNumber)} /></label>
      <Choice title="Pay with" name="channel" options={methods.map((one) => ({ ...one, label: `${one.title} (${one.scene})` }))}
        chosen={pending.payment_method_id ?? session.payment_method_id} choose={actions.selectPaymentMethod} />
      {agreements.map(({ id, title }) => (
        <label key={id}><input type="checkbox" checked={accepted.includes(id)} onChange={(event) => actions.acceptAgreement(id, event.target.checked)} /> I accept the {title}</label>
      ))}
      <p role="alert">{error?.message}</p>
      <button>Pay {money(session, session.total_minor)}</button>
    </form>
  );
}

createRoot(place).render(<Checkout />);
