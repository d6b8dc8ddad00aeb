import { ConfigurationError, dotted, type KeyPath } from './configuration-error';
import { TEMPLATE_VERSION } from './patterns';
import { schemaErrors, servingSchema } from './schema';
import { explainAll, type Problem } from './schema-problems';
import { ServingFile, type ServingTemplate } from './serving-file';
import { closest, didYouMean } from './suggestion';

/** A configuration without errors. */
export interface CheckedFile {
  readonly file: ServingFile;
  readonly template: ServingTemplate;
}

/**
 * Read a configuration and check all of it.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export function loadServingFile(path: string): CheckedFile {
  const file = ServingFile.read(path);
  const { content, folder } = file;
  requireVersion(file);
  const problems = explainAll(schemaErrors(content, folder), content);
  const overrides = overridesOf(content as ServingTemplate);
  problems.push(...overrides.flatMap((override) => overrideProblems(override, folder)));
  if (problems.length) {
    // One place can break several rules; the first says it.
    const first = new Map<string, Problem>();
    for (const problem of problems) if (!first.has(dotted(problem.at))) first.set(dotted(problem.at), problem);
    const located = [...first.values()].map(({ at, message }) => ({ line: file.lineOf(at), message }));
    located.sort((a, b) => a.line - b.line);
    throw new ConfigurationError(located.map(({ line, message }) => `${file.name}:${line}: ${message}`));
  }
  return { file, template: content as ServingTemplate };
}

function requireVersion(file: ServingFile): void {
  const version = (file.content as Partial<ServingTemplate> | null)?.templateVersion;
  if (version === TEMPLATE_VERSION) return;
  throw new ConfigurationError([file.at(['templateVersion'], versionProblem(version))]);
}

function versionProblem(version: unknown): string {
  const write = `Write "templateVersion: ${TEMPLATE_VERSION}"`;
  if (version === undefined) {
    return `templateVersion is missing. ${write} as the first line: it names the format of the rest.`;
  }
  if (Number.isInteger(version) && Number(version) > TEMPLATE_VERSION) {
    return `templateVersion ${version} is newer than what this release of cdk-ml-serving reads, ${TEMPLATE_VERSION}. Upgrade cdk-ml-serving.`;
  }
  return `templateVersion must be ${TEMPLATE_VERSION}; got ${JSON.stringify(version)}. ${write}.`;
}

/** What an environment says of one service. */
interface Override {
  readonly at: KeyPath;
  readonly values: unknown;
  readonly service: string;
  readonly services: ServingTemplate['services'];
}

function overridesOf({ environments, services }: ServingTemplate): Override[] {
  return Object.entries({ ...environments }).flatMap(([environment, entry]) =>
    Object.entries({ ...entry?.services }).map(([service, values]) => ({
      at: ['environments', environment, 'services', service],
      values,
      service,
      services,
    })),
  );
}

/** An override belongs to a service that is there, and says what its pattern knows. */
function overrideProblems({ at, values, service, services }: Override, folder: string): Problem[] {
  const entry = { ...services }[service];
  if (entry === undefined) {
    const names = Object.keys({ ...services });
    const message = `${dotted(at)} is no service${didYouMean(closest(service, names))} Services: ${names.join(', ')}.`;
    return [{ at, message }];
  }
  const known = entry?.pattern in servingSchema().$defs;
  return known ? explainAll(schemaErrors(values, folder, entry.pattern), values, at) : [];
}
