import { readFileSync } from 'node:fs';
import type { OptimizedCpu } from '../contract';

/** What artefacts for this CPU are called; undefined where there can be none. */
export function ownCpu(): OptimizedCpu | undefined {
  try {
    return cpuOf(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    // Linux alone says.
    return undefined;
  }
}

/** By its features; undefined of every CPU but those of x86_64 with AVX2, which all of Lambda's have. */
export function cpuOf(cpuinfo: string): OptimizedCpu | undefined {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(' '));
  if (!flags.has('avx2')) return undefined;
  return flags.has('avx512f') ? 'avx2-avx512f' : 'avx2';
}
