/**
 * The second part of the panel: what is only needed once the buyer has touched it, or what only some checkouts
 * show. Fetched when it is needed, side by side with whatever the buyer does.
 *
 * @typedef {import('./kit.js').Kit} Kit
 * @typedef {ReturnType<typeof makeMore>} More
 */
import { about } from './about.js';
import { cart } from './cart.js';
import { change } from './change.js';
import { coupons, givenCoupons } from './coupons.js';
import { borrow, definePart, lazyPart } from './kit.js';
import words from './locales/en.js';
import css from './more.css';
import { options } from './options.js';
import { terms } from './terms.js';
import { wallet } from './wallet.js';

/** @param {Kit} kit */
export default function makeMore(kit) {
  borrow(kit);
  for (const [name, part] of Object.entries({ cart, change, options, wallet })) definePart(name, part);
  /** What only the page's author reads (`src/author`). */
  const author = lazyPart('author.mjs', __AUTHOR__, __MODULE_URL__ && (() => import('../author/index.js')),
    (module) => /** @type {import('../author/index.js').Author} */ (module));
  return { css, words, about, terms, coupons, givenCoupons, author: author.load };
}
