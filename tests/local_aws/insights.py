"""Queries of Logs Insights. See runs.py for what differs from AWS."""

import json
import re
import time
import uuid

from hooks import TOLD, hook
from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs as logs

MOST_ROWS = 10_000
TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>`[^`]+`|[@\w][\w.@]*)
    |(?P<sign><=|>=|!=|=~|[=<>()\[\],+*/%-]))""",
    re.VERBOSE,
)
REGEX = re.compile(r"\s*/((?:\\.|[^/\\])*)/")


class Malformed(Exception):
    """The query is not understood."""


# --- Expressions ---


class Parser:
    """Turns a text into functions of a row."""

    def __init__(self, text):
        self.text, self.position = text, 0

    def take(self, *words):
        """The next token; with words, only if it is one of them."""
        found = TOKEN.match(self.text, self.position)
        if found is None:
            return None
        kind, value = found.lastgroup, found.group(found.lastgroup)
        if words and (kind == "text" or value.lower() not in words):
            return None
        self.position = found.end()
        return (kind, value) if not words else value.lower()

    def need(self, word):
        if not self.take(word):
            raise Malformed(f"expected {word} at {self.text[self.position:]!r}")

    def at_end(self):
        return not self.text[self.position:].strip()

    def end(self):
        if not self.at_end():
            raise Malformed(f"unexpected {self.text[self.position:]!r}")

    def regex(self):
        found = REGEX.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        # Named groups are written without P.
        return re.compile(re.sub(r"\(\?<(?=\w)", "(?P<", found.group(1)))

    def expression(self):
        parts = [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else lambda row: any(truth(part(row)) for part in parts)

    def conjunction(self):
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else lambda row: all(truth(part(row)) for part in parts)

    def negation(self):
        if self.take("not"):
            inner = self.negation()
            return lambda row: not truth(inner(row))
        return self.comparison()

    def comparison(self):
        left = self.sum()
        negated = bool(self.take("not"))
        sign = self.take("=", "!=", "<=", ">=", "<", ">", "=~", "like", "in")
        if sign is None:
            if negated:
                raise Malformed(f"unexpected not before {self.text[self.position:]!r}")
            return left
        if sign in ("like", "=~"):
            test = self.likeness()
        elif sign == "in":
            values = self.list()
            test = lambda value: any(equal(value, one) for one in values)  # noqa: E731
        else:
            right = self.sum()
            return lambda row: compare(sign, left(row), right(row))
        return lambda row: test(left(row)) != negated

    def likeness(self):
        expression = self.regex()
        if expression is None:
            kind, value = self.take() or (None, "")
            if kind != "text":
                raise Malformed("like needs a text or an expression")
            expression = re.compile(re.escape(unquote(value)))
        return lambda value: value is not None and bool(expression.search(str(value)))

    def list(self):
        self.need("[")
        values = []
        while not self.take("]"):
            kind, value = self.take() or (None, None)
            values.append(literal(kind, value))
            self.take(",")
        return values

    def sum(self):
        left = self.product()
        while sign := self.take("+", "-"):
            left = arithmetic(sign, left, self.product())
        return left

    def product(self):
        left = self.atom()
        while sign := self.take("*", "/", "%"):
            left = arithmetic(sign, left, self.atom())
        return left

    def atom(self):
        if self.take("("):
            inner = self.expression()
            self.need(")")
            return inner
        kind, value = self.take() or (None, None)
        if kind in ("text", "number"):
            constant = literal(kind, value)
            return lambda row: constant
        if kind != "name":
            raise Malformed(f"unexpected {self.text[self.position:]!r}")
        if self.take("("):
            return self.call(value.lower())
        name = value.strip("`")
        return lambda row: row.get(name)

    def arguments(self):
        found = []
        while not self.take(")"):
            found.append(self.expression())
            if not self.take(","):
                self.need(")")
                break
        return found

    def call(self, name):
        if name not in FUNCTIONS:
            raise Malformed(f"unknown function {name}")
        arguments = self.arguments()
        return lambda row: FUNCTIONS[name](*(one(row) for one in arguments))

    def name_after(self, start):
        """The name of a column: what follows `as`, or the text of its expression."""
        written = self.text[start:self.position].strip()
        if not self.take("as"):
            return written
        kind, value = self.take() or (None, None)
        if kind != "name":
            raise Malformed("as needs a name")
        return value.strip("`")


