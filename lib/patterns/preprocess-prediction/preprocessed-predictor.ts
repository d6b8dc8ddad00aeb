import { Duration, Names, type Size } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { placementOf } from '../../functions/placement-options';
import { PredictorGraph } from '../../graph/predictor-graph';
import { Step } from '../../graph/step';
import type { Model } from '../../model/model';
import { API_LIMIT_MS, type ComposedPredictorOptions, deadlineAround } from '../../predictor/composed-predictor';
import { Predictor } from '../../predictor/predictor';
import { PredictorHolder } from '../../predictor/predictor-holder';
import type { IPredictor } from '../../predictor/predictor-ref';
import { Preprocessor } from '../../predictor/preprocessor';
import type { Transform } from '../../predictor/transform';

/** Properties of a `PreprocessedPredictor`. */
export interface PreprocessedPredictorProps extends ComposedPredictorOptions {
  /** The preprocessing: it takes what the client sends, and gives what the model takes. */
  readonly transform: Transform;
  /**
   * What gets the data of a request, before the preprocessing: it takes what the client sends, such as an id, and gives what
   * the preprocessing takes. With it a state machine asks all three in turn.
   * @default - the client sends the data
   */
  readonly retrieve?: Transform;
  /**
   * Whether a state machine asks preprocessing and predictor in turn, instead of the one asking the other: two waits less
   * that are billed, and more time on the way.
   * @default - true where there is `retrieve`, else false
   */
  readonly proxied?: boolean;
  /**
   * The model, for which a `Predictor` is made.
   * @default - `predictor` is what is asked
   */
  readonly model?: Model;
  /**
   * Any predictor, another pattern too.
   * @default - one is made for `model`
   */
  readonly predictor?: IPredictor;
  /**
   * Memory of the function that is made for `model`.
   * @default Size.mebibytes(1769)
   */
  readonly memory?: Size;
  /**
   * Memory of the functions with `transform` and `retrieve`.
   * @default Size.mebibytes(1024)
   */
  readonly transformMemory?: Size;
  /**
   * Environment variables of the functions with `transform` and `retrieve`.
   * @default - none
   */
  readonly transformEnvironment?: { readonly [name: string]: string };
  /**
   * Longest time to an answer; at least 2 s, and whole seconds where it is proxied.
   * @default - 10 s; around a `predictor` at least its deadline and one second, three where it is proxied, and at most the
   * 29 s that an API has
   */
  readonly deadline?: Duration;
}

const LEAST_DEFAULT_SECONDS = 10;
/** What a state machine takes more than a function that asks, and the steps before the predictor. */
const PROXIED_SECONDS = 2;

/** Preprocessing and predictor as units of their own, as one predictor. */
export class PreprocessedPredictor extends PredictorHolder {
  /** What answers: the preprocessing, which asks the model; or the graph of all steps. */
  public readonly predictor: IPredictor;
  /** The function with the preprocessing. */
  public readonly preprocessor: Preprocessor;
  /** The function that gets the data. */
  public readonly retriever?: Preprocessor;
  /** The model behind. */
  public readonly model: IPredictor;
  /** All steps as a graph, where a state machine asks them. */
  public readonly graph?: PredictorGraph;

  public constructor(scope: Construct, id: string, props: PreprocessedPredictorProps) {
    super(scope, id);
    const { retrieve, transform, transformEnvironment: environment } = props;
    const proxied = props.proxied ?? retrieve !== undefined;
    if (retrieve && !proxied)
      throw new Error('proxied must be true with retrieve: a state machine asks both; got false');
    const deadline = props.deadline ?? defaultDeadline(props.predictor, proxied);
    if (deadline.toMilliseconds() < 2000)
      throw new Error(`deadline must be at least 2 s; got ${deadline.toMilliseconds()} ms`);
    const serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 40 });
    this.model = this.addModel(props, serviceName, deadline);
    requirePair(transform, this.model);
    const own = {
      ...placementOf(props),
      frontMemory: props.transformMemory,
      maxBodySize: props.maxBodySize,
      environment,
    };
    this.preprocessor = new Preprocessor(this, 'Preprocess', {
      ...own,
      transform,
      predictor: this.model,
      asks: !proxied,
      deadline,
      serviceName: proxied ? `${serviceName}-preprocess` : serviceName,
    });
    if (!proxied) {
      this.predictor = this.preprocessor;
      return;
    }
    if (retrieve) {
      const dataName = `${serviceName}-retrieve`;
      const predictor = this.preprocessor;
      const spec = { ...own, transform: retrieve, predictor, asks: false, deadline, serviceName: dataName };
      this.retriever = new Preprocessor(this, 'Retrieve', spec);
    }
    this.graph = new PredictorGraph(this, 'Graph', {
      ...placementOf(props),
      frontMemory: props.frontMemory,
      maxBodySize: props.maxBodySize,
      serviceName,
      deadline,
      stageOutputs: false,
      steps: [
        ...(this.retriever ? [Step.predict('retrieve', this.retriever)] : []),
        Step.predict('preprocess', this.preprocessor),
        Step.predict('predict', this.model),
      ],
    });
    this.predictor = this.graph;
  }

  private addModel(
    { memory, model, predictor, ...props }: PreprocessedPredictorProps,
    serviceName: string,
    deadline: Duration,
  ): IPredictor {
    if ((model === undefined) === (predictor === undefined)) {
      throw new Error(`${this.constructor.name} takes either model or predictor; got ${model ? 'both' : 'neither'}`);
    }
    if (!model) return predictor as IPredictor;
    return new Predictor(this, 'Predict', {
      ...placementOf(props),
      model,
      memory,
      serviceName: `${serviceName}-predict`,
      deadline: Duration.millis(deadline.toMilliseconds() - 1000),
    });
  }
}

function defaultDeadline(predictor: IPredictor | undefined, proxied: boolean): Duration {
  if (!predictor) return Duration.seconds(LEAST_DEFAULT_SECONDS);
  const around = Math.ceil(deadlineAround([predictor]).toMilliseconds() / 1000) + (proxied ? PROXIED_SECONDS : 0);
  const wanted = Math.max(LEAST_DEFAULT_SECONDS, around);
  const inTime = Math.min(wanted, API_LIMIT_MS / 1000);
  // One that is asked by the preprocessing itself must end before it.
  const isLonger = 1000 * inTime > predictor.deadline.toMilliseconds();
  return Duration.seconds(proxied || isLonger ? inTime : wanted);
}

/** Two that do not belong together do not fail; they mispredict. */
function requirePair({ pair, transformName }: Transform, { card, modelName }: IPredictor): void {
  if (pair === undefined || card._pair === undefined) {
    const without = pair === undefined ? `transform ${transformName}` : `model ${modelName}`;
    throw new Error(`pair must be named by the cards of both preprocessing and model, alike; ${without} names none`);
  }
  if (pair === card._pair) return;
  throw new Error(
    `pair must be the same: transform ${transformName} is of ${JSON.stringify(pair)}, model ${modelName} of ${JSON.stringify(card._pair)}`,
  );
}
