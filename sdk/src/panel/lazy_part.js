/**
 * A file of the panel that is fetched when first needed: once, and again after a failure. It has the immutable path of
 * this version and is checked against its hash, so all parts always fit together.
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
  let attempts = 0;
  let hasFailed = false;

  /** @param {string | null} base */
  function fetched(base) {
    if (bundled && !base) return bundled();
    const again = attempts++ ? `&${attempts}` : '';
    const href = new URL(`../${__VERSION__}/${file}?${hash.slice(7, 15)}${again}`, base ?? '').href;
    // A preloaded module is checked against its hash: one that differs does not run.
    document.head.append(h('link', { rel: 'modulepreload', href, integrity: hash, crossorigin: 'anonymous' }));
    return import(/* webpackIgnore: true */ /* @vite-ignore */ href);
  }

  return {
    get: () => part,
    /** Whether the last attempt failed. */
    hasFailed: () => hasFailed,
    /**
     * @param {string | null} base where the SDK's files lie; `null` when the page's own bundler has them
     * @returns {Promise<T | null>} `null` when it cannot be fetched
     */
    load(base) {
      loading ??= (async () => fetched(base))().then((module) => {
        hasFailed = false;
        return (part = open(module));
      }).catch(() => {
        loading = null;
        hasFailed = true;
        return null;
      });
      return loading;
    },
  };
}
