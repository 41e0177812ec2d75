/**
 * The machine as a graph, walked through the controller: every state is reached and every edge is taken by what really
 * happens (an answer, a actionButton, a lost connection), never by calling the machine itself.
 */
import { describe, expect, it } from 'vitest';
import { createCheckout } from '../src/core/checkout.js';
import { EDGES, SERVER_EVENTS } from '../src/core/machine.js';
import { fakeEnv, lost, ok, refused, snapshot, until } from './session.js';

const ACTIONS = {
  redirecting: { type: 'redirect', url: 'https://company.test/pay' }, showing_qr: { type: 'qr', content: 'x' },
  awaiting_app: { type: 'app', params: { package: 'x' } }, requires_action: { type: 'instructions', reference: 'x' },
};

/** A client whose every question waits until the test answers it. */
function heldClient() {
  /** @type {{name: string, answer: (answer: any) => void}[]} */
  const waiting = [];
  const ask = (name) => () => new Promise((resolve) => { waiting.push({ name, answer: resolve }); });
  return {
    waiting,
    /** Answers the oldest question of a kind. */
    async answer(name, answer) {
      await until(() => waiting.some((one) => one.name === name));
      const index = waiting.findIndex((one) => one.name === name);
      waiting.splice(index, 1)[0].answer(answer);
    },
    get: ask('get'), update: ask('update'), confirm: ask('confirm'), take: ask('take'), events: () => Promise.reject(new Error()),
  };
}

/** One checkout, and what can happen to it. */
function world() {
  const client = heldClient();
  const env = fakeEnv();
  const checkout = createCheckout({ client: /** @type {any} */ (client), env: /** @type {any} */ (env) });
  let version = 1;
  const answerOf = (status, over = {}) => ok(snapshot({
    version: ++version, status, action: ACTIONS.redirecting, ...(status === 'failed' && { error: { code: 'declined', message: 'No', retryable: true } }), ...over,
  }));
  /** What asks the server now: a load, an edit, a confirmation, or somebody who looks. */
  const pendingCall = () => (['confirm', 'update'].find((name) => client.waiting.some((one) => one.name === name)));
  const hear = async (status, over) => {
    const name = pendingCall();
    if (name) return client.answer(name, answerOf(status, over));
    if (!client.waiting.some((one) => one.name === 'get')) void checkout.actions.refresh();
    return client.answer('get', answerOf(status, over));
  };
  return {
    client, env, checkout, hear,
    /** @type {Record<string, () => unknown>} */
    events: {
      load: () => (checkout.state.status === 'offline' ? env.listeners.connection(true) : void checkout.load()),
      load_failed: () => client.answer('get', lost()),
      went_offline: () => env.listeners.connection(false),
      edit: () => void checkout.actions.selectPaymentMethod('cha_1'),
      edit_refused: () => client.answer('update', refused(422, 'out_of_stock')),
      confirm: () => void checkout.actions.confirm(),
      refused: async () => {
        if (checkout.state.status === 'unknown') await sentAgain();
        await client.answer('confirm', refused(409, 'out_of_stock'));
        await client.answer('get', answerOf('ready'));
      },
      answer_lost: () => client.answer('confirm', lost()),
      leave: () => checkout.actions.resumeAction(),
      open_app: () => checkout.actions.resumeAction(),
      came_back: () => env.listeners.comeBack(),
      show_qr: () => checkout.actions.resumeAction(),
      ...Object.fromEntries(SERVER_EVENTS.map((event) => [event, () => hear(event.slice(7))])),
    },
  };

  /** The attempt that was lost is sent once more: the server does not know it. */
  async function sentAgain() {
    if (!client.waiting.some((one) => one.name === 'get')) void checkout.actions.refresh();
    await client.answer('get', ok(snapshot({ version })));
    await until(() => client.waiting.some((one) => one.name === 'confirm'));
  }
}

