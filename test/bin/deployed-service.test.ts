import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Project, ROOT } from './init-project';

/** Those that talk to a deployed service, each with what it is asked for. */
const COMMANDS = [['batch'], ['breaker'], ['invalidate'], ['redrive']];

let project: Project;
let close = () => {};
beforeEach(() => {
  project = new Project();
  project.write(
    'serving.yaml',
    `templateVersion: 1
environments:
  local: { local: true }
  production: {}
services:
  iris:
    pattern: web-single
    model: ${path.join(ROOT, 'models/iris')}
`,
  );
});
afterEach(() => {
  close();
  vi.unstubAllEnvs();
});

/** AWS for a process that has no settings but these. */
function withSettings(settings: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) vi.stubEnv(name, undefined);
  const none = {
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries({ ...none, ...settings })) vi.stubEnv(name, value);
}

async function answering(status: number, code: string, message = 'no, says AWS'): Promise<string> {
  const server = createServer((request, response) => {
    const body = `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
    request.resume().on('end', () => response.writeHead(status, { 'content-type': 'text/xml' }).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(COMMANDS)('%s tells in words, and without a stack trace,', (command) => {
  const run = (...args: string[]) => project.run(command, 'iris', ...args);
  const FRAMES = /^\s+at /m;

  test('that nothing is at the endpoint', async () => {
    const { exitCode, stderr } = await run('--endpoint', 'http://localhost:9');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Nothing answers at http://localhost:9.')]);
    expect(stderr).toMatch(/ECONNREFUSED.*Start that emulator/s);
    expect(stderr).not.toMatch(FRAMES);
  });

  test('that no emulator runs, and how a service on AWS is reached', async () => {
    const { exitCode, stderr } = await run();
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/is not running.* up\n.*--environment production/s)]);
  });

  test('that there is no region', async () => {
    withSettings({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    const { exitCode, stderr } = await run('--environment', 'production');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/No AWS region is set\..*AWS_REGION=/s)]);
    expect(stderr).not.toMatch(FRAMES);
  });

  test('that there are no credentials', async () => {
    withSettings({ AWS_REGION: 'eu-west-1' });
    const { exitCode, stderr } = await run('--environment', 'production');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/There are no AWS credentials\..*AWS_PROFILE/s)]);
    expect(stderr).not.toMatch(FRAMES);
  });

  test.each([
    [403, 'AccessDenied', /These credentials may not do that\..*no, says AWS.*--help/s],
    [403, 'InvalidClientTokenId', /AWS does not take the credentials\..*AWS_PROFILE/s],
    [400, 'ExpiredToken', /AWS does not take the credentials\..*AWS_PROFILE/s],
  ])('what %i %s means', async (status, code, words) => {
    const { exitCode, stderr } = await run('--endpoint', await answering(status, code));
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(words)]);
    expect(stderr).not.toMatch(FRAMES);
  });

  test('that nothing is deployed, and what deploys it', async () => {
    const endpoint = await answering(400, 'ValidationError', 'Stack with id x does not exist');
    const { exitCode, stderr } = await run('--endpoint', endpoint);
    const words =
      /There is no stack serving-local-iris with a service\..*Deploy it first: .* up, or on AWS npx cdk deploy/s;
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(words)]);
  });

  test('that there is no such environment', async () => {
    const { exitCode, stderr } = await run('--environment', 'prodution');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('did you mean production?')]);
    expect(stderr).not.toMatch(FRAMES);
  });
});
