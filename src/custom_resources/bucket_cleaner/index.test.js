// Tests of the bucket's cleaner against a bucket held in memory.

"use strict";

const assert = require("node:assert/strict");
const { beforeEach, test } = require("node:test");
const { failure, fakeClient, invoke, replaceModules } = require("../testing/lambda.js");

const ID = "bucket-cleaner-ELBAccessLogsBucketCleanerAction";
const PAGE = 1000;

// Versions and delete markers, or undefined when the bucket does not exist.
let bucket;
let calls;
// Errors of keys: `{ Code, times }`.
let refused;
let refusals;
let afterDeletion;

const operations = {
  ListObjectVersions({ KeyMarker: after }) {
    const from = bucket.findIndex(({ Key }) => Key > (after ?? ""));
    const rest = from < 0 ? [] : bucket.slice(from);
    const page = rest.slice(0, PAGE);
    const list = (isMarker) => page.filter((version) => version.isMarker === isMarker);
    const lists = { Versions: list(false), DeleteMarkers: list(true) };
    for (const name of ["Versions", "DeleteMarkers"]) {
      // The SDK leaves out lists that are empty.
      lists[name] = lists[name].length > 0 ? lists[name] : undefined;
    }
    return { ...lists, IsTruncated: rest.length > PAGE, NextKeyMarker: page.at(-1)?.Key };
  },

  DeleteObjects({ Delete: { Objects, Quiet } }) {
    assert.ok(Quiet && Objects.length > 0 && Objects.length <= 1000);
    const errors = Objects.flatMap(({ Key, VersionId }) => {
      const error = refused.get(Key);
      return error && error.times-- > 0 ? [{ Key, VersionId, Code: error.Code, Message: "not now" }] : [];
    });
    const gone = new Set(Objects.map(({ Key }) => Key).filter((key) => !errors.some(({ Key }) => Key === key)));
    bucket = bucket.filter(({ Key }) => !gone.has(Key));
    afterDeletion();
    return { Errors: errors.length > 0 ? errors : undefined };
  },
};

replaceModules({
  "@aws-sdk/client-s3": fakeClient("S3Client", Object.keys(operations), (operation, input) => {
    assert.equal(input.Bucket, "logs");
    calls.push(operation);
    const refusal = refusals.shift();
    if (refusal) {
      throw refusal;
    }
    if (!bucket) {
      throw failure("NoSuchBucket", "The specified bucket does not exist");
    }
    return operations[operation](input);
  }),
});
const { handler } = require("./index.js");

beforeEach(() => {
  bucket = [];
  calls = [];
  refused = new Map();
  refusals = [];
  afterDeletion = () => {};
});

function run(RequestType, more = {}, options = {}) {
  const event = {
    RequestType,
    LogicalResourceId: "ELBAccessLogsBucketCleanerAction",
    ResourceProperties: { BucketName: "logs" },
    ...more,
  };
  return invoke(handler, event, options);
}

function fill(count, isMarker = () => false) {
  bucket = Array.from({ length: count }, (_, n) => ({
    Key: `log-${String(n).padStart(6, "0")}`,
    VersionId: `v${n}`,
    isMarker: isMarker(n),
  }));
}

for (const [type, id, answered] of [
  ["Create", undefined, ID],
  ["Update", ID, ID],
  ["Update", "recorded", "recorded"],
]) {
  test(`${type} with id ${id} does nothing`, async () => {
    fill(3);
    const { body } = await run(type, { PhysicalResourceId: id });
    assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data, calls], ["SUCCESS", answered, {}, []]);
  });
}

for (const [what, prepare] of [
  ["an empty bucket", () => {}],
  ["a bucket that does not exist", () => (bucket = undefined)],
  ["a bucket with versions only", () => fill(3)],
  ["a bucket with delete markers only", () => fill(3, () => true)],
  ["a bucket with thousands of versions and delete markers", () => fill(4321, (n) => n % 3 === 0)],
]) {
  test(`${what} is empty afterwards`, async () => {
    prepare();
    const { body } = await run("Delete", { PhysicalResourceId: ID });
    assert.deepEqual([body.Status, body.PhysicalResourceId, bucket ?? []], ["SUCCESS", ID, []]);
  });
}

test("a second deletion finds nothing to do", async () => {
  fill(3);
  await run("Delete", { PhysicalResourceId: ID });
  calls = [];
  const { body } = await run("Delete", { PhysicalResourceId: ID });
  assert.deepEqual([body.Status, calls], ["SUCCESS", ["ListObjectVersions"]]);
});

test("log files that arrive late are removed as well", async () => {
  fill(3);
  let late = 2;
  afterDeletion = () => late-- > 0 && bucket.push({ Key: `late-${late}`, VersionId: "v", isMarker: false });
  const { body } = await run("Delete");
  assert.deepEqual([body.Status, bucket], ["SUCCESS", []]);
});

test("a bucket that vanishes meanwhile is no obstacle", async () => {
  fill(3);
  refusals = [undefined, failure("NoSuchBucket", "gone")];
  const { body } = await run("Delete");
  assert.equal(body.Status, "SUCCESS");
});

test("versions that cannot be removed are counted and told, the others removed, and nothing is tried endlessly", async () => {
  fill(2500);
  refused
    .set("log-000007", { Code: "AccessDenied", times: Infinity })
    .set("log-002000", { Code: "AccessDenied", times: Infinity });
  const { body, seconds } = await run("Delete");
  assert.match(
    body.Reason,
    /^2 of 2500 object versions in bucket logs could not be removed\. The first one: log-000007 \(version v7\): AccessDenied: not now \(Log/,
  );
  assert.deepEqual(
    bucket.map(({ Key }) => Key),
    ["log-000007", "log-002000"],
  );
  assert.equal(seconds, 0);
});

for (const [times, status] of [
  [2, "SUCCESS"],
  [99, "FAILED"],
]) {
  test(`a version that fails ${times} times for a passing reason ends in ${status}`, async () => {
    fill(5);
    refused.set("log-000003", { Code: "InternalError", times });
    assert.equal((await run("Delete")).body.Status, status);
  });
}

test("throttling is waited for", async () => {
  fill(5);
  refusals = [
    failure("SlowDown", "Please reduce your request rate."),
    undefined,
    failure("SlowDown", "Please reduce your request rate."),
  ];
  assert.deepEqual([(await run("Delete")).body.Status, bucket], ["SUCCESS", []]);
});

test("a missing permission is told", async () => {
  refusals = [failure("AccessDenied", "not authorized to perform s3:ListBucketVersions")];
  const { body } = await run("Delete");
  assert.match(body.Reason, /^not authorized to perform s3:ListBucketVersions /);
  assert.equal(body.PhysicalResourceId, ID);
});

test("a bucket that is too large is answered in time, with what is left, and continued by the next request", async () => {
  fill(2500);
  const all = bucket;
  // From the second page on S3 throttles for good.
  const slow = failure("SlowDown", "Please reduce your request rate.");
  refusals = [undefined, undefined, ...Array(10_000).fill(slow)];
  const { body, answers, seconds } = await run("Delete");
  assert.match(
    body.Reason,
    /^The function ran out of time while bucket logs was being emptied: \d+ object versions are removed and at least \d+ are left\. Delete the stack again to continue\. The last failed call: Please reduce/,
  );
  assert.deepEqual([answers.length, seconds], [1, 875]);
  assert.ok(bucket.length < all.length);
  refusals = [];
  assert.deepEqual([(await run("Delete")).body.Status, bucket], ["SUCCESS", []]);
});
