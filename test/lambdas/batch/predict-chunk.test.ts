import { describe, expect, test } from 'vitest';
import { predictChunk } from '../../../lambdas/batch-worker/predict-chunk';
import type { ByteSink } from '../../../lambdas/shared/batch/object-writer';
import type { BatchSettings, Chunk } from '../../../lambdas/shared/contract';
import { type FunctionOptions, predictFunction } from '../function';

class MemorySink implements ByteSink {
  content = Buffer.alloc(0);
  async write(content: Uint8Array) {
    this.content = Buffer.concat([this.content, content]);
  }
  async close() {
    return this.content.length;
  }
  async abort() {}
}

const SETTINGS: BatchSettings = {
  ...{ input: 'input/', inputPrefix: 'input/', outputPrefix: 'output/', delimiter: ',', multiline: true },
  ...{ rowsPerRun: 4, chunkRows: 100, chunkBytes: 1e6, toleratedFailurePercentage: 10, overlap: 'refuse' },
  ...{ timeZone: 'UTC', daysBack: 0, deadlineMs: 1e6, retentionMs: 1e6 },
};

/** The whole of a text as one mini-job. */
async function predicted(
  model: string,
  text: string,
  settings: Partial<BatchSettings> = {},
  chunk: Partial<Chunk> = {},
  hooks: FunctionOptions['hooks'] = {},
) {
  const content = Buffer.from(text);
  const { log, runs, service } = predictFunction(model, { hooks });
  const [results, errors] = [new MemorySink(), new MemorySink()];
  const format = chunk.format ?? 'csv';
  const header = format === 'csv' ? content.indexOf('\n') + 1 : 0;
  const report = await predictChunk(
    {
      run: 'run-1',
      chunk: {
        v: 1,
        index: 0,
        key: 'k',
        etag: 'e',
        format,
        start: header,
        end: content.length,
        firstRow: 1,
        firstLine: header ? 2 : 1,
        ...chunk,
      },
      settings: { ...SETTINGS, ...settings },
      models: service.models,
      deadlineMs: Date.now() + 60_000,
    },
    { input: { bytes: content.length, read: async (start, end) => content.subarray(start, end) }, results, errors },
  );
  const lines = (sink: MemorySink) => sink.content.toString().split('\n').filter(Boolean);
  return { report, results: lines(results), errors: lines(errors).map((line) => JSON.parse(line)), log, runs };
}

const IRIS =
  'id,sepal_length,sepal_width,petal_length,petal_width,colour\na,5.1,3.5,1.4,0.2,red\nb,6.7,3.0,5.2,2.3,"dark, ""blue"""\n';

describe('[4.2] results are found by the id of their row', () => {
  test('with the columns that are joined and the outputs that are selected', async () => {
    const settings = { idColumn: 'id', joinColumns: ['colour'], outputs: ['label'] };
    const { report, results } = await predicted('iris', IRIS, settings);
    expect(results).toEqual(['a,red,0,setosa,run-1,1.0.0', 'b,"dark, ""blue""",2,virginica,run-1,1.0.0']);
    expect(report).toMatchObject({ rows: 2, failed: 0, model: { name: 'iris', version: '1.0.0' } });
  });

  test('without an id column by the number of the row', async () => {
    const { results } = await predicted('iris', IRIS, { outputs: ['label'] });
    expect(results).toEqual(['1,0,setosa,run-1,1.0.0', '2,2,virginica,run-1,1.0.0']);
  });

  test('JSONL: numbers of any length stay what they are', async () => {
    const text = '{"id":12345678901234567890,"features":[5.1,3.5,1.4,0.2]}\n';
    const settings = { idColumn: 'id', outputs: ['label'], joinColumns: ['*'] };
    const { results } = await predicted('iris', text, settings, { format: 'jsonl' });
    expect(results).toEqual([
      `{"id":12345678901234567890,"input":${text.trim()},"label":0,"label_name":"setosa","run_id":"run-1","model_version":"1.0.0"}`,
    ]);
  });

  test('JSONL: also those of columns that are joined', async () => {
    const text = '{"n":12345678901234567890,"in":[{"m":12345678901234567891,"t":"1"}],"features":[5.1,3.5,1.4,0.2]}\n';
    const settings = { outputs: ['label'], joinColumns: ['n', 'in', 'none'] };
    const { results } = await predicted('iris', text, settings, { format: 'jsonl' });
    expect(results[0]).toContain(
      '"input":{"n":12345678901234567890,"in":[{"m":12345678901234567891,"t":"1"}],"none":null}',
    );
  });

  test('a column that cannot be told from one of the results is refused', async () => {
    await expect(predicted('iris', IRIS.replace('colour', 'label'), { joinColumns: ['*'] })).rejects.toThrow(
      /"label" cannot stand beside/,
    );
  });
});

describe('[4.3] a bad row fails alone', () => {
  test('one that the card refuses, by its column', async () => {
    const { errors, results } = await predicted('iris', `${IRIS}c,0x10,3,1,1,\nd,,3,1,1,\n`, {
      idColumn: 'id',
      outputs: ['label'],
    });
    expect(results).toHaveLength(2);
    expect(errors).toEqual([
      expect.objectContaining({
        file: 'k',
        row: 3,
        line: 4,
        id: 'c',
        code: 'INVALID_VALUE',
        field: 'sepal_length',
        run_id: 'run-1',
      }),
      expect.objectContaining({ row: 4, line: 5, id: 'd', code: 'INVALID_VALUE', field: 'sepal_length' }),
    ]);
  });

  test('one that the model fails on, of several in one run', async () => {
    const header = 'id,x_0,x_1,x_2,x_3,index,iterations\n';
    const rows = [1, 2, 99, 4, 5].map((index) => `r${index},1,2,3,4,${index},0\n`).join('');
    const { errors, results } = await predicted('poison', header + rows, { idColumn: 'id' });
    expect(results.map((line) => line.split(',').slice(0, 2))).toEqual([
      ['r1', '110'],
      ['r2', '210'],
      ['r4', '410'],
      ['r5', '510'],
    ]);
    expect(errors).toMatchObject([{ id: 'r99', row: 3, code: 'INTERNAL' }]);
  });
});