/** How each state is come by: the state before, and what happens there. @type {Record<string, [string, (here: ReturnType<typeof world>) => unknown] | null>} */
const WAYS = {
  idle: null,
  loading: ['idle', ({ events }) => events.load()],
  load_failed: ['loading', ({ events }) => events.load_failed()],
  ready: ['loading', ({ hear }) => hear('ready')],
  editing: ['ready', ({ events }) => events.edit()],
  confirming: ['ready', ({ events }) => events.confirm()],
  requires_action: ['loading', ({ hear }) => hear('requires_action')],
  redirecting: ['requires_action', ({ events }) => events.leave()],
  showing_qr: ['loading', ({ hear }) => hear('requires_action', { action: ACTIONS.showing_qr })],
  awaiting_app: ['loading', async (here) => {
    await here.hear('requires_action', { action: ACTIONS.awaiting_app });
    await until(() => here.checkout.state.status === 'requires_action');
    here.events.open_app();
  }],
  processing: ['loading', ({ hear }) => hear('processing')],
  unknown: ['loading', ({ hear }) => hear('unknown')],
  failed: ['loading', ({ hear }) => hear('failed')],
  offline: ['ready', ({ events }) => events.went_offline()],
  succeeded: ['loading', ({ hear }) => hear('succeeded')],
  expired: ['loading', ({ hear }) => hear('expired')],
  cancelled: ['loading', ({ hear }) => hear('cancelled')],
};

/** @param {string} state @returns {Promise<ReturnType<typeof world>>} */
async function goTo(state) {
  const way = WAYS[state];
  if (!way) return world();
  const here = await goTo(way[0]);
  await way[1](here);
  await until(() => here.checkout.state.status === state);
  return here;
}

/** Edges whose beginning has to be come by in another way. @type {Record<string, (state: string) => Promise<ReturnType<typeof world>>>} */
const OTHERWISE = {
  'unknown refused': async () => {
    const here = await goTo('confirming');
    await here.events.answer_lost();
    await until(() => here.checkout.state.status === 'unknown');
    return here;
  },
  'offline load': async () => {
    const here = await goTo('loading');
    here.events.went_offline();
    return here;
  },
  'requires_action open_app': async () => {
    const here = await goTo('loading');
    await here.hear('requires_action', { action: ACTIONS.awaiting_app });
    await until(() => here.checkout.state.status === 'requires_action');
    return here;
  },
};

const edges = Object.entries(EDGES).flatMap(([from, events]) => Object.entries(events).map(([event, to]) => [from, event, to]));

describe('through the controller', () => {
  it.each(Object.keys(EDGES))('%s is reached', async (state) => {
    const { checkout } = await goTo(state);

    expect(checkout.state.status).toBe(state);
    checkout.destroy();
  });

  it.each(edges)('%s, %s: %s', async (from, event, to) => {
    const here = await (OTHERWISE[`${from} ${event}`] ?? goTo)(from);
    expect(here.checkout.state.status).toBe(from);
    /** @type {string[]} */
    const seen = [];
    here.checkout.on('change', ({ state }) => seen.push(state.status));

    if (event === 'show_qr') await here.hear('requires_action', { action: ACTIONS.showing_qr });
    else await here.events[event]();
    // A state may lead straight on; what counts is that it was come by.
    await until(() => seen.includes(to));

    expect(seen).toContain(to);
    here.checkout.destroy();
  });

  it.each(['succeeded', 'expired', 'cancelled'])('nothing moves %s', async (state) => {
    const here = await goTo(state);
    here.env.listeners.connection(false);
    here.env.listeners.connection(true);
    here.env.listeners.comeBack();
    const results = await Promise.all([
      here.checkout.actions.confirm(), here.checkout.actions.selectPaymentMethod('cha_1'), here.checkout.actions.resumeAction(),
    ]);

    expect(results.map((one) => one.type)).toEqual(['error', 'error', 'error']);
    expect(here.checkout.state.status).toBe(state);
    here.checkout.destroy();
  });
});
