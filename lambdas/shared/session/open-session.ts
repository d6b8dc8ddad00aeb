import type { ModelManifest } from '../contract';
import type { ModelFile } from './model-file';
import type { CreateSession, Session } from './session';
import { checkSignature } from './signature';
import { intraOpThreads } from './threads';

export interface SessionSettings {
  readonly memoryMb: number;
  readonly createSession: CreateSession;
  /** What is done with a session before its first request; what it throws is a reason not to serve it. */
  readonly prepare?: (session: Session, manifest: ModelManifest) => Promise<void>;
}

/** Session -> signature -> `prepare`. A session that does not pass is disposed of. */
export async function openSession(
  { model, optimized, release }: ModelFile,
  manifest: ModelManifest,
  { createSession, memoryMb, prepare }: SessionSettings,
): Promise<Session> {
  let session: Session | undefined;
  try {
    session = await createSession(model, { threads: intraOpThreads(memoryMb), optimized });
    checkSignature(session, manifest);
    await prepare?.(session, manifest);
    return session;
  } catch (error) {
    await session?.dispose();
    throw error;
  } finally {
    await release();
  }
}
