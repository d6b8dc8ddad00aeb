import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_STATUS, METRICS } from '../../lambdas/shared/contract';
import { PATTERNS } from '../../lib/template/patterns';
import { withGeneratedParts } from '../../scripts/docs.mjs';
import { markdown } from './markdown';

const readme = markdown.get('README.md') ?? '';

test.each([...markdown])('%s: tables and examples are up to date (node scripts/docs.mjs)', (_, text) => {
  expect(text).toBe(withGeneratedParts(text));
});

test.each([...markdown])('%s: no table has a row twice, or an escape where it shows', (_, text) => {
  for (const table of text.split('<!-- props:start ').slice(1)) {
    const names = [...(table.split('<!-- props:end')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]);
    expect(names).toEqual([...new Set(names)]);
  }
  for (const [row] of text.matchAll(/^\| .*$/gm)) {
    const code = row.split('`').filter((_piece, at) => at % 2);
    expect(code.filter((piece) => piece.includes('&lt;'))).toEqual([]);
  }
});

describe('links', () => {
  test.each([...markdown])('%s: every link within the repository leads somewhere', (document, text) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const broken = links.filter((link) => !leadsSomewhere(document, link));
    expect(broken).toEqual([]);
  });
});

function leadsSomewhere(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? document : path.join(path.dirname(document), file);
  if (!existsSync(target)) return false;
  return anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
}

/** What GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? '');
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('the table of errors has every code with its status, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \| \S.* \|$/gm)];
  expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).toEqual(ERROR_STATUS);
});

test('the metrics that a service costs are those that it emits', () => {
  expect(readme).toContain(`| ${Object.keys(METRICS).length} custom metrics of a web-single;`);
});

describe('patterns', () => {
  const readmes = Object.keys(PATTERNS).map((pattern) => [pattern, `lib/patterns/${pattern}/README.md`]);

  test.each(readmes)('%s is in the list of patterns and has a README with every part', (pattern, file) => {
    expect(readme).toMatch(new RegExp(`^\\| \\[\\w+\\]\\(${file}\\) \\| .+ \\| \`${pattern}\` \\|$`, 'm'));
    const headings = [...(markdown.get(file ?? '') ?? '').matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(headings).toEqual([
      'Smallest snippet',
      'Props',
      'When something fails',
      'Cost',
      'Behaviours, and the tests that show them',
    ]);
  });

  test.each(readmes)('%s: says where its YAML belongs, and how a file for it is made', (_, file = '') => {
    expect(markdown.get(file)).toMatch(
      /^Under `services` of a \[serving\.yaml\]\(\S+\) \(`npx cdk-ml-serving init` makes one\)/m,
    );
  });

  test.each(readmes)('%s: each behaviour names tests that say that they show it', (_, file = '') => {
    const rows = [...(markdown.get(file) ?? '').matchAll(/^\| \[(\d+\.\d+)\] \| .+ \| (.+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(0);
    for (const [, behaviour, tests = ''] of rows) {
      const files = [...tests.matchAll(/\]\(([^)]+)\)/g)].map((match) => path.join(path.dirname(file), match[1] ?? ''));
      expect(files.length, behaviour).toBeGreaterThan(0);
      for (const each of files)
        expect(readFileSync(each, 'utf8'), `${behaviour} in ${each}`).toContain(`[${behaviour}]`);
    }
  });
});

test('[2.5] client timeout > server deadline < platform limit is in the README and in that of Synchronous', () => {
  const rule = 'Client timeout > server deadline < platform limit (API Gateway: 29 s)';
  expect(readme).toContain(rule);
  expect(markdown.get('lib/patterns/synchronous/README.md')).toContain(rule);
});

test('npm scripts and build steps that documents name exist', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const [document, text] of markdown) {
    for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts, document).toHaveProperty([name]);
  }
});

test('every image is there and is named in words', () => {
  const images = [...markdown].flatMap(([document, text]) =>
    [...text.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, words, file]) => ({ document, words, file })),
  );
  expect(images.length).toBeGreaterThan(0);
  for (const { document, words, file = '' } of images) {
    expect(words).not.toBe('');
    expect(readFileSync(path.join(path.dirname(document), file), 'utf8')).toMatch(/^<svg[^>]* viewBox=/);
  }
});
