import { endpointOf } from '../local/emulator';
import { findEmulator } from '../local/emulator-record';
import { LocalRunError } from '../local/errors';
import { NOT_RUNNING } from '../local/hints';
import { clientConfig, targetAt } from '../local/target';
import type { Session } from './context';

/** Settings of AWS clients: of an emulator, or of AWS with the caller's credentials. */
export async function clientOptions({ context, external, workspace }: Session, local: boolean, region?: string) {
  if (external) return clientConfig(external);
  const { env } = context;
  if (!local) return { region: region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION };
  const running = await findEmulator(workspace);
  if (!running) throw new LocalRunError(NOT_RUNNING);
  return clientConfig(targetAt(endpointOf(running.port)));
}
