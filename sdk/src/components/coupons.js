import { h } from './dom.js';

/** The way to coupons; those in use are drawn by the second part. @type {import('./part.js').PartFactory} */
export function coupons(host, view) {
  const list = h('div');
  const add = h('button', {
    type: 'button', class: 'bursar-link', 'aria-haspopup': 'dialog',
    async onclick() {
      const more = await view.more.load();
      if (more) more.coupons(view, add);
      else location.assign(view.more.elsewhere());
    },
  });
  host.append(list, add);
  /** @type {((given: import('../types').Snapshot['coupons']) => void) | undefined} */
  let draw;

  return ({ session }) => {
    if (!session) return;
    const given = session.coupons ?? [];
    host.hidden = session.order_id !== null || !(session.coupons_open || given.length);
    add.textContent = view.t()('coupons.add');
    add.hidden = !session.coupons_open;
    draw ??= view.more.get()?.givenCoupons(list, add, view);
    draw?.(given);
  };
}
