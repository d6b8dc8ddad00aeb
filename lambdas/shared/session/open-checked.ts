import type { Golden, ModelManifest } from '../contract';
import { checkGolden } from './golden';
import type { ModelFile } from './model-file';
import { openSession, type SessionSettings } from './open-session';
import type { Session } from './session';

/** A session that has answered the golden cases, which warm it up too. */
export async function openChecked(
  file: ModelFile,
  manifest: ModelManifest,
  golden: Golden,
  settings: SessionSettings,
): Promise<{ readonly session: Session; readonly goldenCases: number }> {
  let goldenCases = 0;
  const prepare = async (opened: Session) => {
    goldenCases = await checkGolden(opened, manifest, golden);
  };
  const session = await openSession(file, manifest, { ...settings, prepare });
  return { session, goldenCases };
}
