import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readModel } from '../../bin/onnx/read-model';
import { sizeRefusals } from '../../bin/onnx/refusals';
import {
  bytes,
  ELEMENT,
  identity,
  input,
  int,
  mapsType,
  node,
  onnx,
  output,
  part,
  tensorType,
  text,
  weights,
} from './init-onnx';
import { fixture, Project } from './init-project';

const float = (...shape: (number | string)[]) => tensorType(ELEMENT.FLOAT, shape);
const x = input('x', float('batch', 2));
const y = output('y', float('batch', 2));
const external = (location: string) =>
  onnx([
    node('Add', ['x', 'w'], ['y']),
    part(5, int(1, 2), int(2, 1), text(8, 'w'), part(13, text(1, 'location'), text(2, location)), int(14, 1)),
    x,
    y,
  ]);
/** A graph in a graph: where a check of the outermost one does not look. */
const inner = (...graph: readonly Parameters<typeof part>[1][]) => [
  node('If', ['c'], ['y'], part(5, text(1, 'then_branch'), part(6, ...graph), int(20, 5))),
  x,
  y,
];
const REFUSED: readonly [string, Uint8Array, ...string[]][] = [
  ['external data by an absolute path', external('/etc/passwd'), 'outside of the model', '/etc/passwd'],
  ['external data in a folder above', external('w/../../w.bin'), 'outside of the model', 'w/../../w.bin'],
  ['external data on another drive', external('C:\\w.bin'), 'outside of the model'],
  [
    'external data beside the model',
    external('w.bin'),
    '1 of its tensors lie in other files (w.bin)',
    'onnx.save(onnx.load("m.onnx"), "merged.onnx")',
  ],
  [
    'external data in a subgraph',
    onnx(inner(part(5, text(8, 'w'), part(13, text(1, 'location'), text(2, '../w'))))),
    '../w',
  ],
  [
    'external data in an attribute',
    onnx([node('Constant', [], ['y'], part(5, text(1, 'value'), part(5, int(14, 1)))), x, y]),
    'other files',
  ],
  [
    'a custom operator',
    onnx([node('Mystery', ['x'], ['y'], text(7, 'com.example')), x, y]),
    'com.example.Mystery',
    'Libraries of custom operators are not loaded',
  ],
  [
    'a custom operator in a subgraph',
    onnx(inner(node('Mystery', ['x'], ['y'], text(7, 'com.example')))),
    'com.example.Mystery',
  ],
  ['an operator that ONNX does not have', onnx([node('Nonsense', ['x'], ['y']), x, y]), 'does not have: Nonsense'],
  [
    'an operator that ONNX Runtime does not have',
    onnx([node('Nonsense', ['x'], ['y'], text(7, 'com.microsoft')), x, y], {
      more: [part(8, text(1, 'com.microsoft'), int(2, 1))],
    }),
    'com.microsoft:Nonsense',
  ],
  ['an opset to come', identity(ELEMENT.FLOAT, { opset: 99 }), 'opset 99', 'convert_version(model, 26)'],
  ['an IR version to come', identity(ELEMENT.FLOAT, { irVersion: 99 }), 'IR version 99', 'model.ir_version = 13'],
  ['an empty file', new Uint8Array(), 'it is empty'],
  ['a file cut short', identity(ELEMENT.FLOAT).subarray(0, 40), 'only the beginning of one'],
  ['a page', Buffer.from('<!DOCTYPE html><html>'), 'no ONNX model but a page'],
  ['a pointer of Git LFS', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'git lfs pull'],
  ['a zip archive', Buffer.from('PK\u0003\u0004 archive'), 'torch.onnx.export'],
  [
    'a graph that is there twice',
    onnx([node('Identity', ['x'], ['y']), x, y], { more: [part(7, text(2, 'g'))] }),
    'there twice',
  ],
  [
    'a sequence',
    onnx([node('SequenceConstruct', ['x'], ['y']), x, output('y', part(4, part(1, float('batch', 2))))]),
    'a sequence',
    'ConcatFromSequence',
  ],
  [
    'an optional input',
    onnx([node('Identity', ['x'], ['y']), input('x', part(9, part(1, float(1)))), y]),
    'Input "x" is optional',
  ],
  [
    'maps of a classifier',
    onnx([node('ZipMap', ['p'], ['probability'], text(7, 'ai.onnx.ml')), x, output('probability', mapsType())]),
    'ZipMap',
    "options={'zipmap': False}",
    'onnx.load("m.onnx")',
  ],
  ['FLOAT8', identity(ELEMENT.FLOAT8), 'FLOAT8E4M3FN', 'Put a Cast to FLOAT'],
  ['INT4', identity(ELEMENT.INT4), 'type INT4'],
  ['COMPLEX64', identity(ELEMENT.COMPLEX64), 'type COMPLEX64'],
  ['BFLOAT16', identity(ELEMENT.BFLOAT16), 'type BFLOAT16'],
  [
    'no inputs',
    onnx([node('Identity', ['w'], ['y']), weights('w', [1, 2]), output('y', float(2))]),
    'It has no inputs: every answer would be the same',
  ],
  ['no outputs', onnx([node('Identity', ['x'], ['y']), x]), 'It has no outputs'],
  ['a dimension of 0', onnx([node('Identity', ['x'], ['y']), input('x', float(0, 2)), y]), 'shape [0, 2]'],
  [
    'a name that no object has',
    onnx([node('Identity', ['__proto__'], ['y']), input('__proto__', float(2)), y]),
    'a name that no request can use',
  ],
  [
    'answers by chance',
    onnx([node('RandomNormalLike', ['x'], ['y']), x, y]),
    'in another way each time',
    'model.eval()',
  ],
  [
    'no input that it runs with',
    onnx([
      node('Reshape', ['x', 'w'], ['y']),
      part(5, int(1, 1), int(2, 7), text(8, 'w'), bytes(9, new Uint8Array(BigInt64Array.of(7n).buffer))),
      x,
      output('y', float(7)),
    ]),
    'none of the made-up inputs ran',
    '--input FILE',
  ],
];

