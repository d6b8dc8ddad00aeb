import { ask } from './demo-ask';
import { type DemoCase, demoCase } from './demo-case';
import { putRecords } from './demo-data';
import { describeTensor, drawImage } from './demo-text';
import type { Endpoints } from './endpoints';
import { formatTable } from './table';

/** What came of one prediction. */
export interface DemoRow {
  readonly service: string;
  readonly pattern: string;
  readonly url: string;
  readonly auth: string;
  readonly input: string;
  readonly answer: string;
  readonly ms: number;
  readonly ok: boolean;
  /** The input as a drawing, for image models. */
  readonly picture?: string;
}

/** One real prediction per service, one after the other so that the times mean something. */
export async function predictOnce(endpoints: Endpoints, configFile: string, environment: string): Promise<DemoRow[]> {
  const rows: DemoRow[] = [];
  for (const [service, endpoint] of Object.entries(endpoints.services)) {
    const example = await demoCase(configFile, environment, service);
    if (example.records) await putRecords(endpoint, endpoints, example.records);
    const started = performance.now();
    const { answer, ok } = await ask(endpoint, endpoints.region, example).catch((error: Error) => ({
      answer: `${error.message}${error.cause ? ` (${error.cause})` : ''}`,
      ok: false,
    }));
    const { pattern, url, auth } = endpoint;
    const input = example.hook ? JSON.stringify(example.hook.request) : example.inputs.map(describeTensor).join(', ');
    const ms = Math.round(performance.now() - started);
    rows.push({
      service,
      pattern,
      url,
      auth,
      input,
      answer,
      ms,
      ok,
      picture: example.hook ? undefined : pictureOf(example),
    });
  }
  return rows;
}

function pictureOf({ image, inputs }: DemoCase): string | undefined {
  const pixels = image && inputs.find(({ name }) => name === image.input);
  return image && pixels && drawImage(pixels, image);
}

/** The rows as a table, and below it what a reader must know about them. */
export function demoReport(rows: readonly DemoRow[], width?: number): string {
  const table = formatTable(
    [
      { title: 'service' },
      { title: 'pattern' },
      { title: 'url' },
      { title: 'input', minimum: 12 },
      { title: 'answer', minimum: 16 },
      { title: 'time', align: 'right' },
      { title: 'ok' },
    ],
    rows.map((row) => [
      row.service,
      row.pattern,
      row.url,
      row.input,
      row.answer,
      `${row.ms} ms`,
      row.ok ? 'yes' : 'NO',
    ]),
    width,
  );
  // A class with its probability, as `describeAnswer` writes it.
  const legend = rows.some(({ ok, answer }) => ok && / \([01](\.\d+)?\)/.test(answer))
    ? ['answer: label (probability)\n']
    : [];
  return [table, ...legend, ...pictures(rows), openServices(rows)].join('\n');
}

function pictures(rows: readonly DemoRow[]): string[] {
  const services = new Map<string, string[]>();
  for (const { picture, service } of rows) {
    if (picture !== undefined) {
      services.set(picture, [...(services.get(picture) ?? []), service]);
    }
  }
  return [...services].map(([picture, names]) => `The input of ${names.join(', ')}:\n${picture}\n`);
}

function openServices(rows: readonly DemoRow[]): string {
  const open = rows.filter(({ auth }) => auth === 'none').map(({ service }) => service);
  const closed = rows.filter(({ auth }) => auth !== 'none').map(({ service, auth }) => `${service} (${auth})`);
  const lines = [];
  if (open.length > 0) {
    lines.push(`Open to anyone on this machine, without authentication: ${open.join(', ')}.`);
  }
  if (closed.length > 0) {
    lines.push(`With authentication: ${closed.join(', ')}.`);
  }
  return lines.map((line) => `${line}\n`).join('');
}
