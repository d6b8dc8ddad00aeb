import { describe, expect, test } from 'vitest';
import { chooseEnvironment, loadServingFile } from '../../lib/template';
import { settingsOf } from '../../lib/template/settings';
import { entry, problemsOf, write } from './temporary-configuration';

const yaml = `
templateVersion: 1
defaults: { memory: 1 GiB, deadline: 1s, jobTimeout: 2h, throttle: { rate: 1, burst: 1 } }
environments:
  local:
    local: true
    defaults: { auth: none, deadline: 2s, stageName: local }
    services:
      iris: { stageName: mine }
  production:
services:
  iris: { pattern: web-single, model: models/iris, stageName: v1, throttle: { rate: 5, burst: 7 } }
  signed: { pattern: asynchronous, model: models/iris, auth: iam, deadline: 3s }
`;

function values(environment: string, service: string): Record<string, unknown> {
  const { template } = loadServingFile(write(yaml));
  const settings = settingsOf(template, environment, service);
  return Object.fromEntries([...settings].map(([key, { value, at }]) => [key, `${JSON.stringify(value)} of ${at[0]}`]));
}

describe('a value that is said more closely goes before [X.7]', () => {
  test('the file, the environment, the entry, the environment for this entry', () => {
    expect(values('local', 'iris')).toEqual({
      model: '"models/iris" of services',
      memory: '"1 GiB" of defaults',
      deadline: '"2s" of environments',
      auth: '"none" of environments',
      stageName: '"mine" of environments',
      throttle: '{"rate":5,"burst":7} of services',
    });
  });

  test('one service keeps IAM where the environment opens all', () => {
    expect(values('local', 'signed').auth).toBe('"iam" of services');
  });

  test('another environment is not touched', () => {
    expect(values('production', 'iris')).toMatchObject({ stageName: '"v1" of services', deadline: '"1s" of defaults' });
    expect(values('production', 'iris')).not.toHaveProperty('auth');
  });

  test('a default that a pattern does not know is for the others', () => {
    expect(values('production', 'iris')).not.toHaveProperty('jobTimeout');
    expect(values('production', 'signed').jobTimeout).toBe('"2h" of defaults');
  });
});

describe('the environment', () => {
  const choose = (declared: string, asked?: string) => {
    const text = entry('model: models/iris').replace('environments: { production: }', `environments: { ${declared} }`);
    return chooseEnvironment(loadServingFile(write(text)), asked);
  };

  test('is production, or the only one that is not local', () => {
    expect(choose('local: { local: true }, staging: , production: ').name).toBe('production');
    expect(choose('local: { local: true }, staging: ').name).toBe('staging');
  });

  test('is what is asked for, with what the file says of it', () => {
    expect(choose('local: { local: true }, eu: { region: eu-central-1, account: "123456789012" }', 'eu')).toEqual({
      name: 'eu',
      local: false,
      region: 'eu-central-1',
      account: '123456789012',
    });
  });

  test('must be said when it is not clear', () => {
    const message = 'serving.yaml:2: which environment? Say -c environment=<name>. Declared: local, staging, testing.';
    expect(problemsOf(() => choose('local: { local: true }, staging: , testing: '))).toEqual([message]);
  });

  test('must be declared [12.2]', () => {
    const message =
      'serving.yaml:2: there is no environment prodution; did you mean production? Declared: local, production.';
    expect(problemsOf(() => choose('local: { local: true }, production: ', 'prodution'))).toEqual([message]);
  });
});
