"""Writes what belongs to a model beside it: model.onnx, golden.json (recorded answers), model.yaml (the card)."""
import datetime
import hashlib
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
import yaml

OPSET = 17  # old enough for every runtime we meet, new enough for every operator we use
IR_VERSION = 8
TOLERANCE = 1e-4  # processors differ in the last digits, never by this much

# numpy dtype -> Open Inference Protocol datatype, where it is not just the upper-case name
DATATYPE_OF_NUMPY = {"float32": "FP32", "float64": "FP64", "float16": "FP16", "bool": "BOOL", "object": "BYTES"}

COMMENTS = {
    "pair": "preprocessing that names the same pair makes what this model was trained on",
    "sha256": "of model.onnx; a file with another hash is never served",
    "inputs": "shape: -1 is the batch; minimum and maximum are those of each value",
    "image": "how an image body becomes the input tensor: value = pixel (0..255) * scale, light strokes on dark ground",
    "objective": "p99Ms: one warm request, milliseconds; monthlyCostUsd: what the service may cost, US dollars a month",
    "runbook": "relative to this file",
}


class Quoted(str):
    """A string that stays a string in every YAML version (a hash may look like a number)."""


class CardDumper(yaml.SafeDumper):
    """Block style, but plain lists such as shapes and labels on one line; no anchors."""

    def ignore_aliases(self, data):
        return True

    def represent_sequence(self, tag, sequence, flow_style=None):
        return super().represent_sequence(tag, sequence, flow_style=not any(isinstance(x, dict) for x in sequence))


CardDumper.add_representer(
    Quoted, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"'))


def save_model(folder: pathlib.Path, model: onnx.ModelProto) -> str:
    """Checks and writes the model; returns its sha256."""
    onnx.checker.check_model(model, full_check=True)
    return save_bytes(folder, model.SerializeToString(deterministic=True))


def save_bytes(folder: pathlib.Path, content: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def open_session(folder: pathlib.Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])


def tensor(name: str, values: np.ndarray) -> dict:
    kind = values.dtype.name
    datatype = DATATYPE_OF_NUMPY.get(kind) or kind.upper()
    flat = values.ravel()
    data = [float(str(value)) for value in flat] if datatype == "FP32" else flat.tolist()  # 0.1, not 0.10000000149
    return {"name": name, "datatype": datatype, "shape": list(values.shape), "data": data}


def record_case(session: onnxruntime.InferenceSession, name: str, inputs: dict[str, np.ndarray]) -> dict:
    """Runs the model and writes down what it was given and what it answered."""
    names = [output.name for output in session.get_outputs()]
    answers = [np.asarray(answer) for answer in session.run(names, inputs)]
    return {
        "name": name,
        "inputs": [tensor(key, value) for key, value in inputs.items()],
        "outputs": [tensor(key, value) for key, value in zip(names, answers)],
    }


def save_golden(folder: pathlib.Path, cases: list[dict]) -> None:
    lines = ",\n".join("    " + json.dumps(case, allow_nan=False) for case in cases)
    (folder / "golden.json").write_text(f'{{\n  "tolerance": {TOLERANCE},\n  "cases": [\n{lines}\n  ]\n}}\n')


def trained_at(folder: pathlib.Path, sha256: str) -> str:
    """The day the weights were first seen: running the script again with the same outcome changes nothing."""
    card = folder / "model.yaml"
    if card.exists():
        before = yaml.safe_load(card.read_text())
        if before["sha256"] == sha256:
            return str(before["lineage"]["trainedAt"])
    return datetime.date.today().isoformat()


def save_card(folder: pathlib.Path, card: dict) -> None:
    card = {**card, "version": Quoted(card["version"]), "sha256": Quoted(card["sha256"])}
    blocks = []
    for key, value in card.items():
        text = yaml.dump({key: value}, Dumper=CardDumper, sort_keys=False, default_flow_style=False, width=118)
        blocks.append((f"# {COMMENTS[key]}\n" if key in COMMENTS else "") + text)
    (folder / "model.yaml").write_text("".join(blocks))
