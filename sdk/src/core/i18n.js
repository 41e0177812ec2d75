/**
 * @typedef {Record<string, string>} Messages
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Translate
 */

/** Supported languages; `en` is built in, the others are fetched when first needed. */
export const LOCALES = ['en', 'zh-Hans', 'zh-Hant', 'ja', 'ko', 'de', 'fr', 'es', 'pt-BR', 'ar'];

/** @type {Map<string, Promise<Messages>>} */
const cache = new Map();

/**
 * The nearest language we have: `zh-CN`, `zh-SG` and `zh` are `zh-Hans`, `zh-TW` and `zh-HK` are `zh-Hant`, `pt` is
 * `pt-BR`; an unknown language is `en`.
 * @param {string | null | undefined} requested BCP 47
 */
export function matchLocale(requested) {
  const tag = `${requested ?? ''}`.replace(/_/g, '-').toLowerCase();
  const [language] = tag.split('-');
  if (language === 'zh') return /hant|^(?!.*hans).*-(tw|hk|mo)\b/.test(tag) ? 'zh-Hant' : 'zh-Hans';
  return LOCALES.find((locale) => locale.split('-')[0] === language) ?? 'en';
}

/** Which way a language is written. @param {string} locale one of `LOCALES` */
export const directionOf = (locale) => (locale === 'ar' ? 'rtl' : 'ltr');

/**
 * Fetches a language once. Falls back to English: a checkout never fails for its texts.
 * @param {string} locale one of `LOCALES`, or with `.deferred_parts` behind it, for the texts of those
 * @param {string} base where the SDK's files lie, ending in a slash
 * @param {typeof fetch} [fetchFn]
 * @returns {Promise<Messages>}
 */
export function loadMessages(locale, base, fetchFn = globalThis.fetch) {
  if (/^en\b/.test(locale)) return Promise.resolve({});
  const known = cache.get(base + locale);
  if (known) return known;
  const loading = Promise.resolve(fetchFn(`${base}locales/${locale}.json`, { credentials: 'omit' }))
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
    .catch(() => {
      cache.delete(base + locale);
      return {};
    });
  cache.set(base + locale, loading);
  return loading;
}

/**
 * @param {Messages} messages
 * @param {Messages} fallback English
 * @returns {Translate} `{name}` in a text is replaced; a missing key shows as the key itself
 */
export function translator(messages, fallback) {
  return (key, values = {}) => (messages[key] ?? fallback[key] ?? key)
    .replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
