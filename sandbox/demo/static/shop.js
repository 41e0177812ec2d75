const place = document.getElementById('checkout');

if (place && window.Bursar) {
  Bursar.getRedirectResult();
  const checkout = Bursar(place.dataset.key).checkout({
    fetchClientSecret: async () => {
      const answer = await fetch(place.dataset.secretFrom, { method: 'POST' });
      if (!answer.ok) throw new Error(`The shop answered ${answer.status}`);
      return (await answer.json()).client_secret;
    },
    locale: place.dataset.locale,
  });
  checkout.mount(place);
} else if (place) {
  place.textContent = 'The payment form could not be loaded. Please reload the page.';
}
