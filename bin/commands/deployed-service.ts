import { ConfigurationError, chooseEnvironment, loadServingFile, stackNameOf } from '../../lib/template';
import { type AwsFault, explainAws, isUnreachable, type Meaning } from '../local/aws-faults';
import { endpointOf } from '../local/emulator';
import { findEmulator } from '../local/emulator-record';
import { LocalRunError, UsageError } from '../local/errors';
import { NOT_RUNNING, ON_AWS } from '../local/hints';
import { clientConfig, targetAt } from '../local/target';
import { type CommandContext, type CommonOptions, openSession, type Session } from './context';

/** Where a service of the configuration is deployed, and the settings of clients that reach it. */
export interface DeployedService {
  readonly config: ClientOptions;
  readonly stack: string;
}

type ClientOptions = Awaited<ReturnType<typeof clientOptions>>;

/** Does something with a deployed service; what AWS says against it is told in words. */
export async function atService(
  context: CommandContext,
  service: string,
  options: CommonOptions,
  work: (deployed: DeployedService) => Promise<number>,
): Promise<number> {
  const session = openSession(context, options);
  const { stack, local, region } = namedStack(session, service);
  const config = await clientOptions(session, local, region);
  try {
    return await work({ config, stack });
  } catch (error) {
    throw explainAws(error, (fault) => emulatorGone(fault, session, local));
  }
}

function namedStack({ options, workspace }: Session, service: string) {
  try {
    const configuration = loadServingFile(workspace.configFile);
    const names = Object.keys(configuration.template.services);
    if (!names.includes(service))
      throw new UsageError(`There is no service ${service}. Services: ${names.join(', ')}.`);
    const { name, local, region } = chooseEnvironment(configuration, options.environment);
    return { stack: stackNameOf(configuration.template, name, service), local, region };
  } catch (error) {
    throw error instanceof ConfigurationError ? new UsageError(error.message) : error;
  }
}

/** An emulator, or AWS with the caller's credentials. */
async function clientOptions({ context, external, workspace }: Session, local: boolean, region?: string) {
  if (external) return clientConfig(external);
  const { env } = context;
  if (!local) return { region: region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION };
  const running = await findEmulator(workspace);
  if (!running) throw new LocalRunError(NOT_RUNNING, { hint: ON_AWS });
  return clientConfig(targetAt(endpointOf(running.port)));
}

function emulatorGone(fault: AwsFault, { external }: Session, local: boolean): Meaning | undefined {
  if (!isUnreachable(fault) || !(external || local)) return undefined;
  if (!external) return ['The emulator does not answer.', 'See how it is: npx cdk-ml-serving status'];
  const hint =
    'Start that emulator, or leave --endpoint and AWS_ENDPOINT_URL away: then it is the embedded one, or AWS.';
  return [`Nothing answers at ${external.endpointUrl}.`, hint];
}
