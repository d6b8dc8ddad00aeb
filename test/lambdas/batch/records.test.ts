import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentEnd, RecordCutter, type RecordRules, textsOf } from '../../../lambdas/shared/batch/records';

/** The records of a text that comes in pieces of so many bytes. */
function recordsOf(content: Buffer, size: number, rules: RecordRules) {
  const cutter = new RecordCutter(rules);
  const records: { text?: string; lines: number; broken?: boolean; end: number }[] = [];
  let at = 0;
  const take = ({ data, spans }: ReturnType<RecordCutter['push']>) => {
    const { textOf } = textsOf(data, spans);
    for (const span of spans) {
      const { broken, end, lines, start } = span;
      records.push({ text: textOf(start, contentEnd(data, span)), lines, broken, end: at + end });
    }
    at += spans.at(-1)?.end ?? 0;
  };
  for (let start = 0; start < content.length; start += size) take(cutter.push(content.subarray(start, start + size)));
  take(cutter.end());
  return records;
}

const CSV = { quotedBy: ',' };

test('[4.6] a quoted field may hold line breaks; a quote within a field is none', () => {
  const text = 'a,"b\nc"\r\nd,5" wide\n"e ""f"", g",h\n\nlast';
  expect(recordsOf(Buffer.from(text), 4096, CSV).map(({ lines, text }) => [text, lines])).toEqual([
    ['a,"b\nc"', 2],
    ['d,5" wide', 1],
    ['"e ""f"", g",h', 1],
    ['', 1],
    ['last', 1],
  ]);
});

test('[4.3] a quote that never closes costs its own line, and no other', () => {
  const rows = Array.from({ length: 50 }, (_, row) => (row === 20 ? `"${row},x` : `${row},x`));
  for (const size of [7, 64, 4096]) {
    const records = recordsOf(Buffer.from(rows.join('\n')), size, { ...CSV, maxRecordBytes: 100 });
    expect(records.map(({ text }) => text)).toEqual(rows);
    expect(records.findIndex(({ broken }) => broken)).toBe(20);
    expect(records.filter(({ broken }) => broken)).toHaveLength(1);
  }
});

test('[4.3] bytes that are not UTF-8 spoil their own record only', () => {
  const content = Buffer.concat([Buffer.from('ä,1\n'), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('ö,2\n')]);
  expect(recordsOf(content, 4096, CSV).map(({ text }) => text)).toEqual(['ä,1', undefined, 'ö,2']);
});

const field = fc.oneof(
  fc.stringMatching(/^[a-z 0-9]{0,6}$/),
  fc.stringMatching(/^[a-z",\n]{0,6}$/).map((text) => `"${text.replaceAll('"', '""')}"`),
);
const file = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 30 });

test('[4.6] wherever the stream is cut, the records are the same; and so they are for who begins at one of them', () => {
  fc.assert(
    fc.property(file, fc.integer({ min: 1, max: 40 }), fc.nat(), (rows, size, from) => {
      const content = Buffer.from(`${rows.map((row) => row.join(',')).join('\n')}\n`);
      const whole = recordsOf(content, content.length, CSV);
      expect(recordsOf(content, size, CSV)).toEqual(whole);
      const start = [0, ...whole.map(({ end }) => end)][from % whole.length] ?? 0;
      const behind = recordsOf(content.subarray(start), size, CSV).map(({ text }) => text);
      expect(behind).toEqual(whole.filter(({ end }) => end > start).map(({ text }) => text));
    }),
  );
});
