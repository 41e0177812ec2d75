/**
 * What the panel shares with the parts that are fetched later, so that nothing is shipped twice.
 *
 * @typedef {import('../panel/parts.js').Kit} Kit
 */

/** @type {Kit['actionButton']} */ export let actionButton;
/** @type {Kit['definePart']} */ export let definePart;
/** @type {Kit['h']} */ export let h;
/** @type {Kit['icon']} */ export let icon;
/** @type {Kit['isCart']} */ export let isCart;
/** @type {Kit['isOpen']} */ export let isOpen;
/** @type {Kit['keyed']} */ export let keyed;
/** @type {Kit['lazyPart']} */ export let lazyPart;
/** @type {Kit['money']} */ export let money;
/** @type {Kit['paymentMethodTitle']} */ export let paymentMethodTitle;
/** @type {Kit['paymentUrl']} */ export let paymentUrl;
/** @type {Kit['productImage']} */ export let productImage;
/** @type {Kit['setText']} */ export let setText;
/** @type {Kit['spinner']} */ export let spinner;
/** @type {Kit['stepper']} */ export let stepper;
/** @type {Kit['svg']} */ export let svg;
/** @type {Kit['uid']} */ export let uid;
/** @type {Kit['walletShare']} */ export let walletShare;

/** @param {Kit} kit */
export function useKit(kit) {
  Object.assign(kit.ICONS, {
    check: 'M5 12.5l4.5 4.5L19 7.5',
    cross: 'M7 7l10 10M17 7L7 17',
    clock: 'M12 7.5V12l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  });
  ({
    actionButton, definePart, h, icon, isCart, isOpen, keyed, lazyPart, money, paymentMethodTitle,
    paymentUrl, productImage, setText, spinner, stepper, svg, uid, walletShare,
  } = kit);
}
