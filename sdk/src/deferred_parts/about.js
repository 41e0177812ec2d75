import { h } from './kit.js';
import { drawn } from './rich.js';

/** What there is to say of a product: its description, and facts. @param {NonNullable<import('../types').Snapshot['product']>} product */
export const about = ({ description_content: content = [], attributes = [] }) => [
  content.length ? h('div', { class: 'bursar-product-text bursar-text', dir: 'auto' }, ...content.map(drawn)) : null,
  attributes.length ? h('dl', { class: 'bursar-facts' }, ...attributes.flatMap(({ name, value }) => [h('dt', {}, name), h('dd', {}, value)])) : null,
];
