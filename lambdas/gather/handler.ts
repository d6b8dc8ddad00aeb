import type { SQSEvent } from 'aws-lambda';
import { gather } from './gather';
import { createGatherer } from './service';

const gatherer = createGatherer(process.env, import.meta.dirname, (line) => process.stdout.write(line));

export const handler = ({ Records }: SQSEvent) => gather(Records, gatherer);
