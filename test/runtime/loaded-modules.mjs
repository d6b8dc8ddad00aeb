/** `node loaded-modules.mjs FILE`: imports a handler and prints, as the last line, what that loaded, as JSON. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
await import(pathToFileURL(process.argv[2]).href);
console.log(JSON.stringify(loaded));
