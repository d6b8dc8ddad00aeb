import { readFileSync } from 'node:fs';

/** Most memory that this process had, in bytes. What `getrusage` says begins with that of the process that started it. */
export function peakBytes(): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}
