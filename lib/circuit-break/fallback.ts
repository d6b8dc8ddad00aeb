import { Duration } from 'aws-cdk-lib';
import type { FallbackSettings } from '../../lambdas/shared/contract';
import type { ModelCard } from '../model/model-card';
import { requireSameInputs, requireSameOutputs } from '../patterns/multiple-stage/same-inputs';
import type { IPredictor } from '../predictor/predictor-ref';
import { type ConstantOutput, constantTensors } from './constant-output';

/** What answers in the place of a predictor that is not asked, or does not answer. */
export class Fallback {
  /** Nobody: a 503 with Retry-After, or the predictor's own error where it was asked. */
  public static refuse(): Fallback {
    return new Fallback('refuse', () => ({ kind: 'refuse' }));
  }

  /**
   * The same values for every row of every request.
   *
   * @param outputs the values of each output on the model card
   */
  public static constant(outputs: ConstantOutput[]): Fallback {
    return new Fallback('constant', (card) => ({ kind: 'constant', outputs: constantTensors(outputs, card) }));
  }

  /**
   * Another predictor with the same inputs and outputs: a cheaper one, which stands when this one does not.
   *
   * @param predictor the other predictor
   */
  public static predictor(predictor: IPredictor): Fallback {
    return new Fallback(
      'predictor',
      (card) => {
        requireSameInputs(predictor.card, card, 'fallback');
        requireSameOutputs(predictor.card, card, 'fallback');
        return {
          kind: 'predictor',
          predictor: predictor.target.address,
          deadlineMs: predictor.deadline.toMilliseconds(),
        };
      },
      predictor,
    );
  }

  /**
   * What the predictor said last to the same question: the same values of the same inputs. A question that it never
   * answered is refused. Every answer is kept in the breaker's table, up to 300 kB of it.
   *
   * @param maxAge how old it may be
   */
  public static lastResult(maxAge: Duration = Duration.hours(1)): Fallback {
    const maxAgeMs = maxAge.toMilliseconds();
    if (maxAgeMs < 1000 || maxAgeMs > 366 * 86_400_000) {
      throw new Error(`fallback: maxAge must be between a second and a year; got ${maxAgeMs} ms`);
    }
    return new Fallback('last-result', () => ({ kind: 'last-result', maxAgeMs }));
  }

  private constructor(
    /** @internal */
    public readonly _kind: FallbackSettings['kind'],
    private readonly settings: (card: ModelCard) => FallbackSettings,
    /** @internal Who is asked. */
    public readonly _predictor?: IPredictor,
  ) {}

  /** @internal What the function is told, checked against the card of what it stands in for. */
  public _settings(card: ModelCard): FallbackSettings {
    return this.settings(card);
  }

  /** @internal Time that it may take. */
  public get _deadline(): Duration {
    return this._predictor?.deadline ?? Duration.millis(this._kind === 'last-result' ? 500 : 0);
  }
}
