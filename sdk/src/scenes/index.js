/**
 * What is shown in place of the form, once the buyer has confirmed: fetched with the second part, after the first
 * touch, or before a session that waits for its payment is shown.
 *
 * @typedef {ReturnType<typeof makeScenes>} Scenes
 */
import { listen } from '../core/stream.js';
import { borrow } from '../more/kit.js';
import { mark, scene } from './scenes.js';
import css from './scenes.css';
import { askWeChat } from './wechat.js';

/** @param {import('../panel/parts.js').Kit} kit */
export default function makeScenes(kit) {
  borrow(kit);
  return { css, mark, scene, askWeChat, listen };
}
