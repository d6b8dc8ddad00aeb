import { readFillerEnv } from '../shared/data/data-env';
import { changesOf, type FillEvent } from './changes-of';
import { fill } from './fill';
import { createFiller } from './service';

const filler = createFiller(readFillerEnv(process.env), import.meta.dirname, (line) => process.stdout.write(line));

/** Throws where the cache does not take it: a stream hands the event out again. */
export const handler = async (event: FillEvent): Promise<void> => {
  let askedAt = Date.now();
  for await (const changes of changesOf(event, filler)) {
    await fill(changes, askedAt, filler);
    askedAt = Date.now();
  }
};