test('[4.6] of a model whose rows are not independent each is a run of its own', async () => {
  const header = 'id,x_0,x_1,x_2,x_3,iterations\n';
  const { report, results } = await predicted('slow', `${header}a,1,2,3,4,1\nb,5,6,7,8,2\n`, {
    idColumn: 'id',
    rowsPerRun: 64,
  });
  expect(report).toMatchObject({ rows: 2, failed: 0 });
  expect(results).toEqual(['a,1,2,3,4,1,run-1,1.0.0', 'b,5,6,7,8,2,run-1,1.0.0']);
});

test('[4.6] each record belongs to the range that its first byte is in, wherever the ranges are cut', async () => {
  const lines = Array.from({ length: 40 }, (_, row) => `{"id":${row},"features":[5.1,3.5,1.4,0.${row}]}\n`);
  const text = lines.join('');
  for (const size of [1, 17, 50, 333]) {
    const ids: number[] = [];
    for (let start = 0; start < text.length; start += size) {
      const range = {
        format: 'jsonl',
        start,
        end: Math.min(start + size, text.length),
        firstRow: undefined,
        firstLine: undefined,
      } as const;
      const { results } = await predicted('iris', text, { idColumn: 'id', outputs: ['label'] }, range);
      ids.push(...results.map((line) => JSON.parse(line).id));
      if (size === 1 && start > 200) break;
    }
    const expected = lines.map((_, row) => row);
    expect(ids).toEqual(size === 1 ? expected.slice(0, ids.length) : expected);
  }
}, 60_000);

describe('[4.2] with hooks a row is what a client would send, and its result what the client would get', () => {
  const preprocess = `export default (request, { badInput, unavailable, state }) => {
    const { lengths, name } = request.json();
    if (name === 'down') throw unavailable('the store is down');
    if (name === 'broken') throw new Error('secret');
    if (!Array.isArray(lengths)) throw badInput('lengths must be a list', 'lengths');
    state.name = name;
    return { features: { datatype: 'FP32', shape: [1, 4], data: Float32Array.from(lengths) } };
  };`;
  const postprocess = `export default ({ label }, { requestId, state }) => ({ of: state.name, label: label.data, requestId });`;
  const settings = { bodies: true, idColumn: 'name' };
  const lines = (...rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const setosa = { name: 'a', lengths: [5.1, 3.5, 1.4, 0.2] };
  const virginica = { name: 'b', lengths: [6.7, 3, 5.2, 2.3] };
  const jsonl = { format: 'jsonl' } as const;

  test('both hooks see each row; rows are stacked to one run', async () => {
    const { report, results, runs } = await predicted('iris', lines(setosa, virginica), settings, jsonl, {
      preprocess,
      postprocess,
    });
    expect(results.map((line) => JSON.parse(line))).toEqual([
      ...[
        { name: 'a', answer: { of: 'a', label: [0], requestId: 'run-1-0-1' } },
        { name: 'b', answer: { of: 'b', label: [2], requestId: 'run-1-0-2' } },
      ].map((result) => ({ ...result, run_id: 'run-1', model_version: '1.0.0' })),
    ]);
    expect(report).toMatchObject({ rows: 2, failed: 0 });
    expect(runs()).toBe(1);
  });

  test('one of them alone does with the usual other half', async () => {
    const before = await predicted('iris', lines(setosa), settings, jsonl, { preprocess });
    expect(JSON.parse(before.results[0] ?? '').answer).toMatchObject({ predictions: [{ label: 0 }] });
    const plain = lines({ instances: [virginica.lengths] });
    const behind = await predicted('iris', plain, { bodies: true }, jsonl, { postprocess });
    expect(JSON.parse(behind.results[0] ?? '')).toMatchObject({ row: 1, answer: { label: [2] } });
  });

  test('[4.3] a row that a hook refuses, or fails on, or that the card refuses, fails alone', async () => {
    const bad = [{ name: 'c' }, { name: 'broken' }, { name: 'wide', lengths: [99, 1, 1, 1] }];
    const { errors, report, results } = await predicted('iris', lines(setosa, ...bad, virginica), settings, jsonl, {
      preprocess,
    });
    expect(results).toHaveLength(2);
    expect(report).toMatchObject({ rows: 5, failed: 3 });
    expect(errors).toMatchObject([
      { id: 'c', row: 2, code: 'INVALID_REQUEST', field: 'lengths', reason: 'lengths must be a list' },
      { id: 'broken', row: 3, code: 'INTERNAL', reason: 'The hook preprocess failed.' },
      { id: 'wide', row: 4, code: 'INVALID_VALUE', field: 'features' },
    ]);
  });

  test('[4.4] what a hook needs is down: the mini-job fails, and is tried again', async () => {
    const text = lines(setosa, { name: 'down' });
    await expect(predicted('iris', text, settings, jsonl, { preprocess })).rejects.toThrow('the store is down');
  });
});
