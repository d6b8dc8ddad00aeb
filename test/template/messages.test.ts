import { describe, expect, test } from 'vitest';
import { PATTERNS } from '../../lib/template/patterns';
import { entry, problemsIn } from './temporary-configuration';

const model = 'model: models/iris';
const patterns = Object.keys(PATTERNS).sort().join(', ');
const webSingle =
  'pattern, access, accessLogs, alarmTopic, architecture, auth, corsOrigin, dashboard, deadline, domain, ' +
  'encryptionKey, ephemeralStorage, inferThrottle, logRetention, maxBodySize, maxProvisionedConcurrency, memory, model, ' +
  'monthlyBudget, p99Objective, payloadLog, postprocess, preprocess, provisionedConcurrency, reservedConcurrency, ' +
  'securityGroups, stageName, throttle, throttledResponse, vpc, vpcSubnets, webAclArn';

describe('a mistake is told with its file, line and field, and with what is allowed [12.2]', () => {
  test.each([
    [
      'an unknown key, with a suggestion',
      [model, 'memroy: 512 MiB'],
      `serving.yaml:7: services.iris.memroy is not known; did you mean memory? Allowed: ${webSingle}.`,
    ],
    [
      'an unknown key like no other',
      [model, 'wings: 2'],
      `serving.yaml:7: services.iris.wings is not known. Allowed: ${webSingle}.`,
    ],
    [
      'an unknown key further down',
      [model, 'throttle: { rate: 1, burst: 1, brust: 1 }'],
      'serving.yaml:7: services.iris.throttle.brust is not known; did you mean burst? Allowed: burst, rate.',
    ],
    [
      'a missing property',
      [],
      'serving.yaml:4: services.iris.model is missing; it must be the path of the folder, relative to this file, or a map of card, bucket, and key or pointer.',
    ],
    [
      'a missing property further down',
      [model, 'throttle: { rate: 1 }'],
      'serving.yaml:7: services.iris.throttle.burst is missing; it must be a number.',
    ],
    [
      'a size without its unit',
      [model, 'memory: 512'],
      'serving.yaml:7: services.iris.memory must be a size such as "512 KiB", "1769 MiB" or "2 GiB"; got 512.',
    ],
    [
      'a size with another unit',
      [model, 'memory: 512 MB'],
      'serving.yaml:7: services.iris.memory must be a size such as "512 KiB", "1769 MiB" or "2 GiB"; got "512 MB".',
    ],
    [
      'a duration that is none',
      [model, 'deadline: 10 sec'],
      'serving.yaml:7: services.iris.deadline must be a duration such as "500ms", "10s", "5m", "2h" or "7d"; got "10 sec".',
    ],
    [
      'a slip in a choice',
      [model, 'architecture: arm'],
      'serving.yaml:7: services.iris.architecture must be one of arm64, x86_64; got "arm"; did you mean arm64?',
    ],
    [
      'no such choice',
      [model, 'architecture: 7'],
      'serving.yaml:7: services.iris.architecture must be one of arm64, x86_64; got 7.',
    ],
    [
      'a number of days that logs cannot be kept',
      [model, 'logRetention: 31'],
      'serving.yaml:7: services.iris.logRetention must be a number of days, one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, or forever; got 31.',
    ],
    [
      'what YAML does not take for a truth value',
      [model, 'dashboard: yes'],
      'serving.yaml:7: services.iris.dashboard must be true or false; got "yes".',
    ],
    [
      'a text for a number',
      [model, 'reservedConcurrency: many'],
      'serving.yaml:7: services.iris.reservedConcurrency must be a number; got "many".',
    ],
    [
      'a key without a value',
      [model, 'stageName:'],
      'serving.yaml:7: services.iris.stageName must be a text; got nothing.',
    ],
    [
      'one item of a list',
      [model, 'securityGroups:', '  - sg-0123abcd', '  - vpc-0123abcd'],
      'serving.yaml:9: services.iris.securityGroups[1] must be the id of a security group, such as sg-0123456789abcdef0; got "vpc-0123abcd".',
    ],
    [
      'a key by its alias',
      [model, 'encryptionKey: alias/mine'],
      'serving.yaml:7: services.iris.encryptionKey must be the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>; got "alias/mine".',
    ],
    [
      'a model whose folder is missing',
      ['model: models/irsi'],
      'serving.yaml:6: services.iris.model names a folder that does not exist: models/irsi; did you mean models/iris?',
    ],
    [
      'a hook that is missing',
      [model, 'preprocess: hooks/flower.ts'],
      'serving.yaml:7: services.iris.preprocess names a module that does not exist: hooks/flower.ts.',
    ],
    [
      'a card whose folder is missing',
      ['model: { card: cards/far-away, bucket: models, key: iris.onnx }'],
      'serving.yaml:6: services.iris.model names a folder that does not exist: cards/far-away.',
    ],
    [
      'a model in S3 by key and by pointer',
      ['model: { card: models/iris, bucket: models, key: iris.onnx, pointer: iris/current.json }'],
      'serving.yaml:6: services.iris.model needs either key or pointer, not both.',
    ],
    [
      'a model in S3 by neither',
      ['model: { card: models/iris, bucket: models }'],
      'serving.yaml:6: services.iris.model needs either key or pointer; got neither.',
    ],
    [
      'how often a pointer is looked at, without a pointer',
      ['model: { card: models/iris, bucket: models, key: iris.onnx, checkInterval: 30s }'],
      'serving.yaml:6: services.iris.model.pointer is missing; checkInterval goes with it.',
    ],
    [
      'how often a pointer is looked at, in no unit',
      ['model: { card: models/iris, bucket: models, pointer: iris/current.json, checkInterval: 30 }'],
      'serving.yaml:6: services.iris.model.checkInterval must be a duration such as "30s" or "5m"; got 30.',
    ],
  ])('%s', (_, lines, message) => {
    expect(problemsIn(entry(...lines))).toEqual([message]);
  });

  const valid = entry(model);
  test.each([
    [
      'an unknown pattern, with a suggestion',
      valid.replace('web-single', 'web-singel'),
      `serving.yaml:5: services.iris.pattern must be one of ${patterns}; got "web-singel"; did you mean web-single?`,
    ],
    [
      'a missing pattern',
      valid.replace('    pattern: web-single\n', ''),
      `serving.yaml:4: services.iris.pattern is missing; it must be one of ${patterns}.`,
    ],
    [
      'a name that is none',
      valid.replace('iris:', 'Iris_1:'),
      'serving.yaml:4: services.Iris_1 is not a name that can be used; it must be lower-case letters, digits and "-", at most 40.',
    ],
    [
      'an unknown key at the top',
      valid.replace('environments: { production: }', 'environments: { production: }\nserivces: {}'),
      'serving.yaml:3: serivces is not known; did you mean services? Allowed: templateVersion, project, defaults, environments, services.',
    ],
    [
      'no environments',
      valid.replace('environments: { production: }', ''),
      'serving.yaml:1: environments is missing; it must be a map of environments, such as { local: { local: true }, production: {} }.',
    ],
    [
      'no service',
      'templateVersion: 1\nenvironments: { production: }\nservices: {}\n',
      'serving.yaml:3: services must have at least one entry.',
    ],
    [
      'an account that YAML takes for a number',
      valid.replace('production:', 'production: { account: 012345678901 }'),
      'serving.yaml:2: environments.production.account must be twelve digits in quotes; got 12345678901.',
    ],
    [
      'an override of a service that is not there',
      valid.replace('production:', 'production: { services: { irsi: {} } }'),
      'serving.yaml:2: environments.production.services.irsi is no service; did you mean iris? Services: iris.',
    ],
    [
      'an override that the pattern does not know',
      valid.replace('production:', 'production: { services: { iris: { jobTimeout: 1h } } }'),
      `serving.yaml:2: environments.production.services.iris.jobTimeout is not known. Allowed: ${webSingle}.`,
    ],
    [
      'a key that is there twice',
      entry(model, 'memory: 1 GiB', 'memory: 2 GiB'),
      'serving.yaml:8: memory is in this map twice.',
    ],
    [
      'what is no YAML',
      entry(model, 'securityGroups: [sg-0123abcd'),
      'serving.yaml:8: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
    [
      'a tag that nobody knows',
      entry(model, 'memory: !size 1'),
      'serving.yaml:7: not valid YAML: Unresolved tag: !size.',
    ],
  ])('%s', (_, yaml, message) => {
    expect(problemsIn(yaml)).toEqual([message]);
  });

  test('a file that is not there', async () => {
    const { loadServingFile } = await import('../../lib/template');
    expect(() => loadServingFile('nowhere/serving.yaml')).toThrow(/^nowhere\/serving.yaml: there is no such file$/);
  });

  test('all mistakes at once, in the order of the file', () => {
    const yaml = entry(model, 'memory: 1', 'wings: 2').replace('production:', 'production: { region: here }');
    expect(problemsIn(yaml).map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      'serving.yaml:2: environments.production.region',
      'serving.yaml:7: services.iris.memory',
      'serving.yaml:8: services.iris.wings',
    ]);
  });
});
