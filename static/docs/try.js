// Sends a request with a test key. The key is kept in this tab only; keys of a live business are refused here.
const KEY = 'bursar-docs-key';

for (const box of document.querySelectorAll('.try')) box.hidden = false;

const keys = document.querySelectorAll('.try input[name=key]');
for (const field of keys) {
  field.value = sessionStorage.getItem(KEY) ?? '';
  field.addEventListener('change', () => {
    sessionStorage.setItem(KEY, field.value.trim());
    for (const other of keys) other.value = field.value.trim();
  });
}

function addressOf(form, data) {
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const [name, value] of data) {
    const [where, field] = name.split(':');
    if (where === 'path') path = path.replace(`{${field}}`, encodeURIComponent(value.trim()));
    if (where === 'query' && value.trim()) query.set(field, value.trim());
  }
  return query.size ? `${path}?${query}` : path;
}

async function send(form) {
  const data = new FormData(form);
  const key = data.get('key').trim();
  if (!key.startsWith('sk_test_')) throw new Error('Only a test key (sk_test_…) can be used here.');
  const headers = {Authorization: `Bearer ${key}`};
  const body = data.get('body');
  if (body !== null) {
    JSON.parse(body);
    headers['Content-Type'] = 'application/json';
  }
  if (form.dataset.method !== 'GET') headers['Idempotency-Key'] = crypto.randomUUID();
  const began = performance.now();
  const answer = await fetch(addressOf(form, data), {
    method: form.dataset.method, headers, body: body ?? undefined, credentials: 'omit', redirect: 'error',
  });
  const text = await answer.text();
  return {answer, text, took: Math.round(performance.now() - began)};
}

const inShape = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };

for (const form of document.querySelectorAll('.try form')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const outcome = form.querySelector('.outcome');
    const block = form.querySelector('pre');
    const button = form.querySelector('button[type=submit]');
    button.disabled = true;
    block.hidden = true;
    outcome.textContent = 'Sending …';
    outcome.className = 'outcome';
    try {
      const {answer, text, took} = await send(form);
      outcome.textContent = `${answer.status} in ${took} ms`;
      outcome.classList.add(answer.ok ? 'good' : 'bad');
      block.querySelector('code').textContent = inShape(text);
      block.hidden = !text;
    } catch (error) {
      outcome.textContent = error instanceof SyntaxError ? `The body is no JSON: ${error.message}` : error.message;
      outcome.classList.add('bad');
    } finally {
      button.disabled = false;
    }
  });
}
