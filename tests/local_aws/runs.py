"""Runs of jobs: executions of state machines that run ECS tasks (here), the tasks and their containers (containers.py), and
what Logs answers about both (log_events.py, insights.py). Each of these corrects the emulator where AWS does otherwise.

Executions:
- The events of `ecs:runTask.sync` and their details are AWS's, also in the log group of a LoggingConfiguration.
- The run fails when any container of the task ends with another code than 0, when the task does not start, and when RunTask
  is refused or places nothing.
- `TimeoutSeconds` of a state machine, StopExecution and the deletion of a state machine end the run, and the first two stop
  its task.
- StartExecution with the name and input of a run under way answers as before.
- Retries wait for 200 milliseconds unless a test says otherwise (`retry_wait`); all other times are real.

Tasks:
- They go through PROVISIONING, PENDING, ACTIVATING, RUNNING, DEPROVISIONING and STOPPED. A stopping task is RUNNING until its
  containers have ended.
- The properties of a task definition are those of the API, also when a template gave them: secrets, dependencies, platform.
- Each container has its own exit code and reason, entry point, user, working directory and memory limit; dependencies between
  containers count, where HEALTHY is the same as START.
- SIGKILL follows SIGTERM after 2 seconds, unless the container's definition has a `stopTimeout`.
- Only images of the local accounts' registries are pulled, and must be there. Others have to be on this machine's engine.
- A test can tell what becomes of the next tasks (`tell_tasks`), which then have no containers and need no engine.
- Containers of a task have networks of their own, no volumes but those of the host, and no environment files.
- RunTask refuses clusters, task definitions, subnets, security groups and containers of overrides that are not there.
- Stopped tasks stay until a test makes them forgotten (`forget_stopped_tasks`).

Logs:
- Every line of a container arrives, with the time at which it was written, before the task is STOPPED.
- FilterLogEvents answers in pages of at most 10,000 events, 1 MB and 50,000 looked-at events, so that pages can be empty; it
  knows patterns of terms and simple ones of JSON fields (`=`, `!=`, `&&`, `||`), case-sensitive.
- Insights has fields, display, parse, filter, stats, sort, dedup and limit with the functions in insights.py; anything else is
  a MalformedQueryException. Fields of JSON messages are known by their paths, but none in arrays. Among events of the same
  millisecond, `latest` takes the one that was stored first: AWS promises nothing.
- Events count at once; on AWS they take some seconds.
"""

import json
import threading
import time
import uuid
from datetime import datetime, timezone

import containers  # noqa: F401 (corrects ECS)
import insights  # noqa: F401 (corrects Logs Insights)
import log_events  # noqa: F401 (corrects Logs)
from hooks import TOLD, hook
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, now_iso, request_scope
from ministack.services import cloudwatch_logs, ecs, stepfunctions
from ministack.services.cloudformation import provisioners

POLL = 0.02
RETRY_WAIT = 0.2
RUN_TASK = ":states:::ecs:runTask"


# --- Events ---

add_any_event = stepfunctions._add_event
LOG_LOCK = threading.Lock()


def terminal(event_type):
    return event_type.startswith("Execution") and event_type != "ExecutionStarted"


def add_event(execution, event_type, details=None):
    """Adds an event unless the execution has ended, and logs it."""
    with LOG_LOCK:
        if execution.get("_ended"):
            return {}
        execution["_ended"] = terminal(event_type)
        event = add_any_event(execution, event_type, details)
        log(execution)
        return event


stepfunctions._add_event = add_event


def complete(event):
    """What AWS has besides."""
    # The first state is entered without a cause, and so it is with ends that come from outside.
    outside = event["type"] in ("ExecutionAborted", "ExecutionTimedOut") or event["id"] <= 2
    event["previousEventId"] = 0 if outside else event["id"] - 1
    for name, value in event.items():
        if name.endswith("EventDetails"):
            for payload in ("input", "output"):
                if payload in value:
                    value[f"{payload}Details"] = {"truncated": False}
            if event["type"] == "ExecutionAborted":
                event[name] = {key: one for key, one in value.items() if one}


