import * as path from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Model } from '../model/model';

/** Whether a model can keep its objective is known of those only that somebody has measured. */
export function warnIfUnmeasured(scope: Construct, { card, goldenFile, _measurements }: Model): void {
  if (_measurements) return;
  Annotations.of(scope).addWarningV2(
    'cdk-ml-serving:unmeasured',
    `${card.modelName} ${card.modelVersion} has not been measured, so nothing is known of its times: npx cdk-ml-serving measure ${path.dirname(goldenFile)}`,
  );
}
