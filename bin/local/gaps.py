"""Starts the embedded emulator (MiniStack) and adds what its API Gateway, Lambda and Step Functions lack.

Only what the deployed resources declare has an effect; nothing here knows our services:

1. A Lambda proxy integration is given up after its `timeoutInMillis` and answered by the API's INTEGRATION_TIMEOUT
   response. The function runs on, as it does on AWS.
2. A function that is throttled, fails, crashes, times out or returns something else than a proxy response is answered
   by the API's DEFAULT_5XX response (500 for a throttle, 502 otherwise, unless the API sets a status).
3. A caller whose signature is right and whose policies do not allow the call is answered by ACCESS_DENIED.
4. Reserved concurrency of a function holds for its versions and aliases too.
5. A function is told the address that the caller used: host, scheme, and the path with its stage.
6. A request on this machine counts as secure transport: policies that demand TLS would refuse every call, for the
   emulator speaks HTTP.
7. The timeout of a task may be an expression (JSONata): Step Functions evaluates it, and so a state machine can give a
   task what is left of its time.
8. A branch of a state machine has a context and variables of its own: when its state was entered is not overwritten by
   what another branch enters.
9. An alarm on an expression of metrics is one on the first of them.
10. Log lines of an invocation that come late, because the machine is busy, are waited for.

Usage: gaps.py WORK_DIR. The work folder is only there to tell the processes of several configurations apart.
"""

import asyncio
import importlib.metadata
import json
import os
import pathlib
import re
import sys

CLEAN_SHUTDOWN = pathlib.Path(os.environ["STATE_DIR"]) / "clean-shutdown"
PROXY_RESPONSE_KEYS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


def refuse_other_versions():
    """The additions below replace functions by name, so they fit one version only."""
    requirements = pathlib.Path(__file__).with_name("requirements.txt").read_text()
    pinned = re.search(r"^ministack==(\S+)", requirements, re.MULTILINE).group(1)
    installed = importlib.metadata.version("ministack")
    if installed != pinned:
        sys.exit(f"ministack {installed} is installed, but this launcher fits ministack {pinned} only. "
                 "Delete the virtual environment and start again: it is installed anew.")


