import { h, keyed, uid } from './dom.js';
import { isOpen } from './part.js';

/** @typedef {import('../types').Agreement} Agreement */

/** The terms: a box to tick, and the very text that is accepted. @type {import('./part.js').PartFactory} */
export function agreement(host, view) {
  const list = h('div', { class: 'bursar-agreements' });
  const rebuild = keyed(list);
  host.append(list);

  return (state) => {
    const { session, accepted, error } = state;
    if (!session) return;
    host.hidden = session.agreements.length === 0;
    rebuild([session.agreements.map((one) => [one.id, one.hash]), view.locale()], () => (
      session.agreements.map((one) => row(one, view))));
    for (const input of list.querySelectorAll('input')) {
      const isInvalid = error?.param === 'agreements' && !accepted.includes(input.value);
      input.checked = accepted.includes(input.value);
      input.disabled = !isOpen(state);
      input.setAttribute('aria-invalid', String(isInvalid));
    }
  };
}

/** @param {Agreement} one @param {import('./part.js').View} view */
function row(one, view) {
  const t = view.t();
  const id = uid('agreement');
  return h('div', { class: 'bursar-agreement-row' },
    h('input', {
      id, type: 'checkbox', value: one.id, class: 'bursar-checkbox', required: true, 'aria-labelledby': `${id}-text ${id}-title`,
      onchange: (/** @type {Event} */ event) => {
        view.actions.acceptAgreement(one.id, /** @type {HTMLInputElement} */ (event.target).checked);
      },
    }),
    h('span', { class: 'bursar-agreement-label' },
      h('label', { for: id, id: `${id}-text` }, t('agreement.accept')), ' ',
      h('button', {
        type: 'button', class: 'bursar-link', id: `${id}-title`, 'aria-haspopup': 'dialog', onclick: (/** @type {Event} */ event) => read(one, view, event),
      }, one.title)));
}

/** Opens the text over the page; if the deferred parts cannot be fetched, the hosted page has it. @param {Agreement} one @param {import('./part.js').View} view @param {Event} event */
async function read(one, view, event) {
  const button = /** @type {HTMLElement} */ (event.target);
  const deferred = await view.deferred.load();
  if (deferred) deferred.terms(one, view, button);
  else location.assign(view.deferred.hostedUrl());
}
