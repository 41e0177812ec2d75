/**
 * Builds `static/sdk/`: the moving path `v1/` and the immutable path of this version, both with their SRI hashes.
 * With `--check` nothing is written: the committed files are compared with what the sources give.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minify } from 'terser';
import { languages, textsOf } from './catalogues.js';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(here, '..', 'static', 'sdk');
const { version } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8'));
const isCheck = process.argv.includes('--check');

/**
 * Names of members that only our own files use among each other. Each is two letters long in all of them; what a page or
 * the server knows by its name is not here.
 */
const OWN_NAMES = [
  'actionButton', 'appliedCoupons', 'attention', 'client', 'controller', 'deferred', 'definePart', 'filesBase', 'forget', 'getState', 'hasFailed',
  'hostedUrl', 'isBack', 'isCart', 'isHere', 'isHidden', 'isOnce', 'isOpen', 'isPending', 'keyed', 'lazyPart', 'listenedTypes', 'loadDiagnostics',
  'localize', 'memory', 'onAnswer', 'onClosed', 'onComeBack', 'onConnection', 'onData', 'onStall', 'onWake', 'payInWeChat', 'paymentMethodTitle',
  'paymentUrl', 'picture', 'prepare', 'productImage', 'recall', 'registry', 'release', 'setText', 'settle', 'snapshot', 'spinner', 'stayHere', 'stepper',
  'stream', 'take', 'timeoutMs', 'walletShare',
];
const SHORT = Object.fromEntries(OWN_NAMES.map((name, number) => [name, `$${String.fromCharCode((number < 26 ? 97 : 39) + number)}`]));

/** @returns {Promise<Map<string, string>>} file name → contents */
async function produce() {
  const files = new Map();
  /** @type {Record<string, string>} */
  const styles = {};
  for (const path of ['panel/bursar.css', 'deferred_parts/deferred_parts.css', 'scenes/scenes.css', 'appearance/appearance.css', 'modal/modal.css']) styles[basename(path)] = await minifyStyles(path);
  const parts = {
    name: 'parts',
    setup(bundler) {
      bundler.onLoad({ filter: /\.css$/ }, ({ path }) => (
        basename(path) === 'bursar.css' ? { contents: abbreviated(styles[basename(path)]) } : { contents: styles[basename(path)], loader: 'text' }));
      // These parts are files of their own, which are fetched when they are needed.
      bundler.onResolve({ filter: /(deferred_parts|scenes|appearance|modal|diagnostics|contact)\/index\.js$/ }, ({ kind, path }) => (
        kind === 'dynamic-import' ? { path: `./${basename(dirname(path))}.mjs`, external: true } : undefined));
    },
  };
  /** Shorter than the one we print: it is part of the panel. */
  const hashOf = (name) => JSON.stringify(hash(files.get(name) ?? '', 'sha256'));
  const bundle = async (entry, name, format, moduleUrl) => {
    const result = await build({
      entryPoints: [join(here, 'src', entry)],
      outfile: join(here, name),
      mangleProps: new RegExp(`^(${OWN_NAMES.join('|')})$`), mangleCache: { ...SHORT },
      bundle: true, minify: true, write: false, sourcemap: 'external', sourcesContent: true,
      format, target: ['es2022'], charset: 'utf8', legalComments: 'none', plugins: [parts], external: ['react', '@bursar/sdk'],
      banner: { js: `/*! Bursar ${version} */` },
      define: {
        __VERSION__: JSON.stringify(version), __MODULE_URL__: moduleUrl, __DEFERRED_PARTS__: hashOf('deferred_parts.mjs'), __SCENES__: hashOf('scenes.mjs'),
        __APPEARANCE__: hashOf('appearance.mjs'), __MODAL__: hashOf('modal.mjs'), __DIAGNOSTICS__: hashOf('diagnostics.mjs'), __CONTACT__: hashOf('contact.mjs'), __BURSAR__: hashOf('bursar.mjs'),
      },
      logLevel: 'warning',
    });
    const [map, code] = [...result.outputFiles].sort((one) => (one.path.endsWith('.map') ? -1 : 1)).map((file) => file.text);
    const smaller = await minify(code, {
      ecma: 2020, module: format === 'esm', toplevel: true, compress: { passes: 3, inline: 0, reduce_funcs: false, keep_fargs: false, unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true }, format: { comments: /^!/ }, sourceMap: { content: map },
    });
    files.set(name, `${smaller.code}\n`);
    files.set(`${name}.map`, String(smaller.map));
  };
  await bundle('diagnostics/index.js', 'diagnostics.mjs', 'esm', 'import.meta.url');
  await bundle('contact/index.js', 'contact.mjs', 'esm', 'import.meta.url');
  await bundle('deferred_parts/index.js', 'deferred_parts.mjs', 'esm', 'import.meta.url');
  await bundle('scenes/index.js', 'scenes.mjs', 'esm', 'import.meta.url');
  await bundle('appearance/index.js', 'appearance.mjs', 'esm', 'import.meta.url');
  await bundle('modal/index.js', 'modal.mjs', 'esm', 'import.meta.url');
  await bundle('global.js', 'bursar.js', 'iife', 'undefined');
  await bundle('index.js', 'bursar.mjs', 'esm', 'import.meta.url');
  await bundle('headless/index.js', 'core.mjs', 'esm', 'import.meta.url');
  await bundle('loader/index.js', 'loader.js', 'iife', 'undefined');
  await bundle('frame/global.js', 'frame.js', 'iife', 'undefined');
  await bundle('frame/frame.js', 'frame.mjs', 'esm', 'import.meta.url');
  await bundle('react/index.js', 'react.mjs', 'esm', 'import.meta.url');
  files.set('bursar.css', Object.values(styles).join(''));
  files.set('bursar.d.ts', await readFile(join(here, 'src', 'types.d.ts'), 'utf8'));
  files.set('core.d.ts', (await readFile(join(here, 'src', 'core.d.ts'), 'utf8')).replaceAll('./types.js', './bursar.js'));
  const frameTypes = await readFile(join(here, 'src', 'frame', 'types.d.ts'), 'utf8');
  files.set('frame.d.ts', frameTypes.replace("'../types'", "'./bursar.js'"));
  const reactTypes = await readFile(join(here, 'src', 'react', 'types.d.ts'), 'utf8');
  files.set('react.d.ts', reactTypes.replace("'../types.js'", "'./bursar.js'"));
  for (const language of await languages()) {
    const { first, deferred } = await textsOf(language);
    files.set(`locales/${language}.json`, `${JSON.stringify(first)}\n`);
    files.set(`locales/${language}.deferred_parts.json`, `${JSON.stringify(deferred)}\n`);
  }
  files.set('integrity.json', `${JSON.stringify(integrity(files), null, 2)}\n`);
  return files;
}

