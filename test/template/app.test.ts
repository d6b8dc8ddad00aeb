import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { entry, temporaryFolder, write } from './temporary-configuration';

const strict = '@aws-cdk/core:validateAgainstDefaultRules';

/** Runs the built CDK app as the CDK's command line does. */
function synth(context: Readonly<Record<string, unknown>>, nodeOptions: readonly string[] = []) {
  const outdir = temporaryFolder('cdk.out');
  const CDK_VALIDATION = String(strict in context);
  const { status, stderr } = spawnSync(process.execPath, [...nodeOptions, 'build/bin/app.js'], {
    encoding: 'utf8',
    env: { ...process.env, CDK_VALIDATION, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  return { status, stderr, outdir };
}

function json(outdir: string, file: string) {
  return JSON.parse(readFileSync(path.join(outdir, file), 'utf8'));
}

describe('the CDK app', () => {
  test("makes a stack per service of this project's own file, by the rules of CloudFormation", () => {
    const { status, stderr, outdir } = synth({ environment: 'production', [strict]: true });
    expect({ status, stderr: stderr.replaceAll(/^Bundling asset .*\n/gm, '') }).toEqual({ status: 0, stderr: '' });
    const services = Object.keys(parse(readFileSync('serving.yaml', 'utf8')).services);
    expect(readdirSync(outdir).filter((file) => file.endsWith('.template.json'))).toEqual(
      services.map((service) => `serving-production-${service}.template.json`).sort(),
    );
  });

  test('makes the same of the same, so that nothing is released that did not change', () => {
    // How many tokens the CDK has handed out before is chance.
    const tokens = path.join(temporaryFolder('tokens'), 'tokens.cjs');
    const library = JSON.stringify(path.resolve('node_modules/aws-cdk-lib'));
    writeFileSync(tokens, `for (let i = 0; i < 1000; i++) require(${library}).Lazy.string({ produce: () => '' });`);
    const [one, other] = [synth({ environment: 'production' }), synth({ environment: 'production' }, ['-r', tokens])];
    const templates = readdirSync(one.outdir).filter((file) => file.endsWith('.template.json'));
    expect(templates.length).toBeGreaterThan(10);
    for (const file of templates) expect(json(other.outdir, file), file).toEqual(json(one.outdir, file));
  });

  test('publishes to the bucket of the local run, for the account of an emulator', () => {
    const { status, outdir } = synth({ environment: 'local' });
    expect(status).toBe(0);
    const { artifacts } = json(outdir, 'manifest.json');
    expect(artifacts['serving-local-iris']).toMatchObject({ environment: 'aws://000000000000/us-east-1' });
    expect(artifacts['serving-local-iris'].properties.assumeRoleArn).toBeUndefined();
    const { files } = json(outdir, 'serving-local-iris.assets.json');
    for (const { destinations } of Object.values<{ destinations: object }>(files)) {
      expect(Object.values(destinations)[0].bucketName).toBe('cdk-ml-serving-assets-local');
    }
  });

  test('tells configuration errors without a stack trace and fails [12.2]', () => {
    const config = write(entry('model: models/irsi', 'wings: 2', 'memory: 1'));
    const { status, stderr } = synth({ config });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringContaining('serving.yaml:6: services.iris.model names a folder that does not exist'),
      expect.stringContaining('serving.yaml:7: services.iris.wings is not known.'),
      expect.stringContaining('serving.yaml:8: services.iris.memory must be a size'),
    ]);
  });
});
