import { h, isCart, isOpen, keyed, uid } from './kit.js';

/**
 * @typedef {import('../types').Sku} Sku
 * @typedef {Record<string, string>} Specification
 */

/** The choice of a specification option by option, where there is more than one. @type {import('../components/part.js').PartFactory} */
export function options(host, view) {
  const rebuild = keyed(host);
  /** @type {Sku[]} */
  let skus = [];
  /** @type {Specification} */
  let chosen = {};

  /** @param {string} name @param {string} value */
  function choose(name, value) {
    const sku = nearest(skus, chosen, name, value);
    if (sku) void view.actions.selectSku(sku.id);
  }

  return (state) => {
    const { session, pending } = state;
    const all = session?.product?.options ?? [];
    host.hidden = !session || isCart(session) || session.order_id !== null || all.length < 2 || view.registry.has('product');
    if (!session || host.hidden) return;
    skus = session.skus;
    chosen = skus.find((one) => one.id === (pending.sku_id ?? session.sku_id))?.specification ?? {};
    rebuild([all, session.skus, view.locale()], () => all.map(({ name, values }) => {
      const group = uid('option');
      return h('fieldset', { class: 'bursar-group' },
        h('legend', { class: 'bursar-label' }, name),
        h('div', { class: 'bursar-option-list bursar-values' }, ...values.map((value) => h('label', { class: 'bursar-option' },
          h('input', {
            type: 'radio', name: group, value, class: 'bursar-radio', 'data-option': name,
            disabled: !nearest(skus, {}, name, value), onchange: () => choose(name, value),
          }),
          h('span', { class: 'bursar-option-name' }, h('bdi', {}, value))))));
    }));
    for (const group of host.querySelectorAll('fieldset')) group.disabled = !isOpen(state);
    for (const input of host.querySelectorAll('input')) input.checked = chosen[input.dataset.option ?? ''] === input.value;
  };
}

/**
 * What can be bought with this value, and is otherwise as much like what was chosen as can be.
 * @param {Sku[]} skus @param {Specification} chosen @param {string} name @param {string} value
 */
export function nearest(skus, chosen, name, value) {
  const likeness = (/** @type {Sku} */ { specification }) => Object.keys(chosen).filter((key) => specification?.[key] === chosen[key]).length;
  return skus.filter((one) => one.available && one.specification?.[name] === value)
    .reduce((/** @type {Sku | null} */ best, one) => (best && likeness(best) >= likeness(one) ? best : one), null);
}
