import { h } from './dom.js';

/** Opens the coupons; `deferred_parts` draws those in use. @type {import('./part.js').PartFactory} */
export function coupons(host, view) {
  const list = h('div');
  const add = h('button', {
    type: 'button', class: 'bursar-link', 'aria-haspopup': 'dialog',
    async onclick() {
      const deferred = await view.deferred.load();
      if (deferred) deferred.coupons(view, add);
      else location.assign(view.deferred.hostedUrl());
    },
  });
  host.append(list, add);
  /** @type {((applied: import('../types').Snapshot['coupons']) => void) | undefined} */
  let draw;

  return ({ session }) => {
    if (!session) return;
    const applied = session.coupons ?? [];
    host.hidden = session.order_id !== null || !(session.coupons_open || applied.length);
    add.textContent = view.t()('coupons.add');
    add.hidden = !session.coupons_open;
    draw ??= view.deferred.get()?.appliedCoupons(list, add, view);
    draw?.(applied);
  };
}
