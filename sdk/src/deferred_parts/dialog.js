import { h, icon, uid } from './kit.js';

/**
 * A native dialog over the page: it keeps the focus inside, closes on Esc and gives the focus back.
 * @param {string} title
 * @param {HTMLElement} opener
 * @param {string} closeLabel
 * @param {...Node} body
 */
export function openDialog(title, opener, closeLabel, ...body) {
  const id = uid('dialog');
  const close = () => dialog.close();
  const dialog = h('dialog', {
    class: 'bursar-dialog', 'aria-labelledby': id, onclose: () => dialog.remove(),
    onclick: (/** @type {Event} */ event) => { if (event.target === dialog) close(); },
  },
  h('div', { class: 'bursar-dialog-box' },
    h('header', { class: 'bursar-dialog-head' },
      h('h3', { id, class: 'bursar-dialog-title' }, title),
      h('button', { type: 'button', class: 'bursar-dialog-close', 'aria-label': closeLabel, onclick: close }, icon('cross'))),
    ...body));
  (opener.closest('.bursar') ?? document.body).append(dialog);
  dialog.showModal();
  return dialog;
}
