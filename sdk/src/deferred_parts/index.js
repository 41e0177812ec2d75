/**
 * The deferred parts of the panel: what is only needed after the buyer's first interaction, or what only some checkouts
 * show. Fetched when needed, while the buyer goes on.
 *
 * @typedef {import('./kit.js').Kit} Kit
 * @typedef {ReturnType<typeof makeDeferredParts>} DeferredParts
 */
import { about } from './about.js';
import { cart } from './cart.js';
import { change } from './change.js';
import { contact } from './contact.js';
import { coupons, appliedCoupons } from './coupons.js';
import { useKit, definePart, lazyPart } from './kit.js';
import words from './locales/en.js';
import css from './deferred_parts.css';
import { options } from './options.js';
import { terms } from './terms.js';
import { wallet } from './wallet.js';

/** @param {Kit} kit */
export default function makeDeferredParts(kit) {
  useKit(kit);
  for (const [name, part] of Object.entries({ cart, change, contact: contact(kit), options, wallet })) definePart(name, part);
  /** Messages for the page's developer (`src/diagnostics`). */
  const diagnostics = lazyPart('diagnostics.mjs', __DIAGNOSTICS__, __MODULE_URL__ && (() => import('../diagnostics/index.js')),
    (module) => /** @type {import('../diagnostics/index.js').Diagnostics} */ (module));
  return { css, words, about, terms, coupons, appliedCoupons, loadDiagnostics: diagnostics.load };
}
