import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes that run a function on this machine: the environments of the embedded emulator. */
export function environmentsOf(functionName: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => environmentOf(pid).includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // Ended meanwhile, or somebody else's.
    return [];
  }
}
