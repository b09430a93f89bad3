// Tests of the env controller against an environment stack held in memory.

"use strict";

const assert = require("node:assert/strict");
const { beforeEach, test } = require("node:test");
const lambda = require("../testing/lambda.js");

let stack;
let updates;
let scheduled;
let refusals;
let clients;
// What others do to the stack as soon as an update has ended.
let overwritten;

function describe() {
  if (!stack) {
    throw new Error("Stack with id shop-test does not exist");
  }
  const seen = structuredClone(stack);
  scheduled.shift()?.();
  return { Stacks: [seen] };
}

function update(input) {
  if (stack.StackStatus.endsWith("_IN_PROGRESS")) {
    throw new Error(`Stack:${stack.StackId} is in ${stack.StackStatus} state and can not be updated.`);
  }
  const refusal = refusals.shift();
  if (refusal) {
    throw Object.assign(new Error(refusal.message), refusal);
  }
  updates.push(input);
  const before = stack.Parameters;
  stack.Parameters = input.Parameters.map(({ ParameterKey, ParameterValue, UsePreviousValue }) => ({
    ParameterKey,
    ParameterValue: UsePreviousValue ? value(ParameterKey) : ParameterValue,
  }));
  stack.StackStatus = "UPDATE_IN_PROGRESS";
  scheduled = [() => {}, () => settle(stack.ends ?? "UPDATE_COMPLETE", before)];
  return {};
}

function settle(status, before) {
  stack.StackStatus = status;
  if (status.includes("ROLLBACK")) {
    stack.StackStatusReason = "The following resource(s) failed to update: [FileSystem].";
    stack.Parameters = before;
  }
  overwritten.shift()?.();
}

lambda.replaceModules({
  "@aws-sdk/client-cloudformation": lambda.fakeClient(
    "CloudFormationClient",
    ["DescribeStacks", "UpdateStack"],
    (operation, input, config) => {
      assert.equal(input.StackName, "shop-test");
      clients.set(operation, config);
      return operation === "UpdateStack" ? update(input) : describe();
    },
  ),
});
const { handler } = require("./index.js");

beforeEach(() => {
  updates = [];
  scheduled = [];
  refusals = [];
  clients = new Map();
  overwritten = [];
  stack = {
    StackId: "arn:aws:cloudformation:us-west-2:111122223333:stack/shop-test/1",
    StackStatus: "UPDATE_COMPLETE",
    Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    Parameters: parameters({ AppName: "shop", EFSWorkloads: "", NATWorkloads: "api,report", ALBWorkloads: "api", Aliases: "" }),
    Outputs: Object.entries({
      CFNExecutionRoleARN: "arn:aws:iam::111122223333:role/shop-test-CFNExecutionRole",
      ManagedFileSystemID: "fs-1",
      EnabledFeatures: "api,,,,,",
      LastForceDeployID: "",
    }).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  };
});

function parameters(values) {
  return Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
}

function value(key, list = stack.Parameters) {
  return list.find(({ ParameterKey }) => ParameterKey === key)?.ParameterValue;
}

// Runs the handler and returns what CloudFormation would receive.
async function invoke(RequestType, properties = {}, { statuses, before = {} } = {}) {
  const event = {
    RequestType,
    LogicalResourceId: "EnvControllerAction",
    ...before,
    ResourceProperties: { EnvStack: "shop-test", Workload: "report", Parameters: [], EnvVersion: "v1.34.1", ...properties },
  };
  const result = await lambda.invoke(handler, event, { statuses });
  if (result.error) {
    throw result.error;
  }
  return result;
}