def unquote(text):
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def literal(kind, value):
    if kind == "text":
        return unquote(value)
    if kind == "number":
        return number(value)
    raise Malformed(f"unexpected {value}")


def number(value):
    """As a number, or None."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)) or value is None:
        return value
    try:
        return int(value)
    except ValueError:
        try:
            return float(value)
        except ValueError:
            return None


def truth(value):
    return bool(value) and value != "0"


def equal(left, right):
    if left is None or right is None:
        return False
    if isinstance(left, (int, float)) or isinstance(right, (int, float)):
        return number(left) == number(right)
    return left == right


def compare(sign, left, right):
    if sign == "=":
        return equal(left, right)
    if sign == "!=":
        return not equal(left, right)
    left, right = number(left), number(right)
    if left is None or right is None:
        return False
    return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign]


def arithmetic(sign, left, right):
    def of(row):
        one, other = number(left(row)), number(right(row))
        if one is None or other is None or (sign in "/%" and not other):
            return None
        return {"+": lambda: one + other, "-": lambda: one - other, "*": lambda: one * other, "/": lambda: one / other,
                "%": lambda: one % other}[sign]()

    return of


FUNCTIONS = {
    "coalesce": lambda *values: next((one for one in values if one not in (None, "")), None),
    "concat": lambda *values: "".join(str(one) for one in values if one is not None),
    "isempty": lambda value: value in (None, ""),
    "ispresent": lambda value: value is not None,
    "strcontains": lambda value, part: int(part in str(value or "")),
    "strlen": lambda value: len(str(value or "")),
    "tomillis": lambda value: value,
}


# --- Commands ---


def columns(text):
    parser, found = Parser(text), []
    while True:
        start = parser.position
        expression = parser.expression()
        found.append((parser.name_after(start), expression))
        if not parser.take(","):
            break
    parser.end()
    return found


def fields(rows, text):
    found = columns(text)
    return [row.with_columns({name: expression(row) for name, expression in found}) for row in rows]


def keep(rows, text):
    parser = Parser(text)
    test = parser.expression()
    parser.end()
    return [row for row in rows if truth(test(row))]


def parse(rows, text):
    source, rest = re.match(r"\s*([@\w.]+)\s+(.*)", text, re.DOTALL).groups() if not text.lstrip().startswith(("/", '"', "'")) else ("@message", text)
    parser = Parser(rest)
    expression = parser.regex()
    if expression is None:
        kind, pattern = parser.take() or (None, None)
        if kind != "text":
            raise Malformed("parse needs an expression or a text")
        parser.need("as")
        names = [name for name, _ in columns(rest[parser.position:])]
        glob = "(.*?)".join(re.escape(piece) for piece in unquote(pattern).split("*"))
        if unquote(pattern).count("*") != len(names):
            raise Malformed("parse needs a name for each *")
        expression, named = re.compile(glob + ("$" if pattern[-2] == "*" else ""), re.DOTALL), lambda found: dict(zip(names, found.groups()))
    else:
        parser.end()
        named = lambda found: found.groupdict()  # noqa: E731
    parsed = []
    for row in rows:
        found = expression.search(str(row.get(source) or ""))
        parsed.append(row.with_columns(named(found), shown=False) if found else row)
    return parsed


def stats(rows, text):
    parts = re.split(r"\sby\s", text, maxsplit=1, flags=re.IGNORECASE)
    keys = columns(parts[1]) if len(parts) == 2 else []
    parser, wanted = Parser(parts[0]), []
    while True:
        start = parser.position
        kind, name = parser.take() or (None, None)
        if kind != "name" or name.lower() not in AGGREGATES or not parser.take("("):
            raise Malformed(f"unknown aggregate {name}")
        arguments = [lambda row: 1] if parser.take("*") and parser.take(")") else parser.arguments()
        wanted.append((parser.name_after(start), AGGREGATES[name.lower()], arguments))
        if not parser.take(","):
            break
    parser.end()
    groups = {}
    for row in rows:
        groups.setdefault(tuple(expression(row) for _, expression in keys), []).append(row)
    if not keys and not groups:
        groups[()] = []
    return [
        Row({
            **{name: value for (name, _), value in zip(keys, key)},
            **{name: aggregate(members, arguments) for name, aggregate, arguments in wanted},
        })
        for key, members in groups.items()
    ]


def present(rows, arguments):
    argument = arguments[0] if arguments else lambda row: 1
    return [(row, value) for row in rows if (value := argument(row)) is not None]


def sortable(value):
    """Numbers before texts."""
    as_number = number(value)
    return (0, as_number, "") if as_number is not None else (1, 0, str(value))


def values(rows, arguments):
    return [value for _, value in present(rows, arguments)]


def numbers(rows, arguments):
    return [one for value in values(rows, arguments) if (one := number(value)) is not None]


def by_time(choose):
    def of(rows, arguments):
        found = present(rows, arguments)
        return choose(found, key=lambda entry: entry[0].moment)[1] if found else None

    return of


AGGREGATES = {
    "avg": lambda rows, arguments: sum(found) / len(found) if (found := numbers(rows, arguments)) else None,
    "count": lambda rows, arguments: len(values(rows, arguments)),
    "count_distinct": lambda rows, arguments: len(set(values(rows, arguments))),
    "earliest": by_time(min),
    "latest": by_time(max),
    "max": lambda rows, arguments: max(values(rows, arguments), key=sortable, default=None),
    "min": lambda rows, arguments: min(values(rows, arguments), key=sortable, default=None),
    "sum": lambda rows, arguments: sum(numbers(rows, arguments)),
}


def sort(rows, text):
    parser, keys = Parser(text), []
    while True:
        expression = parser.expression()
        keys.append((expression, parser.take("asc", "desc") == "desc"))
        if not parser.take(","):
            break
    parser.end()
    for expression, descending in reversed(keys):
        rows = sorted(rows, key=lambda row: sortable(expression(row)), reverse=descending)
    return rows


def limit(rows, text):
    if not text.strip().isdigit() or not 1 <= int(text) <= MOST_ROWS:
        raise Malformed(f"limit {text}")
    return rows[: int(text)]


def dedup(rows, text):
    found, kept = columns(text), {}
    for row in rows:
        kept.setdefault(tuple(expression(row) for _, expression in found), row)
    return list(kept.values())


def display(rows, text):
    found = columns(text)
    return [row.only({name: expression(row) for name, expression in found}) for row in rows]


COMMANDS = {
    "dedup": dedup, "display": display, "fields": fields, "filter": keep, "limit": limit, "parse": parse, "sort": sort,
    "stats": stats,
}


# --- Rows ---


class Row:
    """An event with the fields that are found in it, or a row of statistics."""

    def __init__(self, shown, hidden=None, moment=0, pointer=None):
        self.shown, self.hidden, self.moment, self.pointer = shown, hidden or {}, moment, pointer

    def get(self, name):
        value = self.shown.get(name, self.hidden.get(name))
        if value is None and "." in name and "json" in self.hidden:
            value = self.hidden["json"]
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        if value is None and "json" in self.hidden:
            value = self.hidden["json"].get(name)
        return json.dumps(value, separators=(",", ":")) if isinstance(value, (dict, list)) else value

    def with_columns(self, columns, shown=True):
        if shown:
            return Row(self.shown | columns, self.hidden, self.moment, self.pointer)
        return Row(self.shown, self.hidden | columns, self.moment, self.pointer)

    def only(self, columns):
        return Row(columns, self.hidden | self.shown, self.moment, self.pointer)

    def answer(self):
        columns = self.shown or {name: self.hidden.get(name) for name in ("@timestamp", "@message")}
        cells = [{"field": name, "value": written(value)} for name, value in columns.items() if value is not None]
        return cells + ([{"field": "@ptr", "value": self.pointer}] if self.pointer else [])


def written(value):
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def row_of(record):
    try:
        message = json.loads(record["@message"]) if record["@message"].startswith("{") else {}
    except ValueError:
        message = {}
    hidden = {name: value for name, value in record.items() if name.startswith("@")}
    return Row({}, hidden | {"json": message}, record["_timestamp_ms"], record["@ptr"])


def run(records, text, most):
    """All rows of a query, and how many events its filters let through."""
    rows, matched = [row_of(one) for one in records], None
    commands = [one for one in logs._split_insights_pipes(without_comments(text))]
    if not commands:
        raise Malformed("empty query")
    names = [one.split(None, 1)[0].lower() for one in commands]
    if "sort" not in names and "stats" not in names:
        rows.sort(key=lambda row: row.moment, reverse=True)
    for name, command in zip(names, commands):
        if name not in COMMANDS:
            raise Malformed(f"unknown command {name}")
        rows = COMMANDS[name](rows, command[len(name):])
        matched = len(rows) if name == "filter" else matched
    return rows[:most], len(records) if matched is None else matched


def without_comments(text):
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


# --- Calls ---


@hook("TellQuery")
def tell_query(data):
    TOLD.setdefault("queries", []).append(data)


def refuse(code, message):
    return error_response_json(code, message, 400)


def start_query(data):
    groups = logs._resolve_query_log_groups(data)
    if not groups:
        return refuse("InvalidParameterException", "logGroupName, logGroupNames, or logGroupIdentifiers is required")
    for name in groups:
        if name not in logs._log_groups:
            return refuse("ResourceNotFoundException", f"Log group '{name}' does not exist for account ID")
    start, end = data["startTime"], data["endTime"]
    most = data.get("limit", MOST_ROWS)
    if start > end or not 0 < most <= MOST_ROWS:
        return refuse("InvalidParameterException", "Invalid time range or limit")
    records = logs._collect_query_records(groups, start, end)
    try:
        rows, matched = run(records, data["queryString"], most)
    except (Malformed, re.error) as error:
        return refuse("MalformedQueryException", str(error))
    told = TOLD.get("queries") or []
    story = told.pop(0) if told else {}
    query = {
        "queryId": str(uuid.uuid4()),
        "queryString": data["queryString"],
        "logGroupName": groups[0],
        "createTime": int(time.time() * 1000),
        "status": "Running" if story.get("running") or story.get("never") else story.get("end", "Complete"),
        "left": story.get("running", 0),
        "never": story.get("never", False),
        "end": story.get("end", "Complete"),
        "rows": [row.answer() for row in rows],
        "statistics": {
            "recordsMatched": float(matched),
            "recordsScanned": float(len(records)),
            "bytesScanned": float(sum(len(one["@message"]) for one in records)),
        },
    }
    logs._queries[query["queryId"]] = query
    return json_response({"queryId": query["queryId"]})


def get_query_results(data):
    query = logs._queries.get(data.get("queryId"))
    if query is None:
        return refuse("ResourceNotFoundException", "Query does not exist")
    status = query["status"]
    if status == "Running" and not query["never"]:
        if query["left"] > 0:
            query["left"] -= 1
        else:
            status = query["status"] = query["end"]
    results = query["rows"] if status == "Complete" else []
    return json_response({"results": results, "statistics": query["statistics"], "status": status})


def stop_query(data):
    query = logs._queries.get(data.get("queryId"))
    if query is None:
        return refuse("ResourceNotFoundException", "Query does not exist")
    if query["status"] != "Running":
        return refuse("InvalidParameterException", "Query has already ended")
    query["status"] = "Cancelled"
    return json_response({"success": True})


logs._start_query = start_query
logs._get_query_results = get_query_results
logs._stop_query = stop_query
