import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { assertWithin, handlerInitBudget, handlerZipBudget } from './budgets.mjs';
import { nativeOnnxRuntime } from './native-onnxruntime.mjs';
import { out, root } from './steps.mjs';
import { zipBytes } from './zip.mjs';

const destination = path.join(out, 'handlers');
const handlersOf = path.join(root, 'lambdas');

/** One folder per handler: index.mjs is what the function's init loads, the other chunks wait until they are needed. */
export const handlers = {
  name: 'handlers',
  inputs: ['lambdas', 'scripts/build/budgets.mjs', 'scripts/build/native-onnxruntime.mjs'],
  outputs: ['build/handlers/sizes.json'],
  async run() {
    rmSync(destination, { recursive: true, force: true });
    mkdirSync(destination, { recursive: true });
    const sizes = {};
    const names = readdirSync(path.join(root, 'lambdas')).filter((name) =>
      existsSync(path.join(root, 'lambdas', name, 'handler.ts')),
    );
    for (const name of names) sizes[name] = await bundle(name);
    writeFileSync(path.join(destination, 'sizes.json'), `${JSON.stringify(sizes, null, 2)}\n`);
  },
};

const options = (outdir) => ({
  absWorkingDir: root,
  outdir,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // Bundled CommonJS asks for `require`; this one also finds what a layer brings (NODE_PATH), which `import` does not.
  banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
});

async function bundle(name) {
  const outdir = path.join(destination, name);
  const { metafile, apart } = await buildWhole({ index: path.join(handlersOf, name, 'handler.ts') }, outdir);
  // A file apart of ours may itself import some when it needs them.
  const clients = {};
  const waiting = Object.entries(apart);
  const built = new Set();
  for (const [file, entry] of waiting) {
    if (built.has(file)) continue;
    built.add(file);
    if (isClient(entry)) clients[file] = entry;
    else waiting.push(...Object.entries((await buildWhole({ [file]: entry }, outdir)).apart));
  }
  if (Object.keys(clients).length > 0) {
    await build({
      ...options(outdir),
      entryPoints: clients,
      splitting: true,
      chunkNames: 'chunk-[hash]',
      plugins: [builtinModules, leanAwsSdk],
    });
  }
  const init = initFiles(metafile, path.relative(root, path.join(outdir, 'index.mjs')));
  const initBytes = init.reduce((sum, file) => sum + metafile.outputs[file].bytes, 0);
  const runtimeBytes = init
    .flatMap((file) => Object.entries(metafile.outputs[file].inputs))
    .filter(([input]) => input.includes('/onnxruntime-'))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  const zip = zipBytes(outdir);
  assertWithin(
    `handler ${name}: code loaded at init, without ONNX Runtime's`,
    initBytes - runtimeBytes,
    handlerInitBudget(name),
  );
  assertWithin(`handler ${name} (zip)`, zip, handlerZipBudget(name));
  return {
    initBytes,
    onnxRuntimeBytes: runtimeBytes,
    zipBytes: zip,
    initFiles: init.map((file) => path.basename(file)),
  };
}

/** Files that an import of the entry loads: the entry and what it imports statically. */
function initFiles(metafile, entry, seen = []) {
  if (seen.includes(entry)) return seen;
  seen.push(entry);
  for (const { path: file, kind } of metafile.outputs[entry].imports) {
    if (kind === 'import-statement' && metafile.outputs[file]) initFiles(metafile, file, seen);
  }
  return seen;
}

/** One file with all that the entry imports, and what it imports when it needs it. */
async function buildWhole(entryPoints, outdir) {
  const apart = {};
  const plugins = [builtinModules, nativeOnnxRuntime, leanAwsSdk, importedApart(apart)];
  const { metafile } = await build({ ...options(outdir), entryPoints, plugins });
  return { metafile, apart };
}

/** A package, or the part of one that a `…-client` module of ours names. They share what they have in common. */
const isClient = (entry) => !path.isAbsolute(entry) || entry.endsWith('-client');

