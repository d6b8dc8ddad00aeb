import { version } from '../../package.json';
import { expectedOf } from '../predict/http-prediction';
import { json } from '../predict/metadata';
import { checkExpected } from '../predict/resolve-model';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import type { Front } from './service';

/** A job of nobody: to see whether the table answers. */
const NO_JOB = '0'.repeat(32);

/** Ready is who can accept: the worker was tested before it was released. */
export async function serverReady(_: HttpRequest, { table }: Front): Promise<Outcome> {
  const ready = await answers(table);
  return json(ready ? 200 : 503, { ready });
}

export async function modelReady({ event }: HttpRequest, { manifest, table }: Front): Promise<Outcome> {
  checkExpected(expectedOf(event), manifest);
  const ready = await answers(table);
  return json(ready ? 200 : 503, { name: manifest.name, ready });
}

/** Asked for by people and generators, not by callers: it is loaded when it is. */
export async function openApi(_: HttpRequest, { manifest }: Front): Promise<Outcome> {
  const { openApiDocument } = await import('../predict/openapi/document');
  const { withJobs } = await import('./openapi-jobs');
  return json(200, withJobs(openApiDocument(manifest, version)));
}

function answers(table: Front['table']): Promise<boolean> {
  return table.get(NO_JOB).then(
    () => true,
    () => false,
  );
}
