"""The same batch in Python: pandas chunks, ONNX Runtime, one process. `batch.py MODEL IN OUT`: CPU seconds and peak bytes."""

import json
import sys
import time

import numpy as np
import onnxruntime
import pandas as pd

FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
LABELS = np.array(["setosa", "versicolor", "virginica"])
CHUNK = 100_000

model, source, target = sys.argv[1:4]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

started = time.process_time()
with open(target, "w", newline="") as out:
    for index, chunk in enumerate(pd.read_csv(source, chunksize=CHUNK)):
        label, probabilities = session.run(None, {"features": chunk[FEATURES].to_numpy(dtype=np.float32)})
        result = pd.DataFrame({"id": chunk["id"], "species": chunk["species"], "label": label, "label_name": LABELS[label]})
        for at, name in enumerate(LABELS):
            result[f"probabilities_{name}"] = probabilities[:, at]
        result["run_id"] = "bench"
        result["model_version"] = "1.0.0"
        result.to_csv(out, index=False, header=index == 0)
seconds = time.process_time() - started
# What getrusage says begins with the memory of the process that started this one.
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
print(json.dumps({"seconds": seconds, "peakBytes": peak}))
