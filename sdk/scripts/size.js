/** Fails when a built file is over its budget (bytes after gzip), and when the README tells other sizes; `--write` corrects it. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'static', 'sdk', 'v1');
const KB = 1024;
const budgets = {
  'loader.js': 2 * KB, 'core.mjs': 8 * KB, 'bursar.js': 18 * KB, 'bursar.mjs': 18 * KB, 'deferred_parts.mjs': 8 * KB, 'scenes.mjs': 4 * KB, 'appearance.mjs': 4 * KB, 'modal.mjs': 2 * KB, 'diagnostics.mjs': 2 * KB, 'contact.mjs': 6 * KB,
  'bursar.css': 6 * KB, 'frame.js': 2 * KB, 'frame.mjs': 2 * KB, 'react.mjs': 2 * KB,
};
for (const name of await readdir(join(folder, 'locales'))) budgets[`locales/${name}`] = 2 * KB;

/** What the README tells of, and why a page fetches it. */
const TOLD = {
  'loader.js': 'buttons without code; fetches the rest when it is needed', 'bursar.js': 'the panel, as a script', 'bursar.mjs': 'the panel, as a module',
  'core.mjs': 'a checkout that draws nothing', 'react.mjs': 'the React component and hooks', 'frame.js': 'the panel in a frame',
  'modal.mjs': 'on need: the dialog', 'deferred_parts.mjs': 'on need: cart, coupons, wallet, changing an order', 'scenes.mjs': 'on need: QR codes, apps, bank details',
  'appearance.mjs': 'on need: appearance', 'contact.mjs': 'on need: email address and fields of your own', 'diagnostics.mjs': 'on need, in test mode: what a page got wrong',
};
const sizes = new Map();
for (const [name, budget] of Object.entries(budgets)) {
  const size = gzipSync(await readFile(join(folder, name)), { level: 9 }).length;
  sizes.set(name, size);
  const isOver = size > budget;
  console.log(`${isOver ? 'OVER' : 'ok  '} ${name.padEnd(22)} ${size} of ${budget} bytes`);
  if (isOver) process.exitCode = 1;
}

const readme = join(dirname(fileURLToPath(import.meta.url)), '..', 'README.md');
const rows = Object.entries(TOLD).map(([name, why]) => `| \`${name}\` | ${(sizes.get(name) / KB).toFixed(1)} KB | ${why} |`);
const table = ['| File | After gzip | |', '|---|---|---|', ...rows].join('\n');
const text = await readFile(readme, 'utf8');
const now = text.replace(/(<!-- sizes -->\n)[^]*?(\n<!-- end -->)/, (_, before, after) => before + table + after);
if (now !== text && process.argv.includes('--write')) await writeFile(readme, now);
else if (now !== text) {
  console.log('README.md tells other sizes: run `node scripts/size.js --write`.');
  process.exitCode = 1;
}
