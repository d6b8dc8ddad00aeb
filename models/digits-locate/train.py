"""Builds `digits-locate`: nothing is learned, a digit is found by its ink. From the repository root:
python models/digits-locate/train.py"""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import digits_data  # noqa: E402
import publish  # noqa: E402

CANVAS = 64
CROP = 28


def build_model() -> onnx.ModelProto:
    """The crop around the centre of mass, which is where digits of MNIST are centred; rows are independent."""
    last = CANVAS - CROP
    constants = {
        "places": np.arange(CANVAS, dtype=np.float32),
        "tiny": np.float32(1e-6),
        "half_crop": np.float32(CROP / 2),
        "zero": np.float32(0),
        "last": np.float32(last),
        "axis_rows": np.array([1, 3], np.int64),
        "axis_columns": np.array([1, 2], np.int64),
        "axis_all": np.array([1, 2, 3], np.int64),
        "axis_place": np.array([1], np.int64),
        "width": np.int64(CANVAS),
        # Where each pixel of the crop lies, counted from its corner.
        "window": (np.arange(CROP)[:, None] * CANVAS + np.arange(CROP)).reshape(1, -1).astype(np.int64),
        "flat": np.array([0, CANVAS * CANVAS], np.int64),
        "square": np.array([0, 1, CROP, CROP], np.int64),
        "pixels": np.float32(CANVAS * CANVAS),
    }

    def corner(name: str, axes: str) -> list:
        """Centre of mass along one axis, less half a crop, within the canvas."""
        return [
            helper.make_node("ReduceSum", ["canvas", axes], [f"{name}_ink"], keepdims=0),
            helper.make_node("Mul", [f"{name}_ink", "places"], [f"{name}_moment"]),
            helper.make_node("ReduceSum", [f"{name}_moment", "axis_place"], [f"{name}_sum"], keepdims=1),
            helper.make_node("ReduceSum", [f"{name}_ink", "axis_place"], [f"{name}_all"], keepdims=1),
            helper.make_node("Add", [f"{name}_all", "tiny"], [f"{name}_some"]),
            helper.make_node("Div", [f"{name}_sum", f"{name}_some"], [f"{name}_centre"]),
            helper.make_node("Sub", [f"{name}_centre", "half_crop"], [f"{name}_from"]),
            helper.make_node("Round", [f"{name}_from"], [f"{name}_whole"]),
            helper.make_node("Clip", [f"{name}_whole", "zero", "last"], [f"{name}_within"]),
            helper.make_node("Cast", [f"{name}_within"], [name], to=TensorProto.INT64),
        ]

    graph = helper.make_graph(
        [*corner("row", "axis_rows"),
         *corner("column", "axis_columns"),
         helper.make_node("Concat", ["row", "column"], ["corner"], axis=1),
         helper.make_node("Mul", ["row", "width"], ["row_start"]),
         helper.make_node("Add", ["row_start", "column"], ["start"]),
         helper.make_node("Add", ["start", "window"], ["indices"]),
         helper.make_node("Reshape", ["canvas", "flat"], ["values"]),
         helper.make_node("GatherElements", ["values", "indices"], ["crop"], axis=1),
         helper.make_node("Reshape", ["crop", "square"], ["image"]),
         helper.make_node("ReduceSum", ["canvas", "axis_all"], ["total"], keepdims=0),
         helper.make_node("Div", ["total", "pixels"], ["ink"])],
        "digits-locate",
        [helper.make_tensor_value_info("canvas", TensorProto.FLOAT, ["batch", 1, CANVAS, CANVAS])],
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, CROP, CROP]),
         helper.make_tensor_value_info("corner", TensorProto.INT64, ["batch", 2]),
         helper.make_tensor_value_info("ink", TensorProto.FLOAT, ["batch"])],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", publish.OPSET)],
                             ir_version=publish.IR_VERSION, producer_name="cdk-ml-serving")


def canvases(images: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Each digit somewhere on an empty canvas, and where its corner is."""
    corners = rng.integers(0, CANVAS - CROP + 1, (len(images), 2))
    blank = np.zeros((len(images), 1, CANVAS, CANVAS), np.float32)
    for row, (top, left) in enumerate(corners):
        blank[row, 0, top:top + CROP, left:left + CROP] = digits_data.as_input(images[[row]])[0, 0]
    return blank, corners


_, x_test, _, y_test = digits_data.split_digits()
sha256 = publish.save_model(HERE, build_model())
session = publish.open_session(HERE)
canvas, corners = canvases(x_test, np.random.default_rng(digits_data.SEED))
found, = session.run(["corner"], {"canvas": canvas})
within_two = float((np.abs(found - corners).max(axis=1) <= 2).mean())
golden_rows = [int(np.flatnonzero(y_test == digit)[0]) for digit in (2, 5, 9)]
publish.save_golden(HERE, [
    publish.record_case(session, f"a {y_test[row]}", {"canvas": np.round(canvas[[row]], 4)}) for row in golden_rows])
publish.save_card(HERE, {
    "schemaVersion": 1,
    "name": "digits-locate",
    "version": "1.0.0",
    "description": "Where on a 64x64 grey canvas a digit is, and the 28x28 image around it.",
    "owner": "cdk-ml-serving maintainers",
    "task": "object-localization",
    "license": "MIT",
    "sha256": sha256,
    "inputs": [{
        "name": "canvas", "datatype": "FP32", "shape": [-1, 1, CANVAS, CANVAS],
        "description": "Grey image with one handwritten digit somewhere, light on dark.",
        "unit": "intensity, 0 black to 1 white", "minimum": 0, "maximum": 1,
    }],
    "outputs": [
        {"name": "image", "datatype": "FP32", "shape": [-1, 1, CROP, CROP],
         "description": "The digit, its centre of mass in the middle.", "unit": "intensity, 0 black to 1 white"},
        {"name": "corner", "datatype": "INT64", "shape": [-1, 2],
         "description": "Row and column of the upper left pixel of the image.", "unit": "pixel"},
        {"name": "ink", "datatype": "FP32", "shape": [-1],
         "description": "Average intensity of the canvas: next to nothing where it is empty.",
         "unit": "intensity, 0 black to 1 white"},
    ],
    "image": {"width": CANVAS, "height": CANVAS, "channels": 1, "scale": 1 / 255, "layout": "NCHW", "input": "canvas"},
    "lineage": {
        "dataset": digits_data.DATASET,
        "datasetSource": digits_data.DATASET_SOURCE,
        "trainingScript": "models/digits-locate/train.py",
        "seed": digits_data.SEED,
        "trainedAt": publish.trained_at(HERE, sha256),
        "metrics": {"cornerWithinTwoPixels": round(within_two, 4), "heldOutRows": len(y_test)},
        "framework": "ONNX graph by onnx.helper, nothing learned",
    },
    "objective": {"p99Ms": 300, "monthlyCostUsd": 30},
    "runbook": "RUNBOOK.md",
})
print(f"digits-locate: corner within two pixels {within_two:.4f} of {len(y_test)}, sha256 {sha256}")
