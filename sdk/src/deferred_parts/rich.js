import { h } from './kit.js';

/** @typedef {import('../types').RichText} RichText */

const TAGS = ['h4', 'h5', 'h6', 'p', 'ul', 'ol', 'li', 'strong', 'em', 'blockquote', 'br', 'hr', 'a'];

/** The server's tree as elements: known tags only, and no attribute but an address and a first number. @param {RichText} node @returns {Node | string} */
export function drawn(node) {
  if (typeof node === 'string') return node;
  const [tag, ...rest] = /** @type {[string, ...any[]]} */ (/** @type {unknown} */ (node));
  const attributes = tag === 'a' ? { href: /^(https?:|mailto:)/i.test(String(rest[0])) && rest[0], target: '_blank', rel: 'noopener noreferrer nofollow' }
    : tag === 'ol' ? { start: rest[0] } : {};
  const children = tag === 'a' || tag === 'ol' ? rest.slice(1) : rest;
  return h(/** @type {'p'} */ (TAGS.includes(tag) ? tag : 'span'), attributes, ...children.map(drawn));
}
