import type { SQSEvent } from 'aws-lambda';
import { writeLine } from '../shared/telemetry/write-line';
import { gather } from './gather';
import { createGatherer } from './service';

const gatherer = createGatherer(process.env, import.meta.dirname, writeLine);

export const handler = ({ Records }: SQSEvent) => gather(Records, gatherer);
