/**
 * The parts of the panel that are fetched later, and the kit that they use.
 *
 * @typedef {typeof kit} Kit
 */
import { actionButton, h, icon, ICONS, keyed, productImage, setText, spinner, svg, uid } from '../components/dom.js';
import { definePart, isCart, isOpen, money, paymentMethodTitle, paymentUrl, walletShare } from '../components/part.js';
import { stepper } from '../components/stepper.js';
import { lazyPart } from './lazy_part.js';

const kit = {
  actionButton, definePart, h, icon, ICONS, isCart, isOpen, keyed, lazyPart, money, paymentMethodTitle, paymentUrl, productImage, setText, spinner, stepper, svg, uid, walletShare,
};

/** @param {{default: (kit: Kit) => any}} module */
const open = (module) => module.default(kit);

/** What is needed after the buyer's first interaction, and what only some checkouts show (`src/deferred_parts`). */
export const deferredParts = /** @type {Part<import('../deferred_parts/index.js').DeferredParts>} */ (
  lazyPart('deferred_parts.mjs', __DEFERRED_PARTS__, __MODULE_URL__ && (() => import('../deferred_parts/index.js')), open));

/** What is shown in place of the form (`src/scenes`). */
export const scenesPart = /** @type {Part<import('../scenes/index.js').Scenes>} */ (
  lazyPart('scenes.mjs', __SCENES__, __MODULE_URL__ && (() => import('../scenes/index.js')), open));

/** The dialog over the page (`src/modal`). */
export const modalPart = /** @type {Part<import('../modal/index.js').Modal>} */ (
  lazyPart('modal.mjs', __MODAL__, __MODULE_URL__ && (() => import('../modal/index.js')), open));

/**
 * @template T
 * @typedef {{get: () => T | null, hasFailed: () => boolean, load: (base: string | null) => Promise<T | null>}} Part
 */
