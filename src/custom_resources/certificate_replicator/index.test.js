// Tests of the copied certificate's handler against certificates held in memory.

"use strict";

const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const { beforeEach, test } = require("node:test");
const { Acm } = require("../testing/acm.js");
const { failure, invoke, replaceModules } = require("../testing/lambda.js");

const NAMES = ["test.shop.example.com", "*.test.shop.example.com", "www.example.com"];
const [HOME, TARGET] = ["eu-west-1", "us-east-1"];

let acm;
let original;
replaceModules(Acm.modules(() => acm));
const { certificateReplicateHandler } = require("./index.js");

beforeEach(() => {
  acm = new Acm();
  original = acm.certificate(HOME, "original", NAMES);
});

function run(RequestType, more = {}, options = {}) {
  const ResourceProperties = {
    AppName: "shop",
    EnvName: "test",
    TargetRegion: TARGET,
    EnvRegion: HOME,
    CertificateArn: original,
  };
  return invoke(
    certificateReplicateHandler,
    { RequestType, LogicalResourceId: "CertificateReplicator", ResourceProperties, ...more },
    options,
  );
}

test("requests a certificate of the same names in the other region and waits for its validation", async () => {
  acm.looksUntilIssued = 20;
  const { body } = await run("Create");
  const arn = acm.arn(TARGET, "new-1");
  assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data], ["SUCCESS", arn, { Arn: arn }]);
  assert.deepEqual(acm.requests, [
    {
      region: TARGET,
      DomainName: NAMES[0],
      SubjectAlternativeNames: NAMES,
      ValidationMethod: "DNS",
      IdempotencyToken: createHash("sha256").update("request-id").digest("hex").slice(0, 32),
      Tags: [
        { Key: "copilot-application", Value: "shop" },
        { Key: "copilot-environment", Value: "test" },
      ],
    },
  ]);
});

test("the same request delivered twice has the same answer and one certificate", async () => {
  const answers = [await run("Create"), await run("Create")].map(({ body }) => body);
  assert.deepEqual(answers[0], answers[1]);
  assert.equal(acm.requests.length, 1);
});

test("an update keeps a copy that has the original's names", async () => {
  const copy = acm.certificate(TARGET, "copy", [...NAMES].reverse());
  const { body } = await run("Update", { PhysicalResourceId: copy, RequestId: "another" });
  assert.deepEqual(
    [body.Status, body.PhysicalResourceId, body.Data, acm.requests],
    ["SUCCESS", copy, { Arn: copy }, []],
  );
});

for (const [what, id] of [
  ["has other names", () => acm.certificate(TARGET, "copy", NAMES.slice(0, 2))],
  ["is dead", () => acm.certificate(TARGET, "copy", NAMES, { Status: "VALIDATION_TIMED_OUT" })],
  ["is gone", () => acm.arn(TARGET, "gone")],
  ["never was a certificate", () => "2021/06/24/[$LATEST]abc"],
]) {
  test(`an update replaces a copy that ${what}`, async () => {
    const { body } = await run("Update", { PhysicalResourceId: id() });
    assert.deepEqual([body.Status, body.PhysicalResourceId], ["SUCCESS", acm.arn(TARGET, "new-1")]);
    assert.deepEqual(acm.deleted, []);
  });
}

test("an update that fails keeps the id until there is a new certificate", async () => {
  const copy = acm.certificate(TARGET, "copy", NAMES.slice(0, 2));
  acm.refuse("RequestCertificate", failure("AccessDeniedException", "no"));
  assert.equal((await run("Update", { PhysicalResourceId: copy })).body.PhysicalResourceId, copy);
  acm.looksUntilIssued = Infinity;
  const { body, answers, seconds } = await run("Update", { PhysicalResourceId: copy });
  assert.deepEqual(
    [body.Status, body.PhysicalResourceId, answers.length, seconds],
    ["FAILED", acm.arn(TARGET, "new-1"), 1, 875],
  );
});

test("an original that is missing is an error", async () => {
  acm.certificates.clear();
  const { body } = await run("Create");
  assert.match(body.Reason, /^Certificate \S+original, of which a copy is needed in us-east-1, does not exist /);
});

test("deletes the copy as soon as CloudFront lets go of it", async () => {
  const copy = acm.certificate(TARGET, "copy", NAMES, { InUseBy: ["arn:distribution"] });
  const { body } = await run(
    "Delete",
    { PhysicalResourceId: copy },
    {
      atSecond: (second) => second === 700 && (acm.certificates.get(copy).InUseBy = []),
    },
  );
  assert.deepEqual([body.Status, body.PhysicalResourceId, acm.deleted], ["SUCCESS", copy, [copy]]);
});

test("a copy that stays in use fails the deletion with who uses it", async () => {
  const copy = acm.certificate(TARGET, "copy", NAMES, { InUseBy: ["arn:distribution"] });
  const { body, answers } = await run("Delete", { PhysicalResourceId: copy });
  assert.match(body.Reason, /^The function ran out of time while certificate \S+ was in use by arn:distribution\. /);
  assert.equal(answers.length, 1);
});

test("a certificate that is used again meanwhile is waited for", async () => {
  const copy = acm.certificate(TARGET, "copy", NAMES);
  acm.refuse("DeleteCertificate", failure("ResourceInUseException", "in use"));
  const { body } = await run("Delete", { PhysicalResourceId: copy });
  assert.deepEqual([body.Status, acm.deleted], ["SUCCESS", [copy]]);
});

for (const id of ["2021/06/24/[$LATEST]abc", "arn:aws:acm:us-east-1:111122223333:certificate/gone"]) {
  test(`the deletion of ${id} finds nothing to do`, async () => {
    const { body } = await run("Delete", { PhysicalResourceId: id });
    assert.deepEqual([body.Status, body.PhysicalResourceId], ["SUCCESS", id]);
  });
}
