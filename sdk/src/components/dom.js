/** The few things done to a document. No markup from text, no inline styles: safe under the strictest policy. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [attributes] `class`, `on…` listeners, booleans, or plain attributes
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child !== null)));
  return element;
}

/** @type {Record<string, string>} */
export const ICONS = {
  alert: 'M12 7.5v5.5M12 16.5v.01',
  lock: 'M6.5 11h11v8.5h-11zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  minus: 'M6 12h12',
  plus: 'M6 12h12M12 6v12',
  web: 'M3.5 6.5h17v11h-17zM3.5 10h17M7 14.5h3',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2',
  bank: 'M4 9.5L12 5l8 4.5zM6 10v7M10 10v7M14 10v7M18 10v7M4 19h16',
  app: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
};

/**
 * A line drawing, hidden from screen readers.
 * @param {string} name one of the icons; a name that is not known is `web`
 */
export function icon(name) {
  return svg(ICONS[name] ?? ICONS.web, {
    viewBox: '0 0 24 24', class: `bursar-icon bursar-icon-${name}`, 'aria-hidden': 'true',
  });
}

/** @param {string} d the path @param {Record<string, string>} attributes */
export function svg(d, attributes) {
  const [image, path] = ['svg', 'path'].map((tag) => document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, value);
  path.setAttribute('d', d);
  image.append(path);
  return image;
}

/** An image that the page's policy may forbid: then there is none. @param {import('../types').Image | null | undefined} image */
export function productImage(image) {
  if (!image) return null;
  const { url: src, alt, width, height } = image;
  const element = h('img', { src, alt, width, height, class: 'bursar-image', onerror: () => element.remove() });
  return element;
}

export const spinner = () => h('span', { class: 'bursar-spinner', 'aria-hidden': 'true' });

/** @param {string} label @param {() => unknown} onclick @param {'primary' | 'secondary' | 'link'} [look] */
export function actionButton(label, onclick, look = 'primary') {
  return h('button', { type: 'button', class: look === 'link' ? 'bursar-link' : `bursar-act bursar-act-${look}`, onclick }, label);
}

/** Sets text only when it differs, so that live regions do not repeat themselves. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let counter = 0;
/** An id for tying labels to inputs, unique on the page. @param {string} name */
export const uid = (name) => `bursar-${name}-${++counter}`;

/**
 * Rebuilds a part of the page only when what it shows has changed.
 * @param {Element} container
 * @returns {(key: unknown, build: () => (Node | null)[]) => boolean} true when it was rebuilt
 */
export function keyed(container) {
  let shown = '';
  return (key, build) => {
    const next = JSON.stringify(key);
    if (next === shown) return false;
    shown = next;
    container.replaceChildren(.../** @type {Node[]} */ (build().filter((node) => node !== null)));
    return true;
  };
}
