import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Question } from '../composed/service';
import type { BreakerTable } from '../shared/breaker/table-client';
import { keyOf } from '../shared/breaker/table-client';
import { cacheKey } from '../shared/cache/cache-key';
import { BREAKER_TABLE, BREAKER_VERSION, type ModelManifest, type PredictorSuccess } from '../shared/contract';
import { answeredRevision } from '../shared/predictor/answered-revision';
import { isLasting } from '../shared/predictor/lasting';

type Asked = Pick<Question, 'inference' | 'pair'>;

/** A row of DynamoDB may have 400 KB. */
const MOST_BYTES = 300_000;
/** Questions of which an environment knows that their answer was kept lately. */
const REMEMBERED = 1000;

/** The predictor's last answer to each question, kept for when it has none. */
export class LastResults {
  /** When this environment kept the answer to a question, oldest first. */
  readonly #kept = new Map<string, number>();

  constructor(
    private readonly table: BreakerTable,
    private readonly answering: Pick<ModelManifest, 'name' | 'revision' | 'behind' | 'source'>,
    private readonly maxAgeMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Keeps an answer, unless that of the same question was kept within half of its life. */
  async keep(question: Asked, success: PredictorSuccess): Promise<void> {
    // An answer that was somebody's fallback is no result; that of another release is none of this one.
    if (!isLasting(success) || !this.#isOfThis(success)) return;
    const key = this.#keyOf(question);
    if (this.now() - (this.#kept.get(key) ?? 0) < this.maxAgeMs / 2) return;
    const answer = JSON.stringify({ ...success, marks: undefined, stages: [] });
    if (answer.length > MOST_BYTES) return;
    const at = this.now();
    const Item = {
      ...keyOf(`${BREAKER_TABLE.results}${key}`),
      v: { N: `${BREAKER_VERSION}` },
      at: { N: `${at}` },
      [BREAKER_TABLE.ttl]: { N: `${Math.ceil((at + this.maxAgeMs) / 1000)}` },
      answer: { S: answer },
    };
    await this.table.client.send(new PutItemCommand({ TableName: this.table.name, Item }));
    this.#kept.delete(key);
    this.#kept.set(key, at);
    if (this.#kept.size > REMEMBERED) this.#kept.delete(this.#kept.keys().next().value as string);
  }

  /** The last answer, where it is not too old; DynamoDB deletes late. */
  async find(question: Asked): Promise<PredictorSuccess | undefined> {
    const key = keyOf(`${BREAKER_TABLE.results}${this.#keyOf(question)}`);
    const { Item } = await this.table.client.send(new GetItemCommand({ TableName: this.table.name, Key: key }));
    if (!Item) return undefined;
    const { answer, at } = unmarshall(Item);
    return this.now() - at <= this.maxAgeMs ? JSON.parse(answer) : undefined;
  }

  /** Which model a pointer names, the answer itself says. */
  #isOfThis(success: PredictorSuccess): boolean {
    const { behind, source } = this.answering;
    return source === 'pointer' || answeredRevision(success) === behind;
  }

  #keyOf({ inference, pair }: Asked): string {
    const { name: model, revision } = this.answering;
    return cacheKey({ model, revision, pair, inputs: inference.inputs, outputs: inference.outputs });
  }
}
