import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { main } from '../../bin/commands/command-line';
import { clientConfig } from '../../bin/local/target';
import { toolkitAt } from '../../bin/local/workspace';
import type { HttpErrorBody } from '../../lambdas/shared/contract';
import { RecordedTerminal } from '../bin/terminal';
import { call, expectOutputs, golden, infer, logLineOf, logLines, post } from './client';
import { deployApp, type Outputs } from './emulator';
import { needing } from './needing';

const run = { target: inject('target'), folder: inject('folder') };
const s3 = new S3Client(clientConfig(run.target));
const iam = new IAMClient(clientConfig(run.target));
const lambda = new LambdaClient(clientConfig(run.target));

const bucket = 'model-load-test';
const bytes = readFileSync('models/iris/model.onnx');
const otherBytes = readFileSync('test/fixtures/models/iris-v2/model.onnx');
const sha256 = hash(bytes);
const digitsBytes = readFileSync('models/digits/model.onnx');
const digits = { key: 'pair/digits.onnx', sha256: hash(digitsBytes) };
const { cases, tolerance } = golden('models/iris');
const [{ inputs, outputs }] = cases as [(typeof cases)[number]];
const request = { inputs, outputs: outputs.map(({ name }) => ({ name })) };

let stacks: Outputs;
const deployAll = (releaseKey: string) =>
  deployApp(run, 'model-load', { MODEL_BUCKET: bucket, MODEL_SHA256: sha256, RELEASE_KEY: releaseKey });
const output = (stack: string, name: string): string => stacks[stack]?.[name] ?? '';
const urlOf = (stack: string): string => `${run.target.endpointUrl}${output(stack, 'Path')}`;
const put = (Key: string, Body: Uint8Array | string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
const remove = (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
const putPointer = (fields: object) => put('pointer/current.json', JSON.stringify(fields));

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  // An emulator that was not started for this run may have it from another one.
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key = '' } of Contents) await remove(Key);
  }
  for (const key of ['object/iris.onnx', 'pointer/1.onnx', 'release/1.onnx']) await put(key, bytes);
  await putPointer({ key: 'pointer/1.onnx', sha256, version: '1.0.0' });
  await put(digits.key, digitsBytes);
  await put('pair/current.json', JSON.stringify({ ...digits, version: '1.0.0' }));
  stacks = await deployAll('release/1.onnx');
});

describe('[X.3] a model in S3 that is not the expected one', () => {
  const stack = 'test-load-object';
  const key = 'object/iris.onnx';
  beforeEach(() => put(key, bytes));

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['missing', () => remove(key), /object\/iris\.onnx.*(NoSuchKey|AccessDenied|does not exist)/],
    ['cut short', () => put(key, bytes.subarray(0, 500)), new RegExp(`sha256 [0-9a-f]{64}, expected ${sha256}`)],
    ['empty', () => put(key, ''), /object\/iris\.onnx .*it is empty/],
    ['another model', () => put(key, otherBytes), new RegExp(`sha256 ${hash(otherBytes)}, expected ${sha256}`)],
  ])('%s: alive, never ready, the reason in the log; the right object back: answered', async (_, spoil, reason) => {
    await spoil();
    await newEnvironments(stack);
    await expectNotReady(stack, reason);
    await put(key, bytes);
    await expectGolden(stack, '1.0.0');
    expect((await call(`${urlOf(stack)}/v2/health/ready`)).status).toBe(200);
  });

  test('an environment that has loaded it serves on', async () => {
    await newEnvironments(stack);
    await expectGolden(stack, '1.0.0');
    await put(key, otherBytes);
    await expectGolden(stack, '1.0.0');
  });
});

needing('iam').describe("the function's role", () => {
  test.each(['test-load-object', 'test-load-pointer'])(
    '%s: without s3:GetObject not ready, with it ready',
    async (stack) => {
      await put('object/iris.onnx', bytes);
      const policy = await policyOf(output(stack, 'Role'));
      const kept = policy.document.Statement.filter(({ Action }) => ![Action].flat().includes('s3:GetObject'));
      expect(kept).toHaveLength(policy.document.Statement.length - 1);
      await policy.put({ ...policy.document, Statement: kept });
      try {
        await newEnvironments(stack);
        await expectNotReady(stack, /AccessDenied/);
      } finally {
        await policy.put(policy.document);
      }
      await expectGolden(stack, '1.0.0');
    },
  );
});

