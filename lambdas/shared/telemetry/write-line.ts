// As one object, not by name: an emulator that keeps standard output for itself puts another `writeSync` in its place.
import fs from 'node:fs';

const STDOUT = 1;

/** To standard output, without `process.stdout`: setting that up is a tenth of a cold start. */
export function writeLine(line: string): void {
  const bytes = Buffer.from(line);
  let written = 0;
  try {
    while (written < bytes.length) written += fs.writeSync(STDOUT, bytes, written);
  } catch {
    // Such as a pipe that is full and does not block: the stream waits until there is room.
    process.stdout.write(bytes.subarray(written));
  }
}
