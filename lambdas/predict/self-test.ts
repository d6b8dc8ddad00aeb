import type { ModelIdentity } from '../shared/contract';
import { reasonOf } from '../shared/errors';
import { checkGolden, readGolden } from '../shared/session/golden';
import type { LoadedModel } from '../shared/session/model-store';
import type { Service } from './service';

/** The self-test of a release: hash, load, golden inputs. It throws where anything is off, and the alias stays. */
export async function selfTest(service: Service): Promise<{ model: ModelIdentity; cases: number }> {
  const { log, loadPortable, models } = service;
  try {
    const model = await models.load();
    const { identity, optimized, manifest, refused } = model;
    // A function would serve the portable model, and begin each cold start in vain.
    if (refused) throw new Error(`the artefact for ${refused.cpu} does not pass`, { cause: refused.cause });
    // A model by pointer, or optimised beforehand, was tested with the cases that belong to it as it loaded.
    const cases = model.goldenCases ?? (await passed(model, service));
    // The portable model has to be tested too: it is what serves on other CPUs.
    if (optimized !== undefined) await passedAndGone(await loadPortable(manifest), service);
    log.event('self_test_passed', { model: identity.name, cases });
    return { model: identity, cases };
  } catch (error) {
    const reason = reasonOf(error);
    log.event('self_test_failed', { model: models.identity?.name, reason });
    throw new Error(`Self-test failed: ${reason}`);
  }
}

async function passed({ manifest, session }: LoadedModel, { modelDir }: Service): Promise<number> {
  return checkGolden(session, manifest, await readGolden(modelDir));
}

async function passedAndGone(model: LoadedModel, service: Service): Promise<void> {
  try {
    await passed(model, service);
  } finally {
    await model.session.dispose();
  }
}
