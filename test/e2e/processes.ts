import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { EndpointKind } from './capabilities';

/** Kills what runs a function at this moment. Answers how many environments that were. */
export function killEnvironments(endpoint: EndpointKind, functionName: string): number {
  if (endpoint === 'localstack') {
    const containers = containersOf(functionName);
    // What runs in it, but not the container, whose end LocalStack would not notice.
    for (const id of containers) spawnSync('docker', ['exec', id, 'sh', '-c', 'kill -9 -1']);
    return containers.length;
  }
  const processes = processesOf(functionName);
  for (const pid of processes) process.kill(pid, 'SIGKILL');
  return processes.length;
}

/** LocalStack runs each environment in a container. */
function containersOf(functionName: string): string[] {
  const filter = `name=-lambda-${functionName.toLowerCase()}-`;
  return execFileSync('docker', ['ps', '-q', '--filter', filter], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

/** The embedded emulator runs each environment as a process of this machine. */
function processesOf(functionName: string): number[] {
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