class IntegrationFailure(Exception):
    """The function gave no usable proxy response; `status` is what AWS answers unless the API says otherwise."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


def is_proxy_response(payload):
    """What AWS accepts: an object with none but the known keys, a numeric status, headers of plain values."""
    if not isinstance(payload, dict) or not PROXY_RESPONSE_KEYS.issuperset(payload):
        return False
    headers = payload.get("headers")
    if headers is not None and not isinstance(headers, dict):
        return False
    return re.fullmatch(r"[1-5]\d\d", str(payload.get("statusCode", 200))) is not None


def add_integration_errors(gateway):
    make_proxy_response = gateway._lambda_proxy_response
    invoke_proxy = gateway._invoke_lambda_proxy_v1
    render_error = gateway._gateway_error_response

    def proxy_response_or_failure(result):
        if result.get("throttle"):
            raise IntegrationFailure(500)
        if result.get("error") or not is_proxy_response(result.get("body")):
            raise IntegrationFailure(502)
        return make_proxy_response(result)

    async def invoke_within_timeout(integration, *args, **kwargs):
        invocation = asyncio.ensure_future(invoke_proxy(integration, *args, **kwargs))
        # asyncio.wait does not cancel: the function must run to its end.
        done, _ = await asyncio.wait({invocation}, timeout=int(integration["timeoutInMillis"]) / 1000)
        if not done:
            # Nobody waits for it any more; without this a late failure is reported as never retrieved.
            invocation.add_done_callback(lambda late: late.cancelled() or late.exception())
            return gateway._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")
        try:
            return invocation.result()
        except IntegrationFailure as failure:
            error = gateway._gw_error("DEFAULT_5XX", "Internal server error")
            error.default_status = failure.status
            return error

    def render_with_default_status(error, request):
        status, headers, body = render_error(error, request)
        default_status = getattr(error, "default_status", None)
        if default_status is not None and not declared_status(error.response_type, request):
            status = default_status
        return status, headers, body

    def declared_status(response_type, request):
        api_id = request["api_id"]
        deployed = gateway._deployed_gateway_responses.get(api_id, {}).get(request["stage"].get("deploymentId"))
        responses = gateway._gateway_responses.get(api_id, {}) if deployed is None else deployed
        return responses.get(response_type, {}).get("statusCode")

    gateway._lambda_proxy_response = proxy_response_or_failure
    gateway._invoke_lambda_proxy_v1 = invoke_within_timeout
    gateway._gateway_error_response = render_with_default_status


def add_called_address(gateway):
    build_event = gateway._build_lambda_event_v1

    def build_event_with_address(api_id, stage_name, stage, resource, request_path, method, headers, *args, **kwargs):
        event = build_event(api_id, stage_name, stage, resource, request_path, method, headers, *args, **kwargs)
        host = headers.get("host", "localhost")
        event["headers"]["X-Forwarded-Proto"] = "http"
        event["requestContext"]["domainName"] = host
        if ".execute-api." not in host:
            prefix = f"/restapis/{api_id}/{stage_name}/_user_request_"
            event["requestContext"]["path"] = prefix + request_path
        return event

    gateway._build_lambda_event_v1 = build_event_with_address


def add_secure_transport(app):
    pin_origin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin_origin(source_ip, True)


def add_access_denied(app, gateway):
    enforce = app._enforce_execute_api
    gateway._AUTHENTICATION_GATEWAY_ERRORS["AccessDenied"] = ("ACCESS_DENIED", "AccessDeniedException")

    def enforce_in_the_shape_of_the_api(api_id, stage, method, path, headers, query, **kwargs):
        refused = enforce(api_id, stage, method, path, headers, query, **kwargs)
        if refused and b"AccessDeniedException" in refused[2] and "x-amzn-ErrorType" not in refused[1]:
            from ministack.core.iam_evaluator import AuthError

            error = AuthError("AccessDenied", json.loads(refused[2]).get("message"))
            # None where the API is not a REST API: those have no gateway responses.
            return gateway.authentication_error_response(api_id, stage, error, headers, query) or refused
        return refused

    app._enforce_execute_api = enforce_in_the_shape_of_the_api


def add_concurrency_of_versions(functions):
    reserved_concurrency = functions._reserved_concurrency

    def reserved_concurrency_of_function(record, config):
        # The record of a version is a copy that does not know it; the function's own record does.
        return reserved_concurrency(functions._functions.get(config.get("FunctionName")) or record, config)

    functions._reserved_concurrency = reserved_concurrency_of_function


def add_alarms_on_expressions(provisioners):
    make_record = provisioners._cw_metric_alarm_record

    def record_of_first_metric(name, props):
        stats = [metric["MetricStat"] for metric in props.get("Metrics") or [] if metric.get("MetricStat")]
        if stats:
            metric = {**stats[0]["Metric"], "Period": stats[0]["Period"], "Statistic": stats[0]["Stat"]}
            props = {**{key: value for key, value in props.items() if key != "Metrics"}, **metric}
        return make_record(name, props)

    provisioners._cw_metric_alarm_record = record_of_first_metric


def add_evaluated_timeouts(step_functions):
    execute_task = step_functions._execute_task

    def execute_with_evaluated_timeout(state, raw_input, execution, ctx):
        if isinstance(state.get("TimeoutSeconds"), str):
            seconds = step_functions._jsonata_state_field(state, "TimeoutSeconds", "number", raw_input, ctx)
            state = {**state, "TimeoutSeconds": seconds}
        return execute_task(state, raw_input, execution, ctx)

    step_functions._execute_task = execute_with_evaluated_timeout


def add_context_of_branches(step_functions):
    run_branch = step_functions._run_sub_machine

    def run_in_own_context(states, start_at, input_data, execution, ctx):
        own = {**ctx, "variables": {**ctx.get("variables", {})}}
        return run_branch(states, start_at, input_data, execution, own)

    step_functions._run_sub_machine = run_in_own_context


def add_patience_with_log_lines(runtime):
    drain = runtime.Worker._drain_stderr_bounded

    def drain_with_patience(worker, **_):
        return drain(worker, first_line_wait=0.25, idle_confirm=0.01, hard_cap=5)

    runtime.Worker._drain_stderr_bounded = drain_with_patience


def main():
    refuse_other_versions()
    sys.argv = sys.argv[:1]  # MiniStack parses the command line too

    from ministack import app
    from ministack.core import lambda_runtime
    from ministack.services import apigateway_v1, lambda_svc, stepfunctions
    from ministack.services.cloudformation import provisioners

    add_integration_errors(apigateway_v1)
    add_called_address(apigateway_v1)
    add_secure_transport(app)
    add_access_denied(app, apigateway_v1)
    add_concurrency_of_versions(lambda_svc)
    add_alarms_on_expressions(provisioners)
    add_evaluated_timeouts(stepfunctions)
    add_context_of_branches(stepfunctions)
    add_patience_with_log_lines(lambda_runtime)
    CLEAN_SHUTDOWN.unlink(missing_ok=True)
    try:
        app.main()
    except SystemExit as end:
        if end.code:
            raise
    # Reached after the state was saved. A start that does not find this file knows that the state is worth nothing.
    CLEAN_SHUTDOWN.parent.mkdir(parents=True, exist_ok=True)
    CLEAN_SHUTDOWN.touch()


if __name__ == "__main__":
    main()
