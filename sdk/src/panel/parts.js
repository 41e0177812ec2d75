/**
 * The parts of the panel that are fetched later, and what the first one lends them.
 *
 * @typedef {typeof kit} Kit
 */
import { h, ICONS, icon, keyed, productImage, press, setText, spinner, svg, uid } from '../components/dom.js';
import { definePart, isCart, isOpen, leadsTo, money, paymentMethodTitle, walletShare } from '../components/part.js';
import { stepper } from '../components/stepper.js';
import { lazyPart } from './lazy_part.js';

const kit = {
  definePart, h, ICONS, icon, isCart, isOpen, keyed, lazyPart, leadsTo, money, paymentMethodTitle, productImage, press, setText, spinner, stepper, svg, uid, walletShare,
};

/** @param {{default: (kit: Kit) => any}} module */
const open = (module) => module.default(kit);

/** What comes after the first touch, and what only some checkouts show in their form (`src/more`). */
export const secondPart = /** @type {Part<import('../more/index.js').More>} */ (
  lazyPart('more.mjs', __MORE__, __MODULE_URL__ && (() => import('../more/index.js')), open));

/** What is shown in place of the form (`src/scenes`). */
export const scenesPart = /** @type {Part<import('../scenes/index.js').Scenes>} */ (
  lazyPart('scenes.mjs', __SCENES__, __MODULE_URL__ && (() => import('../scenes/index.js')), open));

/** The dialog over the page (`src/modal`). */
export const modalPart = /** @type {Part<import('../modal/index.js').Modal>} */ (
  lazyPart('modal.mjs', __MODAL__, __MODULE_URL__ && (() => import('../modal/index.js')), open));

/**
 * @template T
 * @typedef {{get: () => T | null, isGone: () => boolean, load: (base: string | null) => Promise<T | null>}} Part
 */
