import { describe, expect, it } from 'vitest';
import { directionOf, LOCALES, loadMessages, matchLocale, translator } from '../src/core/i18n.js';
import { decimalText, formatMoney } from '../src/core/money.js';
import { createRegistry } from '../src/core/registry.js';
import english from '../src/locales/en.js';
import deferredEnglish from '../src/deferred_parts/locales/en.js';
import { languages, parse, textsOf as halvesOf } from '../scripts/catalogues.js';

const TRANSLATED = LOCALES.filter((locale) => locale !== 'en');
/** Letters that every text of the language has some of. @type {Record<string, RegExp>} */
const SCRIPTS = {
  'zh-Hans': /\p{Script=Han}/u, 'zh-Hant': /\p{Script=Han}/u, ja: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
  ko: /\p{Script=Hangul}/u, ar: /\p{Script=Arabic}/u,
};
/** What is the same word, or no word at all. @type {Record<string, string[]>} */
const SAME = {
  'summary.unit': TRANSLATED, 'summary.total': ['fr', 'es', 'pt-BR'], 'summary.subtotal': ['es', 'pt-BR'],
  'agreement.version': ['de', 'fr'], 'bank.bank_name': ['de'], 'requires_action.body': ['ko'],
};

/** @param {string} locale @returns {Promise<{first: Record<string, string>, deferred: Record<string, string>}>} */
const partsOf = async (locale) => (locale === 'en' ? { first: english, deferred: deferredEnglish } : halvesOf(locale));

/** @param {string} locale @returns {Promise<Record<string, string>>} both parts */
async function textsOf(locale) {
  const { first, deferred } = await partsOf(locale);
  return { ...first, ...deferred };
}

describe('languages', () => {
  it.each(LOCALES.flatMap((locale) => [[locale, 'first'], [locale, 'second']]))('%s has exactly the texts and placeholders of the %s part', async (locale, part) => {
    const isFirst = part === 'first';
    const { first, deferred } = await partsOf(locale);
    const texts = isFirst ? first : deferred;
    const expected = isFirst ? english : deferredEnglish;
    const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

    expect(Object.keys(texts).sort()).toEqual(Object.keys(expected).sort());
    for (const key of Object.keys(expected)) expect([key, ...holes(texts[key])]).toEqual([key, ...holes(expected[key])]);
  });

  it('has a catalogue for each language', async () => {
    expect(await languages()).toEqual(TRANSLATED.toSorted());
  });

  it('reads texts of several lines, and none that is fuzzy', () => {
    const source = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n\nmsgctxt "a"\nmsgid "x"\nmsgstr ""\n"one "\n"\\"two\\""\n\n#, fuzzy\nmsgctxt "b"\nmsgid "y"\nmsgstr "z"\n';

    expect([...parse(source)]).toEqual([['a', 'one "two"']]);
  });

  it('says in no part what the other says already', () => {
    expect(Object.keys(english).filter((key) => key in deferredEnglish)).toEqual([]);
  });

  it.each(TRANSLATED)('nothing is left in English: %s', async (locale) => {
    const texts = await textsOf(locale);

    const left = Object.keys(texts).filter((key) => texts[key] === { ...english, ...deferredEnglish }[key]);

    expect(left.filter((key) => !(SAME[key] ?? []).includes(locale))).toEqual([]);
  });

  it.each(Object.entries(SCRIPTS))('%s is written in its own letters', async (locale, script) => {
    const texts = await textsOf(locale);

    expect(Object.keys(texts).filter((key) => key !== 'summary.unit' && !SAME[key]?.includes(locale) && !script.test(texts[key]))).toEqual([]);
  });

  it.each(LOCALES)('%s has no stray spaces and no typewriter quotes', async (locale) => {
    const texts = await textsOf(locale);
    const isWrong = locale === 'fr' ? /^\s|\s$| {2}|['"]|[ \w][:;?!](\s|$)/ : /^\s|\s$| {2}|['"]/;

    expect(Object.values(texts).filter((text) => isWrong.test(text))).toEqual([]);
  });

  it.each([['zh-CN', 'zh-Hans'], ['zh', 'zh-Hans'], ['zh_Hans_SG', 'zh-Hans'], ['zh-TW', 'zh-Hant'], ['zh-HK', 'zh-Hant'],
    ['zh-Hant-SG', 'zh-Hant'], ['zh-Hans-HK', 'zh-Hans'], ['pt', 'pt-BR'], ['pt-PT', 'pt-BR'], ['de-AT', 'de'], ['es-419', 'es'],
    ['AR-eg', 'ar'], ['en-GB', 'en'], ['ja-JP', 'ja'], ['arn', 'en'], ['xx', 'en'], ['', 'en'], [null, 'en']])('%s is served as %s', (requested, expected) => {
    expect(matchLocale(requested)).toBe(expected);
  });

  it('writes Arabic from right to left, and nothing else', () => {
    expect(LOCALES.filter((locale) => directionOf(locale) === 'rtl')).toEqual(['ar']);
  });

  it('falls back to English when a language cannot be fetched', async () => {
    const messages = await loadMessages('zh-Hans', 'https://gone.test/', () => Promise.reject(new Error('gone')));

    expect(translator(messages, english)('button.pay', { amount: '$1' })).toBe('Pay $1');
  });
});

it.each([[1205, 2, '12.05'], [5, 2, '0.05'], [-5, 2, '-0.05'], [1200, 0, '1200'], [1, 3, '0.001'],
  [9007199254740991, 2, '90071992547409.91']])('writes %s with %s digits as %s', (minor, exponent, expected) => {
  expect(decimalText(minor, exponent)).toBe(expected);
});

it('writes money as its locale does, whatever the locale says about digits', () => {
  expect(formatMoney(1205, 'USD', 2, 'en')).toBe('$12.05');
  expect(formatMoney(1200, 'JPY', 0, 'en')).toBe('¥1,200');
  expect(formatMoney(1205, 'USD', 2, 'ar')).toMatch(/US\$\u200e$/);
  expect(formatMoney(1205, 'no currency', 2, 'en')).toBe('12.05 no currency');
});

it('falls back to the default part once a plugin throws', () => {
  /** @type {string[]} */
  const reported = [];
  const plugin = { name: 'bad', slot: 'button', render: () => { throw new Error('mine'); } };
  const registry = createRegistry([plugin], (one) => reported.push(one.name));

  const results = [1, 2].map(() => registry.run('button', (one) => one.render()));

  expect(results).toEqual([false, false]);
  expect(reported).toEqual(['bad']);
});
