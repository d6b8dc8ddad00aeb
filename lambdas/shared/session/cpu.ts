import { readFileSync } from 'node:fs';

/**
 * What of an x86_64 CPU decides what ONNX Runtime writes when it optimises: layouts of convolutions are of 16 channels
 * with AVX-512 and of 8 with AVX2. What other features it looks for choose kernels, and are written nowhere.
 */
const FEATURES = ['avx2', 'avx512f'];

/** What an artefact for this CPU is called; undefined where there can be none. */
export function ownCpu(): string | undefined {
  try {
    return cpuOf(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    // Linux alone says.
    return undefined;
  }
}

/** Its features, as `avx2-avx512f`; undefined without any, which is every CPU but those of x86_64. */
export function cpuOf(cpuinfo: string): string | undefined {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(' '));
  return FEATURES.filter((feature) => flags.has(feature)).join('-') || undefined;
}
