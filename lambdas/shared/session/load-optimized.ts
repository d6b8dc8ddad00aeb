import { join } from 'node:path';
import { type ModelManifest, OPTIMIZED_DIR, type OptimizedCpu } from '../contract';
import { ownCpu } from './cpu';
import { readGolden } from './golden';
import type { LoadSettings } from './load';
import { loadPortable } from './load-portable';
import { verifyFiles } from './model-file';
import { identityOf, type LoadedModel } from './model-store';
import { openChecked } from './open-checked';

/** The artefact for this CPU; the portable model where the model has none, or where it does not pass. */
export async function loadOptimized(manifest: ModelManifest, settings: LoadSettings): Promise<LoadedModel> {
  const cpu = ownCpu();
  const hashes = cpu && manifest.optimized?.[cpu];
  if (!hashes) return loadPortable(manifest, settings);
  try {
    return await loadFor(cpu, hashes, manifest, settings);
  } catch (cause) {
    return { ...(await loadPortable(manifest, settings)), refused: { cpu, cause } };
  }
}

/** A layout of another CPU does not fail, it answers wrongly: so the golden cases are run in each cold start. */
async function loadFor(
  cpu: OptimizedCpu,
  hashes: Readonly<Record<string, string>>,
  manifest: ModelManifest,
  settings: LoadSettings,
): Promise<LoadedModel> {
  const { modelDir } = settings.location;
  const golden = await readGolden(modelDir);
  if (golden.cases.length === 0) throw new Error('there are no golden cases, so nothing can check it');
  const model = verifyFiles(join(modelDir, OPTIMIZED_DIR, cpu), hashes);
  const file = { model, sha256: manifest.sha256 ?? '', optimized: true, release: async () => {} };
  const opened = await openChecked(file, manifest, golden, settings);
  return { identity: identityOf(manifest), manifest, ...opened, optimized: cpu };
}
