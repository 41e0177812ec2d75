/** What the page's developer reads in the console. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { check } from '../src/diagnostics/index.js';
import * as names from '../src/diagnostics/names.js';
import { nearest } from '../src/diagnostics/nearest.js';
import { SLOTS } from '../src/core/registry.js';

const types = readFileSync(new URL('../src/types.d.ts', import.meta.url), 'utf8');
/** The names in a union or an interface of the public types. @param {RegExp} where @param {RegExp} each */
const inTypes = (where, each) => [...(where.exec(types)?.[1] ?? '').matchAll(each)].map(([, name]) => name);
const QUOTED = /'([\w-]+)'/g;
const MEMBER = /^ {2}(\w+)\??:/gm;

describe('known names', () => {
  it.each([
    ['VARIABLES', /AppearanceVariable =([^;]+);/, QUOTED],
    ['EVENTS', /EventType =([^;]+);/, QUOTED],
    ['SLOTS', /Slot =([^;]+);/, QUOTED],
    ['THEMES', /theme\?:([^;]+);/, QUOTED],
    ['DENSITIES', /density\?:([^;]+);/, QUOTED],
    ['LABELS', /labels\?:([^;]+);/, QUOTED],
    ['MODES', /mode\?:([^;]+);/, QUOTED],
    ['APPEARANCE', /interface Appearance {([^}]+)}/, MEMBER],
  ])('%s are those of the types', (name, where, each) => {
    expect([...names[name]].sort()).toEqual(inTypes(where, each).sort());
  });

  it('of checkout() are those of the types', () => {
    const found = [/interface SessionOptions {([^]+?)\n}/, /interface CheckoutOptions [^{]*{([^]+?)\n}/].flatMap((where) => inTypes(where, MEMBER));

    expect([...names.OPTIONS].sort()).toEqual(found.sort());
    expect(names.SLOTS).toEqual(SLOTS);
  });
});

it.each([['colourPrimary', 'VARIABLES', 'colorPrimary'], ['drak', 'THEMES', 'dark'], ['sucess', 'EVENTS', 'success'],
  ['paymentSucceeded', 'EVENTS', null], ['client_secret', 'OPTIONS', 'clientSecret'], ['', 'THEMES', null]])('%s of %s means %s', (wrong, list, meant) => {
  expect(nearest(wrong, names[list])).toBe(meant);
});

describe('a page that says things wrong', () => {
  /** @param {object} options @param {string[]} [listenedTypes] */
  function look(options, listenedTypes = []) {
    const logged = vi.fn();
    const checkout = { on: vi.fn(), once: vi.fn(), off: vi.fn(), update: vi.fn() };
    const plain = { ...checkout };
    check({ options, bursarOptions: {}, checkout, listenedTypes, log: (level, message) => logged(`${level}: ${message}`) });
    return { checkout, plain, logged: () => logged.mock.calls.map(([text]) => text) };
  }

  it('are logged, each with the nearest known one', () => {
    const { logged } = look({
      returnURL: '/thanks', mode: 'model', appearance: { theme: 'drak', variables: { colourPrimary: 'red', colorText: 'blue' }, rulez: {} },
    }, ['success', 'sucess']);

    expect(logged()).toEqual([
      'warn: There is no option of checkout() “returnURL”. Did you mean “returnUrl”?',
      'warn: There is no mode “model”. Did you mean “modal”?',
      'warn: There is no appearance option “rulez”. Did you mean “rules”?',
      'warn: There is no theme “drak”. Did you mean “dark”?',
      'warn: There is no variable “colourPrimary”. Did you mean “colorPrimary”?',
      'warn: There is no event “sucess”. Did you mean “success”?',
    ]);
  });

  it('are logged later too, and the call still works', () => {
    const { checkout, plain, logged } = look({});
    const listener = () => undefined;

    checkout.on('redy', listener);
    checkout.update({ appearance: { theme: 'paperr' } });

    expect(logged()).toEqual(['warn: There is no event “redy”. Did you mean “ready”?', 'warn: There is no theme “paperr”. Did you mean “paper”?']);
    expect(plain.on).toHaveBeenCalledWith('redy', listener);
    expect(plain.update).toHaveBeenCalledWith({ appearance: { theme: 'paperr' } });
  });

  it('that is right hears nothing', () => {
    expect(look({ clientSecret: 'x', mode: 'modal', appearance: { theme: 'dark', variables: { colorPrimary: 'red' } }, plugins: [] }, ['ready']).logged()).toEqual([]);
  });
});
