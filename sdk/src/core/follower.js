/**
 * Watches a session until told to stop: by event stream, or by asking every few seconds where a stream does not
 * get through. Asks nothing while the page is hidden.
 *
 * @typedef {{isHidden: () => boolean, onWake: (wake: () => void) => () => void}} Attention
 */

export const FAST_MS = 2_000;
export const SLOW_MS = 10_000;
export const SLOW_AFTER_MS = 60_000;
export const STOP_AFTER_MS = 30 * 60_000;
/** A stream that says nothing for so long is held back by something on the way. */
const FIRST_WORD_MS = 5_000;
/** The server ends a stream after 55 s; one that lives longer is a dead connection. */
const STREAM_MAX_MS = 75_000;

/**
 * How long to wait before asking again, or `null` to stop asking.
 * @param {number} watchedMs time since watching began
 */
export function pollDelay(watchedMs) {
  if (watchedMs >= STOP_AFTER_MS) return null;
  return watchedMs >= SLOW_AFTER_MS ? SLOW_MS : FAST_MS;
}

/**
 * @param {object} options
 * @param {import('./client.js').Client} options.client
 * @param {(answer: import('./client.js').Answer) => void} options.onAnswer
 * @param {() => void} options.onStall watching has ended without an outcome
 * @param {Attention} options.attention
 * @param {(fn: () => void, ms: number) => unknown} [options.delay]
 * @param {() => number} [options.now] a clock that never jumps; only differences are used
 * @returns {{stop: () => void}}
 */
export function follow({ client, onAnswer, onStall, attention, delay = setTimeout, now = () => performance.now() }) {
  const abort = new AbortController();
  const begun = now();
  let streamFailures = 0;
  /** @type {(() => void) | null} */
  let wake = null;
  const unlisten = attention.onWake(() => wake?.());

  /** Waits until the time is over or the page is looked at again. @param {number} ms */
  const pause = (ms) => new Promise((resolve) => {
    wake = () => resolve(undefined);
    if (!attention.isHidden()) delay(() => resolve(undefined), ms);
  });

  async function run() {
    while (!abort.signal.aborted) {
      if (attention.isHidden()) {
        await pause(SLOW_MS);
        continue;
      }
      if (streamFailures < 2 && await listen()) continue;
      if (abort.signal.aborted) return;
      onAnswer(await client.get());
      const wait = pollDelay(now() - begun);
      if (wait === null) {
        onStall();
        return;
      }
      await pause(wait);
    }
  }

  /** One stream from beginning to end; true when it was a good one. */
  async function listen() {
    const began = now();
    const silent = new AbortController();
    let heard = false;
    delay(() => { if (!heard) silent.abort(); }, FIRST_WORD_MS);
    delay(() => silent.abort(), STREAM_MAX_MS);
    abort.signal.addEventListener('abort', () => silent.abort(), { once: true });
    try {
      await client.stream((snapshot) => {
        heard = true;
        onAnswer({ ok: true, snapshot });
      }, silent.signal);
    } catch {
      heard = heard && now() - began > STREAM_MAX_MS;
    }
    streamFailures = heard ? 0 : streamFailures + 1;
    // A server that hangs up at once is asked no faster than by polling.
    if (heard && now() - began < FAST_MS) await pause(FAST_MS);
    return heard && now() - begun < STOP_AFTER_MS;
  }

  void run();
  return {
    stop() {
      abort.abort();
      unlisten();
      wake?.();
    },
  };
}