/**
 * What is imported when it is needed (`await import('...')`) becomes a file of its own, because init pays for each
 * kilobyte that it parses. It is whole in itself, for each file more costs a cold start about a millisecond; so a class of
 * ours exists in it and in what imports it, and nobody may ask with `instanceof` for what comes from the other side. The
 * session, which waits for nothing but a native library, is part of what init loads.
 */
const importedApart = (found) => ({
  name: 'imported-apart',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path: request, kind, resolveDir }) => {
      if (kind !== 'dynamic-import' || isBuiltin(request)) return undefined;
      const entry = request.startsWith('.') ? path.join(resolveDir, request) : request;
      if (entry === path.join(handlersOf, 'shared/session/onnxruntime')) return undefined;
      const file = path.relative(handlersOf, path.resolve(handlersOf, entry)).replace(/\W+/g, '-');
      found[file] = entry;
      return { path: `./${file}.mjs`, external: true };
    });
  },
});

/**
 * An `import` of a built-in module evaluates everything it exports, and with `node:fs` and `node:crypto` that is whole
 * other modules: four milliseconds of a cold start. Our modules get what they name; a package gets the object, because
 * what it names it may never use.
 */
const builtinModules = {
  name: 'builtin-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path: name, kind, importer }) => {
      if (kind !== 'import-statement' || !isBuiltin(name)) return undefined;
      return { path: name, namespace: importer.startsWith(handlersOf) ? 'builtin-module' : 'whole-builtin-module' };
    });
    onLoad({ filter: /./, namespace: 'whole-builtin-module' }, ({ path: name }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`,
    }));
    onLoad({ filter: /./, namespace: 'builtin-module' }, ({ path: name }) => ({
      contents: [
        `const __builtin = process.getBuiltinModule(${JSON.stringify(name)});`,
        'const __get = (name) => __builtin[name];',
        ...Object.keys(process.getBuiltinModule(name)).map(
          (key) => `export const ${key} = /* @__PURE__ */ __get(${JSON.stringify(key)});`,
        ),
        'export default __builtin;',
      ].join('\n'),
    }));
  },
};

/**
 * What the AWS SDK brings along and a function never uses. Lambda hands it its credentials in the environment: every
 * other way to find some (SSO, profiles, STS, web identity) is half of the bytes of a client. And `bowser` tells which
 * browser it runs in.
 */
const neverUsed = {
  '@aws-sdk/credential-provider-node':
    "import { fromEnv } from '@aws-sdk/credential-provider-env';\nexport const defaultProvider = () => fromEnv();",
  bowser: 'export default {};',
};

/**
 * A client describes every operation of its service in objects with computed keys, `{ [_h]: … }`. Reading those could
 * do anything, as far as a bundler knows, so it keeps them all; written out, only the operations in use stay.
 */
function withPlainKeys(schemas) {
  const names = new Map([...schemas.matchAll(/^const (_\w+) = ("[^"\n]*");$/gm)].map(([, name, text]) => [name, text]));
  return schemas.replace(/\[(_\w+)\]:/g, (_, name) => {
    const text = names.get(name);
    if (!text || text === '"__proto__"')
      throw new Error(`a client of the AWS SDK has a key [${name}] of another kind now`);
    return `${text}:`;
  });
}

const leanAwsSdk = {
  name: 'lean-aws-sdk',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(@aws-sdk\/credential-provider-node|bowser)$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'lean-aws-sdk',
    }));
    onLoad({ filter: /.*/, namespace: 'lean-aws-sdk' }, ({ path: name }) => ({
      contents: neverUsed[name],
      resolveDir: path.join(root, 'node_modules/@aws-sdk/client-s3'),
      loader: 'js',
    }));
    onLoad({ filter: /@aws-sdk[\\/].*[\\/]schemas_\d+\.js$/ }, ({ path: file }) => ({
      contents: withPlainKeys(readFileSync(file, 'utf8')),
    }));
  },
};
