"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { HANG, invoke } = require("../testing/lambda.js");
const { customResource } = require("./protocol.js");
const { sleep } = require("./waiting.js");

// Runs a function whose work on every request type is `work`.
function run(work, event = {}, options = {}) {
  const handler = customResource({ physicalId: () => "id-1", Create: work, Update: work, Delete: work });
  return invoke(handler, { RequestType: "Create", LogicalResourceId: "Thing", ...event }, options);
}

test("a success has all members of an answer", async () => {
  const { body, answers, error } = await run((request) => {
    request.data = { Answer: "こんにちは" };
  });
  assert.deepEqual(body, {
    Status: "SUCCESS",
    Reason: "",
    PhysicalResourceId: "id-1",
    StackId: "stack-id",
    RequestId: "request-id",
    LogicalResourceId: "Thing",
    Data: { Answer: "こんにちは" },
  });
  assert.deepEqual([answers.length, error], [1, undefined]);
});

test("a success without result has no data, a failure none at all", async () => {
  assert.deepEqual((await run(() => {})).body.Data, {});
  const { body } = await run(() => {
    throw new Error("No such thing");
  });
  assert.deepEqual(body, {
    Status: "FAILED",
    Reason: "No such thing (Log: /aws/lambda/function/2026/01/01/[$LATEST]1)",
    PhysicalResourceId: "id-1",
    StackId: "stack-id",
    RequestId: "request-id",
    LogicalResourceId: "Thing",
    Data: null,
  });
});

for (const [thrown, reason] of [
  [undefined, "undefined"],
  ["text", "text"],
  [new Error(""), "Error"],
  [Object.assign(new Error(""), { messages: ["first", "second"] }), "first; second"],
]) {
  test(`an error handler that gets ${reason} does not crash`, async () => {
    const { body } = await run(() => {
      throw thrown;
    });
    assert.ok(body.Reason.startsWith(`${reason} (Log: `), body.Reason);
  });
}

test("a physical id that cannot be told is answered all the same", async () => {
  const handler = customResource({
    physicalId: () => {
      throw new TypeError("no properties");
    },
  });
  const created = await invoke(handler, { RequestType: "Create" });
  assert.deepEqual([created.body.Status, created.body.PhysicalResourceId], ["FAILED", "2026/01/01/[$LATEST]1"]);
  const updated = await invoke(handler, { RequestType: "Update", PhysicalResourceId: "recorded" });
  assert.equal(updated.body.PhysicalResourceId, "recorded");
});

test("an unknown request type is refused", async () => {
  const { body } = await run(() => {}, { RequestType: "constructor" });
  assert.match(body.Reason, /^Unsupported request type constructor /);
});

test("an id that the work found counts if the work fails later", async () => {
  const { body } = await run((request) => {
    request.physicalId = "id-2";
    throw new Error("later");
  });
  assert.equal(body.PhysicalResourceId, "id-2");
});

for (const seconds of [900, 600]) {
  test(`work that does not end within ${seconds} s is answered in time, once, and stopped`, async () => {
    let steps = 0;
    const result = await run(
      async (request) => {
        request.activity = "it counted";
        for (;;) {
          await sleep(1000, request.signal);
          steps++;
        }
      },
      {},
      { seconds },
    );
    assert.match(result.body.Reason, /^The function ran out of time while it counted\. \(Log: /);
    assert.deepEqual([result.answers.length, result.seconds, steps], [1, seconds - 25, seconds - 26]);
  });
}

test("work that cannot be stopped is not answered a second time", async () => {
  let end;
  const { answers } = await run(
    (request) => {
      request.activity = () => `it had ${3} things left`;
      return new Promise((resolve) => (end = resolve));
    },
    {},
    { atSecond: (second) => second === 880 && end() },
  );
  assert.equal(answers.length, 1);
  assert.match(answers[0].body.Reason, /while it had 3 things left\. /);
});

test("what made calls fail is told when time runs out", async () => {
  const { body } = await run((request) => {
    request.trouble = new Error("Rate exceeded");
    return new Promise(() => {});
  });
  assert.match(
    body.Reason,
    /^The function ran out of time while its work was under way\. The last failed call: Rate exceeded \(Log/,
  );
});

for (const message of ["no ".repeat(5000), "ö".repeat(4096), '"'.repeat(4096), "\u{1f600}".repeat(3000)]) {
  test(`an endless reason of ${message.slice(0, 2)} is cut`, async () => {
    const { body, bytes } = await run(() => {
      throw new Error(message);
    });
    assert.ok(bytes <= 4096 && bytes > 3500, `${bytes}`);
    assert.match(body.Reason, /\(Log: \/aws\/lambda\/function\/2026\/01\/01\/\[\$LATEST\]1\)$/);
  });
}

test("a result that is too long is a failure that says so", async () => {
  const { body } = await run((request) => {
    request.data = { List: "x".repeat(5000) };
  });
  assert.match(body.Reason, /^The result needs 5\d\d\d bytes, but CloudFormation accepts 4096 bytes at most/);
});

test("the answer is sent again after a server error and after silence", async () => {
  const result = await run(() => {}, {}, { statuses: [503, HANG, 200] });
  assert.deepEqual(
    result.answers.map(({ body }) => body.Status),
    ["SUCCESS", "SUCCESS", "SUCCESS"],
  );
  assert.equal(result.error, undefined);
});

test("an answer that is refused is not sent again, and the handler fails", async () => {
  const { answers, error } = await run(() => {}, {}, { statuses: [403] });
  assert.deepEqual([answers.length, error.message], [1, "CloudFormation got no answer: HTTP status 403"]);
});

test("all attempts to answer fit into the time kept for them", async () => {
  const result = await run((request) => sleep(10_000_000, request.signal), {}, { statuses: [HANG], seconds: 60 });
  assert.equal(result.answers.length, 3);
  assert.equal(result.error.message, "CloudFormation got no answer: no reply within 5 s");
  assert.ok(result.seconds < 60, `${result.seconds}`);
});

test("an unusable URL is not logged", async () => {
  const { error, answers } = await run(() => {}, { ResponseURL: "nonsense?X-Amz-Signature=s3cr3t" });
  assert.deepEqual([answers.length, error.message], [0, "CloudFormation got no answer: Invalid URL"]);
});
