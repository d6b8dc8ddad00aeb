import { chooseEnvironment, loadServingFile, stackNameOf } from '../../lib/template';
import { endpointOf } from '../local/emulator';
import { findEmulator } from '../local/emulator-record';
import { LocalRunError, UsageError } from '../local/errors';
import { NOT_RUNNING } from '../local/hints';
import { clientConfig, targetAt } from '../local/target';
import { type CommandContext, type CommonOptions, openSession, type Session } from './context';

/** Where a service of the configuration is deployed, and the settings of clients that reach it. */
export async function deployedService(context: CommandContext, service: string, options: CommonOptions) {
  const session = openSession(context, options);
  const configuration = loadServingFile(session.workspace.configFile);
  const names = Object.keys(configuration.template.services);
  if (!names.includes(service)) throw new UsageError(`There is no service ${service}. Services: ${names.join(', ')}.`);
  const { name, local, region } = chooseEnvironment(configuration, options.environment);
  const config = await clientOptions(session, local, region);
  return { config, stack: stackNameOf(configuration.template, name, service) };
}

/** An emulator, or AWS with the caller's credentials. */
async function clientOptions({ context, external, workspace }: Session, local: boolean, region?: string) {
  if (external) return clientConfig(external);
  const { env } = context;
  if (!local) return { region: region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION };
  const running = await findEmulator(workspace);
  if (!running) throw new LocalRunError(NOT_RUNNING);
  return clientConfig(targetAt(endpointOf(running.port)));
}
