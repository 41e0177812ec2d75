/** Fails when a built file is over its budget (bytes after gzip). */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'static', 'sdk', 'v1');
const KB = 1024;
const budgets = {
  'loader.js': 2 * KB, 'core.mjs': 8 * KB, 'bursar.js': 18 * KB, 'bursar.mjs': 18 * KB, 'deferred_parts.mjs': 8 * KB, 'scenes.mjs': 4 * KB, 'appearance.mjs': 4 * KB, 'modal.mjs': 2 * KB, 'diagnostics.mjs': 2 * KB, 'contact.mjs': 6 * KB,
  'bursar.css': 6 * KB, 'frame.js': 2 * KB, 'frame.mjs': 2 * KB,
};
for (const name of await readdir(join(folder, 'locales'))) budgets[`locales/${name}`] = 2 * KB;

for (const [name, budget] of Object.entries(budgets)) {
  const size = gzipSync(await readFile(join(folder, name)), { level: 9 }).length;
  const isOver = size > budget;
  console.log(`${isOver ? 'OVER' : 'ok  '} ${name.padEnd(22)} ${size} of ${budget} bytes`);
  if (isOver) process.exitCode = 1;
}
