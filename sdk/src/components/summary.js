import { h, keyed, setText } from './dom.js';
import { money } from './part.js';

/** What it costs. Every figure is the server's. @type {import('./part.js').PartFactory} */
export function summary(host, view) {
  const unitName = h('dt');
  const unit = h('dd');
  const totalName = h('dt');
  const total = h('dd');
  const totalRow = h('div', { class: 'bursar-line bursar-line-total' }, totalName, total);
  const unitRow = h('div', { class: 'bursar-line' }, unitName, unit);
  const lines = h('dl', { class: 'bursar-lines' });
  const rebuild = keyed(lines);
  host.append(lines);

  return ({ session, status, pending }) => {
    if (!session) return;
    const t = view.t();
    const sku = session.skus.find((one) => one.id === session.sku_id);
    rebuild([session.discounts, session.currency, view.locale()], () => [
      unitRow,
      ...(session.discounts ?? []).map((one) => h('div', { class: 'bursar-line' },
        h('dt', {}, one.name), h('dd', {}, `−${money(view, session, one.amount_minor)}`))),
      totalRow,
    ]);
    setText(unitName, sku?.name ?? session.product.name);
    setText(unit, t('summary.unit', {
      price: money(view, session, session.unit_price_minor), quantity: session.quantity,
    }));
    setText(totalName, t('summary.total'));
    setText(total, money(view, session, session.total_minor));
    const changesPrice = pending.sku_id !== undefined || pending.quantity !== undefined;
    host.classList.toggle('bursar-is-stale', status === 'editing' && changesPrice);
  };
}
