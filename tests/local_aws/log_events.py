"""How Logs hands out events. See runs.py for what differs from AWS."""

import base64
import heapq
import json
import re
from bisect import bisect_left, bisect_right

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs as logs

PAGE = 10_000
PAGE_BYTES = 1024 * 1024
PAGE_LOOKED_AT = 50_000


# --- Patterns ---


def compile_pattern(pattern):
    """A predicate of messages, or a ValueError."""
    pattern = (pattern or "").strip()
    if not pattern:
        return lambda message: True
    if pattern.startswith("{"):
        if not pattern.endswith("}"):
            raise ValueError(pattern)
        return of_fields(pattern[1:-1])
    if re.fullmatch(r"%.*%", pattern):
        expression = re.compile(pattern[1:-1])
        return lambda message: bool(expression.search(message))
    return of_terms(pattern)


def of_terms(pattern):
    needed, optional, excluded = [], [], []
    for sign, quoted, word in re.findall(r'([-?]?)(?:"((?:\\.|[^"\\])*)"|([^\s"]+))', pattern):
        term = re.sub(r"\\(.)", r"\1", quoted) if quoted else word
        {"": needed, "?": optional, "-": excluded}[sign].append(term)

    def matches(message):
        wanted = all(term in message for term in needed) if needed else not optional or any(
            term in message for term in optional
        )
        return wanted and not any(term in message for term in excluded)

    return matches


def of_fields(body):
    either = [
        [condition(part) for part in re.split(r"\s*&&\s*", alternative.strip(" ()"))]
        for alternative in re.split(r"\s*\|\|\s*", body.strip())
    ]

    def matches(message):
        try:
            value = json.loads(message)
        except ValueError:
            return False
        return any(all(holds(value) for holds in every) for every in either)

    return matches


def condition(part):
    found = re.fullmatch(r'\(?\s*\$\.([\w.]+)\s*(=|!=)\s*(?:"([^"]*)"|([\w.*-]+))\s*\)?', part.strip())
    if not found:
        raise ValueError(part)
    path, sign, quoted, bare = found.groups()
    expression = re.compile(".*".join(re.escape(piece) for piece in (quoted or bare or "").split("*")), re.DOTALL)

    def holds(value):
        for name in path.split("."):
            if not isinstance(value, dict) or name not in value:
                return False
            value = value[name]
        return bool(expression.fullmatch(value if isinstance(value, str) else json.dumps(value))) == (sign == "=")

    return holds


# --- FilterLogEvents ---


def filter_log_events(data):
    def refuse(message, code="InvalidParameterException"):
        return error_response_json(code, message, 400)

    group = logs._log_groups.get(logs._resolve_log_group_name(data))
    if group is None:
        return refuse("The specified log group does not exist.", code="ResourceNotFoundException")
    names, prefix = data.get("logStreamNames"), data.get("logStreamNamePrefix")
    if names and prefix:
        return refuse("Cannot specify both logStreamNames and logStreamNamePrefix.")
    if any(name not in group["streams"] for name in names or []):
        return refuse("The specified log stream does not exist.", code="ResourceNotFoundException")
    try:
        matches = compile_pattern(data.get("filterPattern"))
        moment, seen = decode(data["nextToken"]) if data.get("nextToken") else (None, 0)
    except ValueError as error:
        return refuse(f"Invalid filter pattern or token: {error}")
    limit = data.get("limit", PAGE)
    if not 1 <= limit <= PAGE:
        return refuse(f"Value '{limit}' at 'limit' failed to satisfy constraint")
    start = data.get("startTime") if moment is None else moment
    streams = {
        name: stream for name, stream in list(group["streams"].items()) if (not names or name in names) and name.startswith(prefix or "")
    }
    events, token = page(streams, start, data.get("endTime"), (moment, seen), matches, limit)
    answer = {"events": events, "searchedLogStreams": []}
    if token:
        answer["nextToken"] = token
    return json_response(answer)


def page(streams, start, end, position, matches, limit):
    """Events in the order of their times, and where the next page begins."""
    moment, seen = position
    with logs._log_events_lock:
        ranges = [within(name, stream["events"], start, end) for name, stream in streams.items()]
    merged = heapq.merge(*ranges, key=lambda entry: entry[0]["timestamp"])
    found, size, looked_at, skip = [], 0, 0, seen
    for event, name in merged:
        if skip and event["timestamp"] == moment:
            skip -= 1
            continue
        skip = 0
        length = len(event["message"].encode()) + 26
        wanted = matches(event["message"])
        if len(found) >= limit or looked_at >= PAGE_LOOKED_AT or (wanted and found and size + length > PAGE_BYTES):
            return found, encode(moment, seen)
        looked_at += 1
        if wanted:
            size += length
            found.append({**event, "logStreamName": name})
        moment, seen = event["timestamp"], seen + 1 if event["timestamp"] == moment else 1
    return found, None


def within(name, events, start, end):
    first = bisect_left(events, start, key=logs._event_timestamp) if start is not None else 0
    last = bisect_right(events, end, key=logs._event_timestamp) if end is not None else len(events)
    return ((events[index], name) for index in range(first, last))


def encode(moment, seen):
    return base64.urlsafe_b64encode(json.dumps([moment, seen]).encode()).decode()


def decode(token):
    moment, seen = json.loads(base64.urlsafe_b64decode(token))
    return moment, seen


describe_any_log_streams = logs._describe_log_streams


def describe_log_streams(data):
    if data.get("orderBy") == "LastEventTime" and data.get("logStreamNamePrefix"):
        return error_response_json(
            "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.", 400
        )
    return describe_any_log_streams(data)


logs._filter_log_events = filter_log_events
logs._describe_log_streams = describe_log_streams
