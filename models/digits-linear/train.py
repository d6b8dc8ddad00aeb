"""Trains and exports `digits-linear`. From the repository root: python models/digits-linear/train.py"""
import pathlib
import sys

import numpy as np
import onnx
import sklearn
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import digits_data  # noqa: E402
import publish  # noqa: E402

DIGITS = [str(digit) for digit in range(10)]

x_train, x_test, y_train, y_test = digits_data.split_digits()
flat = digits_data.as_input(x_train).reshape(len(x_train), -1)
fitted = LogisticRegression(C=0.02, max_iter=300, tol=1e-5, random_state=digits_data.SEED).fit(flat, y_train)
weights = {"weights": fitted.coef_.T.astype(np.float32), "bias": fitted.intercept_.astype(np.float32)}

graph = helper.make_graph(
    [helper.make_node("Flatten", ["image"], ["flat"], axis=1),
     helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
     helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
     helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0)],
    "digits-linear",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 28, 28])],
    [helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"]),
     helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
    [numpy_helper.from_array(np.ascontiguousarray(value), key) for key, value in weights.items()])
sha256 = publish.save_model(HERE, helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", publish.OPSET)], ir_version=publish.IR_VERSION,
    producer_name="cdk-ml-serving"))
session = publish.open_session(HERE)
labels, _ = session.run(["label", "probabilities"], {"image": digits_data.as_input(x_test)})
accuracy = float((labels == y_test).mean())
golden_rows = [int(np.flatnonzero(y_test == digit)[0]) for digit in (2, 5, 9)]
publish.save_golden(HERE, [
    publish.record_case(session, f"a {y_test[row]}", {"image": np.round(digits_data.as_input(x_test[[row]]), 4)})
    for row in golden_rows])
publish.save_card(HERE, {
    "schemaVersion": 1,
    "name": "digits-linear",
    "version": "1.0.0",
    "description": "Handwritten digit from a 28x28 grey image; a linear model, for a second opinion of another kind.",
    "owner": "cdk-ml-serving maintainers",
    "task": "image-classification",
    "license": "MIT",
    "sha256": sha256,
    "inputs": [{
        "name": "image", "datatype": "FP32", "shape": [-1, 1, 28, 28],
        "description": "Grey image of one handwritten digit, light on dark.", "unit": "intensity, 0 black to 1 white",
        "minimum": 0, "maximum": 1,
    }],
    "outputs": [
        {"name": "label", "datatype": "INT64", "shape": [-1], "description": "The most probable digit.",
         "unit": "digit", "labels": DIGITS},
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10],
         "description": "Probability of each digit; a row sums to 1.", "unit": "probability", "labels": DIGITS},
    ],
    "image": {"width": 28, "height": 28, "channels": 1, "scale": 1 / 255, "layout": "NCHW", "input": "image"},
    "lineage": {
        "dataset": digits_data.DATASET,
        "datasetSource": digits_data.DATASET_SOURCE,
        "trainingScript": "models/digits-linear/train.py",
        "seed": digits_data.SEED,
        "trainedAt": publish.trained_at(HERE, sha256),
        "metrics": {"heldOutAccuracy": round(accuracy, 4), "heldOutRows": len(y_test)},
        "framework": f"scikit-learn {sklearn.__version__}, ONNX graph by onnx.helper",
    },
    "objective": {"p99Ms": 300, "monthlyCostUsd": 30},
    "runbook": "RUNBOOK.md",
})
print(f"digits-linear: held-out accuracy {accuracy:.4f} on {len(y_test)} rows, sha256 {sha256}")
