import type { ModelIdentity } from '../shared/contract';
import { reasonOf } from '../shared/errors';
import { checkGolden, readGolden } from '../shared/session/golden';
import type { Service } from './service';

/** The self-test of a release: hash, load, golden inputs. It throws where anything is off, and the alias stays. */
export async function selfTest({ log, modelDir, models }: Service): Promise<{ model: ModelIdentity; cases: number }> {
  try {
    const model = await models.load();
    const { identity, goldenCases, manifest, session } = model;
    // A model by pointer was tested with the cases that belong to it as it loaded.
    const cases = goldenCases ?? (await checkGolden(session, manifest, await readGolden(modelDir)));
    log.event('self_test_passed', { model: identity.name, cases });
    return { model: identity, cases };
  } catch (error) {
    const reason = reasonOf(error);
    log.event('self_test_failed', { model: models.identity?.name, reason });
    throw new Error(`Self-test failed: ${reason}`);
  }
}
