"""The same model in Python, written for speed: one session during init, no framework, the same answer and log line."""

import base64
import json
import sys
import time

import numpy as np
import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
options.add_session_config_entry("session.intra_op.allow_spinning", "0")
session = ort.InferenceSession("model/model.onnx", options, providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]


def handler(event, context):
    started = time.perf_counter()
    request = event["request"] if "request" in event else json.loads(event["body"])
    feeds = {}
    for tensor in request["inputs"]:
        if "raw" in tensor:
            values = np.frombuffer(base64.b64decode(tensor["raw"]), dtype=np.float32)
        else:
            values = np.asarray(tensor["data"], dtype=np.float32)
        feeds[tensor["name"]] = values.reshape(tensor["shape"])
    results = session.run(names, feeds)
    outputs = [
        {"name": name, "shape": list(result.shape), "data": result.ravel().tolist()}
        for name, result in zip(names, results)
    ]
    line = {"requestId": context.aws_request_id, "status": 200, "latencyMs": (time.perf_counter() - started) * 1000}
    sys.stdout.write(json.dumps(line) + "\n")
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"outputs": outputs}),
    }
