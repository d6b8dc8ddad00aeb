"""What the digit models share: the training loop (JAX on one thread) and what is published with each model."""
import os
import pathlib

# One thread and one instruction set, so that a second run gives the same weights. Before JAX is imported.
os.environ["NPROC"] = "1"  # the size of JAX's thread pool, which would decide in which order convolutions add up
os.environ["XLA_FLAGS"] = (
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1 --xla_cpu_max_isa=AVX2")
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

import digits_data  # noqa: E402
import publish  # noqa: E402

DIGITS = [str(digit) for digit in range(10)]
BATCH = 100


def shift_at_random(images: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Moves each image by up to `most` pixels either way: more data than there is."""
    padded = np.pad(images, ((0, 0), (most, most), (most, most)))
    rows = rng.integers(0, 2 * most + 1, len(images))[:, None] + np.arange(28)
    columns = rng.integers(0, 2 * most + 1, len(images))[:, None] + np.arange(28)
    return padded[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]


def fit(logits, params: dict, images: np.ndarray, labels: np.ndarray, *, epochs: int, rate: float, shift: int) -> dict:
    """Adam with a cosine schedule on the cross entropy of `logits(params, x)`, x [n, 28, 28] in 0..1."""
    rng = np.random.default_rng(digits_data.SEED)
    steps = epochs * (len(images) // BATCH)

    def loss(weights, x, y):
        return -jnp.take_along_axis(jax.nn.log_softmax(logits(weights, x)), y[:, None], axis=1).mean()

    @jax.jit
    def update(weights, mean, square, step, x, y):
        gradient = jax.grad(loss)(weights, x, y)
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradient)
        size = rate * 0.5 * (1 + jnp.cos(jnp.pi * step / steps)) * jnp.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
        weights = jax.tree.map(lambda w, m, s: w - size * m / (jnp.sqrt(s) + 1e-8), weights, mean, square)
        return weights, mean, square

    mean = square = jax.tree.map(jnp.zeros_like, params)
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(images))
        moved = shift_at_random(images, shift, rng)[order].astype(np.float32) / 255
        for start in range(0, len(order), BATCH):
            rows = slice(start, start + BATCH)
            params, mean, square = update(params, mean, square, jnp.float32(step), moved[rows], labels[order][rows])
            step += 1
    return {name: np.asarray(value) for name, value in params.items()}


def he_normal(rng: np.random.Generator, shape: tuple, inputs: int) -> np.ndarray:
    return (rng.standard_normal(shape) * np.sqrt(2 / inputs)).astype(np.float32)


def build_model(name: str, nodes: list, weights: dict[str, np.ndarray]) -> onnx.ModelProto:
    """A graph from `image` to `logits`, completed by softmax and label."""
    graph = helper.make_graph(
        [*nodes,
         helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
         helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0)],
        name,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 28, 28])],
        [helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"]),
         helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(value, key) for key, value in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", publish.OPSET)],
                             ir_version=publish.IR_VERSION, producer_name="cdk-ml-serving")


def publish_digits(folder: pathlib.Path, model: onnx.ModelProto, card: dict) -> None:
    """Writes model, golden cases and card; measures accuracy with the exported model, on the held-out rows."""
    _, x_test, _, y_test = digits_data.split_digits()
    sha256 = publish.save_model(folder, model)
    session = publish.open_session(folder)
    labels, _ = session.run(["label", "probabilities"], {"image": digits_data.as_input(x_test)})
    accuracy = float((labels == y_test).mean())

    golden_rows = [int(np.flatnonzero(y_test == digit)[0]) for digit in (2, 5, 9)]
    publish.save_golden(folder, [
        publish.record_case(session, f"a {y_test[row]}", {"image": np.round(digits_data.as_input(x_test[[row]]), 4)})
        for row in golden_rows])
    publish.save_card(folder, {
        "schemaVersion": 1,
        **{key: card[key] for key in ("name", "version", "description")},
        "owner": "cdk-ml-serving maintainers",
        "task": "image-classification",
        "license": "MIT",
        **({"pair": card["pair"]} if "pair" in card else {}),
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
            "trainingScript": f"models/{card['name']}/train.py",
            "seed": digits_data.SEED,
            "trainedAt": publish.trained_at(folder, sha256),
            "metrics": {"heldOutAccuracy": round(accuracy, 4), "heldOutRows": len(y_test)},
            "framework": f"JAX {jax.__version__}, ONNX graph by onnx.helper",
        },
        "objective": card["objective"],
        "runbook": "RUNBOOK.md",
    })
    print(f"{card['name']}: held-out accuracy {accuracy:.4f} on {len(y_test)} rows, sha256 {sha256}")
