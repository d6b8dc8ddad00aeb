import type { Construct, IConstruct } from 'constructs';
import {
  Asynchronous,
  AsynchronousHorizontal,
  Batch,
  CachedPredictor,
  CircuitBreak,
  DataCache,
  DataPredictor,
  HorizontalPredictor,
  type InferenceApi,
  type IPredictor,
  MicroserviceHorizontal,
  MicroserviceVertical,
  MultipleStage,
  PredictionCache,
  PredictionCircuitBreak,
  Predictor,
  PreprocessedPredictor,
  PreprocessPrediction,
  Synchronous,
  VerticalPredictor,
  WebSingle,
} from '../index';

/** Version of the format of `serving.yaml`. */
export const TEMPLATE_VERSION = 1;

/** What the template needs of the construct of a pattern. */
export interface Service extends IConstruct {
  /** Its HTTP front, where it has one. */
  readonly api?: InferenceApi;
  /** Where it is asked: base that `/v2/...` is appended to; without a front the place in S3 that it reads. */
  readonly url: string;
  readonly modelName: string;
}

/** A construct that an entry, or a predictor within one, is made by; its props are the keys. */
interface Made<Made extends IConstruct> {
  readonly construct: new (scope: Construct, id: string, props: never) => Made;
  /** Groups of props of which exactly one must be written. */
  readonly either?: readonly (readonly string[])[];
}

export type Pattern = Made<Service>;

/** Every `pattern` of `serving.yaml`. The schema is generated from this table and services are built from it. */
export const PATTERNS: Readonly<Record<string, Pattern>> = {
  asynchronous: { construct: Asynchronous, either: [['model', 'predictor']] },
  'asynchronous-horizontal': { construct: AsynchronousHorizontal },
  batch: { construct: Batch },
  'data-cache': { construct: DataCache, either: [['model', 'predictor']] },
  'microservice-horizontal': { construct: MicroserviceHorizontal },
  'microservice-vertical': { construct: MicroserviceVertical },
  'multiple-stage': {
    construct: MultipleStage,
    either: [
      ['model', 'predictor'],
      ['fast', 'fastPredictor'],
    ],
  },
  'prediction-cache': { construct: PredictionCache, either: [['model', 'predictor']] },
  'prediction-circuit-break': { construct: PredictionCircuitBreak, either: [['model', 'predictor']] },
  'preprocess-prediction': { construct: PreprocessPrediction, either: [['model', 'predictor']] },
  synchronous: { construct: Synchronous, either: [['model', 'predictor']] },
  'web-single': { construct: WebSingle },
};

/** The `pattern` of a predictor that is a model and nothing else. It may be left out. */
export const MODEL_ALONE = 'model';

/** Every `pattern` of a predictor within an entry: what stands there has no front of its own. */
export const PREDICTORS: Readonly<Record<string, Made<IPredictor>>> = {
  [MODEL_ALONE]: { construct: Predictor },
  'circuit-break': { construct: CircuitBreak },
  'data-cache': { construct: DataPredictor },
  'prediction-cache': { construct: CachedPredictor },
  'microservice-horizontal': { construct: HorizontalPredictor },
  'microservice-vertical': { construct: VerticalPredictor },
  'preprocess-prediction': { construct: PreprocessedPredictor, either: [['model', 'predictor']] },
};

/** Props that the builder gives: the service's key is its name. */
export const GIVEN_PROPS: readonly string[] = ['serviceName'];
