#!/usr/bin/env node
/**
 * Draws docs/images/npm-start.svg from what `npm start -- --once` prints; further arguments go to it, such as `--port`.
 *
 *   npx cdk-ml-serving down --delete-data   so that it has something to deploy
 *   node scripts/picture.mjs
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run } from './dependencies.mjs';

const LINE_HEIGHT = 16;
const CHARACTER_WIDTH = 6.63;
const MARGIN = 16;
const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';
const STYLE = `text { font-family: ${FONT}; font-size: 11px; white-space: pre; fill: #e6edf3; } .done { fill: #7ee787; } .dim { fill: #9da7b3; }`;

/** The text of a terminal as a picture as large as it needs. */
export function pictureOf(lines) {
  const width = Math.ceil(2 * MARGIN + CHARACTER_WIDTH * Math.max(...lines.map(lengthOf)));
  const height = LINE_HEIGHT * lines.length + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Output of npm start: progress, then a table with one prediction for each service">
  <style>${STYLE}</style>
  <rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#30363d"/>
${lines.flatMap(drawLine).join('\n')}
</svg>
`;
}

/** Nothing for an empty line: the next one is further down. The length is given, so that every font keeps the columns. */
function drawLine(line, index) {
  if (line === '') return [];
  const dim = /^(\$|---| {4}\S)/.test(line) ? ' class="dim"' : '';
  const at = `x="${MARGIN}" y="${LINE_HEIGHT * index + MARGIN + 12}"`;
  const length = (CHARACTER_WIDTH * lengthOf(line)).toFixed(1);
  const text = escaped(line).replace(/^( {2})✓/, '$1<tspan class="done">✓</tspan>');
  return [`  <text ${at}${dim} xml:space="preserve" textLength="${length}">${text}</text>`];
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function lengthOf(line) {
  return [...line].length;
}

/** What a terminal shows at the end: notes of steps under way are written over there, and progress comes first. */
export function linesOf(progress, report) {
  const steps = progress.trimEnd().split('\n');
  return ['$ npm start', ...steps.filter((line) => !line.startsWith('  … ')), '', ...report.trimEnd().split('\n')];
}

function draw(args) {
  run(process.execPath, ['scripts/build.mjs']);
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['build/bin/cdk-ml-serving.js', 'start', '--once', ...args],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (status !== 0) throw new Error(`npm start -- --once ended with exit code ${status}:\n${stderr}${stdout}`);
  writeFileSync(path.join(root, 'docs/images/npm-start.svg'), pictureOf(linesOf(stderr, stdout)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    draw(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
