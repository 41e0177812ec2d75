/**
 * Fetches the second part of the panel (`src/more`), at most once, and again after a failure. It lies at the immutable
 * path of this very version and is checked against its hash, so that the two parts always fit.
 *
 * @typedef {import('../more/index.js').More} More
 * @typedef {typeof kit} Kit
 */
import { h, icon, keyed, picture, press, setText, spinner, svg, uid } from '../components/dom.js';
import { channelTitle, definePart, isCart, isOpen, leadsTo, money } from '../components/part.js';
import { stepper } from '../components/stepper.js';

const kit = {
  channelTitle, definePart, h, icon, isCart, isOpen, keyed, leadsTo, money, picture, press, setText, spinner, stepper, svg, uid,
};

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
      more = module.default(kit);
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
