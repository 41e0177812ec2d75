/** Bundles the demo shop's examples that need a bundler; with `--check` only compares, as `build.js` does. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sdk = dirname(dirname(fileURLToPath(import.meta.url)));
const demo = join(sdk, '..', 'sandbox', 'demo');
const isCheck = process.argv.includes('--check');

// The shop's pages load the SDK by a script of their own.
const global = {
  name: 'global',
  setup(bundler) {
    bundler.onResolve({ filter: /^@bursar\/sdk$/ }, ({ path }) => ({ path, namespace: 'global' }));
    bundler.onResolve({ filter: /^@bursar\/sdk\/react$/ }, () => ({ path: join(sdk, 'src', 'react', 'index.js') }));
    bundler.onLoad({ filter: /./, namespace: 'global' }, () => ({ contents: 'export const { Bursar } = globalThis;' }));
  },
};

for (const name of await readdir(join(demo, 'examples'))) {
  const result = await build({
    entryPoints: [join(demo, 'examples', name)],
    nodePaths: [join(sdk, 'node_modules')],
    bundle: true, minify: true, write: false, format: 'iife', target: ['es2022'], charset: 'utf8', legalComments: 'eof', jsx: 'automatic',
    plugins: [global],
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    logLevel: 'warning',
  });
  const file = join(demo, 'static', 'examples', name.replace(/\.\w+$/, '.js'));
  const text = result.outputFiles[0].text;
  if (!isCheck) await writeFile(file, text);
  else if (await readFile(file, 'utf8').catch(() => null) !== text) {
    console.error(`Stale: ${file}. Run \`npm run build\` in sdk/ and commit sandbox/demo/static/examples.`);
    process.exitCode = 1;
  }
}
