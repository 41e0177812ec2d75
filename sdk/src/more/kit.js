/**
 * What the first part of the panel lends to the second, so that nothing is shipped twice.
 *
 * @typedef {import('../panel/second_part.js').Kit} Kit
 */

/** @type {Kit['channelTitle']} */ export let channelTitle;
/** @type {Kit['definePart']} */ export let definePart;
/** @type {Kit['h']} */ export let h;
/** @type {Kit['icon']} */ export let icon;
/** @type {Kit['isCart']} */ export let isCart;
/** @type {Kit['isOpen']} */ export let isOpen;
/** @type {Kit['keyed']} */ export let keyed;
/** @type {Kit['leadsTo']} */ export let leadsTo;
/** @type {Kit['money']} */ export let money;
/** @type {Kit['picture']} */ export let picture;
/** @type {Kit['press']} */ export let press;
/** @type {Kit['setText']} */ export let setText;
/** @type {Kit['spinner']} */ export let spinner;
/** @type {Kit['stepper']} */ export let stepper;
/** @type {Kit['svg']} */ export let svg;
/** @type {Kit['uid']} */ export let uid;

/** @param {Kit} kit */
export function borrow(kit) {
  ({
    channelTitle, definePart, h, icon, isCart, isOpen, keyed, leadsTo, money, picture,
    press, setText, spinner, stepper, svg, uid,
  } = kit);
}
