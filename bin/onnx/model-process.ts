import { checkModel } from './check-model';
import { loadModel } from './load-model';
import { measureModel } from './measure-model';
import { optimizeModel } from './optimize-model';
import { recordGolden } from './record-golden';
import { ModelRefused, type Report, type Results, type Task } from './task';

/**
 * The process that a model is loaded in. What a model does to ONNX Runtime (a crash, a run without end, all memory) it
 * does here; `runTask` waits outside.
 */
const report = (message: Report): void => {
  process.send?.(message);
};

function resultOf(task: Task): Promise<Results[Task['kind']]> {
  switch (task.kind) {
    case 'record':
      return recordGolden(task);
    case 'check':
      return checkModel(task);
    case 'measure':
      return measureModel(task, report);
    case 'optimize':
      return optimizeModel(task);
    case 'load':
      return loadModel(task);
  }
}

process.once('message', async (task: Task) => {
  try {
    report({ result: await resultOf(task) });
  } catch (error) {
    if (error instanceof ModelRefused) report({ reason: error.message, wayOut: error.wayOut });
    else report({ fault: error instanceof Error ? error.message : String(error) });
  }
});
