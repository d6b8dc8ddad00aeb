import { defineConfig } from 'vitest/config';

const globalSetup = ['test/temp-folder.ts'];
const e2e = ['test/**/*.e2e.test.ts'];
// Those elsewhere are about the embedded emulator itself, and start one each.
const e2eAnywhere = ['test/e2e/*.e2e.test.ts'];

export default defineConfig({
  test: {
    expect: { poll: { timeout: 30_000 } },
    // By default one core is left idle, of two.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Half of their time, on rules that two of them try on all templates (test/cloudformation, test/template/app.test.ts).
          env: { CDK_VALIDATION: 'false' },
          include: ['test/**/*.test.ts'],
          exclude: [...e2e, 'test/package/**'],
          globalSetup,
          testTimeout: 60_000,
          // The first run installs the functions' Node.
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: process.env.AWS_ENDPOINT_URL ? e2eAnywhere : e2e,
          globalSetup: [...globalSetup, 'test/e2e/setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          // A small machine that stands still for seconds breaks times that are right; who passes at the second try is named.
          retry: process.env.SOAK ? 0 : 1,
        },
      },
    ],
  },
});