def log(execution):
    """Completes the events that are new and writes them to the log."""
    events = execution["events"][execution.get("_logged", 0):]
    execution["_logged"] = len(execution["events"])
    for one in events:
        complete(one)
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"])
    if machine is None:
        return
    logging = provisioners._pascal_to_camel(machine.get("loggingConfiguration") or {})
    level = logging.get("level", "OFF")
    if level != "ALL":
        failures = ("Failed", "TimedOut", "Aborted")
        start = "Execution" if level == "FATAL" else ""
        events = [one for one in events if one["type"].endswith(failures) and one["type"].startswith(start)]
    if level == "OFF" or not events:
        return
    with_data = str(logging.get("includeExecutionData", False)).lower() == "true"
    for destination in logging.get("destinations", []):
        group = destination["cloudWatchLogsLogGroup"]["logGroupArn"].split(":log-group:")[1].removesuffix(":*")
        stream = stream_of(execution, group, machine["name"])
        lines = [
            {"timestamp": milliseconds(one["timestamp"]), "message": line(execution, one, with_data)} for one in events
        ]
        # A group that is gone gets nothing.
        cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": lines})


def stream_of(execution, group, machine):
    if "_stream" not in execution:
        minute = datetime.now(timezone.utc).strftime("%Y-%m-%d-%H-%M")
        execution["_stream"] = f"states/{machine}/{minute}/{uuid.uuid4().hex[:8]}"
        cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": execution["_stream"]})
    return execution["_stream"]


def milliseconds(stamp):
    return int(round(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() * 1000))


def line(execution, event, with_data):
    """An event as it is logged: all values are texts."""
    details = next((value for name, value in event.items() if name.endswith("EventDetails")), {})
    details = {name: {"truncated": "false"} if name.endswith("Details") else value for name, value in details.items()}
    if not with_data:
        for name in ("input", "inputDetails", "output", "outputDetails", "parameters"):
            details.pop(name, None)
    return json.dumps({
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "redrive_count": "0",
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(milliseconds(event["timestamp"])),
        "execution_arn": execution["executionArn"],
    }, separators=(",", ":"))


# --- The state that runs a task ---


class Ended(stepfunctions._ExecutionError):
    """The execution has ended from outside."""

    def __init__(self):
        super().__init__("States.Runtime", "ended from outside")


@hook("RetryWait")
def retry_wait(data):
    TOLD["retry wait"] = data["milliseconds"] / 1000


def pascal(value):
    """An object as the integration passes it on: names of the API in Pascal case, moments in milliseconds."""
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: pascal_member(name, one) for name, one in value.items()}
    return [pascal(one) for one in value] if isinstance(value, list) else value


def pascal_member(name, value):
    if name in ecs._ECS_TIMESTAMP_FIELDS and value is not None:
        return int(round(ecs._ts_to_epoch(value) * 1000))
    return pascal(value)


def whole(task):
    """As the integration passes a task of Fargate on, which is not quite how the API has it."""
    overrides = task.get("overrides") or {}
    given = {one["name"]: one for one in overrides.get("containerOverrides", [])}
    empty = {"command": [], "environment": [], "environmentFiles": [], "resourceRequirements": []}
    all_overrides = [{**empty, "name": one["name"], **given.get(one["name"], {})} for one in task["containers"]]
    unknown = ("containerInstanceArn", "healthStatus", "memory")
    return pascal({
        **{name: value for name, value in task.items() if name not in unknown[:2]},
        "containers": [
            {"gpuIds": [], "managedAgents": [], **{name: value for name, value in one.items() if name not in unknown[1:]}}
            for one in task["containers"]
        ],
        "overrides": {"inferenceAcceleratorOverrides": [], **overrides, "containerOverrides": all_overrides},
    })


def text(value):
    return json.dumps(value, separators=(",", ":"))


def check_running(execution):
    if execution.get("_ended") or execution["status"] != "RUNNING":
        raise Ended


