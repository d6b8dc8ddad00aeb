import { EMULATOR_CONTEXT } from '../../lib/emulator-context';
import type { Target } from './target';

/** What answers at an endpoint. Differences that the constructs cannot hide follow from it, in `bin/` only. */
export interface Emulator {
  readonly kind: 'embedded' | 'localstack' | 'unknown';
  /** Platform that its functions run on, such as `linux-x64`. */
  readonly platform: string;
  /** Whether functions find there what is in their layers. */
  readonly hasLayers: boolean;
  /** Whether a stack can be updated there. LocalStack creates an alias for which it has a new version once more. */
  readonly updatesStacks: boolean;
  /** Most bytes that a state machine gets through its states within a deadline, where they are fewer than on AWS. */
  readonly inlineBytes?: number;
}

/** LocalStack writes what a JSONata expression refers to into its text and parses it, at each of them. */
const LOCALSTACK_INLINE_BYTES = 2048;

/** The one that is started here runs functions on this machine. */
export const EMBEDDED: Emulator = {
  kind: 'embedded',
  platform: `${process.platform}-${process.arch}`,
  hasLayers: true,
  updatesStacks: true,
};

export async function identifyEmulator({ endpointUrl }: Target): Promise<Emulator> {
  const info = await answerOf(`${endpointUrl}/_localstack/info`);
  if (info) {
    // Functions run in Linux containers of the same processor as its own, whatever this machine is:
    // {"system": "Debian GNU/Linux 12 (bookworm),6.1.0,x86_64", …}
    const { system = '' } = JSON.parse(info) as { system?: string };
    const platform = /(aarch64|arm64)$/.test(system) ? 'linux-arm64' : 'linux-x64';
    return {
      kind: 'localstack',
      platform,
      hasLayers: false,
      updatesStacks: false,
      inlineBytes: LOCALSTACK_INLINE_BYTES,
    };
  }
  const embedded = await answerOf(`${endpointUrl}/_ministack/health`);
  return embedded === undefined ? { ...EMBEDDED, kind: 'unknown' } : EMBEDDED;
}

/** An emulator has one host for everything: for each bucket, each queue, and each kind of call. */
const CLIENT_OPTIONS = { forcePathStyle: true, disableHostPrefix: true, useQueueUrlAsEndpoint: false };

/** What the constructs need to know, as context of the CDK app. */
export function emulatorContext({ platform, hasLayers, inlineBytes }: Emulator): Readonly<Record<string, unknown>> {
  return {
    [EMULATOR_CONTEXT.platform]: platform,
    [EMULATOR_CONTEXT.clientOptions]: CLIENT_OPTIONS,
    [EMULATOR_CONTEXT.layersInCode]: !hasLayers,
    [EMULATOR_CONTEXT.inlineBytes]: inlineBytes,
  };
}

async function answerOf(url: string): Promise<string | undefined> {
  // A server that has just been started may take its time.
  return fetch(url, { signal: AbortSignal.timeout(20_000) }).then(
    (answer) => (answer.ok ? answer.text() : undefined),
    () => undefined,
  );
}
