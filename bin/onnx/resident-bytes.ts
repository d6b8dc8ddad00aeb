import { readFile } from 'node:fs/promises';
import { run } from '../local/child';

/** Memory that a process has now; undefined where the system does not say. */
export async function residentBytes(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined || process.platform === 'win32') return undefined;
  const kib =
    process.platform === 'linux'
      ? /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1]
      : (await run('/bin/ps', ['-o', 'rss=', '-p', `${pid}`], { env: {} })).stdout.trim();
  return kib ? Number(kib) * 1024 : undefined;
}