def run_task(execution, parameters, sync):
    """One attempt; returns what the state gets."""
    resource = {"resource": "runTask.sync" if sync else "runTask", "resourceType": "ecs"}
    if sync:
        parameters = {**parameters, "StartedBy": "AWS Step Functions"}
    add_event(execution, "TaskScheduled", {
        "taskScheduledEventDetails": {**resource, "region": get_region(), "parameters": text(parameters)},
    })
    add_event(execution, "TaskStarted", {"taskStartedEventDetails": dict(resource)})
    status, _, body = ecs._run_task(stepfunctions._pascal_to_camel(parameters))
    answer = json.loads(body)
    request = str(uuid.uuid4())
    if status >= 400:
        code = answer["__type"].rpartition("#")[2]
        cause = f"{answer['message']} (Service: AmazonECS; Status Code: 400; Error Code: {code}; Request ID: {request}; Proxy: null)"
        raise failed(execution, "TaskSubmitFailed", resource, f"ECS.{code}", cause)
    if answer["failures"] and sync:
        raise failed(execution, "TaskSubmitFailed", resource, "AmazonECS.Unknown", text(pascal(answer["failures"])))
    submitted = {
        "Failures": pascal(answer["failures"]),
        "SdkHttpMetadata": {"HttpStatusCode": 200},
        "SdkResponseMetadata": {"RequestId": request},
        "Tasks": [whole(ecs._normalize_ecs_timestamps(one)) for one in answer["tasks"]],
    }
    if not sync:
        return done(execution, resource, submitted)
    add_event(execution, "TaskSubmitted", {"taskSubmittedEventDetails": {**resource, "output": text(submitted)}})
    tasks = [ecs._tasks.get(one["taskArn"]) for one in answer["tasks"]]
    try:
        while any(one["lastStatus"] != "STOPPED" for one in tasks):
            check_running(execution)
            time.sleep(POLL)
    except Ended:
        for one in [] if execution.get("_deleted") else tasks:
            containers.begin_stop(one, "UserInitiated", "Task stopped by AWS Step Functions")
        raise
    results = [whole(containers.wire(ecs._sanitize(one))) for one in tasks]
    result = results[0] if len(results) == 1 else results
    if any(one.get("ExitCode") != 0 for task in results for one in task["Containers"]):
        raise failed(execution, "TaskFailed", resource, "States.TaskFailed", text(result))
    return done(execution, resource, result)


def done(execution, resource, result):
    add_event(execution, "TaskSucceeded", {"taskSucceededEventDetails": {**resource, "output": text(result)}})
    return result


def failed(execution, event, resource, error, cause):
    name = event[0].lower() + event[1:] + "EventDetails"
    add_event(execution, event, {name: {**resource, "error": error, "cause": cause}})
    return stepfunctions._ExecutionError(error, cause)


execute_any_task = stepfunctions._execute_task


def execute_task(state, raw_input, execution, ctx):
    sfn = stepfunctions
    resource = state.get("Resource", "")
    if RUN_TASK not in resource or sfn._state_query_language(state, ctx) == "JSONata":
        return execute_any_task(state, raw_input, execution, ctx)
    counts = {}
    while True:
        check_running(execution)
        ctx["State"]["RetryCount"] = sum(counts.values())
        parameters = sfn._apply_parameters(state, sfn._apply_input_path(state, raw_input, ctx), ctx)
        try:
            result = sfn._apply_result_selector(state, run_task(execution, parameters, resource.endswith(".sync")))
            output = sfn._apply_result_path(state, raw_input, result)
            return sfn._apply_output_path(state, output, ctx), sfn._next_or_end(state)
        except Ended:
            raise
        except sfn._ExecutionError as error:
            retrier, index = sfn._find_matching_retrier(state.get("Retry", []), error.error, counts)
            if retrier is not None:
                counts[index] = counts.get(index, 0) + 1
                wait(execution, TOLD.get("retry wait", RETRY_WAIT))
                continue
            catcher = sfn._find_matching_catcher(state.get("Catch", []), error.error)
            if catcher is None:
                raise
            caught = {"Error": error.error, "Cause": error.cause}
            return sfn._apply_catcher(catcher, raw_input, ctx, "JSONPath", caught), catcher["Next"]


def wait(execution, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check_running(execution)
        time.sleep(min(POLL, max(end - time.monotonic(), 0)))


stepfunctions._execute_task = execute_task

# --- Executions ---

run_any_execution = stepfunctions._run_execution
fail_any_execution = stepfunctions._fail_execution


def run_execution(arn):
    """Walks through the states until the end or the time limit, whichever comes first."""
    execution = stepfunctions._executions.get(arn)
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"]) if execution else None
    if machine is None:
        return
    seconds = json.loads(machine["definition"]).get("TimeoutSeconds")
    timer = None
    if seconds:
        scope = get_account_id(), get_region()
        timer = threading.Timer(seconds, time_out, (execution, seconds, *scope))
        timer.daemon = True
        timer.start()
    try:
        run_any_execution(arn)
    finally:
        if timer:
            timer.cancel()


def time_out(execution, seconds, account, region):
    with request_scope(account, region):
        if execution["status"] != "RUNNING":
            return
        execution |= {"status": "TIMED_OUT", "stopDate": now_iso()}
        add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
        stepfunctions._emit_execution_status_event(execution)


def fail_execution(execution, error, cause):
    """One that has ended from outside has no other end."""
    if not execution.get("_ended"):
        fail_any_execution(execution, error, cause)


stepfunctions._run_execution = run_execution
stepfunctions._fail_execution = fail_execution


def no_machine(arn):
    return error_response_json("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'", 400)


def no_execution(arn):
    return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)


