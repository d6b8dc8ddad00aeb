import type { TestProject } from 'vitest/node';
import type { Endpoints } from '../../bin/local/endpoints';
import { type EndpointKind, missingAt } from './capabilities';
import { deployApp, deployDemo, type Outputs, openTarget, type TestTarget } from './emulator';

declare module 'vitest' {
  interface ProvidedContext {
    target: TestTarget['target'];
    folder: string;
    endpoint: EndpointKind;
    missing: ReturnType<typeof missingAt>;
    demo: Endpoints;
    fixtures: Outputs;
  }
}

/** One emulator for all end-to-end tests, with the demo services and the services of `apps/fixtures.ts` on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { close, ...run } = await openTarget();
  try {
    project.provide('target', run.target);
    project.provide('folder', run.folder);
    project.provide('endpoint', run.endpoint);
    project.provide('missing', missingAt(run.endpoint));
    // A single file that needs neither is tried sooner without: E2E_SKIP=demo,fixtures
    const skipped = process.env.E2E_SKIP?.split(',') ?? [];
    if (!skipped.includes('demo')) project.provide('demo', await deployDemo(run));
    if (!skipped.includes('fixtures')) project.provide('fixtures', await deployApp(run, 'fixtures'));
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}
