import type { ModelManifest } from '../contract';
import type { ModelFile } from './model-file';
import type { CreateSession, Session } from './session';
import { checkSignature } from './signature';
import { intraOpThreads } from './threads';
import { warmUp } from './warm-up';

export interface SessionSettings {
  readonly memoryMb: number;
  readonly createSession: CreateSession;
  /** Told when the warm-up fails: a model may well refuse zeros, so this is no reason not to serve it. */
  readonly onWarmUpFailure: (error: unknown) => void;
}

/**
 * Session -> signature -> warm-up -> `check`. A session that does not pass is disposed of. One that was optimised
 * beforehand is warmed up by its check.
 */
export async function openSession(
  { model, optimized, release }: ModelFile,
  manifest: ModelManifest,
  { createSession, memoryMb, onWarmUpFailure }: SessionSettings,
  check?: (session: Session) => Promise<void>,
): Promise<Session> {
  let session: Session | undefined;
  try {
    session = await createSession(model, { threads: intraOpThreads(memoryMb), optimized });
    checkSignature(session, manifest);
    if (!optimized) await warmUp(session, manifest).catch(onWarmUpFailure);
    await check?.(session);
    return session;
  } catch (error) {
    await session?.dispose();
    throw error;
  } finally {
    await release();
  }
}