def of_machine(name, key="stateMachineArn"):
    """Has a call about a state machine refuse one that is not there."""
    call = getattr(stepfunctions, name)

    def checked(data):
        arn = data.get(key, "")
        if stepfunctions._resolve_state_machine_arn(arn) is None:
            return no_machine(arn)
        return call(data)

    setattr(stepfunctions, name, checked)


def of_execution(name):
    """Has a call about an execution refuse one that is not there, or whose state machine has been deleted."""
    call = getattr(stepfunctions, name)

    def checked(data):
        arn = data.get("executionArn", "")
        execution = stepfunctions._executions.get(arn)
        if execution is None or execution["stateMachineArn"] not in stepfunctions._state_machines:
            return no_execution(arn)
        return call(data)

    setattr(stepfunctions, name, checked)


start_any_execution = stepfunctions._start_execution


def start_execution(data):
    arn = data.get("stateMachineArn", "")
    base = stepfunctions._resolve_state_machine_arn(arn)
    if base is None:
        return no_machine(arn)
    name = data.get("name")
    if name and (len(name) > 80 or any(one in name for one in ' <>{}[]?*"#%\\^|~`$&,;:/')):
        return error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    arn = f"{base.replace(':stateMachine:', ':execution:')}:{name}"
    known = stepfunctions._executions.get(arn) if name else None
    if known and known["status"] == "RUNNING" and known["input"] == data.get("input", "{}"):
        return json_response({"executionArn": arn, "startDate": known["startDate"]})
    if known:
        return error_response_json("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'", 400)
    answer = start_any_execution(data)
    with LOG_LOCK:
        log(stepfunctions._executions[json.loads(answer[2])["executionArn"]])
    return answer


stepfunctions._start_execution = start_execution

describe_any_execution = stepfunctions._describe_execution
list_any_executions = stepfunctions._list_executions
describe_any_machine = stepfunctions._describe_state_machine


def describe_execution(data):
    status, headers, body = describe_any_execution(data)
    answer = {name: value for name, value in json.loads(body).items() if value is not None}
    if answer["status"] != "SUCCEEDED":
        for name in ("output", "outputDetails"):
            answer.pop(name, None)
    return status, headers, json.dumps({**answer, "redriveCount": 0}).encode()


def list_executions(data):
    status, headers, body = list_any_executions(data)
    answer = json.loads(body)
    if status == 200:
        found = answer["executions"]
        answer["executions"] = [{name: value for name, value in one.items() if value is not None} for one in found]
    return status, headers, json.dumps(answer).encode()


def describe_machine(data):
    status, headers, body = describe_any_machine(data)
    answer = json.loads(body)
    if "loggingConfiguration" in answer:
        # As a template gives it.
        logging = provisioners._pascal_to_camel(answer["loggingConfiguration"])
        if "includeExecutionData" in logging:
            logging["includeExecutionData"] = str(logging["includeExecutionData"]).lower() == "true"
        answer["loggingConfiguration"] = logging
    return status, headers, json.dumps(answer).encode()


stepfunctions._describe_execution = describe_execution
stepfunctions._list_executions = list_executions
stepfunctions._describe_state_machine = describe_machine
for one in ("_describe_state_machine", "_list_executions"):
    of_machine(one)
for one in ("_stop_execution", "_describe_execution", "_get_execution_history", "_describe_state_machine_for_execution"):
    of_execution(one)


def end_executions(arn):
    """Nothing is left of the executions of a state machine that has been deleted."""
    for name, execution in stepfunctions._executions.items():
        if execution["stateMachineArn"] == arn:
            execution |= {"_ended": True, "_deleted": True}
            stepfunctions._executions.pop(name, None)


delete_machine_of_stack = provisioners._sfn_state_machine_delete
delete_any_machine = stepfunctions._delete_state_machine


def delete_machine(data):
    # Unlike other calls, this one succeeds when there is nothing.
    end_executions(data.get("stateMachineArn"))
    if data.get("stateMachineArn") not in stepfunctions._state_machines:
        return json_response({})
    return delete_any_machine(data)


def delete_machine_with_executions(physical_id, props):
    delete_machine_of_stack(physical_id, props)
    end_executions(physical_id)


stepfunctions._delete_state_machine = delete_machine
provisioners._sfn_state_machine_delete = delete_machine_with_executions
provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]["delete"] = delete_machine_with_executions
