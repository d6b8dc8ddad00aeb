"""Asks services with NVIDIA's client of the protocol, as its users would, and compares the answers of every form.

Reads a JSON list of services from stdin, [{url, model, tolerance, cases: golden cases}], and writes one line for each:
{"model": ..., "checks": number of comparisons}. Whatever differs is an exception.
"""
import json
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, np_to_triton_dtype, triton_to_np_dtype

# API Gateway decodes binary answers only for a client that sends Accept.
BINARY = {"Accept": "*/*", "Content-Type": "application/octet-stream"}


def array(tensor):
    dtype = triton_to_np_dtype(tensor["datatype"])
    values = tensor.get("data")
    if values is None:
        import base64
        return np.frombuffer(base64.b64decode(tensor["raw"]), dtype).reshape(tensor["shape"])
    if tensor["datatype"] == "BYTES":
        values = [value.encode() for value in values]
    return np.array(values, dtype=dtype).reshape(tensor["shape"])


def plain(values):
    """BYTES come as bytes or as text, depending on the form of the answer."""
    if values.dtype != np.object_:
        return values
    return np.array([value.encode() if isinstance(value, str) else value for value in values.ravel()]).reshape(values.shape)


def equal(actual, expected, tolerance):
    actual, expected = plain(actual), plain(expected)
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    if actual.dtype.kind == "f":
        assert np.allclose(actual.astype(np.float64), expected.astype(np.float64), rtol=0, atol=tolerance)
    else:
        assert np.array_equal(actual, expected), (actual, expected)


def describe(client, model):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(model) and client.is_model_ready(model, "1.0.0")
    assert not client.is_model_ready("another")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata(model)
    assert metadata["name"] == model
    return metadata


def ask(client, model, case, *, binary_in, binary_out, headers=None):
    inputs = []
    for tensor in case["inputs"]:
        values = array(tensor)
        sent = triton.InferInput(tensor["name"], list(values.shape), np_to_triton_dtype(values.dtype))
        sent.set_data_from_numpy(values, binary_data=binary_in)
        inputs.append(sent)
    # Without any, the client asks for all of them as bytes.
    outputs = None
    if binary_out is not None:
        outputs = [triton.InferRequestedOutput(tensor["name"], binary_data=binary_out) for tensor in case["outputs"]]
    result = client.infer(model, inputs, outputs=outputs, headers=headers, request_id="mine")
    assert result.get_response()["id"] == "mine"
    return result


def check(service):
    client = triton.InferenceServerClient(service["url"], network_timeout=60, connection_timeout=60)
    model, tolerance = service["model"], service["tolerance"]
    metadata = describe(client, model)
    half = "FP16" in [tensor["datatype"] for tensor in metadata["inputs"]]
    forms = [dict(binary_in=True, binary_out=True, headers=BINARY), dict(binary_in=True, binary_out=None, headers=BINARY)]
    if not half:
        forms += [
            dict(binary_in=False, binary_out=False),
            dict(binary_in=False, binary_out=True, headers={"Accept": "*/*"}),
            dict(binary_in=True, binary_out=False, headers=BINARY),
            # No Accept: the answer is JSON, and the client reads it.
            dict(binary_in=False, binary_out=True),
            dict(binary_in=False, binary_out=None),
        ]
    checks = 0
    for case in service["cases"]:
        for form in forms:
            result = ask(client, model, case, **form)
            for tensor in case["outputs"]:
                binary = "data" not in result.get_output(tensor["name"])
                assert binary == (form["binary_out"] is not False and "Accept" in (form.get("headers") or {})), form
                equal(result.as_numpy(tensor["name"]), array(tensor), tolerance)
                checks += 1
    try:
        wrong = triton.InferInput("nothing", [1], "FP32")
        wrong.set_data_from_numpy(np.zeros(1, np.float32), binary_data=False)
        client.infer(model, [wrong])
        raise AssertionError("an unknown input was accepted")
    except InferenceServerException as error:
        assert error.status() == "400" and "nothing" in error.message(), error
    client.close()
    return {"model": model, "checks": checks}


for service in json.load(sys.stdin):
    try:
        print(json.dumps(check(service)), flush=True)
    except BaseException:
        print("at", service["model"], file=sys.stderr)
        raise
