/** The handler without Lambda's client: import, one event. Marks go to file descriptor 3 as JSON. */
import { readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const marks = [performance.timeOrigin, performance.timeOrigin + performance.now()];
const mark = () => marks.push(performance.timeOrigin + performance.now());

const [handlerFile = '', eventFile = ''] = process.argv.slice(2);
const event = readFileSync(eventFile, 'utf8');
const { handler } = await import(pathToFileURL(handlerFile).href);
mark();
const { statusCode, body } = await handler(JSON.parse(event));
mark();
if (statusCode !== 200) throw new Error(body);
writeSync(3, JSON.stringify(marks));
