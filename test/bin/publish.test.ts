import { execFile } from 'node:child_process';
import { copyFileSync, cpSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Project, ROOT } from './init-project';

let project: Project;
let close = () => {};
beforeEach(() => {
  project = new Project();
  cpSync(path.join(ROOT, 'models/iris'), project.path('iris'), { recursive: true });
});
afterEach(() => close());

/** Something that answers as S3 does, on every request alike. */
async function s3(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => listener(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('before anything is sent', () => {
  const nowhere = 'http://127.0.0.1:9';
  const publish = (...args: string[]) => project.run('publish', ...args, '--endpoint', nowhere);

  test.each([
    [['iris'], "missing required argument 'destination'"],
    [['iris', 'models/iris'], 'A destination is s3://bucket/prefix; got models/iris'],
    [['iris', 's3://models'], 'A destination is s3://bucket/prefix; got s3://models'],
    [['iris', 's3://models/iris', '--pointer', 'a/current.json'], 'A pointer is a name beside the models'],
  ])('%j is a wrong argument', async (args, problem) => {
    const { exitCode, stderr } = await publish(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['no folder', () => project.path('none'), /There is no .*model\.yaml.*init path\/to\/model\.onnx/s],
    ['another model than the card says', () => exchange('test/fixtures/models/iris-v2/model.onnx'), /declares SHA-256/],
    ['a card that is none', () => project.write('iris/model.yaml', 'name: iris'), /model\.yaml.*schemaVersion/],
    ['no cases', () => project.write('iris/golden.json', '{"cases": []}'), /golden\.json has no cases/],
    ['cases that are no JSON', () => project.write('iris/golden.json', '{'), /golden\.json is not JSON/],
    ['answers that differ', () => spoilGolden(), /golden case ".*value 0 is .*correct model\.yaml and golden\.json/s],
    ['a signature that differs', () => renameOutput(), /the card lists output "species", the model has/],
  ])('%s: refused', async (name, spoil, problem) => {
    spoil();
    const { exitCode, stdout, stderr } = await publish(name === 'no folder' ? 'none' : 'iris', 's3://models/iris');
    expect([exitCode, stdout, stderr]).toEqual([1, '', expect.stringMatching(problem)]);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  function exchange(file: string): void {
    copyFileSync(path.join(ROOT, file), project.path('iris/model.onnx'));
  }

  function spoilGolden(): void {
    const golden = JSON.parse(project.read('iris/golden.json'));
    golden.cases[0].outputs[0].data[0] += 1;
    project.write('iris/golden.json', JSON.stringify(golden));
  }

  function renameOutput(): void {
    const card = project.read('iris/model.yaml').replace(/name: label\b/, 'name: species');
    project.write('iris/model.yaml', card);
  }
});

describe('what S3 answers, in words', () => {
  const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;

  test.each([
    [404, 'NoSuchBucket', /There is no bucket models\./],
    [403, 'AccessDenied', /may not write to s3:\/\/models\/iris\..*s3:PutObject.*arn:aws:s3:::models\/iris\/\*/s],
    [403, 'InvalidAccessKeyId', /AWS does not take the credentials\..*AWS_PROFILE/s],
    [400, 'ExpiredToken', /AWS does not take the credentials\..*AWS_PROFILE/s],
    [301, 'PermanentRedirect', /Bucket models is in another region: eu-west-1\..*AWS_REGION=eu-west-1/s],
  ])('%i %s', async (status, code, words) => {
    const endpoint = await s3((_, response) =>
      response.writeHead(status, { 'x-amz-bucket-region': 'eu-west-1' }).end(xml(code)),
    );
    const { exitCode, stdout, stderr } = await project.run(
      'publish',
      'iris',
      's3://models/iris',
      '--endpoint',
      endpoint,
    );
    expect([exitCode, stdout, stderr]).toEqual([1, '', expect.stringMatching(words)]);
  });

  test('nothing answers', async () => {
    const { stderr } = await project.run('publish', 'iris', 's3://models/iris', '--endpoint', 'http://127.0.0.1:9');
    expect(stderr).toContain('S3 does not answer.');
  });

  test.each([
    ['without credentials', { AWS_REGION: 'eu-west-1' }, 'There are no AWS credentials.'],
    ['without a region', { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, 'No AWS region is set.'],
  ])('AWS, %s', async (_, settings, words) => {
    const program = path.join(ROOT, 'build/bin/cdk-ml-serving.js');
    const env = { PATH: process.env.PATH, HOME: project.folder, AWS_EC2_METADATA_DISABLED: 'true', ...settings };
    const stderr = await new Promise((resolve) =>
      execFile(
        process.execPath,
        [program, 'publish', 'iris', 's3://models/iris'],
        { cwd: project.folder, env },
        (_error, _stdout, text) => resolve(text),
      ),
    );
    expect(stderr).toContain(words);
  });
});

test('the pointer is written last, and named', async () => {
  const seen: string[] = [];
  const endpoint = await s3((request, response) => {
    seen.push(`${request.method} ${request.url?.replace(/\?.*/, '').replace(/[0-9a-f]{64}/, 'HASH')}`);
    response.writeHead(request.method === 'HEAD' ? 404 : 200).end();
  });
  const args = ['iris', 's3://models/flowers/iris/', '--pointer', 'next.json', '--endpoint', endpoint];
  const { exitCode, stdout, stderr } = await project.run('publish', ...args);
  expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/iris 1\.0\.0 answers its golden cases \(\d+\)/)]);
  expect(stdout).toBe('s3://models/flowers/iris/next.json names iris 1.0.0\n');
  expect(seen).toEqual([
    'HEAD /models/flowers/iris/HASH.onnx',
    'PUT /models/flowers/iris/HASH.onnx',
    'HEAD /models/flowers/iris/HASH.golden.json',
    'PUT /models/flowers/iris/HASH.golden.json',
    'PUT /models/flowers/iris/next.json',
  ]);
});

test('help says what it does and whose credentials it takes', async () => {
  const { exitCode, stdout } = await project.run('publish', '--help');
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/<model> <destination>.*--pointer.*AWS_PROFILE/s)]);
});
