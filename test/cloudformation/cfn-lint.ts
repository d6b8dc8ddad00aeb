import path from 'node:path';
import { run } from '../../bin/local/child';
import { ensureVenv } from '../../bin/local/python';

const root = path.join(import.meta.dirname, '../..');

/** Findings that are wrong, or not about what we ship. */
const IGNORED: Readonly<Record<string, string>> = {
  W3005: 'the CDK writes a DependsOn for what a reference already says; deployments are the same',
  W3010: 'the subnets of the VPC that the test makes, in zones that the CDK looks up at a real synth',
};

interface Finding {
  readonly Filename: string;
  readonly Level: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path?: readonly (string | number)[] };
}

/** The program, installed in `.local` when it is first asked for. */
export async function installCfnLint(): Promise<string> {
  const python = await ensureVenv(path.join(root, '.local/cfn-lint'), {
    what: 'cfn-lint',
    requirements: path.join(import.meta.dirname, 'requirements.txt'),
    env: process.env,
  });
  return path.join(path.dirname(python), 'cfn-lint');
}

/** What cfn-lint says of templates. */
export async function lint(program: string, templates: readonly string[]): Promise<string[]> {
  const options = ['--format', 'json', '--regions', 'us-east-1', '--ignore-checks', ...Object.keys(IGNORED), '--'];
  const { output, stdout } = await run(program, [...options, ...templates], { env: process.env });
  if (!stdout.trimStart().startsWith('[')) throw new Error(output);
  return (JSON.parse(stdout) as Finding[]).map(
    ({ Filename, Level, Message, Rule, Location }) =>
      `${path.basename(Filename)} ${Location.Path?.join('/')}: ${Level} ${Rule.Id} ${Message}`,
  );
}
