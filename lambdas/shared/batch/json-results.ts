import type { ModelIdentity } from '../contract';
import { predictionMembers } from '../protocol/rows';
import type { Tensor } from '../protocol/tensor';
import type { ByteSink } from './object-writer';
import type { ResultContext, Results } from './results';
import type { SourceRow } from './source-rows';

/**
 * A line for each result: its id, what it was asked (where that is wanted), and the prediction as `POST /predict` has it;
 * where hooks made the answer, all of that.
 */
export class JsonResults implements Results {
  constructor(
    private readonly context: ResultContext,
    private readonly sink: ByteSink,
  ) {}

  async write(
    rows: readonly SourceRow[],
    outputs: readonly Tensor[],
    model: ModelIdentity,
    texts?: readonly string[],
  ): Promise<void> {
    const { idColumn = 'row', manifest, run } = this.context;
    const key = JSON.stringify(idColumn);
    const end = `"run_id":${JSON.stringify(run)},"model_version":${JSON.stringify(model.version)}}\n`;
    const members = texts
      ? texts.map((answer) => [`"answer":${answer}`])
      : predictionMembers(manifest.outputs, rows.length, outputs);
    let text = '';
    for (let row = 0; row < rows.length; row++) {
      const { id, joined } = rows[row] as SourceRow;
      const input = joined === undefined ? '' : `"input":${joined},`;
      text += `{${key}:${id},${input}${members[row]?.join(',')},${end}`;
    }
    await this.sink.write(Buffer.from(text));
  }

  close(): Promise<number> {
    return this.sink.close();
  }
}
