/** The package as its users get it: packed, unpacked beside a small shop, type-checked, bundled, imported on a server. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const sdk = dirname(dirname(fileURLToPath(import.meta.url)));
const root = mkdtempSync(join(tmpdir(), 'bursar-pack-'));
const installed = join(root, 'node_modules', '@bursar', 'sdk');
/** @type {string[]} */
let packed = [];

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  const script = process.env.npm_execpath;
  const [program, first] = script ? [process.execPath, [script]] : ['npm', []];
  return execFileSync(program, [...first, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

beforeAll(() => {
  const source = join(root, 'package');
  mkdirSync(source);
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md']) cpSync(join(sdk, name), join(source, name));
  // What is committed is what would be built: another check holds the two together.
  cpSync(join(sdk, '..', 'static', 'sdk', 'v1'), join(source, 'dist'), { recursive: true });
  const [{ filename, files }] = JSON.parse(npm(['pack', '--ignore-scripts', '--json'], source));
  packed = files.map((/** @type {{path: string}} */ file) => file.path);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(source, filename), '-C', installed, '--strip-components=1']);
}, 60_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

const SHOP = `
import Bursar, { type Checkout, type CheckoutEvent, type Result } from '@bursar/sdk';
import { formatMoney, openCheckout, type CheckoutHandle, type Snapshot } from '@bursar/sdk/core';

const checkout: Checkout = Bursar('pk_test_1', { apiBase: 'https://pay.example.com' }).checkout({
  configuration: 'cfg_1', mode: 'modal', appearance: { theme: 'dark', variables: { colorPrimary: '#123456' } },
});
checkout.on('success', (event: CheckoutEvent) => event.preventDefault()).once('close', () => undefined).open().close();
checkout.on('analytics', ({ step }) => { if (step) JSON.stringify([step.name, step.elapsedMs]); });
const drawn: CheckoutHandle = openCheckout({ apiBase: 'https://pay.example.com', fetchClientSecret: async () => 'ses_…' });
const end = drawn.subscribe(({ status, session }) => {
  if (status === 'ready' && session) formatMoney(session.total_minor, session.currency, session.currency_exponent, 'en');
});
export async function pay(): Promise<string> {
  const first: Snapshot = await drawn.whenReady();
  const result: Result = await drawn.actions.confirm({ redirect: 'if_required' });
  end();
  return result.type === 'success' ? result.session.status : result.error.code + first.session_id;
}
// @ts-expect-error no such way
Bursar('pk_test_1').checkout({ mode: 'popup' });
// @ts-expect-error no such event
checkout.on('paid', () => undefined);
// @ts-expect-error a quantity is a number
void drawn.actions.setQuantity('2');
`;

it.each([['bundler', 'esnext'], ['nodenext', 'nodenext']])('type-checks in a strict shop, with modules resolved as %s', (moduleResolution, module) => {
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
  writeFileSync(join(root, 'shop.ts'), SHOP);
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({
    compilerOptions: { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], module, moduleResolution, skipLibCheck: false },
    files: ['shop.ts'],
  }));

  expect(() => execFileSync(process.execPath, [join(sdk, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root], { encoding: 'utf8' })).not.toThrow();
}, 60_000);

const REACT = `
import { BursarCheckout, useBursarCheckout, useCheckoutState } from '@bursar/sdk/react';

export function Shop() {
  const checkout = useBursarCheckout({ publishableKey: 'pk_test_1', configuration: 'cfg_1', mode: 'modal', onSuccess: ({ orderId }) => orderId });
  const state = useCheckoutState(checkout);
  return (
    <section>
      <button onClick={() => checkout?.open()}>{state?.status}</button>
      <bursar-summary checkout={checkout} className="wide" />
      <BursarCheckout publishableKey="pk_test_1" clientSecret="ses_…" className="panel" appearance={{ theme: 'night' }} />
    </section>
  );
}
// @ts-expect-error it needs a key
export const without = <BursarCheckout clientSecret="ses_…" />;
`;

it('type-checks in a shop made with React, elements of the page included', () => {
  writeFileSync(join(root, 'shop.tsx'), REACT);
  const compilerOptions = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], module: 'esnext', moduleResolution: 'bundler', jsx: 'react-jsx', typeRoots: [] };
  const paths = { react: [join(sdk, 'node_modules', '@types', 'react')], 'react/*': [join(sdk, 'node_modules', '@types', 'react', '*')] };
  writeFileSync(join(root, 'react.json'), JSON.stringify({ compilerOptions: { ...compilerOptions, paths, skipLibCheck: true }, files: ['shop.tsx'] }));

  const { stdout } = spawnSync(process.execPath, [join(sdk, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'react.json')], { encoding: 'utf8' });
  expect(stdout).toBe('');
}, 60_000);

it('is drawn on a server as an empty place', async () => {
  writeFileSync(join(root, 'server.js'), `
import { BursarCheckout } from '@bursar/sdk/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
process.stdout.write(renderToString(createElement(BursarCheckout, { publishableKey: 'pk_test_1', clientSecret: 'ses_…', className: 'panel' })));
`);
  await build({
    entryPoints: [join(root, 'server.js')], bundle: true, format: 'cjs', platform: 'node', outfile: join(root, 'server.cjs'), nodePaths: [join(sdk, 'node_modules')],
    define: { 'import.meta.url': '"file:///shop/bursar.mjs"' }, logLevel: 'silent',
  });

  expect(execFileSync(process.execPath, [join(root, 'server.cjs')], { encoding: 'utf8' })).toBe('<div class="panel"></div>');
}, 60_000);

it('is bundled with the parts that are fetched later as chunks of their own', async () => {
  writeFileSync(join(root, 'page.js'), "import { Bursar } from '@bursar/sdk'; globalThis.shop = Bursar('pk_test_1');");
  await build({ entryPoints: [join(root, 'page.js')], bundle: true, splitting: true, format: 'esm', outdir: join(root, 'out'), logLevel: 'silent' });

  const chunks = readdirSync(join(root, 'out'));
  expect(['modal', 'deferred_parts', 'appearance', 'scenes'].filter((name) => !chunks.some((chunk) => chunk.startsWith(name)))).toEqual([]);
});

it('may be imported on a server', async () => {
  const { Bursar } = await import(pathToFileURL(join(installed, 'dist', 'bursar.mjs')).href);
  const { openCheckout } = await import(pathToFileURL(join(installed, 'dist', 'core.mjs')).href);

  expect([typeof Bursar, typeof openCheckout]).toEqual(['function', 'function']);
});

it('holds every file that it names, and nothing that is not for its users', () => {
  const { exports, main, types } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const named = [main, types, ...Object.values(exports).flatMap((one) => (typeof one === 'string' ? [one] : Object.values(one)))]
    .map((path) => path.replace('./', ''));

  expect(named.filter((path) => !packed.includes(path))).toEqual([]);
  expect(packed.filter((path) => !/^(dist\/|README\.md|CHANGELOG\.md|package\.json)/.test(path))).toEqual([]);
});
