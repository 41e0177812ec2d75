import { h, isCart, isOpen, keyed, money, productImage, setText, stepper } from './kit.js';

/**
 * @typedef {import('../types').Line} Line
 * @typedef {import('../types').Snapshot} Snapshot
 * @typedef {import('../types').CheckoutState} CheckoutState
 * @typedef {import('../components/part.js').View} View
 */

/** Several things at once: each with its quantity, its specification and a way out. @type {import('../components/part.js').PartFactory} */
export function cart(host, view) {
  const title = h('h2', { class: 'bursar-product-name', tabindex: -1 });
  const list = h('ul');
  const rebuild = keyed(list);
  /** @type {((line: Line, state: CheckoutState) => void)[]} */
  let updates = [];
  host.append(title, list);

  return (state) => {
    const { session } = state;
    const isShown = session !== null && isCart(session);
    host.hidden = !isShown;
    if (!isShown) return;
    const held = list.contains(document.activeElement);
    setText(title, view.t()('cart.label'));
    const what = session.lines.map(({ key, product, skus }) => [key, product, skus.map(({ id, name }) => [id, name])]);
    const isNew = rebuild([what, session.order_id, session.currency, view.locale()], () => {
      const rows = session.lines.map((line) => row(line, session, view));
      updates = rows.map((one) => one.update);
      return rows.map((one) => one.root);
    });
    session.lines.forEach((line, index) => updates[index](line, state));
    // Whoever took a line out is at the head of what is left.
    if (isNew && held) title.focus();
  };
}

/** @param {Line} line @param {Snapshot} session @param {View} view */
function row({ key, product, name, skus }, session, view) {
  const t = view.t();
  const isFixed = session.order_id !== null;
  const whole = [product.name, name].filter(Boolean).join(', ');
  const price = h('strong');
  const before = h('del', { class: 'bursar-hint' });
  const each = h('span', { class: 'bursar-hint' });
  const short = h('span', { class: 'bursar-short' });
  const steps = stepper((quantity) => view.actions.updateLine(key, { quantity }), { 'aria-label': t('cart.quantity', { name: whole }) });
  const select = h('select', {
    class: 'bursar-select', 'aria-label': t('cart.option', { name: product.name }),
    onchange: () => view.actions.updateLine(key, { sku_id: select.value }),
  }, ...skus.map((sku) => h('option', { value: sku.id }, sku.name)));
  const specification = skus.length > 1 && !isFixed ? select : name ? h('span', { class: 'bursar-hint' }, h('bdi', {}, name)) : null;
  const remove = h('button', {
    type: 'button', class: 'bursar-link bursar-remove', 'aria-label': t('cart.remove_name', { name: whole }),
    onclick: () => view.actions.removeLine(key),
  }, t('cart.remove'));
  const root = h('li', { class: 'bursar-cart-line' },
    productImage(product.image),
    h('div', { class: 'bursar-cart-name' }, h('h3', {}, product.name), specification, each, short),
    h('div', { class: 'bursar-cart-price' }, price, before),
    isFixed ? null : h('div', { class: 'bursar-cart-acts' }, steps.root, remove));

  return {
    root,
    /** @param {Line} now @param {CheckoutState} state */
    update(now, state) {
      /** @type {Partial<import('../types').LineChange>} */
      const pending = state.pending.lines?.find((one) => one.key === key) ?? {};
      const value = pending.quantity || now.quantity;
      const open = isOpen(state);
      const hasOne = now.quantity_max <= now.quantity_min;
      setText(price, money(view, session, now.total_minor));
      setText(before, now.discount_minor ? money(view, session, now.subtotal_minor) : '');
      setText(each, now.quantity > 1 ? (isFixed || hasOne ? `${now.quantity} × ` : '') + t('cart.each', { price: money(view, session, now.unit_price_minor) }) : '');
      setText(short, now.available ? '' : t('cart.short'));
      steps.root.hidden = hasOne;
      remove.hidden = now.removable === false;
      steps.set({ value, min: now.quantity_min, max: now.quantity_max, isPending: pending.quantity !== undefined, isOpen: open }, t);
      select.disabled = !open;
      select.value = pending.sku_id ?? now.sku_id;
      const taken = state.session?.lines.filter((one) => one.key !== key).map((one) => one.sku_id) ?? [];
      now.skus.forEach(({ id, available }, index) => {
        select.options[index].disabled = id !== now.sku_id && (!available || taken.includes(id));
      });
      root.toggleAttribute('data-leaving', pending.quantity === 0);
      root.classList.toggle('bursar-is-stale', state.pending.lines !== undefined);
      remove.setAttribute('aria-disabled', String(!open));
    },
  };
}
