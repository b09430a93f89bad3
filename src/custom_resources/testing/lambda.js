// Runs a handler as Lambda would, on a clock that jumps: an hour of waiting takes milliseconds. Only the AWS clients and the
// TLS connection are replaced; the answer travels over a real HTTP connection. The SDK need not be installed.

"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const https = require("node:https");
const Module = require("node:module");
const { mock } = require("node:test");

const ONE_SECOND = 1_000;
// The secret part of the presigned URL.
const SIGNATURE = "X-Amz-Signature=s3cr3t";
// Instead of an HTTP status: the server takes the answer and never replies.
const HANG = "hang";

// Makes `require` return these instead of packages that are not installed.
function replaceModules(modules) {
  const load = Module._load;
  Module._load = (request, ...rest) => modules[request] ?? load(request, ...rest);
}

// A client and commands of the SDK. `carryOut(command, input, config)` answers the calls; commands are known by their names
// without `Command`. Calls that were given up are refused, as by the real client.
function fakeClient(clientName, operations, carryOut) {
  const commands = operations.map((operation) => {
    const name = `${operation}Command`;
    const command = class {
      constructor(input) {
        this.operation = operation;
        this.input = input;
      }
    };
    return [name, command];
  });
  const client = class {
    constructor(config) {
      this.config = config;
    }

    async send({ operation, input }, { abortSignal }) {
      abortSignal.throwIfAborted();
      return structuredClone(await carryOut(operation, input, this.config));
    }
  };
  return { [clientName]: client, ...Object.fromEntries(commands) };
}

function failure(name, message, more = {}) {
  return Object.assign(new Error(message), { name, ...more });
}

// Runs the handler and returns what CloudFormation received, what was logged and when it ended. `statuses` are the server's
// replies, the last one for good; `atSecond` is called with every second that passes.
async function invoke(handler, event, { statuses = [200], seconds = 900, atSecond = () => {} } = {}) {
  const answers = [];
  const logged = [];
  let connections = 0;
  let now = 0;
  const status = () => statuses[Math.min(answers.length, statuses.length) - 1];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      answers.push({ method: request.method, headers: request.headers, bytes: body.length, body: JSON.parse(body) });
      if (status() !== HANG) {
        response.writeHead(status()).end();
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  for (const level of ["log", "warn", "error"]) {
    mock.method(console, level, (...values) => logged.push(values.map(String).join(" ")));
  }
  mock.method(https, "request", (url, options, callback) => {
    const request = http.request(url, { ...options, agent: false }, callback);
    connections++;
    return request.once("close", () => connections--);
  });
  mock.timers.enable({ apis: ["setTimeout"] });
  const complete = {
    ResponseURL: `http://127.0.0.1:${server.address().port}/answer?${SIGNATURE}`,
    StackId: "stack-id",
    RequestId: "request-id",
    ...event,
  };
  const context = {
    logGroupName: "/aws/lambda/function",
    logStreamName: "2026/01/01/[$LATEST]1",
    getRemainingTimeInMillis: () => seconds * ONE_SECOND - now,
  };
  let error;
  let done = false;
  const ended = handler(complete, context)
    .catch((thrown) => (error = thrown))
    .finally(() => (done = true));
  try {
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      const hangs = answers.length > 0 && status() === HANG;
      if (!done && (connections === 0 || hangs)) {
        now += ONE_SECOND;
        atSecond(now / ONE_SECOND);
        mock.timers.tick(ONE_SECOND);
        assert.ok(now <= 2 * seconds * ONE_SECOND, "the handler ends");
      }
    }
    await ended;
    // What goes on behind the answer would show now.
    mock.timers.tick(60 * ONE_SECOND);
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    mock.timers.reset();
    mock.restoreAll();
    server.closeAllConnections();
    server.close();
  }
  assert.ok(!logged.join().includes(SIGNATURE), "the presigned URL is not logged");
  assert.ok(!error?.stack.includes(SIGNATURE), "the presigned URL is in no error");
  const last = answers.at(-1);
  if (last) {
    assert.equal(last.method, "PUT");
    assert.equal(last.headers["content-type"], "");
    assert.equal(Number(last.headers["content-length"]), last.bytes);
    assert.ok(last.bytes <= 4096, "CloudFormation takes the answer");
  }
  return { ...last, answers, logged, error, seconds: now / ONE_SECOND };
}

module.exports = { HANG, failure, fakeClient, invoke, replaceModules };
