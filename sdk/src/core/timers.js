/** Timers that can all be ended at once. @param {(fn: () => void, ms: number) => any} [delay] */
export function createTimers(delay = setTimeout) {
  /** @type {Set<any>} */
  const waiting = new Set();
  return {
    /** @param {() => void} fn @param {number} ms */
    after(fn, ms) {
      const timer = delay(() => {
        waiting.delete(timer);
        fn();
      }, ms);
      waiting.add(timer);
      return timer;
    },
    clear() {
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}
