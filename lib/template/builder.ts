import { type App, type IStackSynthesizer, RemovalPolicies, Stack } from 'aws-cdk-lib';
import type { CheckedFile } from './check';
import { ConfigurationError, type KeyPath } from './configuration-error';
import type { ServingEnvironment } from './environment';
import { addOutputs } from './outputs';
import { PATTERNS, TEMPLATE_VERSION } from './patterns';
import { servingSchema } from './schema';
import type { ServingTemplate } from './serving-file';
import { type Setting, settingsOf } from './settings';
import { type JsonSchema, type Place, VALUE_TYPES } from './values';

/** How the stacks of an environment are published. */
export interface StackOptions {
  readonly env: { readonly account?: string; readonly region?: string };
  /** Default: the CDK's own. */
  readonly synthesizer?: IStackSynthesizer;
}

/**
 * One stack per service, so that one can be upgraded, or break, and leaves the others as they are.
 *
 * @throws ConfigurationError with everything that the constructs refuse
 */
export function addServices(
  app: App,
  checked: CheckedFile,
  environment: ServingEnvironment,
  options: StackOptions,
): void {
  const problems: string[] = [];
  for (const name of Object.keys(checked.template.services)) {
    const stack = addStack(app, checked, environment, name, options);
    problems.push(...addService(stack, checked, environment, name));
  }
  if (problems.length) throw new ConfigurationError(problems);
}

/** What the stack of a service is called. */
export function stackNameOf({ project = 'serving' }: ServingTemplate, environment: string, service: string): string {
  return `${project}-${environment}-${service}`;
}

function addStack(
  app: App,
  { template }: CheckedFile,
  environment: ServingEnvironment,
  service: string,
  { env, synthesizer }: StackOptions,
): Stack {
  const pattern = template.services[service]?.pattern ?? '';
  const stackName = stackNameOf(template, environment.name, service);
  const stack = new Stack(app, stackName, {
    stackName,
    env,
    synthesizer,
    description: `${service}: ${pattern} service of cdk-ml-serving, template version ${TEMPLATE_VERSION}`,
    // As in logs and metrics, and in what AWS charges for: `monthlyBudget` counts by it.
    tags: { service: nameInTelemetry(environment, service), pattern, templateVersion: `${TEMPLATE_VERSION}` },
    // Usage reporting is a resource of its own, which only AWS knows.
    analyticsReporting: environment.local ? false : undefined,
  });
  if (environment.local) RemovalPolicies.of(stack).destroy();
  return stack;
}

/** Two environments may share an account: their metrics and costs must not run into one another. */
function nameInTelemetry(environment: ServingEnvironment, service: string): string {
  return `${environment.name}-${service}`;
}

/** Answers the problems there are. */
function addService(stack: Stack, checked: CheckedFile, environment: ServingEnvironment, name: string): string[] {
  const { file, template } = checked;
  const patternName = template.services[name]?.pattern ?? '';
  const pattern = PATTERNS[patternName];
  const known = servingSchema().$defs[patternName]?.properties;
  if (!pattern || !known) throw new Error(`the schema of serving.yaml is older than the pattern ${patternName}`);
  const settings = settingsOf(template, environment.name, name);
  const problems: string[] = [];
  const attempt = <T>(make: () => T, locate: (message: string) => KeyPath): T | undefined => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError) throw error;
      problems.push(file.at(locate(error.message), `services.${name}: ${error.message}`));
      return undefined;
    }
  };

  const props: Record<string, unknown> = { serviceName: nameInTelemetry(environment, name) };
  for (const [key, { value, at }] of settings) {
    const place = { scope: stack, id: key, folder: file.folder, convert: toCdk };
    props[key] = attempt(
      () => toCdk(value, known[key] ?? {}, place),
      () => at,
    );
  }
  if (problems.length) return problems;
  const service = attempt(
    () => new pattern.construct(stack, 'Service', props as never),
    (message) => blamed(message, settings)?.at ?? ['services', name],
  );
  if (service) addOutputs(service, { name, pattern: patternName });
  return problems;
}

/** Messages of the constructs begin with the property they are about: `deadline must be ...`, `throttle.rate ...`. */
function blamed(message: string, settings: ReadonlyMap<string, Setting>): Setting | undefined {
  return settings.get(/^\w+/.exec(message)?.[0] ?? '');
}

/** What a construct gets for what is written. */
function toCdk(written: unknown, schema: JsonSchema, place: Place): unknown {
  const type = VALUE_TYPES[`${schema['x-type']}`];
  if (type) return type.toCdk(written, place);
  if (Array.isArray(written)) {
    const items = (schema.items ?? {}) as JsonSchema;
    return written.map((item, index) => toCdk(item, items, { ...place, id: `${place.id}-${index}` }));
  }
  if (typeof written !== 'object' || written === null) return written;
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const others = (schema.additionalProperties || {}) as JsonSchema;
  return Object.fromEntries(
    Object.entries(written).map(([key, value]) => [
      key,
      toCdk(value, properties[key] ?? others, { ...place, id: `${place.id}-${key}` }),
    ]),
  );
}