needing('customResources', 'stackUpdates').describe('a release whose object has other bytes', () => {
  test('[1.4] fails by its self-test and rolls back; the version before answers on', async () => {
    await put('release/2.onnx', otherBytes);
    const failure = await deployAll('release/2.onnx').then(
      () => undefined,
      (error) => `${error.message} ${error.detail}`,
    );
    expect(failure).toMatch(new RegExp(`Self-test failed.*sha256 ${hash(otherBytes)}, expected ${sha256}`, 's'));
    await expectGolden('test-load-release', '1.0.0');
    await put('release/2.onnx', bytes);
    await deployAll('release/2.onnx');
    await remove('release/1.onnx');
    await newEnvironments('test-load-release');
    await expectGolden('test-load-release', '1.0.0');
  });
});

describe('the model behind a pointer', () => {
  const stack = 'test-load-pointer';
  const first = { key: 'pointer/1.onnx', sha256, version: '1.0.0' };
  const second = { key: 'pointer/2.onnx', sha256: hash(otherBytes), version: '2.0.0' };
  const goldenOf = async (key: string, folder: string) => {
    const text = readFileSync(`${folder}/golden.json`);
    await put(key, text);
    return { key, sha256: hash(text) };
  };
  /** The environment looks at the pointer again a second after it last did. */
  const pointTo = async (pointer: object) => {
    await putPointer(pointer);
    await sleep(1100);
  };

  /** As the command does, for functions that look a second later. */
  const release = async (folder: string, destination = `s3://${bucket}/pointer`): Promise<string> => {
    const terminal = new RecordedTerminal();
    const args = ['publish', folder, destination, '--endpoint', run.target.endpointUrl];
    const context = { toolkit: toolkitAt(process.cwd()), cwd: process.cwd(), env: {}, terminal };
    const exitCode = await main(args, { ...context, signal: new AbortController().signal });
    if (exitCode !== 0) throw new Error(terminal.stderr);
    await sleep(1100);
    return terminal.stderr;
  };

  beforeEach(async () => {
    await put(first.key, bytes);
    await put(second.key, otherBytes);
    await pointTo(first);
    await expectGolden(stack, '1.0.0');
  });

  test('is switched without a deployment, and back by the old pointer', async () => {
    const before = await revisionOf(stack);
    await pointTo({ ...second, golden: await goldenOf('pointer/2.json', 'test/fixtures/models/iris-v2') });
    const answer = await infer(urlOf(stack), 'iris', request);
    expect(answer.body.model_version).toBe('2.0.0');
    expect(answer.headers.get('x-model-version')).toBe('2.0.0');
    const after = await revisionOf(stack);
    expect(after).not.toBe(before);
    expect(after).toContain(second.sha256.slice(0, 12));
    await pointTo(first);
    await expectGolden(stack, '1.0.0');
    expect(await revisionOf(stack)).toBe(before);
  });

  test('is published from its folder, and once more to roll back', async () => {
    const before = await revisionOf(stack);
    expect(await release('test/fixtures/models/iris-v2')).toMatch(/Uploaded: pointer\/\w{64}\.onnx, .*\.golden\.json/);
    const answer = await infer(urlOf(stack), 'iris', request);
    expect(answer.body.model_version).toBe('2.0.0');
    expect(await revisionOf(stack)).toContain(second.sha256.slice(0, 12));
    await release('models/iris');
    expect(await revisionOf(stack)).toBe(before);
    await expectGolden(stack, '1.0.0');
    expect(await release('test/fixtures/models/iris-v2')).toContain('Nothing to upload');
    expect(await revisionOf(stack)).toContain(second.sha256.slice(0, 12));
  });

  test('is not published into a bucket that is not there', async () => {
    await expect(release('models/iris', 's3://no-such-bucket/pointer')).rejects.toThrow(/no bucket no-such-bucket/);
  });

  test.each<[string, () => Promise<object>, RegExp]>([
    ['a missing object', async () => ({ ...second, key: 'pointer/none.onnx' }), /pointer\/none\.onnx/],
    ['another hash', async () => ({ ...second, sha256: 'f'.repeat(64) }), /expected f{64}/],
    ['no pointer', async () => ({ version: '3' }), /pointer\/current\.json/],
    [
      'golden cases it fails',
      async () => ({ ...second, golden: await goldenOf('pointer/1.json', 'models/iris') }),
      /golden case/,
    ],
  ])('%s: the last good one answers on, the log says why and counts it', async (_, makePointer, reason) => {
    await pointTo(await makePointer());
    await expectGolden(stack, '1.0.0');
    const lines = await logLines(output(stack, 'LogGroup'));
    const failed = lines.filter(({ event }) => event === 'model_switch_failed').at(-1);
    expect(failed).toMatchObject({ model: 'iris', reason: expect.stringMatching(reason), ModelSwitchFailures: 1 });
    await newEnvironments(stack);
    await expectNotReady(stack, reason);
    await pointTo(first);
    await expectGolden(stack, '1.0.0');
  });
});

