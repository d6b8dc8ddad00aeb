import { measureModel } from './measure-model';
import { recordGolden } from './record-golden';
import { ModelRefused, type Report, type Task } from './task';

/**
 * The process that a model is loaded in. What a model does to ONNX Runtime (a crash, a run without end, all memory) it
 * does here; `runTask` waits outside.
 */
const report = (message: Report): void => {
  process.send?.(message);
};

process.once('message', async (task: Task) => {
  try {
    const result = task.kind === 'record' ? await recordGolden(task) : await measureModel(task, report);
    report({ result });
  } catch (error) {
    if (error instanceof ModelRefused) report({ reason: error.message, wayOut: error.wayOut });
    else report({ fault: error instanceof Error ? error.message : String(error) });
  }
});
