import { h, icon } from './dom.js';

/**
 * Fewer, a number, more.
 * @param {(quantity: number) => unknown} choose
 * @param {Record<string, string>} attributes of the number
 */
export function stepper(choose, attributes) {
  const input = h('input', {
    type: 'number', step: 1, inputmode: 'numeric', class: 'bursar-quantity-input', ...attributes,
    onchange: () => request(Number(input.value)),
  });
  const step = (/** @type {number} */ by, /** @type {string} */ name) => h('button', {
    type: 'button', class: 'bursar-step', onclick: () => request(Number(input.value) + by),
  }, icon(name));
  const less = step(-1, 'minus');
  const more = step(1, 'plus');
  let current = 1;

  /** @param {number} number */
  function request(number) {
    const target = Number.isFinite(number) ? Math.min(Math.max(Math.trunc(number) || 1, Number(input.min)), Number(input.max)) : current;
    input.value = String(target);
    if (target !== current) choose(target);
  }

  return {
    root: h('div', { class: 'bursar-stepper' }, less, input, more),
    /**
     * @param {object} now
     * @param {number} now.value
     * @param {number} [now.min]
     * @param {number} now.max
     * @param {boolean} now.isPending the value is the buyer's, and not yet the server's
     * @param {boolean} now.isOpen
     * @param {import('../core/i18n.js').Translate} t
     */
    set({ value, min = 1, max, isPending, isOpen }, t) {
      current = value;
      input.min = String(min);
      input.max = String(max);
      if (document.activeElement !== input || isPending) input.value = String(value);
      input.disabled = !isOpen;
      less.setAttribute('aria-label', t('quantity.less'));
      more.setAttribute('aria-label', t('quantity.more'));
      // Not `disabled` at the ends of the range: a button that vanishes under the finger loses the focus.
      less.setAttribute('aria-disabled', String(!isOpen || value <= min));
      more.setAttribute('aria-disabled', String(!isOpen || value >= max));
    },
  };
}
