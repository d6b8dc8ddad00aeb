"""Trains and exports `iris`. From the repository root: python models/iris/train.py"""
import pathlib
import sys

import numpy as np
from onnx.helper import make_opsetid
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import publish  # noqa: E402

SEED = 20261101
LABELS = ["setosa", "versicolor", "virginica"]

data = load_iris()
x_train, x_test, y_train, y_test = train_test_split(
    data.data.astype(np.float32), data.target, test_size=0.3, stratify=data.target, random_state=SEED)
with threadpool_limits(1):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x_train, y_train)

model = convert_sklearn(
    pipeline, name="iris", initial_types=[("features", FloatTensorType([None, 4]))],
    target_opset={"": publish.OPSET, "ai.onnx.ml": 3}, options={"zipmap": False})
model.ir_version = publish.IR_VERSION
versions = {opset.domain: opset.version for opset in model.opset_import}  # the exporter repeats entries
del model.opset_import[:]
model.opset_import.extend(make_opsetid(domain, version) for domain, version in sorted(versions.items()))
for value in [*model.graph.input, *model.graph.output]:
    value.type.tensor_type.shape.dim[0].dim_param = "batch"
sha256 = publish.save_model(HERE, model)

session = publish.open_session(HERE)
labels, _ = session.run(["label", "probabilities"], {"features": x_test})
accuracy = float((labels == y_test).mean())

first_of = {label: int(np.flatnonzero(y_test == label)[0]) for label in range(3)}
publish.save_golden(HERE, [
    publish.record_case(session, "one setosa", {"features": x_test[[first_of[0]]]}),
    publish.record_case(session, "one virginica", {"features": x_test[[first_of[2]]]}),
    publish.record_case(session, "seven rows", {"features": x_test[:7]}),
])
publish.save_card(HERE, {
    "schemaVersion": 1,
    "name": "iris",
    "version": "1.0.0",
    "description": "Species of an iris flower from four lengths of its petals and sepals (logistic regression).",
    "owner": "cdk-ml-serving maintainers",
    "task": "tabular-classification",
    "license": "MIT",
    "sha256": sha256,
    "inputs": [{
        "name": "features", "datatype": "FP32", "shape": [-1, 4],
        "description": "One flower a row.", "unit": "centimetre",
        "features": ["sepal_length", "sepal_width", "petal_length", "petal_width"], "minimum": 0, "maximum": 10,
    }],
    "outputs": [
        {"name": "label", "datatype": "INT64", "shape": [-1], "description": "Index of the most probable species.",
         "unit": "class index", "labels": LABELS},
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 3],
         "description": "Probability of each species; a row sums to 1.", "unit": "probability", "labels": LABELS},
    ],
    "lineage": {
        "dataset": "Iris (R. A. Fisher, 1936), 150 rows",
        "datasetSource": "scikit-learn 1.9.1, sklearn.datasets.load_iris",
        "trainingScript": "models/iris/train.py",
        "seed": SEED,
        "trainedAt": publish.trained_at(HERE, sha256),
        "metrics": {"heldOutAccuracy": round(accuracy, 4), "heldOutRows": len(y_test)},
        "framework": "scikit-learn 1.9.1, skl2onnx 1.20.0",
    },
    "objective": {"p99Ms": 200, "monthlyCostUsd": 20},
    "runbook": "RUNBOOK.md",
})
print(f"iris: held-out accuracy {accuracy:.4f} on {len(y_test)} rows, sha256 {sha256}")
