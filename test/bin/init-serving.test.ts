import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ServingText } from '../../bin/onnx/serving-entry';
import { demoModel, fixture, Project } from './init-project';

const ENTRY = { pattern: 'web-single', model: 'models/new' };
const added = (text: string | undefined): string =>
  new ServingText('serving.yaml', text).with('new', ENTRY) ?? 'unchanged';

describe('[12.6] an entry is set in and nothing else is touched', () => {
  const ours = ['  new:', '    pattern: web-single', '    model: models/new', ''].join('\n');

  test.each([
    ['behind the last one', 'services:\n  a: { pattern: x }   # one\n', 'services:\n  a: { pattern: x }   # one\n', ''],
    [
      'apart, where entries are',
      'services:\n  a:\n    m: 1\n\n  b:\n    m: 2\n',
      'services:\n  a:\n    m: 1\n\n  b:\n    m: 2\n\n',
      '',
    ],
    [
      'before what follows',
      'services:\n  a:\n    m:  1\n# end\nafter:   [1,2]\n',
      'services:\n  a:\n    m:  1\n',
      '# end\nafter:   [1,2]\n',
    ],
    ['at the end of a file without a line end', 'services:\n  a:\n    m: 1', 'services:\n  a:\n    m: 1\n', ''],
  ])('%s', (_, text, before, after) => {
    expect(added(text)).toBe(before + ours + after);
  });

  test('with the indentation and the line ends of the file', () => {
    expect(added('services:\r\n    a:\r\n        m: 1\r\n')).toBe(
      'services:\r\n    a:\r\n        m: 1\r\n    new:\r\n      pattern: web-single\r\n      model: models/new\r\n',
    );
  });

  test.each(['services: {}\n', 'services:\n', 'services: { a: { pattern: x } }\n', '# all\ntemplateVersion: 1\n', ''])(
    'where there is no block of services: %j',
    (text) => {
      const before = parse(text) ?? {};
      expect(parse(added(text))).toEqual({ ...before, services: { ...before.services, new: ENTRY } });
      expect(added(text)).toContain(text.startsWith('#') ? '# all\n' : '');
    },
  );

  test('an entry that says so already is left alone; its other settings stay', () => {
    const text = 'services:\n  new:\n    pattern: web-single # c\n    model: models/new\n    memory: 1 GiB\n';
    expect(added(text)).toBe('unchanged');
    expect(parse(added(text.replace('models/new', 'elsewhere')))).toEqual(parse(text));
  });
});

describe('what is there is not written over', () => {
  const contents = (project: Project) =>
    project
      .files()
      .filter((name) => /\.\w+$/.test(name))
      .map((name) => [name, project.read(name)]);

  test('a folder or an entry of that name; with --force what people wrote stays', async () => {
    const project = new Project();
    await project.init(fixture('scalar'));
    project.write(
      'models/scalar/model.yaml',
      project.read('models/scalar/model.yaml').replace('task: TODO', 'task: sums'),
    );
    project.write('models/scalar/RUNBOOK.md', '# Ours\n');
    project.write('models/scalar/train.py', 'pass\n');
    const before = contents(project);
    const again = await project.init(fixture('scalar'));
    expect(again.exitCode).toBe(1);
    expect(again.stderr).toContain('The folder');
    expect(again.stderr).toContain('has a service scalar already');
    expect(again.stderr).toContain('--force. The runbook stays, and the card where it fits the model.');
    expect(contents(project)).toEqual(before);

    project.write('rows.json', '{"instances": [[1, 2]]}');
    expect((await project.init(fixture('scalar'), '--force', '--input', 'rows.json')).exitCode).toBe(0);
    const changed = contents(project).filter(
      ([name, text]) => !before.some((old) => old[0] === name && old[1] === text),
    );
    expect(changed.map(([name]) => name)).toEqual(['models/scalar/golden.json', 'rows.json']);
  });

  test('with --force another model of the same signature is another version of the card', async () => {
    const project = new Project();
    await project.init(demoModel('digits'), '--name', 'digits');
    const card = project
      .read('models/digits/model.yaml')
      .replace(/^task: .*$/m, 'task: image-classification # of ours')
      .replace(/^( +)(- name: )/m, '$1# a comment\n$1$2');
    project.write('models/digits/model.yaml', card);
    const before = contents(project);
    const unsaid = await project.init(demoModel('digits-fast'), '--name', 'digits', '--force');
    expect([unsaid.exitCode, unsaid.stderr]).toEqual([1, expect.stringMatching(/of version 1\.0\.0.*--version/s)]);
    expect(contents(project)).toEqual(before);

    const said = await project.init(demoModel('digits-fast'), '--name', 'digits', '--force', '--version', '1.1.0');
    expect(said.exitCode, said.stderr).toBe(0);
    expect(said.stdout).toContain('version 1.1.0; what else you wrote there stays');
    const fields = /^(sha256|version): .*$/gm;
    expect(project.read('models/digits/model.yaml').replace(fields, '')).toBe(card.replace(fields, ''));
    const { sha256, version } = parse(project.read('models/digits/model.yaml'));
    expect([sha256, version]).toEqual([
      createHash('sha256')
        .update(readFileSync(demoModel('digits-fast')))
        .digest('hex'),
      '1.1.0',
    ]);
  });

  test('with --force another model of another signature gets a card of its own', async () => {
    const project = new Project();
    await project.init(fixture('scalar'));
    expect((await project.init(fixture('identity-bool'), '--name', 'scalar', '--force')).exitCode).toBe(0);
    expect(parse(project.read('models/scalar/model.yaml')).inputs).toMatchObject([{ datatype: 'BOOL' }]);
  });

  test.each(['services: [a]\n', 'services: {a\n'])('a configuration that cannot be added to: %j', async (text) => {
    const project = new Project();
    project.write('serving.yaml', text);
    expect((await project.init(fixture('scalar'))).exitCode).toBe(1);
    expect(project.files()).toEqual(['serving.yaml']);
  });
});