test('[5.3] a model that is released with another pair than its preprocessing is refused, until one of its pair is', async () => {
  const stack = 'test-load-pair';
  const url = `${urlOf(stack)}/v2/models/digits/infer`;
  const page = readFileSync('examples/transforms/paper/example.json', 'utf8');
  const release = async (pair: string) => {
    await put('pair/current.json', JSON.stringify({ ...digits, version: pair, pair }));
    await sleep(1100);
    return post<HttpErrorBody>(url, page);
  };
  expect((await release('digits-1')).status).toBe(200);
  const refused = await release('digits-2');
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ code: 'PAIR_MISMATCH', stage: 'predict' });
  const lines = await logLines(output(stack, 'LogGroup'));
  expect(lines.filter(({ PairMismatches }) => PairMismatches === 1)).toHaveLength(1);
  expect((await release('digits-1')).status).toBe(200);
});

async function expectGolden(stack: string, version: string): Promise<void> {
  const answer = await infer(urlOf(stack), 'iris', request);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(answer.body.model_version).toBe(version);
  expectOutputs(answer.body.outputs, outputs, tolerance);
}

async function expectNotReady(stack: string, reason: RegExp): Promise<void> {
  expect((await call(`${urlOf(stack)}/v2/health/live`)).status).toBe(200);
  expect((await call(`${urlOf(stack)}/v2/health/ready`)).status).toBe(503);
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await infer(urlOf(stack), 'iris', request);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.body).toMatchObject({ code: 'MODEL_NOT_READY', requestId: expect.any(String) });
    expect(answer.body.outputs).toBeUndefined();
    const line = await logLineOf(output(stack, 'LogGroup'), answer.headers.get('x-request-id'));
    expect(line.reason).toMatch(reason);
  }
}

async function revisionOf(stack: string): Promise<string> {
  const { body } = await call<{ parameters: { revision: string } }>(`${urlOf(stack)}/v2/models/iris`);
  return body.parameters.revision;
}

/** A new version of the function behind the alias: from now on every request is answered by a new environment. */
async function newEnvironments(stack: string): Promise<void> {
  const FunctionName = output(stack, 'Function');
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: randomUUID() }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30 }, { FunctionName });
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version }));
}

interface PolicyDocument {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

/** The one inline policy of a role. */
async function policyOf(RoleName: string) {
  const { PolicyNames } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  expect(PolicyNames).toHaveLength(1);
  const PolicyName = PolicyNames?.[0] ?? '';
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  const text = PolicyDocument.startsWith('%') ? decodeURIComponent(PolicyDocument) : PolicyDocument;
  return {
    document: JSON.parse(text) as PolicyDocument,
    put: (document: PolicyDocument) =>
      iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) })),
  };
}

function hash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
