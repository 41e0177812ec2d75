/**
 * Reads a session's events as the server sends them. Without streams, the status watcher polls.
 *
 * @typedef {typeof listen} Listen
 */

/** A stream without data for so long is buffered by a proxy. */
const FIRST_WORD_MS = 5_000;
/** The server ends a stream after 55 s; one that lives longer is a dead connection. */
const STREAM_MAX_MS = 75_000;

/**
 * One stream from beginning to end.
 * @param {object} options
 * @param {import('./client.js').Client} options.client
 * @param {(data: unknown) => boolean} options.onData whether it was a snapshot
 * @param {AbortSignal} options.signal
 * @param {(fn: () => void, ms: number) => unknown} options.delay
 * @param {() => number} options.now
 * @returns {Promise<boolean>} whether it was healthy
 */
export async function listen({ client, onData, signal, delay, now }) {
  const began = now();
  const silent = new AbortController();
  const end = () => silent.abort();
  let hasData = false;
  delay(() => { if (!hasData) end(); }, FIRST_WORD_MS);
  delay(end, STREAM_MAX_MS);
  signal.addEventListener('abort', end, { once: true });
  try {
    const response = await client.events(silent.signal);
    const type = response.headers.get('Content-Type') ?? '';
    if (!response.ok || !response.body || !type.startsWith('text/event-stream')) throw new Error('no stream');
    await readEvents(response.body, (data) => { hasData = onData(data) || hasData; });
  } catch {
    hasData = hasData && now() - began > STREAM_MAX_MS;
  }
  signal.removeEventListener('abort', end);
  return hasData;
}

/**
 * Parses Server-Sent Events by hand: `EventSource` cannot send an Authorization header.
 * @param {ReadableStream<Uint8Array>} body
 * @param {(data: unknown) => void} onData
 */
export async function readEvents(body, onData) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text = (text + decoder.decode(value, { stream: true })).replace(/\r\n?/g, '\n');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart()).join('\n');
      if (data) onData(parse(data));
    }
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
