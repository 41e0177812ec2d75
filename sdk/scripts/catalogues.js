/** Reads the panel's texts in other languages from `locales/<language>/LC_MESSAGES/sdk.po`. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import english from '../src/locales/en.js';
import deferredEnglish from '../src/deferred_parts/locales/en.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'locales');

/** @returns {Promise<string[]>} the languages as browsers call them: `pt-BR` */
export async function languages() {
  return (await readdir(folder)).sort().map((name) => name.replace('_', '-'));
}

/**
 * The texts of both parts of the panel, by their keys, in the order of the English ones.
 * @param {string} language
 * @returns {Promise<{first: Record<string, string>, deferred: Record<string, string>}>}
 */
export async function textsOf(language) {
  const file = join(folder, language.replace('-', '_'), 'LC_MESSAGES', 'sdk.po');
  const texts = parse(await readFile(file, 'utf8'));
  const part = (/** @type {Record<string, string>} */ source) => Object.fromEntries(
    Object.keys(source).filter((key) => texts.has(key)).map((key) => [key, texts.get(key) ?? '']),
  );
  return { first: part(english), deferred: part(deferredEnglish) };
}

/**
 * What is translated in a catalogue, by its contexts, which are the panel's keys. Fuzzy texts are left out.
 * @param {string} source
 * @returns {Map<string, string>}
 */
export function parse(source) {
  /** @type {Map<string, string>} */
  const texts = new Map();
  for (const entry of source.split(/\n{2,}/)) {
    const lines = entry.split('\n');
    if (lines.some((line) => /^#,.*\bfuzzy\b/.test(line))) continue;
    /** @type {Record<string, string>} */
    const fields = {};
    let name = '';
    for (const line of lines) {
      const [, word, quoted] = /^(?:(msgctxt|msgid|msgstr) )?(".*")$/.exec(line) ?? [];
      if (!quoted) continue;
      name = word ?? name;
      fields[name] = (fields[name] ?? '') + JSON.parse(quoted);
    }
    if (fields.msgctxt && fields.msgstr) texts.set(fields.msgctxt, fields.msgstr);
  }
  return texts;
}
