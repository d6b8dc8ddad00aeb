import { demoReport, predictOnce } from '../local/demo';
import { type Endpoints, readEndpoints } from '../local/endpoints';
import { LocalRunError } from '../local/errors';
import { HINTS, NOT_RUNNING } from '../local/hints';
import { answers } from '../local/target';
import { type CommandContext, type CommonOptions, openSession, type Session } from './context';

/** Makes the predictions and shows the table. Answers the exit code. */
export async function showDemo(
  { workspace, progress, context, options }: Session,
  endpoints: Endpoints,
): Promise<number> {
  const rows = await progress.step('One prediction per service', () =>
    predictOnce(endpoints, workspace.configFile, options.environment),
  );
  context.terminal.out(`\n${demoReport(rows, context.terminal.columns)}`);
  return rows.length > 0 && rows.every(({ ok }) => ok) ? 0 : 1;
}

export async function demo(context: CommandContext, options: CommonOptions): Promise<number> {
  const session = openSession(context, options);
  const endpoints = await readEndpoints(session.workspace);
  if (!endpoints) {
    throw new LocalRunError('Nothing is deployed yet.', { hint: `Deploy first: ${HINTS.up}` });
  }
  if (!(await answers(endpoints.endpointUrl))) {
    throw new LocalRunError(session.external ? `Nothing answers at ${endpoints.endpointUrl}.` : NOT_RUNNING);
  }
  return showDemo(session, endpoints);
}
