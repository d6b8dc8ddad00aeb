import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findConfig, workspaceOf } from '../../bin/local/workspace';

test('serving.yaml works in .local, another file of the folder in a folder of its own', () => {
  expect(workspaceOf('/p/serving.yaml').dir).toBe('/p/.local');
  expect(workspaceOf('/p/team.yaml').dir).toBe('/p/.local/team');
  expect(workspaceOf('/p/team.yaml').toolsDir).toBe('/p/.local');
  expect(workspaceOf('/p/serving.yaml', '/tools').toolsDir).toBe('/tools');
});

test('the nearest serving.yaml upwards is found', async () => {
  const top = await mkdtemp(join(tmpdir(), 'config-'));
  await mkdir(join(top, 'a', 'b'), { recursive: true });
  await writeFile(join(top, 'serving.yaml'), '');
  expect(findConfig(join(top, 'a', 'b'))).toBe(join(top, 'serving.yaml'));
  await writeFile(join(top, 'a', 'serving.yaml'), '');
  expect(findConfig(join(top, 'a', 'b'))).toBe(join(top, 'a', 'serving.yaml'));
});

test('a file that is asked for is taken relative to the current folder and must exist', async () => {
  const top = await mkdtemp(join(tmpdir(), 'config-'));
  await writeFile(join(top, 'team.yaml'), '');
  expect(findConfig(top, 'team.yaml')).toBe(join(top, 'team.yaml'));
  expect(() => findConfig(top, 'nope.yaml')).toThrow(`There is no configuration file ${join(top, 'nope.yaml')}.`);
});
