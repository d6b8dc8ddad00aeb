"""Trains and exports `digits-fast`. From the repository root: python models/digits-fast/train.py"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import digits_training as training  # noqa: E402  (first: it sets how JAX runs)
import digits_data  # noqa: E402
import jax  # noqa: E402
import numpy as np  # noqa: E402
from onnx import helper  # noqa: E402

HIDDEN = 64


def logits(params, x):
    hidden = jax.nn.relu(x.reshape(-1, 784) @ params["hidden_w"] + params["hidden_b"])
    return hidden @ params["out_w"] + params["out_b"]


rng = np.random.default_rng(digits_data.SEED)
x_train, _, y_train, _ = digits_data.split_digits()
weights = training.fit(logits, {
    "hidden_w": training.he_normal(rng, (784, HIDDEN), 784), "hidden_b": np.zeros(HIDDEN, np.float32),
    "out_w": training.he_normal(rng, (HIDDEN, 10), HIDDEN), "out_b": np.zeros(10, np.float32),
}, x_train, y_train, epochs=40, rate=3e-3, shift=1)

training.publish_digits(HERE, training.build_model("digits-fast", [
    helper.make_node("Flatten", ["image"], ["pixels"], axis=1),
    helper.make_node("Gemm", ["pixels", "hidden_w", "hidden_b"], ["hidden"]),
    helper.make_node("Relu", ["hidden"], ["active"]),
    helper.make_node("Gemm", ["active", "out_w", "out_b"], ["logits"]),
], weights), {
    "name": "digits-fast",
    "version": "1.0.0",
    "description": "Handwritten digit from a 28x28 grey image; one hidden layer, fast rather than exact.",
    "objective": {"p99Ms": 200, "monthlyCostUsd": 20},
})
