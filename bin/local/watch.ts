import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './target';

const LOOK_MS = 500;
/** One refused connection may be chance. */
const REFUSALS = 3;

/**
 * Does some work, and aborts it when nothing listens at the endpoint any more: a tool that tries again by itself would
 * take minutes to notice. An emulator that is busy still takes connections.
 */
export async function whileListening<T>(
  { endpointUrl }: Target,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const [done, gone] = [new AbortController(), new AbortController()];
  const watch = async () => {
    for (let refusals = 0; refusals < REFUSALS; await sleep(LOOK_MS, undefined, { signal: done.signal })) {
      refusals = (await listens(endpointUrl)) ? 0 : refusals + 1;
    }
    gone.abort();
  };
  const watching = watch().catch(() => undefined);
  try {
    return await work(AbortSignal.any([gone.signal, ...(signal ? [signal] : [])]));
  } finally {
    done.abort();
    await watching;
  }
}

function listens(endpointUrl: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(endpointUrl);
  return new Promise((resolve) => {
    const socket = connect(Number(port) || (protocol === 'https:' ? 443 : 80), hostname.replace(/^\[|\]$/g, ''));
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(5_000, () => end(true));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