describe('a model that cannot be served is refused with its reason and the way out, and leaves nothing', () => {
  test.each(REFUSED)('%s', async (_, content, ...texts) => {
    const project = new Project();
    const { exitCode, stderr } = await project.init(project.write('m.onnx', content));
    expect(exitCode, stderr).toBe(1);
    for (const each of texts) expect(stderr).toContain(each);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(project.files()).toEqual(['m.onnx']);
  });

  test.each(['corrupt', 'custom-op', 'external-data', 'sequence-output'])('the fixture %s', async (name) => {
    const project = new Project();
    expect((await project.init(fixture(name), '--name', 'refused')).exitCode).toBe(1);
    expect(project.files()).toEqual([]);
  });

  test('weights behind a symbolic link that leads out: only the one file is ever read', async () => {
    const project = new Project();
    symlinkSync('/etc/hostname', project.path('w.bin'));
    const { exitCode, stderr } = await project.init(project.write('m.onnx', external('w.bin')));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('in other files (w.bin)')]);
  });

  test('all reasons at once', async () => {
    const project = new Project();
    const { stderr } = await project.init(project.write('m.onnx', identity(ELEMENT.BFLOAT16)));
    expect(stderr).toContain('Input "x"');
    expect(stderr).toContain('Output "y"');
  });

  test('one that is larger than a package, with the way to load it from S3', () => {
    expect(sizeRefusals(200_000_000)).toEqual([]);
    expect(sizeRefusals(230_000_000)).toMatchObject([{ wayOut: expect.stringContaining('--bucket') }]);
  });
});

test('no cut of a file, and no change of a byte, takes the reader out of its bounds', () => {
  const whole = onnx(inner(node('Identity', ['x'], ['y'])));
  for (let length = 0; length < whole.length; length++) attempt(whole.slice(0, length));
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) attempt(whole.with(at, value));
  }
  let deep = part(7, text(2, 'innermost'));
  for (let depth = 0; depth < 300; depth++) deep = part(1, part(5, part(6, deep)));
  expect(() => readModel(onnx([deep, x, y]))).toThrow('more than 200 deep');
});

function attempt(content: Uint8Array): void {
  try {
    readModel(content);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
  }
}