/** What stands most often in the panel's styles, each for a sign that does not: a hundred bytes less after gzip. */
const ABBREVIATIONS = [['~', '.bursar'], ['^', 'var(--b-'], ['?', 'calc(^unit) * '], ['|', '}~ ~-'], ['$', 'border'], ['&', '{display:'], ['_', '(--bursar-'], ['<', 'color:^muted)'], ['>', 'background'], ['`', ';$-radius:^radius)']];

/** A module that spells the styles out again. @param {string} css */
function abbreviated(css) {
  let short = css;
  for (const [sign, text] of ABBREVIATIONS) {
    if (css.includes(sign)) throw new Error(`The styles hold a ${sign}`);
    short = short.replaceAll(text, sign);
  }
  const spelled = JSON.stringify(ABBREVIATIONS.toReversed().map(([sign, text]) => sign + text).join('\n'));
  return `export default ${spelled}.split('\\n').reduce((css, each) => css.replaceAll(each[0], each.slice(1)), ${JSON.stringify(short)});`;
}

/** @param {string} path @returns {Promise<string>} */
async function minifyStyles(path) {
  const result = await build({
    entryPoints: [join(here, 'src', path)], bundle: true, minify: true, write: false,
    target: ['es2022', 'chrome111', 'safari16.4', 'firefox121'], logLevel: 'warning',
  });
  return result.outputFiles[0].text;
}

/** @param {string} text */
const hash = (text, kind = 'sha384') => `${kind}-${createHash(kind).update(text).digest('base64')}`;

/** @param {Map<string, string>} files */
function integrity(files) {
  const hashed = ['loader.js', 'bursar.js', 'bursar.mjs', 'deferred_parts.mjs', 'scenes.mjs', 'appearance.mjs', 'modal.mjs', 'diagnostics.mjs', 'contact.mjs', 'core.mjs', 'frame.js', 'frame.mjs', 'bursar.css'];
  return { version, files: Object.fromEntries(hashed.map((name) => [name, hash(files.get(name) ?? '')])) };
}

/** @param {string} folder @param {Map<string, string>} files @returns {Promise<string[]>} names that differ */
async function stale(folder, files) {
  const found = [];
  for (const [name, text] of files) {
    const present = await readFile(join(folder, name), 'utf8').catch(() => null);
    if (present !== text) found.push(relative(target, join(folder, name)));
  }
  return found;
}

const files = await produce();
for (const folder of ['v1', version].map((name) => join(target, name))) {
  if (isCheck) {
    const names = await stale(folder, files);
    if (names.length === 0) continue;
    console.error(`Stale: ${names.join(', ')}. Run \`npm run build\` in sdk/ and commit static/sdk.`);
    process.exitCode = 1;
    continue;
  }
  await rm(folder, { recursive: true, force: true });
  for (const [name, text] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
if (!isCheck) {
  const dist = join(here, 'dist');
  await rm(dist, { recursive: true, force: true });
  for (const [name, text] of files) {
    await mkdir(dirname(join(dist, name)), { recursive: true });
    await writeFile(join(dist, name), text);
  }
}
