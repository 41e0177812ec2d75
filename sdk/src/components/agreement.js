import { h, icon, keyed, uid } from './dom.js';
import { isOpen } from './part.js';

/** @typedef {import('../types').Agreement} Agreement */
/** @typedef {import('../types').RichText} RichText */

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
  const dialog = text(one, view);
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
        type: 'button', class: 'bursar-link', id: `${id}-title`, 'aria-haspopup': 'dialog', onclick: () => dialog.showModal(),
      }, one.title)),
    dialog);
}

const TAGS = ['h4', 'h5', 'h6', 'p', 'ul', 'ol', 'li', 'strong', 'em', 'blockquote', 'br', 'hr', 'a'];

/** The server's tree as elements: known tags only, and no attribute but an address and a first number. @param {RichText} node @returns {Node | string} */
function drawn(node) {
  if (typeof node === 'string') return node;
  const [tag, ...rest] = /** @type {[string, ...any[]]} */ (/** @type {unknown} */ (node));
  const attributes = tag === 'a' ? { href: /^(https?:|mailto:)/i.test(String(rest[0])) && rest[0], target: '_blank', rel: 'noopener noreferrer nofollow' }
    : tag === 'ol' ? { start: rest[0] } : {};
  const children = tag === 'a' || tag === 'ol' ? rest.slice(1) : rest;
  return h(/** @type {'p'} */ (TAGS.includes(tag) ? tag : 'span'), attributes, ...children.map(drawn));
}

/** A native dialog keeps the focus inside, closes on Esc and gives the focus back. @param {Agreement} one @param {import('./part.js').View} view */
function text(one, view) {
  const t = view.t();
  const title = uid('terms');
  const close = () => dialog.close();
  const dialog = h('dialog', {
    class: 'bursar-dialog', 'aria-labelledby': title,
    onclick: (/** @type {Event} */ event) => { if (event.target === dialog) close(); },
  },
  h('div', { class: 'bursar-dialog-box' },
    h('header', { class: 'bursar-dialog-head' },
      h('h3', { id: title, class: 'bursar-dialog-title' }, one.title),
      h('button', { type: 'button', class: 'bursar-dialog-close', 'aria-label': t('agreement.close'), onclick: close }, icon('cross'))),
    h('div', { class: 'bursar-dialog-text', lang: one.locale, tabindex: 0 },
      h('p', { class: 'bursar-hint' }, t('agreement.version', { version: one.version })),
      h('div', { class: 'bursar-text' }, ...one.content.map(drawn)))));
  return dialog;
}
