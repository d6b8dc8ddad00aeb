"""Trains and exports `digits`. From the repository root: python models/digits/train.py"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import digits_training as training  # noqa: E402  (first: it sets how JAX runs)
import digits_data  # noqa: E402
import jax  # noqa: E402
import numpy as np  # noqa: E402
from onnx import helper  # noqa: E402

CHANNELS = (16, 32)
HIDDEN = 64


def convolve(x, kernel, bias):
    return jax.nn.relu(jax.lax.conv_general_dilated(
        x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias)


def pool(x):
    n, height, width, channels = x.shape
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def logits(params, x):
    x = pool(convolve(x[..., None], params["conv1_w"], params["conv1_b"]))
    x = pool(convolve(x, params["conv2_w"], params["conv2_b"]))
    hidden = jax.nn.relu(x.reshape(len(x), -1) @ params["hidden_w"] + params["hidden_b"])
    return hidden @ params["out_w"] + params["out_b"]


def to_nchw(params: dict) -> dict:
    """JAX is fastest here with channels last; the model takes them first."""
    dense = params["hidden_w"].reshape(7, 7, CHANNELS[1], HIDDEN).transpose(2, 0, 1, 3).reshape(-1, HIDDEN)
    kernels = {name: np.ascontiguousarray(params[name].transpose(3, 2, 0, 1)) for name in ("conv1_w", "conv2_w")}
    return {**params, **kernels, "hidden_w": np.ascontiguousarray(dense)}


rng = np.random.default_rng(digits_data.SEED)
x_train, _, y_train, _ = digits_data.split_digits()
flat = 7 * 7 * CHANNELS[1]
weights = to_nchw(training.fit(logits, {
    "conv1_w": training.he_normal(rng, (5, 5, 1, CHANNELS[0]), 25), "conv1_b": np.zeros(CHANNELS[0], np.float32),
    "conv2_w": training.he_normal(rng, (5, 5, *CHANNELS), 25 * CHANNELS[0]), "conv2_b": np.zeros(CHANNELS[1], np.float32),
    "hidden_w": training.he_normal(rng, (flat, HIDDEN), flat), "hidden_b": np.zeros(HIDDEN, np.float32),
    "out_w": training.he_normal(rng, (HIDDEN, 10), HIDDEN), "out_b": np.zeros(10, np.float32),
}, x_train, y_train, epochs=30, rate=2e-3, shift=2))

same = {"pads": [2, 2, 2, 2], "kernel_shape": [5, 5]}
halve = {"kernel_shape": [2, 2], "strides": [2, 2]}
training.publish_digits(HERE, training.build_model("digits", [
    helper.make_node("Conv", ["image", "conv1_w", "conv1_b"], ["conv1"], **same),
    helper.make_node("Relu", ["conv1"], ["relu1"]),
    helper.make_node("MaxPool", ["relu1"], ["pool1"], **halve),
    helper.make_node("Conv", ["pool1", "conv2_w", "conv2_b"], ["conv2"], **same),
    helper.make_node("Relu", ["conv2"], ["relu2"]),
    helper.make_node("MaxPool", ["relu2"], ["pool2"], **halve),
    helper.make_node("Flatten", ["pool2"], ["flat"], axis=1),
    helper.make_node("Gemm", ["flat", "hidden_w", "hidden_b"], ["hidden"]),
    helper.make_node("Relu", ["hidden"], ["active"]),
    helper.make_node("Gemm", ["active", "out_w", "out_b"], ["logits"]),
], weights), {
    "name": "digits",
    "version": "1.0.0",
    "pair": "digits-1",
    "description": "Handwritten digit from a 28x28 grey image; a small convolutional network, exact rather than fast.",
    "objective": {"p99Ms": 300, "monthlyCostUsd": 30},
})
