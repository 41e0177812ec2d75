/**
 * Fetches the second part of the panel (`src/more`), at most once, and again after a failure. It lies at the immutable
 * path of this very version and is checked against its hash, so that the two parts always fit.
 *
 * @typedef {import('../more/index.js').More} More
 */
import { h, icon, press, spinner, svg, uid } from '../components/dom.js';
import { channelTitle, money } from '../components/part.js';

/** @type {More | null} */
let more = null;
/** @type {Promise<More | null> | null} */
let loading = null;
let tries = 0;
let isGone = false;

export const secondPart = {
  get: () => more,
  /** Whether the last attempt failed. */
  isGone: () => isGone,
  /**
   * @param {string | null} base where the SDK's files lie; `null` when the page's own bundler has them
   * @returns {Promise<More | null>} `null` when it cannot be had
   */
  load(base) {
    loading ??= fetched(base).then((module) => {
      more = module.default({ h, icon, press, spinner, svg, uid, money, channelTitle });
      isGone = false;
      return more;
    }).catch(() => {
      loading = null;
      isGone = true;
      return null;
    });
    return loading;
  },
};

/** @param {string | null} base */
function fetched(base) {
  if (__MODULE_URL__ && !base) return import('../more/index.js');
  const again = tries++ ? `&${tries}` : '';
  const href = new URL(`../${__VERSION__}/more.mjs?${__MORE__.slice(7, 15)}${again}`, base ?? '').href;
  // A module asked for in this way is checked; one that has changed does not run.
  const link = h('link', { rel: 'modulepreload', href, integrity: __MORE__, crossorigin: 'anonymous' });
  document.head.append(link);
  return import(/* webpackIgnore: true */ /* @vite-ignore */ href);
}
