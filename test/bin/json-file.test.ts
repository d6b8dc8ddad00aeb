import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDeployed } from '../../bin/local/deployment-record';
import { readEndpoints } from '../../bin/local/endpoints';
import { readJson, writeJson } from '../../bin/local/json-file';
import { workspaceOf } from '../../bin/local/workspace';

test('what is written is read again, and nothing is left beside it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'json-'));
  const file = join(dir, 'a.json');
  await writeJson(file, { a: 1 });
  await writeJson(file, { a: 2 });
  expect(await readJson(file, () => true)).toEqual({ a: 2 });
  expect(await readdir(dir)).toEqual(['a.json']);
});

test.each(['', '{"digest": "x", "stacks": [', '{"endpointUrl": "http', 'null', '{}'])(
  'a record that holds %j is none',
  async (text) => {
    const own = workspaceOf(join(await mkdtemp(join(tmpdir(), 'json-')), 'serving.yaml'));
    await mkdir(own.dir);
    for (const file of [own.deployedFile, own.endpointsFile]) {
      await writeFile(file, text);
    }
    expect(await readDeployed(own)).toBeUndefined();
    expect(await readEndpoints(own)).toBeUndefined();
  },
);
