import type { Reporter, TestModule } from 'vitest/node';

/** Names at the end which tests passed at another try only: the machine stood still, or there is a race to find. */
export default class SecondTries implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (!test.diagnostic()?.flaky) continue;
        process.stderr.write(`PASSED AT A SECOND TRY: ${module.relativeModuleId} > ${test.fullName}\n`);
      }
    }
  }
}
