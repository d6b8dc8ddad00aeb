import * as fs from 'node:fs';
import * as path from 'node:path';

/**
 * Absolute path of something the package ships prebuilt, such as `build/handlers/predict`.
 *
 * @throws when it is not there: the package was not built.
 */
export function shipped(...segments: string[]): string {
  const file = path.join(packageRoot(__dirname), ...segments);
  if (!fs.existsSync(file)) {
    throw new Error(`${file} is missing: the package is not built. In a checkout of it, run "npm run build".`);
  }
  return file;
}

/** The package's folder, from the sources and from the compiled files alike. */
function packageRoot(directory: string): string {
  if (fs.existsSync(path.join(directory, 'package.json'))) return directory;
  return packageRoot(path.dirname(directory));
}
