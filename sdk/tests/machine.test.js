import { describe, expect, it } from 'vitest';
import { EDGES, next, SERVER_EVENTS, TERMINAL } from '../src/core/machine.js';

const STATES = Object.keys(EDGES);
const EVENTS = [...new Set(Object.values(EDGES).flatMap((edges) => Object.keys(edges)))];
const ANY = SERVER_EVENTS.map((event) => event.slice(7)).sort();
const but = (state) => ANY.filter((one) => one !== state);

/** Written out by hand, so that a change of the machine is a change of this page. */
const EXPECTED = {
  idle: ['loading'],
  loading: [...ANY, 'load_failed', 'offline'],
  load_failed: ['loading'],
  ready: [...ANY, 'editing', 'confirming', 'offline'],
  editing: [...ANY, 'offline'],
  confirming: ANY,
  requires_action: [...ANY, 'offline', 'redirecting', 'showing_qr', 'awaiting_app'],
  redirecting: ANY,
  showing_qr: [...but('requires_action'), 'offline'],
  awaiting_app: [...ANY, 'offline'],
  processing: [...ANY, 'offline'],
  unknown: ANY,
  failed: [...ANY, 'editing', 'confirming', 'offline'],
  offline: [...ANY, 'loading'],
  succeeded: [],
  expired: [],
  cancelled: [],
};

describe('the machine as a graph', () => {
  it.each(STATES)('%s leads exactly where it should', (state) => {
    const reached = [...new Set(Object.values(EDGES[state]))].sort();

    expect(reached).toEqual([...new Set(EXPECTED[state])].sort());
  });

  it.each(STATES)('%s answers every event with its edge or with nothing', (state) => {
    for (const event of EVENTS) expect(next(state, event)).toBe(EDGES[state][event] ?? null);
  });

  it('reaches every state from idle', () => {
    const seen = new Set(['idle']);
    for (const state of seen) Object.values(EDGES[state]).forEach((to) => seen.add(to));

    expect([...seen].sort()).toEqual([...STATES].sort());
  });

  it('never leaves a final state', () => {
    for (const state of TERMINAL) expect(EDGES[state]).toEqual({});
  });

  it('enters confirming only from ready and failed, and only when asked to', () => {
    const ways = STATES.flatMap((state) => Object.entries(EDGES[state])
      .filter(([, to]) => to === 'confirming').map(([event]) => `${state} ${event}`));

    expect(ways).toEqual(['ready confirm', 'failed confirm']);
  });

  it('does not hear an old "ready" while a confirmation is under way', () => {
    expect(next('confirming', 'server.ready')).toBeNull();
  });

  it('never takes a lost answer for a failure', () => {
    expect(next('confirming', 'answer_lost')).toBe('unknown');
    expect(next('unknown', 'confirm')).toBeNull();
    expect(next('unknown', 'edit')).toBeNull();
  });
});
