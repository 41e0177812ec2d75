/**
 * The very text of an agreement, over the page.
 *
 * @typedef {import('../types').Agreement} Agreement
 * @typedef {import('../components/part.js').View} View
 */
import { openDialog } from './dialog.js';
import { h } from './kit.js';
import { drawn } from './rich.js';

/** @param {Agreement} one @param {View} view @param {HTMLElement} opener */
export function terms(one, view, opener) {
  const t = view.t();
  openDialog(one.title, opener, t('agreement.close'),
    h('div', { class: 'bursar-dialog-text', lang: one.locale, dir: 'auto', tabindex: 0 },
      h('p', { class: 'bursar-hint' }, t('agreement.version', { version: one.version })),
      h('div', { class: 'bursar-text' }, ...one.content.map(drawn))));
}
