/**
 * The handler in a loop: `loop-handler.mjs HANDLER EVENT COUNT`. Median microseconds and the used heap after each
 * tenth of the calls (with --expose-gc) to descriptor 3.
 */
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { medianUs } from '../median';
import type { MemoryUse } from '../memory';

const [handlerFile = '', text = '', count = ''] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(handlerFile).href);
const event = JSON.parse(text);

async function call(): Promise<void> {
  // Lambda hands over an event of its own each time, and one that is too old is refused.
  const fresh = { ...event, requestContext: { ...event.requestContext, requestTimeEpoch: Date.now() } };
  const { statusCode, body } = await handler(fresh);
  if (statusCode !== 200) throw new Error(body);
}

if (globalThis.gc) {
  const used: MemoryUse[] = [];
  for (let calls = 1; calls <= Number(count); calls++) {
    await call();
    if (calls !== 1000 && calls % (Number(count) / 10) !== 0) continue;
    globalThis.gc();
    const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
    used.push({ calls, heapUsed, heapTotal, external, rss });
  }
  writeSync(3, JSON.stringify(used));
} else {
  writeSync(3, String(await medianUs(Number(count), call)));
}
