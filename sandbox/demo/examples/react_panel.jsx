// The ready-made panel as a React component.
import { BursarCheckout } from '@bursar/sdk/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const place = document.getElementById('checkout');

function Shop() {
  const [isDark, setDark] = useState(false);
  const [said, setSaid] = useState('');
  return (
    <>
      <p><button type="button" onClick={() => setDark(!isDark)}>{isDark ? 'By day' : 'By night'}</button></p>
      <p role="note">{said}</p>
      <BursarCheckout publishableKey={place.dataset.key} locale={place.dataset.locale}
        fetchClientSecret={async () => (await (await fetch(place.dataset.secretFrom, { method: 'POST' })).json()).client_secret}
        appearance={{ theme: isDark ? 'night' : 'light' }}
        onReady={({ state }) => setSaid(`Ready: ${state.session.product.name}`)}
        onSuccess={({ orderId }) => setSaid(`Paid: ${orderId}`)} />
    </>
  );
}

createRoot(place).render(<StrictMode><Shop /></StrictMode>);
