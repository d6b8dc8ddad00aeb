import { changesOf, type FillEvent } from './changes-of';
import { fill } from './fill';
import { refresh } from './refresh';
import type { Filler } from './service';

/** Throws where store or cache fail on a change: the event comes again. */
export async function fillFrom(event: FillEvent, filler: Filler): Promise<void> {
  if ('kind' in event) return refresh(filler);
  // Before the store is read: what changes meanwhile is another event, and begins later.
  const askedAt = filler.cache.clock();
  await fill(await changesOf(event, filler), askedAt, filler);
}
