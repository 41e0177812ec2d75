/**
 * What the first part of the panel has for the others.
 *
 * @typedef {import('../more/index.js').More} More
 * @typedef {typeof kit} Kit
 */
import { h, icon, keyed, picture, press, setText, spinner, svg, uid } from '../components/dom.js';
import { channelTitle, definePart, isCart, isOpen, leadsTo, money } from '../components/part.js';
import { stepper } from '../components/stepper.js';
import { lazyPart } from './lazy_part.js';

const kit = {
  channelTitle, definePart, h, icon, isCart, isOpen, keyed, leadsTo, money, picture, press, setText, spinner, stepper, svg, uid,
};

/** The second part of the panel (`src/more`). */
export const secondPart = lazyPart('more.mjs', __MORE__, __MODULE_URL__ && (() => import('../more/index.js')),
  (module) => /** @type {More} */ (module.default(kit)));
