/**
 * A file of the panel that is fetched when it is first needed: at most once, and again after a failure. It lies at the
 * immutable path of this very version and is checked against its hash, so that all parts always fit.
 */
import { h } from '../components/dom.js';

/**
 * @template T
 * @param {string} file @param {string} hash
 * @param {(() => Promise<any>) | "" | undefined} bundled how the page's own bundler has it
 * @param {(module: any) => T} open what is made of the file
 */
export function lazyPart(file, hash, bundled, open) {
  /** @type {T | null} */
  let part = null;
  /** @type {Promise<T | null> | null} */
  let loading = null;
  let tries = 0;
  let isGone = false;

  /** @param {string | null} base */
  function fetched(base) {
    if (bundled && !base) return bundled();
    const again = tries++ ? `&${tries}` : '';
    const href = new URL(`../${__VERSION__}/${file}?${hash.slice(7, 15)}${again}`, base ?? '').href;
    // A module asked for in this way is checked; one that has changed does not run.
    document.head.append(h('link', { rel: 'modulepreload', href, integrity: hash, crossorigin: 'anonymous' }));
    return import(/* webpackIgnore: true */ /* @vite-ignore */ href);
  }

  return {
    get: () => part,
    /** Whether the last attempt failed. */
    isGone: () => isGone,
    /**
     * @param {string | null} base where the SDK's files lie; `null` when the page's own bundler has them
     * @returns {Promise<T | null>} `null` when it cannot be had
     */
    load(base) {
      loading ??= (async () => fetched(base))().then((module) => {
        isGone = false;
        return (part = open(module));
      }).catch(() => {
        loading = null;
        isGone = true;
        return null;
      });
      return loading;
    },
  };
}
