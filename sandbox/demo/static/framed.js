const place = document.getElementById('framed');
const told = document.getElementById('told');

BursarFrame({
  fetchClientSecret: async () => {
    const answer = await fetch(place.dataset.secretFrom, { method: 'POST' });
    return (await answer.json()).client_secret;
  },
  locale: place.dataset.locale,
})
  .on('loaderror', () => { told.textContent = 'The payment form could not be loaded. Please reload the page.'; })
  .mount(place);
