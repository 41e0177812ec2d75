/**
 * The states of a checkout as data. Nothing here knows a page or a network.
 *
 *   idle → loading → ready ⇄ editing → confirming → requires_action → redirecting | showing_qr | awaiting_app
 *   → processing → succeeded | failed | expired | cancelled, with load_failed, offline and unknown beside.
 *
 * @typedef {import('../types').Status} Status
 * @typedef {import('../types').Snapshot} Snapshot
 */

/** Events that carry a word of the server; each is named after the state it speaks of. */
export const SERVER_EVENTS = /** @type {const} */ ([
  'server.ready', 'server.requires_action', 'server.processing', 'server.succeeded',
  'server.failed', 'server.expired', 'server.cancelled', 'server.unknown',
]);

/** @type {Record<string, Status>} */
const ANY_ANSWER = Object.fromEntries(
  SERVER_EVENTS.map((event) => [event, /** @type {Status} */ (event.slice('server.'.length))]),
);

/** While an answer is awaited, "ready" is an old word: only the answer itself may lead back. */
const { 'server.ready': _old, ...ANSWER_BUT_READY } = ANY_ANSWER;

/** Once an attempt waits for the buyer, hearing so again must not undo what is shown. */
const { 'server.requires_action': _same, ...ANSWER_BUT_ACTION } = ANY_ANSWER;

/** @type {Record<Status, Record<string, Status>>} */
export const EDGES = {
  idle: { load: 'loading' },
  loading: { ...ANY_ANSWER, load_failed: 'load_failed', went_offline: 'offline' },
  load_failed: { load: 'loading' },
  ready: { ...ANY_ANSWER, edit: 'editing', confirm: 'confirming', went_offline: 'offline' },
  editing: { ...ANY_ANSWER, edit_refused: 'ready', went_offline: 'offline' },
  confirming: { ...ANSWER_BUT_READY, refused: 'ready', answer_lost: 'unknown' },
  requires_action: {
    ...ANY_ANSWER, went_offline: 'offline', leave: 'redirecting', show_qr: 'showing_qr', open_app: 'awaiting_app',
  },
  redirecting: { ...ANSWER_BUT_ACTION, came_back: 'requires_action' },
  showing_qr: { ...ANSWER_BUT_ACTION, went_offline: 'offline' },
  awaiting_app: { ...ANSWER_BUT_ACTION, went_offline: 'offline', came_back: 'requires_action' },
  processing: { ...ANY_ANSWER, went_offline: 'offline' },
  unknown: { ...ANY_ANSWER, refused: 'ready' },
  failed: { ...ANY_ANSWER, edit: 'editing', confirm: 'confirming', went_offline: 'offline' },
  offline: { ...ANY_ANSWER, load: 'loading' },
  succeeded: {},
  expired: {},
  cancelled: {},
};

/** @type {readonly Status[]} */
export const TERMINAL = ['succeeded', 'expired', 'cancelled'];

/** States in which the outcome is decided elsewhere, so the server is watched. */
export const WATCHED = /** @type {readonly Status[]} */ ([
  'requires_action', 'redirecting', 'showing_qr', 'awaiting_app', 'processing', 'unknown', 'offline',
]);

/**
 * The state after an event, or `null` when the event means nothing in this state.
 * @param {Status} status
 * @param {string} event
 * @returns {Status | null}
 */
export function next(status, event) {
  return EDGES[status][event] ?? null;
}

/**
 * The event a snapshot stands for.
 * @param {Snapshot} snapshot
 * @returns {string}
 */
export function eventOf(snapshot) {
  return `server.${snapshot.status}`;
}
