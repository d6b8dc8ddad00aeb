import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { readDeployed } from '../local/deployment-record';
import { endpointOf, isHealthy } from '../local/emulator';
import { findEmulator, readRecord } from '../local/emulator-record';
import { readEndpoints } from '../local/endpoints';
import { NOT_RUNNING } from '../local/hints';
import { describeStack } from '../local/stacks';
import { formatTable } from '../local/table';
import { answers, clientConfig, type Target, targetAt } from '../local/target';
import { type CommandContext, type CommonOptions, openSession, type Session } from './context';

/** What runs and what is deployed. Exit code 0 when the emulator answers, 1 when not. */
export async function status(context: CommandContext, options: CommonOptions): Promise<number> {
  const session = openSession(context, options);
  const target = await showEmulator(session);
  if (!target) {
    return 1;
  }
  const { terminal } = context;
  const client = new CloudFormationClient(clientConfig(target));
  const recorded = (await readDeployed(session.workspace))?.stacks ?? [];
  const stacks = await Promise.all(
    recorded.map(async ({ name }) => [name, (await describeStack(client, name))?.StackStatus ?? 'not deployed']),
  );
  terminal.out(`\n${formatTable([{ title: 'stack' }, { title: 'state' }], stacks, terminal.columns)}`);

  const services = Object.entries((await readEndpoints(session.workspace))?.services ?? {});
  const rows = services.map(([name, { pattern, auth, url }]) => [name, pattern, auth, url]);
  const titles = ['service', 'pattern', 'auth', 'url'].map((title) => ({ title }));
  terminal.out(`\n${formatTable(titles, rows, terminal.columns)}`);
  return 0;
}

/** The emulator that answers, if one does. */
async function showEmulator({ external, workspace, context }: Session): Promise<Target | undefined> {
  const { terminal } = context;
  if (external) {
    const running = await answers(external.endpointUrl);
    terminal.out(
      `Emulator at ${external.endpointUrl} (not started here): ${running ? 'answers' : 'does not answer'}\n`,
    );
    return running ? external : undefined;
  }
  const running = await findEmulator(workspace);
  if (!running) {
    terminal.out(`${NOT_RUNNING}\n`);
    return undefined;
  }
  const healthy = await isHealthy(running.port);
  const startedAt = (await readRecord(workspace))?.startedAt;
  const uptime = startedAt ? `, up ${duration(Date.now() - Date.parse(startedAt))}` : '';
  const note = healthy ? '' : ', does not answer';
  terminal.out(`Emulator at ${endpointOf(running.port)}: process ${running.pid}${uptime}${note}\n`);
  return healthy ? targetAt(endpointOf(running.port)) : undefined;
}

export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const parts = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const text = parts.flatMap((value, index) => (value > 0 ? [`${value} ${['d', 'h', 'min'][index]}`] : [])).join(' ');
  return text || `${Math.floor(ms / 1000)} s`;
}
