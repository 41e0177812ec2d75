/**
 * What the first part of the panel lends to the second, so that nothing is shipped twice.
 *
 * @typedef {Pick<typeof import('../components/dom.js'), 'h' | 'icon' | 'press' | 'spinner' | 'svg' | 'uid'>
 *   & Pick<typeof import('../components/part.js'), 'money' | 'channelTitle'>} Kit
 */

/** @type {Kit['h']} */ export let h;
/** @type {Kit['svg']} */ export let svg;
/** @type {Kit['icon']} */ export let icon;
/** @type {Kit['press']} */ export let press;
/** @type {Kit['spinner']} */ export let spinner;
/** @type {Kit['uid']} */ export let uid;
/** @type {Kit['money']} */ export let money;
/** @type {Kit['channelTitle']} */ export let channelTitle;

/** @param {Kit} kit */
export function borrow(kit) {
  ({ h, svg, icon, press, spinner, uid, money, channelTitle } = kit);
}
