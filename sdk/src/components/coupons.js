import { h, icon, keyed } from './dom.js';

/** The codes that take something off, and the way to more of them. @type {import('./part.js').PartFactory} */
export function coupons(host, view) {
  const list = h('div');
  const rebuild = keyed(list);
  const add = h('button', {
    type: 'button', class: 'bursar-link', 'aria-haspopup': 'dialog',
    async onclick() {
      const more = await view.more.load();
      if (more) more.coupons(view, add);
      else view.more.elsewhere();
    },
  });
  host.append(list, add);

  return ({ session }) => {
    if (!session) return;
    const t = view.t();
    const given = session.coupons ?? [];
    host.hidden = session.order_id !== null || !(session.coupons_open || given.length);
    add.textContent = t('coupons.add');
    add.hidden = !session.coupons_open;
    const held = list.contains(document.activeElement);
    const isNew = rebuild([given, view.locale()], () => given.map(({ code, name, text }) => h('span', { class: 'bursar-coupon' },
      h('b', {}, code), ` ${text ?? name}`,
      h('button', {
        type: 'button', class: 'bursar-step', 'aria-label': t('cart.remove_name', { name: code }), onclick: () => view.actions.removeCoupon(code),
      }, icon('cross')))));
    if (isNew && held) add.focus();
  };
}
