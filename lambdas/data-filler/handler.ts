import { readFillerEnv } from '../shared/data/data-env';
import { writeLine } from '../shared/telemetry/write-line';
import type { FillEvent } from './changes-of';
import { fillFrom } from './fill-from';
import { createFiller } from './service';

const filler = createFiller(readFillerEnv(process.env), import.meta.dirname, writeLine);

export const handler = (event: FillEvent): Promise<void> => fillFrom(event, filler);