test("puts a job on the list it asks for and takes it off the others", async () => {
  const { method, headers, body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.equal(updates.length, 1);
  assert.deepEqual(updates[0], {
    StackName: "shop-test",
    UsePreviousTemplate: true,
    Parameters: [
      { ParameterKey: "AppName", UsePreviousValue: true },
      { ParameterKey: "EFSWorkloads", ParameterValue: "report" },
      { ParameterKey: "NATWorkloads", ParameterValue: "api" },
      { ParameterKey: "ALBWorkloads", UsePreviousValue: true },
      { ParameterKey: "Aliases", UsePreviousValue: true },
    ],
    Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    RoleARN: "arn:aws:iam::111122223333:role/shop-test-CFNExecutionRole",
  });
  assert.equal(method, "PUT");
  assert.equal(headers["content-type"], "");
  assert.deepEqual(body, {
    Status: "SUCCESS",
    Reason: "",
    PhysicalResourceId: "envcontoller/shop-test/report",
    StackId: "stack-id",
    RequestId: "request-id",
    LogicalResourceId: "EnvControllerAction",
    Data: { CFNExecutionRoleARN: "arn:aws:iam::111122223333:role/shop-test-CFNExecutionRole", ManagedFileSystemID: "fs-1" },
  });
});

test("changes nothing when the lists are right, and keeps the physical id it is given", async () => {
  const { body } = await invoke("Update", { Parameters: ["NATWorkloads"] }, { before: { PhysicalResourceId: "envcontoller/old" } });
  assert.equal(updates.length, 0);
  assert.equal(body.Status, "SUCCESS");
  assert.equal(body.PhysicalResourceId, "envcontoller/old");
});

test("appends at the end and compares whole names", async () => {
  stack.Parameters = parameters({ EFSWorkloads: "report-gen,api", NATWorkloads: "" });
  await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.equal(value("EFSWorkloads"), "report-gen,api,report");
});

test("takes a deleted job off every list", async () => {
  const { body } = await invoke("Delete", { Parameters: ["NATWorkloads"] });
  assert.equal(value("NATWorkloads"), "api");
  assert.equal(body.Status, "SUCCESS");
});

test("deleting a job whose environment is gone succeeds", async () => {
  stack = undefined;
  const { body } = await invoke("Delete");
  assert.deepEqual([body.Status, body.Data], ["SUCCESS", {}]);
});

test("an environment that is missing fails any other request", async () => {
  stack = undefined;
  const { body } = await invoke("Create");
  assert.equal(body.Status, "FAILED");
  assert.equal(body.Reason, "Stack with id shop-test does not exist (Log: /aws/lambda/function/2026/01/01/[$LATEST]1)");
  assert.equal(body.Data, null);
});

test("removes a stale alias entry and leaves the others", async () => {
  stack.Parameters = parameters({ Aliases: '{"api":["a.example"],"report":["r.example"]}' });
  await invoke("Update");
  assert.equal(value("Aliases"), '{"api":["a.example"]}');
  await invoke("Update", { Workload: "api" });
  assert.equal(value("Aliases"), "");
});

test("sets the aliases it is given", async () => {
  await invoke("Update", { Parameters: ["NATWorkloads"], Aliases: ["r.example"] });
  assert.equal(value("Aliases"), '{"report":["r.example"]}');
});

for (const busy of ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"]) {
  test(`waits while the environment is in ${busy}, then decides anew`, async () => {
    stack.StackStatus = busy;
    scheduled = [
      () => {},
      () => {},
      () => {
        // The other workload's update ends by rolling back, and meanwhile a list has grown.
        stack.StackStatus = "UPDATE_ROLLBACK_COMPLETE";
        stack.Parameters = parameters({ EFSWorkloads: "other", NATWorkloads: "" });
      },
    ];
    const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
    assert.equal(body.Status, "SUCCESS");
    assert.deepEqual(updates.map((update) => value("EFSWorkloads", update.Parameters)), ["other,report"]);
  });
}

test("reports an update that rolls back", async () => {
  stack.ends = "UPDATE_ROLLBACK_COMPLETE";
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.equal(body.Status, "FAILED");
  assert.match(body.Reason, /shop-test ended in UPDATE_ROLLBACK_COMPLETE: The following resource\(s\) failed to update: \[FileSystem\]/);
  assert.equal(updates.length, 1);
});

test("an update without effect is a success", async () => {
  refusals = [{ message: "No updates are to be performed." }];
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.deepEqual([body.Status, body.Data.ManagedFileSystemID], ["SUCCESS", "fs-1"]);
});

test("a feature the environment does not know is no reason to update it", async () => {
  stack.Parameters = parameters({ AppName: "shop" });
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.deepEqual([body.Status, updates.length], ["SUCCESS", 0]);
});

test("gives up after fourteen and a half minutes", async () => {
  stack.StackStatus = "UPDATE_IN_PROGRESS";
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.equal(body.Status, "FAILED");
  assert.match(body.Reason, /^Lambda took longer than 14\.5 minutes to update environment \(Log: /);
});

test("refuses an unknown request type", async () => {
  const { body } = await invoke("Replace");
  assert.match(body.Reason, /^Unsupported request type Replace /);
});

test("announces the length of its answer in bytes", async () => {
  stack.Outputs.push({ OutputKey: "Greeting", OutputValue: "こんにちは" });
  const { headers, body } = await invoke("Update", { Parameters: ["NATWorkloads"] });
  assert.equal(body.Data.Greeting, "こんにちは");
  assert.equal(Number(headers["content-length"]), Buffer.byteLength(JSON.stringify(body)));
});

test("sends the answer again after a server error, but not after a refusal", async () => {
  const { body } = await invoke("Update", { Parameters: ["NATWorkloads"] }, { statuses: [503, 200] });
  assert.equal(body.Status, "SUCCESS");
  await assert.rejects(invoke("Update", { Parameters: ["NATWorkloads"] }, { statuses: [403] }), /HTTP status 403/);
});

test("asks for nothing but lists of workloads", async () => {
  stack.Parameters = parameters({ AppName: "shop", EFSWorkloads: "", CreateHTTPSListener: "false" });
  await invoke("Create", { Parameters: ["EFSWorkloads", "CreateHTTPSListener", "AppName"] });
  assert.equal(value("CreateHTTPSListener"), "false");
  assert.equal(value("AppName"), "shop");
  assert.equal(value("EFSWorkloads"), "report");
});

test("takes a job off the lists of services that had its name", async () => {
  const lists = ["ALBWorkloads", "InternalALBWorkloads", "AppRunnerPrivateWorkloads", "EFSWorkloads"];
  stack.Parameters = parameters(Object.fromEntries(lists.map((list) => [list, "a,report,b"])));
  await invoke("Update", { Parameters: ["EFSWorkloads"] });
  assert.deepEqual(lists.map((list) => value(list)), ["a,b", "a,b", "a,b", "a,report,b"]);
});

test("tidies the list it edits, and no other", async () => {
  stack.Parameters = parameters({ EFSWorkloads: ",a,,b,", NATWorkloads: ",c," });
  await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.deepEqual([value("EFSWorkloads"), value("NATWorkloads")], ["a,b,report", ",c,"]);
});

test("a second deletion finds nothing to do", async () => {
  await invoke("Delete");
  await invoke("Delete");
  assert.equal(updates.length, 1);
});

test("deleting a job while its environment is being deleted waits for the end", async () => {
  stack.StackStatus = "DELETE_IN_PROGRESS";
  scheduled = [() => {}, () => {}, () => (stack = undefined)];
  const { body } = await invoke("Delete");
  assert.deepEqual([body.Status, body.Data, updates.length], ["SUCCESS", {}, 0]);
});

test("a stack that is stuck is no reason to wait", async () => {
  refusals = [{ message: "Stack:x is in UPDATE_ROLLBACK_FAILED state and can not be updated." }];
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.match(body.Reason, /^Stack:x is in UPDATE_ROLLBACK_FAILED state/);
});

test("what another workload does between the look and the update stays", async () => {
  scheduled = [
    () => {
      stack.Parameters.find(({ ParameterKey }) => ParameterKey === "ALBWorkloads").ParameterValue = "api,web";
    },
  ];
  await invoke("Create", { Parameters: ["NATWorkloads", "EFSWorkloads"] });
  assert.deepEqual([value("ALBWorkloads"), value("EFSWorkloads")], ["api,web", "report"]);
});

test("a job that another workload's update took off the list is put on it again", async () => {
  overwritten = [() => (stack.Parameters = parameters({ EFSWorkloads: "other", NATWorkloads: "" }))];
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.equal(body.Status, "SUCCESS");
  assert.deepEqual(updates.map((update) => value("EFSWorkloads", update.Parameters)), ["report", "other,report"]);
});

for (const trouble of [
  { name: "Throttling", message: "Rate exceeded", $metadata: { httpStatusCode: 400 } },
  { name: "InternalFailure", message: "oops", $metadata: { httpStatusCode: 503 } },
  { code: "ECONNRESET", message: "socket hang up" },
  { name: "TimeoutError", message: "connection timed out" },
]) {
  test(`looks again after ${trouble.name || trouble.code} instead of repeating the update`, async () => {
    refusals = [trouble, trouble];
    const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
    assert.deepEqual([body.Status, updates.length], ["SUCCESS", 1]);
    assert.equal(clients.get("UpdateStack").maxAttempts, 1);
    assert.ok(clients.get("DescribeStacks").maxAttempts > 1);
  });
}

test("an update that arrived although its answer was lost is not sent twice", async () => {
  const arrived = { code: "ECONNRESET", message: "socket hang up" };
  refusals = [arrived];
  scheduled = [
    () => {
      stack.Parameters.find(({ ParameterKey }) => ParameterKey === "EFSWorkloads").ParameterValue = "report";
      stack.Parameters.find(({ ParameterKey }) => ParameterKey === "NATWorkloads").ParameterValue = "api";
    },
  ];
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.deepEqual([body.Status, updates.length], ["SUCCESS", 0]);
});

test("trouble that does not end is reported as what it is", async () => {
  refusals = Array(20).fill({ name: "Throttling", message: "Rate exceeded" });
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.match(body.Reason, /^Rate exceeded /);
});

test("a refusal for want of permission is reported at once", async () => {
  refusals = [{ name: "AccessDenied", message: "not authorized to perform cloudformation:UpdateStack" }];
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.match(body.Reason, /^not authorized/);
});

test("a large environment's answer stays within CloudFormation's limit", async () => {
  const typical = Array.from({ length: 30 }, (_, n) => ({ OutputKey: `Output${n}`, OutputValue: "subnet-0123456789abcdef0".repeat(3) }));
  stack.Outputs = [...typical.slice(0, 20), ...stack.Outputs];
  const all = await invoke("Update", { Parameters: ["NATWorkloads"] });
  assert.equal(Object.keys(all.body.Data).length, 22);
  stack.Outputs.push(...typical.map((output) => ({ ...output, OutputKey: `More${output.OutputKey}` })));
  const { headers, body } = await invoke("Update", { Parameters: ["NATWorkloads"] });
  assert.equal(body.Status, "SUCCESS");
  assert.ok(Number(headers["content-length"]) <= 4096);
  assert.equal(body.Data.ManagedFileSystemID, "fs-1");
  assert.ok(Object.keys(body.Data).length > 20);
});

test("an endless reason is cut", async () => {
  refusals = [{ message: "no ".repeat(5000) }];
  const { headers, body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  assert.equal(body.Status, "FAILED");
  assert.ok(Number(headers["content-length"]) <= 4096);
  assert.match(body.Reason, /\(Log: \/aws\/lambda\/function\/2026\/01\/01\/\[\$LATEST\]1\)$/);
});

test("long waits leave no listeners behind", async () => {
  const warnings = [];
  const listen = (warning) => warnings.push(warning.name);
  process.on("warning", listen);
  stack.StackStatus = "UPDATE_IN_PROGRESS";
  scheduled = [...Array(40).fill(() => {}), () => (stack.StackStatus = "UPDATE_COMPLETE")];
  const { body } = await invoke("Create", { Parameters: ["EFSWorkloads"] });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listen);
  assert.equal(body.Status, "SUCCESS");
  assert.deepEqual(warnings, []);
});
