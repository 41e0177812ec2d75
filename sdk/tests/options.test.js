import { expect, it } from 'vitest';
import { nearest } from '../src/deferred_parts/options.js';

const sku = (id, Edition, Length, available = true) => ({ id, name: '', unit_price_minor: 1, available, specification: { Edition, Length } });
const SKUS = [sku('a', 'Digital', 'month'), sku('b', 'Digital', 'year'), sku('c', 'Print', 'year'), sku('d', 'Print', 'month', false)];

it.each([
  ['keeps the other option when it can', { Edition: 'Digital', Length: 'year' }, 'Edition', 'Print', 'c'],
  ['gives way where the combination is sold out', { Edition: 'Digital', Length: 'month' }, 'Edition', 'Print', 'c'],
  ['finds nothing for a value that nothing has', { Edition: 'Digital', Length: 'month' }, 'Length', 'decade', undefined],
])('%s', (_name, chosen, name, value, expected) => {
  expect(nearest(SKUS, chosen, name, value)?.id).toBe(expected);
});
