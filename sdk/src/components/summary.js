import { h, setText } from './dom.js';
import { money } from './part.js';

/** What it costs. Every figure is the server's. @type {import('./part.js').PartFactory} */
export function summary(host, view) {
  const unitName = h('dt');
  const unit = h('dd');
  const totalName = h('dt');
  const total = h('dd');
  const unitRow = h('div', { class: 'bursar-line' }, unitName, unit);
  host.append(h('dl', { class: 'bursar-lines' }, unitRow, h('div', { class: 'bursar-line bursar-line-total' }, totalName, total)));

  return ({ session, status, pending }) => {
    if (!session) return;
    const t = view.t();
    const sku = session.skus.find((one) => one.id === session.sku_id);
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
