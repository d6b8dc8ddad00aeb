import { type Duration, Size } from 'aws-cdk-lib';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import type { Trigger } from 'aws-cdk-lib/triggers';
import type { Construct } from 'constructs';
import { ENV, MODEL_DIR, NO_TELEMETRY } from '../../lambdas/shared/contract';
import { defaultArchitecture } from '../functions/default-architecture';
import { addFunction, type FunctionParts } from '../functions/function-parts';
import type { FilesBeside } from '../functions/handler-code';
import type { Model } from '../model/model';
import { modelCode } from './model-code';
import type { ModelFunctionOptions } from './model-function-options';
import { OnnxRuntimeLayer } from './onnxruntime-layer';
import { addSelfTest } from './self-test';
import { shippedArtefacts } from './shipped-artefacts';
import { warnIfUnmeasured } from './unmeasured';

/** A function that runs a model. */
export interface ModelFunctionSpec extends ModelFunctionOptions {
  readonly serviceName: string;
  /** Its folder in `lambdas/`. */
  readonly handler: string;
  readonly model: Model;
  /** Longest time of an answer, or of a run. */
  readonly deadline: Duration;
  readonly timeout: Duration;
  readonly reservedConcurrency?: number;
  readonly provisionedConcurrency?: number;
  readonly maxBodySize?: Size;
  readonly environment?: Readonly<Record<string, string>>;
  /** What must lie beside the handler. */
  readonly beside?: FilesBeside;
}

export interface ModelFunctionParts extends FunctionParts {
  /** The alias `live`: the released version. */
  readonly alias: Alias;
  /** The invocation that a new version must survive before the alias moves. */
  readonly selfTest: Trigger;
  /** Changes whenever handler or model do. */
  readonly revision: string;
}

/** A function with a model inside, behind an alias that moves to a new version once it has passed its self-test. */
export function addModelFunction(scope: Construct, spec: ModelFunctionSpec): ModelFunctionParts {
  const { model } = spec;
  const { modelName, modelVersion } = model.card;
  warnIfUnmeasured(scope, model);
  const memory = spec.memory ?? Size.mebibytes(1769);
  const architecture = spec.architecture ?? defaultArchitecture(scope);
  const artefacts = shippedArtefacts(scope, model, architecture);
  const ephemeralStorage = spec.ephemeralStorage ?? Size.mebibytes(512);
  model._requireRoom({ memory, ephemeralStorage }, artefacts.length > 0);
  const shipped = { model, artefacts, architecture };
  const { code, revision } = modelCode(scope, spec.handler, shipped, spec, spec.beside);
  const parts = addFunction(scope, {
    ...spec,
    memory,
    architecture,
    code,
    description: `${modelName} ${modelVersion} (${revision})`,
    roleDescription: `Runs the model ${modelName}`,
    layers: [OnnxRuntimeLayer.forArchitecture(scope, architecture)],
    environment: {
      [ENV.modelDir]: MODEL_DIR,
      [ENV.deadlineMs]: `${spec.deadline.toMilliseconds()}`,
      [ENV.maxBodyBytes]: `${(spec.maxBodySize ?? Size.mebibytes(4)).toBytes()}`,
      ...NO_TELEMETRY,
      ...model.source._environment(),
      ...spec.environment,
    },
  });
  model.source._grantRead(parts.role);
  const alias = new Alias(scope, 'Alias', {
    aliasName: 'live',
    version: parts.function.currentVersion,
    provisionedConcurrentExecutions: spec.provisionedConcurrency,
  });
  const selfTest = addSelfTest(scope, parts.function, alias, spec.encryptionKey);
  return { ...parts, alias, selfTest, revision };
}
