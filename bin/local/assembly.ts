import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lastLines, run } from './child';
import { type Emulator, emulatorContext } from './emulator-kind';
import { LocalRunError } from './errors';
import { type Target, targetEnvironment, withoutAwsSettings } from './target';
import type { Toolkit, Workspace } from './workspace';

export interface SynthesizeOptions {
  readonly toolkit: Toolkit;
  readonly workspace: Workspace;
  readonly target: Target;
  /** Name of the environment in the configuration. */
  readonly environment: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** One stack of a synthesized app. */
export interface SynthesizedStack {
  readonly name: string;
  readonly template: Template;
}

export interface Template {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Runs the CDK app, as `cdk synth` would, into the workspace. */
export async function synthesize(options: SynthesizeOptions, emulator: Emulator): Promise<void> {
  const { toolkit, workspace, target, environment, env, signal } = options;
  await rm(workspace.assemblyDir, { recursive: true, force: true });
  const context = {
    ...(await contextOf(join(toolkit.root, 'cdk.json'))),
    ...emulatorContext(emulator),
    'aws:cdk:enable-path-metadata': true,
    environment,
    config: workspace.configFile,
  };
  const result = await run(process.execPath, [toolkit.app], {
    cwd: dirname(workspace.configFile),
    signal,
    env: {
      ...withoutAwsSettings(env),
      ...targetEnvironment(target),
      CDK_OUTDIR: workspace.assemblyDir,
      // Rules of CloudFormation on AWS, which take most of a synth: `cdk synth` and `cdk deploy` try them.
      CDK_VALIDATION: env.CDK_VALIDATION ?? 'false',
      CDK_CONTEXT_JSON: JSON.stringify(context),
    },
  });
  if (result.code !== 0) {
    throw new LocalRunError(`${workspace.configFile} cannot be synthesized.`, { detail: withoutStack(result.output) });
  }
}

/** The feature flags the app is developed with. */
async function contextOf(cdkJson: string): Promise<Record<string, unknown>> {
  const text = await readFile(cdkJson, 'utf8').catch(() => '{}');
  return JSON.parse(text).context ?? {};
}

/** The messages of a failed app: the frames of the stack trace and the source line that Node shows say nothing. */
export function withoutStack(output: string): string {
  const lines = output
    .split(/\r?\n/)
    .filter((line) => !/^\s+at .*[:)]\d*\)?$/.test(line) && !/^(Node\.js v|Bundling asset )/.test(line));
  const caret = lines.findIndex((line) => /^\s*\^+\s*$/.test(line));
  return lastLines(
    lines
      .slice(caret + 1)
      .join('\n')
      .trim(),
    40,
  );
}

export async function readStacks(assemblyDir: string): Promise<SynthesizedStack[]> {
  const manifest = JSON.parse(await readFile(join(assemblyDir, 'manifest.json'), 'utf8'));
  const stacks: SynthesizedStack[] = [];
  for (const [id, artifact] of Object.entries<ManifestArtifact>(manifest.artifacts ?? {})) {
    const properties = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack' && properties.templateFile) {
      const template = JSON.parse(await readFile(join(assemblyDir, properties.templateFile), 'utf8'));
      stacks.push({ name: properties.stackName ?? id, template });
    } else if (artifact.type === 'cdk:cloud-assembly' && properties.directoryName) {
      stacks.push(...(await readStacks(join(assemblyDir, properties.directoryName))));
    }
  }
  return stacks;
}

/** What constructs warn of, each once. */
export async function readWarnings(assemblyDir: string): Promise<string[]> {
  const warnings = new Set<string>();
  for (const file of await assemblyFiles(assemblyDir, '.metadata.json')) {
    const metadata: Record<string, MetadataEntry[]> = JSON.parse(await readFile(join(assemblyDir, file), 'utf8'));
    for (const { data, type } of Object.values(metadata).flat()) {
      if (type === 'aws:cdk:warning') warnings.add(`${data}`.replace(/ \[ack: [^\]]*\]$/, ''));
    }
  }
  return [...warnings];
}

interface MetadataEntry {
  readonly type: string;
  readonly data?: unknown;
}

interface ManifestArtifact {
  readonly type: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly directoryName?: string;
  };
}

/** Names of the files of an assembly with such an end; what is in the folders of assets is somebody else's. */
export async function assemblyFiles(assemblyDir: string, ...ends: string[]): Promise<string[]> {
  const names = await readdir(assemblyDir, { recursive: true });
  return names.filter((name) => ends.some((end) => name.endsWith(end)) && !/(^|[\\/])asset\./.test(name)).sort();
}

/** Digest of what is deployed. Assets are in it by the hashes that templates and asset manifests hold. */
export async function assemblyDigest(assemblyDir: string): Promise<string> {
  const digest = createHash('sha256');
  for (const name of await assemblyFiles(assemblyDir, '.template.json', '.assets.json')) {
    digest.update(name).update('\0');
    digest.update(await readFile(join(assemblyDir, name)));
  }
  return digest.digest('hex');
}
