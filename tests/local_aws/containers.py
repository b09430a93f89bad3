"""The life of ECS tasks, with real containers. The emulator's own is left to tasks of services. See runs.py for what differs
from AWS."""

import json
import logging
import queue
import re
import threading
import time
from datetime import datetime

from docker.errors import APIError, ImageNotFound
from hooks import TOLD, hook
from ministack.core.concurrency import resource_lock
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, request_scope
from ministack.services import cloudwatch_logs, ec2, ecr, ecs, ecs_metadata
from ministack.services.cloudformation import provisioners

logger = logging.getLogger("ecs")

# AWS waits 30 seconds after SIGTERM unless the container says otherwise.
STOP_TIMEOUT = 2
# How long a task can be seen in the states in which nothing happens here.
MOMENT = 0.05
REGISTRY_PASSWORD = "ministack-auth-token"
# The queues in which the workers of tasks that are not stopped hear of changes, by the task's ARN.
WORKERS = {}
STOP = object()


class FailedToStart(Exception):
    """Says why a task did not start, and of which container that is said."""

    def __init__(self, reason, container=None, container_reason=None):
        self.container, self.container_reason = container, container_reason
        super().__init__(reason)


# --- States ---


def begin_stop(task, code, reason):
    """Decides that the task ends; true for the first who does."""
    with resource_lock("ecs-task", task["taskArn"]):
        if task["desiredStatus"] == "STOPPED":
            return False
        ecs._bump_task_version(task)
        task |= {"desiredStatus": "STOPPED", "stoppingAt": ecs._iso(), "stopCode": code, "stoppedReason": reason}
    told = WORKERS.get(task["taskArn"])
    if told is not None:
        told.put(STOP)
    return True


def finish(task):
    """All containers have ended."""
    arn = task["taskArn"]
    with resource_lock("ecs-task", arn):
        task["executionStoppedAt"] = ecs._iso()
        ecs._bump_task_version(task)
        task["lastStatus"] = "DEPROVISIONING"
    time.sleep(MOMENT)
    with resource_lock("ecs-task", arn):
        ecs._bump_task_version(task)
        task |= {"lastStatus": "STOPPED", "stoppedAt": ecs._iso()}
        for container in task["containers"]:
            container["lastStatus"] = "STOPPED"
    ecs_metadata.set_task_status(arn, known_status="STOPPED", desired_status="STOPPED")
    ecs._recount_cluster(ecs._cluster_name_from_arn(task["clusterArn"]))


def ended(task, name, exit_code, reason=None):
    with resource_lock("ecs-task", task["taskArn"]):
        container = next(one for one in task["containers"] if one["name"] == name)
        container |= {"lastStatus": "STOPPED", "exitCode": exit_code}
        if reason:
            container["reason"] = reason


# --- Images ---


