import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { handlerInitBudget, handlerZipBudget, layerZipBudget } from '../scripts/build/budgets.mjs';
import { bytesOf } from '../scripts/build/steps.mjs';
import { zipBytes } from '../scripts/build/zip.mjs';
import { ROOT } from '../test/runtime/install';
import { pythonPackages } from './python-function';
import type { Result, Target } from './result';

const KB = 1e3;
const HANDLERS = path.join(ROOT, 'build/handlers');
const LAYERS = path.join(ROOT, 'build/layers');
/** What Lambda's Python runtime has already, or nobody ships. */
const NOT_SHIPPED = /^(awslambdaric|runtime_client|snapshot|simplejson|pip|setuptools|_distutils_hack|distutils)/;

/** Bytes that are shipped, and that init loads. */
export async function sizes(): Promise<Result> {
  const handlers = JSON.parse(readFileSync(path.join(HANDLERS, 'sizes.json'), 'utf8'));
  const { predict } = handlers;
  const own = predict.initBytes - predict.onnxRuntimeBytes;
  const packages = pythonPackages();
  const shipped = readdirSync(packages, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !NOT_SHIPPED.test(entry.name),
  );
  const python = { unzipped: 0, zip: 0 };
  for (const { name } of shipped) {
    python.unzipped += bytesOf(path.join(packages, name));
    python.zip += zipBytes(path.join(packages, name), `${name}/`);
  }
  const layers = Object.keys(layerZipBudget) as (keyof typeof layerZipBudget)[];
  const rows = layers.map((platform) => {
    const folder = path.join(LAYERS, platform);
    return [`layer ${platform}`, bytesOf(folder) / KB, zipBytes(folder) / KB, layerZipBudget[platform] / KB];
  });
  rows.push([
    'handler predict, no model',
    bytesOf(path.join(HANDLERS, 'predict')) / KB,
    predict.zipBytes / KB,
    handlerZipBudget('predict') / KB,
  ]);
  rows.push(['Python: onnxruntime + numpy', python.unzipped / KB, python.zip / KB, 0]);
  const targets: Target[] = [
    {
      what: 'init code of predict without ONNX Runtime',
      value: own / KB,
      target: handlerInitBudget('predict') / KB,
      unit: 'KB',
    },
    {
      what: 'zip of predict without a model',
      value: predict.zipBytes / KB,
      target: handlerZipBudget('predict') / KB,
      unit: 'KB',
    },
  ];
  return {
    name: 'sizes',
    tables: [
      { title: 'Shipped (KB)', columns: ['', 'unzipped', 'zip', 'budget (zip)'], rows },
      {
        title: 'Loaded by the init of predict',
        columns: ['files', 'KB', 'of that ONNX Runtime', 'own'],
        rows: [[predict.initFiles.length, predict.initBytes / KB, predict.onnxRuntimeBytes / KB, own / KB]],
      },
    ],
    targets,
  };
}
