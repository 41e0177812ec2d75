// The parts of the panel, wherever the page wants them.
const place = document.getElementById('checkout');
const problem = place.querySelector('[role=alert]');
const parts = [...place.querySelectorAll('*')].filter((part) => part.localName.startsWith('bursar-'));

const checkout = Bursar(place.dataset.key).checkout({
  fetchClientSecret: async () => {
    const answer = await fetch(place.dataset.secretFrom, { method: 'POST' });
    return (await answer.json()).client_secret;
  },
  locale: place.dataset.locale,
});

for (const part of parts) part.checkout = checkout;
checkout.on('change', ({ state }) => {
  // What has no form has a scene, and the other way round; both know by themselves what to show.
  const isForm = ['ready', 'editing', 'confirming', 'failed'].includes(state.status);
  for (const part of parts) if (part.localName !== 'bursar-status') part.toggleAttribute('data-away', !isForm);
  problem.textContent = isForm && state.error ? state.error.message : '';
});