def pull(client, image):
    """The image on this machine's engine. Only images of the local accounts' registries are pulled."""
    if not re.match(r"[a-z0-9]", image) or image.endswith((":", "@")):
        raise FailedToStart(
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
            "invalid reference format"
        )
    parts = re.fullmatch(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/(.+?)(?::([\w.-]+))?(?:@(sha256:\w+))?", image)
    if parts and not in_registry(*parts.groups()):
        raise not_found(image)
    try:
        return client.images.get(image)
    except ImageNotFound:
        pass
    if not parts:
        raise not_found(image)
    try:
        return client.images.pull(image, auth_config={"username": "AWS", "password": REGISTRY_PASSWORD})
    except APIError as error:
        raise not_found(image) from error


def in_registry(account, region, repository, tag, digest):
    images = ecr._images.get_scoped(account, region, repository) or []
    for one in images:
        tags = one.get("imageTags") or [one.get("imageTag")]
        if one.get("imageDigest") == digest or (not digest and (tag or "latest") in tags):
            return True
    return False


def not_found(image):
    name = image if "/" in image and "." in image.split("/")[0] else f"docker.io/library/{image}"
    return FailedToStart(
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {name}: "
        f"{name}: not found"
    )


# --- Logs ---


def milliseconds(stamp):
    """Of a time as Docker writes it, with nanoseconds."""
    return int(datetime.fromisoformat(re.sub(r"\.(\d{6})\d*Z", r".\1+00:00", stamp)).timestamp() * 1000)


def forward(container, config):
    """Every line until the container has ended, with the time at which it was written."""
    if not ecs._ensure_awslogs_stream(config):
        return
    scope = get_account_id(), get_region()
    other = threading.Thread(target=forward_stream, args=(container, config, scope, {"stdout": False}), daemon=True)
    other.start()
    forward_stream(container, config, scope, {"stderr": False})
    other.join()


def forward_stream(container, config, scope, but):
    # Docker cuts long lines into messages of which only the last one ends with a line feed.
    stamp, text = None, b""
    with request_scope(*scope):
        for message in container.logs(**{"stdout": True, "stderr": True} | but, stream=True, follow=True, timestamps=True):
            time_written, _, part = message.partition(b" ")
            stamp, text = stamp or time_written.decode(), text + part
            if text.endswith(b"\n"):
                write(config, milliseconds(stamp), [text.decode(errors="replace").rstrip("\r\n")])
                stamp, text = None, b""
        if text:
            write(config, milliseconds(stamp), [text.decode(errors="replace")])


def write(config, timestamp, lines):
    # A line without a character is no event.
    events = [{"timestamp": timestamp, "message": line} for line in lines if line]
    if events:
        cloudwatch_logs._put_log_events(
            {"logGroupName": config["group"], "logStreamName": config["stream"], "logEvents": events}
        )


# --- Containers ---


def create(client, task, td, definition, override, image):
    """One container of the task, not started yet."""
    arn, cluster = task["taskArn"], task["clusterArn"]
    env = {one["name"]: str(one["value"]) for one in definition.get("environment", [])}
    env |= ecs._resolve_container_secrets(definition)
    env |= {one["name"]: one["value"] for one in override.get("environment", [])}
    definition = {**definition, "image": image.id}
    if "command" in override:
        definition["command"] = override["command"]
    token = ecs._register_metadata(arn, cluster, td, definition, task["launchType"], env, False, None)
    arguments = ecs._build_run_kwargs(
        definition, td, env, {}, None, False, arn.rsplit("/", 1)[-1], arn, None, cluster
    )
    # Images of another architecture fail as they do anywhere.
    arguments.pop("platform", None)
    memory = override.get("memory") or definition.get("memory") or task["memory"]
    arguments |= {
        "entrypoint": definition.get("entryPoint") or None,
        "working_dir": definition.get("workingDirectory") or None,
        "user": definition.get("user") or None,
        "read_only": str(definition.get("readonlyRootFilesystem", False)).lower() == "true",
        "mem_limit": f"{memory}m",
        "memswap_limit": f"{memory}m",
    }
    container = client.containers.create(image.id, **arguments)
    with resource_lock("ecs-task", arn):
        task.setdefault("_metadata_tokens", []).append(token)
        task.setdefault("_docker_ids", []).append(container.id)
    ecs_metadata.set_docker_id(token, container.id)
    return container


class Worker:
    """Runs one task from its start to its end."""

    def __init__(self, task, td, overrides, client):
        self.task, self.td, self.overrides, self.client = task, td, overrides, client
        self.scope = get_account_id(), get_region()
        self.changes = WORKERS[task["taskArn"]]
        self.definitions = td["containerDefinitions"]
        self.running, self.exits, self.watchers = {}, {}, []

    def run(self):
        task = self.task
        try:
            if ecs._mark_task_pending(task["taskArn"], task) and ecs._mark_task_activating(task["taskArn"], task):
                self.start()
                self.watch()
        except ecs._SecretResolutionError as error:
            begin_stop(
                task, "TaskFailedToStart",
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
                f"{error}",
            )
        except FailedToStart as error:
            if error.container:
                ended(task, error.container, None, error.container_reason)
            begin_stop(task, "TaskFailedToStart", str(error))
        except Exception as error:
            logger.exception("the task cannot run")
            begin_stop(task, "TaskFailedToStart", f"ResourceInitializationError: {error}")
        self.stop()

    def start(self):
        images = {one["name"]: pull(self.client, one["image"]) for one in self.definitions}
        for definition in self.definitions_in_order():
            name = definition["name"]
            if not self.wait_for_dependencies(definition):
                return
            override = ecs._container_override_for(self.overrides, name)
            container = create(self.client, self.task, self.td, definition, override, images[name])
            try:
                container.start()
            except APIError as error:
                container.remove(v=True, force=True)
                raise FailedToStart(
                    "Task failed to start", name,
                    "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: "
                    f"{error.explanation}",
                ) from error
            self.started(definition, container, images[name])
        ecs._mark_task_running(self.task["taskArn"], self.task)

    def definitions_in_order(self):
        """Those that others depend on first."""
        placed, left = [], list(self.definitions)
        while left:
            names = [one["name"] for one in placed]
            ready = [
                one for one in left if all(dep["containerName"] in names for dep in one.get("dependsOn", []))
            ]
            placed += ready or left
            left = [one for one in left if one not in placed]
        return placed

    def wait_for_dependencies(self, definition):
        """False when the task is to stop meanwhile."""
        for dependency in definition.get("dependsOn", []):
            name, condition = dependency["containerName"], dependency["condition"]
            while condition in ("COMPLETE", "SUCCESS") and name not in self.exits:
                if self.is_over(self.changes.get()):
                    return False
            if condition == "SUCCESS" and self.exits[name]:
                raise FailedToStart("Task failed to start")
        return self.task["desiredStatus"] == "RUNNING"

    def started(self, definition, container, image):
        name = definition["name"]
        self.running[name] = container
        with resource_lock("ecs-task", self.task["taskArn"]):
            record = next(one for one in self.task["containers"] if one["name"] == name)
            record |= {"lastStatus": "RUNNING", "runtimeId": container.id[:12]}
            digests = image.attrs.get("RepoDigests") or []
            if digests:
                record["imageDigest"] = digests[0].rpartition("@")[2]
        ecs._record_task_ip(self.task, container, None)
        watcher = threading.Thread(target=self.watch_one, args=(definition, container), daemon=True)
        watcher.start()
        self.watchers.append(watcher)

    def watch_one(self, definition, container):
        """Logs what the container writes and notes how it ended."""
        name = definition["name"]
        config = ecs._awslogs_config(definition, self.task["taskArn"].rsplit("/", 1)[-1], container.id)
        exit_code, reason = None, None
        try:
            if config:
                with request_scope(self.scope[0], config["region"] or self.scope[1]):
                    forward(container, config)
            exit_code = container.wait(timeout=None)["StatusCode"]
            container.reload()
            if container.attrs["State"].get("OOMKilled"):
                reason = "OutOfMemoryError: Container killed due to memory usage"
        except Exception:
            logger.exception("the container %s cannot be watched", name)
        ended(self.task, name, exit_code, reason)
        self.changes.put(name)

    def watch(self):
        while self.task["desiredStatus"] == "RUNNING" and not self.is_over(self.changes.get()):
            pass

    def is_over(self, change):
        """Takes notice of a change; true when the task is to stop."""
        if change is STOP:
            return True
        self.running.pop(change, None)
        with resource_lock("ecs-task", self.task["taskArn"]):
            self.exits[change] = next(one for one in self.task["containers"] if one["name"] == change)["exitCode"]
        essential = next(one for one in self.definitions if one["name"] == change).get("essential", True)
        if is_true(essential) or len(self.exits) == len(self.definitions):
            begin_stop(self.task, "EssentialContainerExited", "Essential container in task exited")
            return True
        return False

    def stop(self):
        """Ends what still runs, all at once."""
        limits = {one["name"]: int(one.get("stopTimeout") or STOP_TIMEOUT) for one in self.definitions}
        stoppers = [
            threading.Thread(target=stop_container, args=(container, limits[name]), daemon=True)
            for name, container in self.running.items()
        ]
        for thread in stoppers:
            thread.start()
        for thread in stoppers + self.watchers:
            thread.join()
        WORKERS.pop(self.task["taskArn"], None)
        finish(self.task)
        docker_ids = list(self.task["_docker_ids"])
        ecs._cleanup_task_resources(self.task, None)
        for docker_id in docker_ids:
            remove_container(self.client, docker_id)


def stop_container(container, limit):
    try:
        container.stop(timeout=limit)
    except APIError:
        # It has ended by itself.
        pass


def remove_container(client, docker_id):
    try:
        client.containers.get(docker_id).remove(v=True, force=True)
    except APIError:
        pass


def is_true(value):
    return str(value).lower() == "true"


# --- Stories: tasks without containers ---


@hook("TellTasks")
def tell_tasks(data):
    TOLD.setdefault(f"tasks {data['family']}", []).extend(data["stories"])


def next_story(family, fits):
    stories = TOLD.get(f"tasks {family}")
    return stories.pop(0) if stories and fits(stories[0]) else None


def tell(task, td, story):
    """The task's life as a test tells it."""
    changes, arn = WORKERS[task["taskArn"]], task["taskArn"]
    ecs._mark_task_pending(arn, task)
    ecs._mark_task_activating(arn, task)
    if story.get("failsToStart"):
        begin_stop(task, "TaskFailedToStart", story["failsToStart"])
    elif ecs._mark_task_running(arn, task):
        for definition in td["containerDefinitions"]:
            with resource_lock("ecs-task", arn):
                record = next(one for one in task["containers"] if one["name"] == definition["name"])
                record["lastStatus"] = "RUNNING"
            config = ecs._awslogs_config(definition, arn.rsplit("/", 1)[-1], "none")
            if config and ecs._ensure_awslogs_stream(config):
                write(config, int(time.time() * 1000), story.get("lines", {}).get(definition["name"], []))
        stopped = False
        try:
            stopped = changes.get(timeout=story.get("milliseconds", 0) / 1000) is STOP
        except queue.Empty:
            begin_stop(task, "EssentialContainerExited", "Essential container in task exited")
        for definition in td["containerDefinitions"]:
            name = definition["name"]
            # What SIGTERM does to a program that does not handle it.
            code = 143 if stopped else story.get("exitCodes", {}).get(name, 0)
            ended(task, name, code, story.get("reasons", {}).get(name))
    WORKERS.pop(arn, None)
    finish(task)


# --- Calls ---

start_task_of_service = ecs._run_task_worker
mark_stopped_of_service = ecs._maybe_mark_stopped
stop_task_of_service = ecs._stop_task
run_any_task = ecs._run_task
describe_any_tasks = ecs._describe_tasks
list_any_tasks = ecs._list_tasks


def of_service(task):
    return task.get("group", "").startswith("service:")


def run_task_worker(task, td, overrides, client, account, region):
    if of_service(task):
        return start_task_of_service(task, td, overrides, client, account, region)
    with request_scope(account, region):
        WORKERS[task["taskArn"]] = queue.Queue()
        task |= sizes(task)
        story = next_story(td["family"], lambda story: True)
        if story is not None:
            tell(task, td, story)
        else:
            Worker(task, td, overrides, client).run()


def maybe_mark_stopped(task, client=None):
    if of_service(task):
        mark_stopped_of_service(task, client)


def refuse(message, code="InvalidParameterException"):
    return error_response_json(code, message, 400)


def cluster_is_missing(data):
    return ecs._resolve_cluster_name(data.get("cluster", "default")) not in ecs._clusters


def run_task(data):
    if data.get("_deploymentId") or data.get("group", "").startswith("service:"):
        return run_any_task(data)
    if cluster_is_missing(data):
        return refuse("Cluster not found.", code="ClusterNotFoundException")
    td = ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", "")))
    if td is None or td["status"] != "ACTIVE":
        return refuse("TaskDefinition not found." if td is None else "TaskDefinition is inactive", code="ClientException")
    overrides = data.get("overrides") or {}
    names = [one["name"] for one in td["containerDefinitions"]]
    for one in overrides.get("containerOverrides", []):
        if one.get("name") not in names:
            return refuse(f"Override for container named {one.get('name')} is not a container in the TaskDefinition.")
    network = (data.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    if td.get("networkMode") == "awsvpc" and not network.get("subnets"):
        return refuse("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    for subnet in network.get("subnets", []):
        if subnet not in ec2._subnets:
            return refuse(
                f"Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            )
    for group in network.get("securityGroups", []):
        if group not in ec2._security_groups:
            return refuse(
                f"Error retrieving security group information for [{group}]: The security group '{group}' does not exist "
                "(ErrorCode: InvalidGroup.NotFound)"
            )
    refused = next_story(td["family"], lambda story: "refused" in story)
    if refused:
        return refuse(refused["refused"]["message"], code=refused["refused"]["code"])
    unplaced = next_story(td["family"], lambda story: "unplaced" in story)
    if unplaced:
        return json_response({"tasks": [], "failures": [{"reason": unplaced["unplaced"]}]})
    return run_checked_task(data, td)


def run_checked_task(data, td):
    """Runs it; the answer has the sizes that the overrides give it."""
    status, headers, body = run_any_task({"group": f"family:{td['family']}", **data})
    answer = json.loads(body)
    answer["tasks"] = [wire(one | sizes(one)) for one in answer.get("tasks", [])]
    return status, headers, json.dumps(answer).encode()


def sizes(task):
    return {key: task["overrides"][key] for key in ("cpu", "memory") if task["overrides"].get(key)}


def stop_task(data):
    if cluster_is_missing(data):
        return refuse("Cluster not found.", code="ClusterNotFoundException")
    task = ecs._resolve_task(data.get("task", ""), ecs._resolve_cluster_name(data.get("cluster", "default")))
    if task is None:
        return refuse("The referenced task was not found.")
    if of_service(task):
        return stop_task_of_service(data)
    begin_stop(task, "UserInitiated", data.get("reason") or "Task stopped by user")
    with resource_lock("ecs-task", task["taskArn"]):
        return json_response({"task": wire(ecs._sanitize(task))})


def wire(task):
    """AWS leaves out what a task does not have."""
    lacking = [key for key in ("capacityProviderName", "startedBy", "stopCode", "stoppedReason") if not task.get(key)]
    if task["launchType"] == "FARGATE":
        lacking.append("containerInstanceArn")
    return {key: value for key, value in task.items() if key not in lacking}


def describe_tasks(data):
    if cluster_is_missing(data):
        return refuse("Cluster not found.", code="ClusterNotFoundException")
    if len(data.get("tasks", [])) > 100:
        return refuse("Tasks cannot have more than 100 elements.")
    status, headers, body = describe_any_tasks(data)
    answer = json.loads(body)
    answer["tasks"] = [wire(one) for one in answer["tasks"]]
    return status, headers, json.dumps(answer).encode()


def list_tasks(data):
    if cluster_is_missing(data):
        return refuse("Cluster not found.", code="ClusterNotFoundException")
    return list_any_tasks(data)


@hook("ForgetStoppedTasks")
def forget_stopped_tasks(data):
    for arn, task in ecs._tasks.items():
        if task["lastStatus"] == "STOPPED":
            ecs._tasks.pop(arn, None)


def epoch(value):
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return value


ecs._ts_to_epoch = epoch
ecs._run_task_worker = run_task_worker
ecs._maybe_mark_stopped = maybe_mark_stopped
ecs._run_task = ecs._ACTION_MAP["RunTask"] = run_task
ecs._stop_task = ecs._ACTION_MAP["StopTask"] = stop_task
ecs._describe_tasks = ecs._ACTION_MAP["DescribeTasks"] = describe_tasks
ecs._list_tasks = ecs._ACTION_MAP["ListTasks"] = list_tasks

normalize_definitions = provisioners._normalize_container_defs


def normalize_all_definitions(definitions):
    """The emulator leaves lists of objects in some properties as templates write them."""
    normalized = normalize_definitions(definitions)
    for one in normalized:
        for name in ("dependsOn", "environmentFiles", "healthCheck", "secrets"):
            if name in one:
                one[name] = provisioners._pascal_to_camel(one[name])
    return normalized


provisioners._normalize_container_defs = normalize_all_definitions
create_task_definition = provisioners._ecs_task_def_create


def create_whole_task_definition(logical_id, props, stack_name):
    arn, attributes = create_task_definition(logical_id, props, stack_name)
    td = ecs._task_defs[ecs._resolve_td_key(arn)]
    for name in ("RuntimePlatform", "EphemeralStorage"):
        if name in props:
            td[name[0].lower() + name[1:]] = provisioners._pascal_to_camel(props[name])
    return arn, attributes


provisioners._ecs_task_def_create = create_whole_task_definition
provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]["create"] = create_whole_task_definition
