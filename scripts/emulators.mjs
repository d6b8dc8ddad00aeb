/**
 * Records what a run of the end-to-end tests showed (`npm run test:e2e -- --record embedded`), in
 * docs/emulators/<endpoint>.json; scripts/docs.mjs makes the table in docs/emulators.md of the records.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './dependencies.mjs';

const ENDPOINTS = { embedded: 'Embedded emulator', localstack: 'LocalStack', aws: 'AWS' };
const folder = path.join(root, 'docs/emulators');
/** Title of a behaviour, and of a test that was skipped. */
const BEHAVIOUR = /\[((?:\d+|X)\.\d+)\]/g;
const SKIPPED = / \(not on \w+: (.+?)\)/;

// --- Recording --------------------------------------------------------------------------------------------------------

/**
 * A report of vitest by file: the day of the run and the tests of numbered behaviours, `true` for what was shown, else
 * why it was not.
 */
export function recordOf({ startTime, testResults }) {
  const date = new Date(startTime).toISOString().slice(0, 10);
  const files = testResults.map(({ name, assertionResults }) => [relative(name), testsOf(assertionResults)]);
  const numbered = files.filter(([, tests]) => Object.keys(tests).length > 0);
  return Object.fromEntries(numbered.map(([file, tests]) => [file, { date, tests }]));
}

function testsOf(assertionResults) {
  const tests = [];
  for (const { ancestorTitles, title, status } of assertionResults) {
    const name = [...ancestorTitles, title].join(' > ');
    if (!name.match(BEHAVIOUR)) continue;
    const [, reason] = SKIPPED.exec(name) ?? [];
    if (status !== 'passed' && reason === undefined) throw new Error(`not a record of a good run: ${status}: ${name}`);
    tests.push([name.replace(SKIPPED, ''), reason ?? true]);
  }
  return sorted(tests);
}

const relative = (file) => path.relative(root, file).replaceAll(path.sep, '/');
const sorted = (entries) => Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));

/** The embedded emulator is what the tests start where no other is named. */
export function requireEndpoint(endpoint, url) {
  if (!(endpoint in ENDPOINTS)) throw new Error(`"${endpoint}" is none of ${Object.keys(ENDPOINTS).join(', ')}`);
  if (endpoint === 'embedded' && url) throw new Error(`AWS_ENDPOINT_URL is set, so that the tests run at ${url}.`);
  if (endpoint !== 'embedded' && !url) throw new Error(`AWS_ENDPOINT_URL must say where ${endpoint} is.`);
}

/** Writes down a good run, and makes the table anew. What is recorded of files that are there and did not run stays. */
export function record(endpoint, report) {
  const before = Object.entries(readRecords()[endpoint] ?? {});
  const kept = before.filter(([file]) => existsSync(path.join(root, file)));
  const files = sorted(Object.entries({ ...Object.fromEntries(kept), ...recordOf(report) }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${endpoint}.json`), `${JSON.stringify(files, null, 2)}\n`);
  run(process.execPath, ['scripts/docs.mjs']);
}

// --- The table --------------------------------------------------------------------------------------------------------

/** Titles and rows of the table: a behaviour, then what each endpoint shows of it. */
export function behaviours(records = readRecords()) {
  const shown = Object.fromEntries(Object.entries(records).map(([endpoint, files]) => [endpoint, testsIn(files)]));
  const names = [...new Set(Object.values(shown).flatMap(Object.keys))];
  const numbers = [...new Set(names.flatMap((name) => [...name.matchAll(BEHAVIOUR)].map((match) => match[1])))];
  const rows = numbers.sort(byNumber).map((number) => {
    const tests = names.filter((name) => name.includes(`[${number}]`));
    return [`[${number}]`, titleOf(number, tests), ...Object.keys(ENDPOINTS).map((each) => cell(tests, shown[each]))];
  });
  return { titles: ['', 'What the tests show', ...Object.keys(ENDPOINTS).map((each) => heading(each, records))], rows };
}

function readRecords() {
  const files = Object.keys(ENDPOINTS).map((endpoint) => [endpoint, path.join(folder, `${endpoint}.json`)]);
  const there = files.filter(([, file]) => existsSync(file));
  return Object.fromEntries(there.map(([endpoint, file]) => [endpoint, JSON.parse(readFileSync(file, 'utf8'))]));
}

/** Of a test that two files have, what the last run said. */
function testsIn(files) {
  const oldestFirst = Object.values(files).sort((a, b) => (a.date < b.date ? -1 : 1));
  return Object.assign({}, ...oldestFirst.map(({ tests }) => tests));
}

/** With the day of the run; where files ran on several, that of the oldest. */
function heading(endpoint, records) {
  const dates = Object.values(records[endpoint] ?? {}).map(({ date }) => date);
  return [ENDPOINTS[endpoint], ...dates.sort().slice(0, 1)].join(', ');
}

/** What stands behind the number in titles: three are enough to know what it is about. */
function titleOf(number, tests) {
  const parts = tests.map((name) => name.split(' > ').find((part) => part.includes(`[${number}]`)));
  const words = [...new Set(parts.map((part) => part.replace(BEHAVIOUR, '').trim()))].sort(
    (a, b) => a.length - b.length,
  );
  return words.length > 3 ? `${words.slice(0, 3).join('; ')}; …` : words.join('; ');
}

function cell(tests, record) {
  if (!record) return 'not run';
  const known = tests.filter((name) => name in record);
  const shown = known.filter((name) => record[name] === true);
  if (known.length === 0) return 'not run';
  if (shown.length === tests.length) return `shown (${shown.length})`;
  if (shown.length === known.length) return `shown (${shown.length} of ${tests.length}; others not run)`;
  const reasons = [...new Set(known.map((name) => record[name]).filter((reason) => reason !== true))].join('; ');
  return shown.length === 0
    ? `not shown: ${reasons}`
    : `shown in part (${shown.length} of ${tests.length}): ${reasons}`;
}

/** X first, then the patterns. */
function byNumber(a, b) {
  const parts = (number) => number.split('.').map((part) => (part === 'X' ? 0 : Number(part)));
  const [[patternA, behaviourA], [patternB, behaviourB]] = [parts(a), parts(b)];
  return patternA - patternB || behaviourA - behaviourB;
}
