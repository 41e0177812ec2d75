/**
 * What is shown in place of the form, once the buyer has confirmed: fetched with the deferred parts, after the first
 * interaction, or before a session that waits for its payment is shown.
 *
 * @typedef {ReturnType<typeof makeScenes>} Scenes
 */
import { listen } from '../core/stream.js';
import { useKit } from '../deferred_parts/kit.js';
import { mark, scene } from './scenes.js';
import css from './scenes.css';
import { payInWeChat } from './wechat.js';

/** @param {import('../panel/parts.js').Kit} kit */
export default function makeScenes(kit) {
  useKit(kit);
  return { css, mark, scene, payInWeChat, listen };
}
