import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { run } from './child';
import { LocalRunError } from './errors';

export const DEFAULT_PORT = 4566;
const HOST = '127.0.0.1';

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

/** A free port near the one that was wanted. */
export async function nextFreePort(wanted: number): Promise<number | undefined> {
  for (let port = wanted + 1; port <= Math.min(wanted + 50, 65_535); port++) {
    if (await isPortFree(port)) {
      return port;
    }
  }
  return undefined;
}

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** Who listens on a port, as far as this user may know. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  return (await holderFromProc(port)) ?? (await holderFromLsof(port));
}

async function holderFromProc(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) {
    return undefined;
  }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(files.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    if (targets.some((target) => inodes.has(target.replace(/^socket:\[(\d+)\]$/, '$1')))) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), command: command.replaceAll('\0', ' ').trim() };
    }
  }
  return undefined;
}

/** Inodes of the sockets that listen on a port, from the text of `/proc/net/tcp`. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .flatMap((fields) => fields[9] ?? []);
}

async function holderFromLsof(port: number): Promise<PortHolder | undefined> {
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
  const result = await run('lsof', args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } }).catch(() => undefined);
  const match = /^p(\d+)\nc(.+)$/m.exec(result?.stdout ?? '');
  return match?.[1] && match[2] ? { pid: Number(match[1]), command: match[2] } : undefined;
}

export function portTaken(port: number, free: number | undefined, holder?: PortHolder): LocalRunError {
  const who = holder ? ` by process ${holder.pid} (${shorten(holder.command)})` : '';
  const other = free === undefined ? '' : `Use another port: --port ${free}\n`;
  return new LocalRunError(`Port ${port} is taken${who}.`, {
    hint: `${other}If it is an emulator you want to use: --endpoint http://localhost:${port}`,
  });
}

function shorten(command: string): string {
  return command.length > 100 ? `${command.slice(0, 99)}…` : command;
}
