/**
 * Watches a session until stopped: by event stream, or by polling every few seconds where a stream does not get through
 * or cannot be read yet. Sends no requests while the page is hidden.
 *
 * @typedef {{isHidden: () => boolean, onWake: (wake: () => void) => () => void}} Attention
 */

import { isSnapshot } from './client.js';
import { createTimers } from './timers.js';

export const FAST_MS = 2_000;
export const SLOW_MS = 10_000;
export const SLOW_AFTER_MS = 60_000;
export const STOP_AFTER_MS = 30 * 60_000;
/**
 * The delay before the next poll, or `null` to stop polling.
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
 * @param {() => import('./stream.js').Listen | null | undefined} [options.stream] what reads streams, once it is there
 * @param {(fn: () => void, ms: number) => unknown} [options.delay]
 * @param {() => number} [options.now] a clock that never jumps; only differences are used
 * @returns {{stop: () => void}}
 */
export function follow({ client, onAnswer, onStall, attention, stream, delay, now = () => performance.now() }) {
  const abort = new AbortController();
  const timers = createTimers(delay);
  const begun = now();
  let streamFailures = 0;
  /** @type {(() => void) | null} */
  let wake = null;
  const unlisten = attention.onWake(() => wake?.());

  /** Waits until the time is over or the page is looked at again. @param {number} ms */
  const pause = (ms) => new Promise((resolve) => {
    wake = () => resolve(undefined);
    if (!attention.isHidden()) timers.after(() => resolve(undefined), ms);
  });

  async function run() {
    while (!abort.signal.aborted) {
      if (attention.isHidden()) {
        await pause(SLOW_MS);
        continue;
      }
      const listen = stream?.();
      if (listen && streamFailures < 2 && await readStream(listen)) continue;
      if (abort.signal.aborted) return;
      const answer = await client.get();
      if (abort.signal.aborted) return;
      onAnswer(answer);
      const wait = pollDelay(now() - begun);
      if (wait === null) {
        onStall();
        return;
      }
      await pause(wait);
    }
  }

  /** Reads one stream; true if it was healthy. @param {import('./stream.js').Listen} listen */
  async function readStream(listen) {
    const began = now();
    const isHealthy = await listen({
      client, signal: abort.signal, delay: timers.after, now,
      onData(data) {
        if (isSnapshot(data)) onAnswer({ ok: true, snapshot: data });
        return isSnapshot(data);
      },
    });
    streamFailures = isHealthy ? 0 : streamFailures + 1;
    // A server that closes streams at once is called no more often than by polling.
    if (isHealthy && now() - began < FAST_MS) await pause(FAST_MS);
    return isHealthy && now() - begun < STOP_AFTER_MS;
  }

  void run();
  return {
    stop() {
      abort.abort();
      timers.clear();
      unlisten();
      wake?.();
    },
  };
}
