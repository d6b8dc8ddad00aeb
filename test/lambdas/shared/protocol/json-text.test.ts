import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../../lambdas/shared/protocol/json-text';

describe('parseJson', () => {
  it('keeps every digit of long numbers, and only of those', () => {
    const text = '{"a":[9007199254740993,-12345678901234567890,1,1.2345678901234567890,1e30,"9007199254740993"]}';
    const body = parseJson(text, true);
    expect(body.exact).toEqual({
      a: ['9007199254740993', '-12345678901234567890', 1, '1.2345678901234567890', 1e30, '9007199254740993'],
    });
    expect(body.value).toEqual(JSON.parse(text));
  });

  it('is one parse where nothing is long', () => {
    const body = parseJson('{"a":[1,2.5]}', true);
    expect(body.exact).toBe(body.value);
  });

  it('leaves strings alone, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('"', '\\', '1', 'N', 'a', '[', '\n', ',') })),
        (strings) => {
          const value = { 'NaN"\\': [...strings, 'NaN', '12345678901234567890', '\\"'] };
          const text = JSON.stringify(value);
          expect(parseJson(`{"big":12345678901234567890,"v":${text}}`, true).exact).toEqual({
            big: '12345678901234567890',
            v: value,
          });
          expect(parseJson(`{"nan":NaN,"v":${text}}`, false).value).toEqual({ nan: null, v: value });
        },
      ),
    );
  });

  it('a word that is no number is malformed', () => {
    for (const text of ['nan', '[NAN]', '+Infinity', '{"a":Infinityx}', '["NaN]', 'undefined', '01', '\\']) {
      expect(() => parseJson(text, true), text).toThrow(expect.objectContaining({ code: 'MALFORMED_JSON' }));
    }
  });

  it('any JSON is parsed as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text, false).value).toEqual(JSON.parse(text));
      }),
    );
  });
});
