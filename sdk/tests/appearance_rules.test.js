import { describe, expect, test } from 'vitest';
import { isValue, selectorOf } from '../src/appearance/rules.js';

describe('rules name parts, not selectors', () => {
  test.each([
    ['.Button', '.p .bursar-pay'],
    ['.Button:hover', '.p .bursar-pay:hover'],
    ['.Option--selected', '.p .bursar-option:has(:checked)'],
    ['.Panel', '.p'],
    ['.Label, .Total', '.p .bursar-label,.p .bursar-line-total'],
    ['.Input::placeholder', '.p :is(.bursar-code-input,.bursar-select,.bursar-quantity-input)::placeholder'],
  ])('%s', (names, selector) => expect(selectorOf(names, '.p')).toBe(selector));

  test.each(['.bursar-pay', 'body', '.Button > b', '.Button, .Nothing', '.Button:not(*)', '.Button{}', '.toString', '.Button--toString', '*', ''])(
    'not %s', (names) => expect(selectorOf(names, '.p')).toBeNull(),
  );
});

test.each(['url(https://a.test/x)', 'URL(x)', 'image-set("x" 1x)', 'red} .x{', 'red; color: blue', 'expression(1)', '\\75rl(x)', 'x'.repeat(201)])(
  'a rule cannot fetch or end itself: %s', (value) => expect(isValue(value)).toBe(false),
);

test.each(['#12ab34', '2px solid rgb(0 0 0 / 40%)', '"Iowan Old Style", serif', 'calc(1px + 2em)', 'var(--mine, 4px)'])(
  'a rule can say %s', (value) => expect(isValue(value)).toBe(true),
);
