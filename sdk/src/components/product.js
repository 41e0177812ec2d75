import { h, keyed, productImage, uid } from './dom.js';
import { isCart, isMatrix, isOpen, isRich, money } from './part.js';

/** What is sold, and the choice of its specification. @type {import('./part.js').PartFactory} */
export function product(host, view) {
  const head = h('div', { class: 'bursar-product-head' });
  const options = h('fieldset', { class: 'bursar-options bursar-group' });
  const rebuildHead = keyed(head);
  const rebuildOptions = keyed(options);
  const name = uid('sku');
  host.append(head, options);

  return (state) => {
    const { session, pending } = state;
    const what = session?.product;
    host.hidden = !session || isCart(session);
    if (!session || !what || host.hidden) return;
    const t = view.t();
    const deferred = isRich(session) && view.deferred.get();
    rebuildHead([what, Boolean(deferred)], () => [
      productImage(what.image),
      h('h2', { class: 'bursar-product-name' }, what.name),
      ...(deferred ? deferred.about(what) : what.description ? [h('p', { class: 'bursar-product-text', dir: 'auto' }, what.description)] : []),
    ]);
    // Once the order is placed its goods are fixed; only the payment method may still change.
    options.hidden = session.skus.length < 2 || (isMatrix(session) && view.deferred.get() !== null) || session.order_id !== null;
    rebuildOptions([session.skus, session.currency, view.locale()], () => [
      h('legend', { class: 'bursar-label' }, t('product.options')),
      h('div', { class: 'bursar-option-list', 'data-count': session.skus.length }, ...session.skus.map((sku) => h('label', { class: 'bursar-option' },
        h('input', {
          type: 'radio', name, value: sku.id, disabled: !sku.available, class: 'bursar-radio',
          onchange: () => view.actions.selectSku(sku.id),
        }),
        h('span', { class: 'bursar-option-name' }, h('bdi', {}, sku.name)),
        h('span', { class: 'bursar-option-price' },
          sku.available ? money(view, session, sku.unit_price_minor) : t('product.sold_out')),
      ))),
    ]);
    options.disabled = !isOpen(state);
    const chosen = pending.sku_id ?? session.sku_id;
    for (const input of options.querySelectorAll('input')) input.checked = input.value === chosen;
  };
}
