import { h, keyed } from './dom.js';
import { isCart, money, walletShare } from './part.js';

/** What it costs, and why. Every figure is the server's. @type {import('./part.js').PartFactory} */
export function summary(host, view) {
  const lines = h('dl', { class: 'bursar-lines' });
  const rebuild = keyed(lines);
  host.append(lines);

  return (state) => {
    const { session, status, pending } = state;
    if (!session) return;
    const t = view.t();
    const { skus, sku_id: skuId, product, discounts, subtotal_minor: subtotal, unit_price_minor: unit, total_minor: total } = session;
    const quantity = session.quantity ?? 1;
    const share = walletShare(state);
    /** @param {string} name @param {string} value @param {string} [kind] @param {string} [hint] */
    const line = (name, value, kind, hint) => h('div', { class: `bursar-line ${kind ?? ''}` },
      h('dt', {}, h('bdi', {}, name), hint ? h('span', { class: 'bursar-hint' }, hint) : null), h('dd', {}, value));
    const less = (/** @type {number} */ minor) => money(view, session, -minor).replace('-', '−');
    const hasCart = isCart(session) && view.deferred.get() !== null;
    const items = isCart(session)
      ? session.lines.map((one) => line(`${[one.product.name, one.name].filter(Boolean).join(', ')} × ${one.quantity}`, money(view, session, one.subtotal_minor)))
      : [line(skus.find((one) => one.id === skuId)?.name || product?.name || '',
        quantity === 1 ? money(view, session, unit ?? 0) : t('summary.unit', { price: money(view, session, unit ?? 0), quantity }))];
    rebuild([session.version, share, hasCart, view.locale()], () => [
      ...(!hasCart ? items : discounts.length ? [line(t('summary.subtotal'), money(view, session, subtotal))] : []),
      ...(discounts ?? []).map((one) => line(one.name, less(one.amount_minor), '', one.why)),
      line(t('summary.total'), money(view, session, total), 'bursar-line-total'),
      share ? line(t('summary.wallet'), less(share)) : null,
    ]);
    const changesPrice = ['sku_id', 'quantity', 'lines'].some((name) => name in pending);
    host.classList.toggle('bursar-is-stale', status === 'editing' && changesPrice);
  };
}
