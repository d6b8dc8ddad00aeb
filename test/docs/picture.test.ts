import { expect, test } from 'vitest';
import { linesOf, pictureOf } from '../../scripts/picture.mjs';

const progress =
  '  … Deployment of 1 stack: up to a minute\n    iris deployed (8.9 s)\n  ✓ Deployment of 1 stack (8.9 s)\n';
const report = 'service  answer\n-------  ------\niris     a < b\n\n@#\n';

test('the picture has what a terminal shows at the end, line by line', () => {
  expect(linesOf(progress, report)).toEqual([
    '$ npm start',
    '    iris deployed (8.9 s)',
    '  ✓ Deployment of 1 stack (8.9 s)',
    '',
    'service  answer',
    '-------  ------',
    'iris     a < b',
    '',
    '@#',
  ]);
});

test('the picture is as large as its lines need, and what they say is text in it', () => {
  const small = pictureOf(['iris     a < b']);
  expect(small).toContain('viewBox="0 0 125 48"');
  expect(small).toContain('textLength="92.8">iris     a &lt; b</text>');
  expect(pictureOf(['', '  ✓ done'])).toContain(
    'y="44" xml:space="preserve" textLength="53.0">  <tspan class="done">✓</tspan> done',
  );
});
