/**
 * The second part of the panel: what is only needed once the buyer has touched it. Fetched then, side by side with
 * whatever the buyer does.
 *
 * @typedef {import('./kit.js').Kit} Kit
 * @typedef {ReturnType<typeof makeMore>} More
 */
import { borrow } from './kit.js';
import words from './locales/en.js';
import css from './more.css';
import { scene } from './scenes.js';
import { terms } from './terms.js';

/** @param {Kit} kit */
export default function makeMore(kit) {
  borrow(kit);
  return { css, words, scene, terms };
}
