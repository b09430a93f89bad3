// Tests of the certificate's handler against certificates and zones held in memory.

"use strict";

const assert = require("node:assert/strict");
const { createHash } = require("node:crypto");
const { beforeEach, test } = require("node:test");
const { Acm, validationRecord } = require("../testing/acm.js");
const { failure, invoke, replaceModules } = require("../testing/lambda.js");
const { OWN, ROLE, Route53 } = require("../testing/route53.js");

const REGION = "eu-west-1";
const ENVIRONMENT = "test.shop.example.com";
const PROPERTIES = {
  AppName: "shop",
  EnvName: "test",
  DomainName: "example.com",
  Aliases: "",
  EnvHostedZoneId: "ZENV",
  Region: REGION,
  RootDNSRole: ROLE,
};

let acm;
let dns;
replaceModules({ ...Acm.modules(() => acm), ...Route53.modules(() => dns) });
const { certificateRequestHandler } = require("./index.js");

beforeEach(() => {
  acm = new Acm();
  dns = new Route53();
  dns.zone("ZENV", ENVIRONMENT, { owner: OWN }).zone("ZAPP", "shop.example.com").zone("ZDOM", "example.com");
});

function run(RequestType, properties = {}, more = {}, options = {}) {
  const event = {
    RequestType,
    LogicalResourceId: "HTTPSCert",
    ResourceProperties: { ...PROPERTIES, ...properties },
    ...more,
  };
  return invoke(certificateRequestHandler, event, options);
}

function aliases(...names) {
  return JSON.stringify({ web: names });
}

// A deployed certificate with its records in all zones.
function deployed(number = "1", extra = [], more = {}) {
  const arn = acm.certificate(REGION, number, [ENVIRONMENT, `*.${ENVIRONMENT}`, ...extra], more);
  for (const [zone, name] of [["ZENV", ENVIRONMENT], ...extra.map((name) => [zoneOf(name), name])]) {
    dns.record(zone, recordSet(name));
  }
  return arn;
}

function zoneOf(name) {
  return name.endsWith("shop.example.com") ? "ZAPP" : "ZDOM";
}

function recordSet(name, more = {}) {
  const { Name, Type, Value } = validationRecord(name);
  return { Name, Type, TTL: 60, ResourceRecords: [{ Value }], ...more };
}

function line(name, ttl = 60) {
  const { Name, Type, Value } = validationRecord(name);
  return `${Name} ${Type} ${ttl} ${Value}`;
}

test("requests a certificate, publishes its records and waits for its validation", async () => {
  acm.looksUntilRecords = 3;
  acm.looksUntilIssued = 20;
  const { body } = await run("Create", {
    Aliases: aliases("www.example.com", "api.shop.example.com", "x.test.shop.example.com"),
  });
  const arn = acm.arn(REGION, "new-1");
  assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data], ["SUCCESS", arn, { Arn: arn }]);
  assert.deepEqual(acm.requests, [
    {
      region: REGION,
      DomainName: ENVIRONMENT,
      SubjectAlternativeNames: [
        ENVIRONMENT,
        `*.${ENVIRONMENT}`,
        "www.example.com",
        "api.shop.example.com",
        "x.test.shop.example.com",
      ],
      ValidationMethod: "DNS",
      IdempotencyToken: createHash("sha256").update("request-id").digest("hex").slice(0, 32),
      Tags: [
        { Key: "copilot-application", Value: "shop" },
        { Key: "copilot-environment", Value: "test" },
      ],
    },
  ]);
  // One batch a zone, and the record that two names share once.
  assert.deepEqual(dns.batches, [
    ["zone ZENV", `UPSERT ${line(ENVIRONMENT)}`, `UPSERT ${line("x.test.shop.example.com")}`],
    ["zone ZDOM", `UPSERT ${line("www.example.com")}`],
    ["zone ZAPP", `UPSERT ${line("api.shop.example.com")}`],
  ]);
  assert.equal(acm.certificates.get(arn).Status, "ISSUED");
});

test("needs no role for an environment without aliases", async () => {
  const { body } = await run("Create", { RootDNSRole: "" });
  assert.equal(body.Status, "SUCCESS");
  assert.deepEqual(
    dns.calls.filter((call) => !["ChangeResourceRecordSets", "GetChange"].includes(call)),
    [],
  );
});

test("the same request delivered twice has the same answer and one certificate", async () => {
  const first = await run("Create");
  const second = await run("Create");
  assert.deepEqual(first.body, second.body);
  assert.equal(acm.requests.length, 1);
});

test("a certificate is named in the answer whatever fails after its request", async () => {
  dns.refuse(
    "ChangeResourceRecordSets",
    failure("AccessDenied", "not authorized to perform route53:ChangeResourceRecordSets"),
  );
  const { body } = await run("Create");
  assert.equal(body.PhysicalResourceId, acm.arn(REGION, "new-1"));
  assert.match(body.Reason, /^not authorized to perform route53:ChangeResourceRecordSets \(Log: /);
});

test("a request that is refused answers with the log stream", async () => {
  acm.refuse(
    "RequestCertificate",
    failure("AccessDeniedException", "not authorized to perform acm:RequestCertificate"),
  );
  const { body } = await run("Create");
  assert.deepEqual([body.Status, body.PhysicalResourceId], ["FAILED", "2026/01/01/[$LATEST]1"]);
});

test("a quota that is exceeded is told with the way out", async () => {
  acm.refuse("RequestCertificate", failure("LimitExceededException", "The maximum number of domain names is 10."), 9);
  const { body } = await run("Create", {
    Aliases: aliases(..."abcdefghi".split("").map((letter) => `${letter}.example.com`)),
  });
  assert.match(
    body.Reason,
    /^The maximum number of domain names is 10\. The certificate has 11 names\. .*Use fewer aliases or ask AWS to raise the quota /,
  );
});

test("aliases that cannot be read are a failure with an answer", async () => {
  const { body } = await run("Create", { Aliases: "{" });
  assert.match(body.Reason, /^The environment's parameter Aliases is no JSON object/);
  assert.equal(acm.requests.length, 0);
});

test("aliases that belong to no zone are left out, and the log says so", async () => {
  const { body, logged } = await run("Create", {
    Aliases: aliases("a.b.example.com", "example.com.evil.org", "myexample.com", "Www.Example.com"),
  });
  assert.equal(body.Status, "SUCCESS");
  assert.deepEqual(acm.requests[0].SubjectAlternativeNames.slice(2), ["www.example.com"]);
  assert.equal(logged.filter((text) => text.includes("is skipped")).length, 3);
});

test("an alias whose name merely ends like the application's is the domain's", async () => {
  await run("Create", { Aliases: aliases("workshop.example.com") });
  assert.deepEqual(dns.records("ZDOM"), [line("workshop.example.com")]);
});

for (const times of [1, 10]) {
  test(`a zone that is busy ${times} times is asked again`, async () => {
    dns.refuse("ChangeResourceRecordSets", failure("PriorRequestNotComplete", "The request was rejected"), times);
    const { body } = await run("Create");
    assert.equal(body.Status, "SUCCESS");
  });
}

test("a zone that is missing is no stranger's zone", async () => {
  dns.zones.delete("ZDOM");
  dns.zone("ZNEXT", "example.com.zz");
  const { body } = await run("Create", { Aliases: aliases("www.example.com") });
  assert.match(
    body.Reason,
    /^Route 53 has no public hosted zone example\.com that role arn:\S+ can see\. Restore the zone, then deploy the environment again /,
  );
});

test("a private zone of the same name is passed over", async () => {
  dns.zones.delete("ZDOM");
  dns.zone("ZA", "example.com", { isPrivate: true }).zone("ZB", "example.com");
  await run("Create", { Aliases: aliases("www.example.com") });
  assert.deepEqual(dns.records("ZB"), [line("www.example.com")]);
});

test("of two zones of the domain the one that delegates the application is in use", async () => {
  dns.zone("ZA", "example.com");
  dns.record("ZDOM", { Name: "shop.example.com.", Type: "NS", TTL: 900, ResourceRecords: [{ Value: "ns-1" }] });
  await run("Create", { Aliases: aliases("www.example.com") });
  assert.deepEqual(dns.records("ZA"), []);
});

test("a domain that is not delegated is answered in time, with the certificate and the cause", async () => {
  acm.looksUntilIssued = Infinity;
  const { body, answers, seconds } = await run("Create");
  assert.equal(body.PhysicalResourceId, acm.arn(REGION, "new-1"));
  assert.match(
    body.Reason,
    /^The function ran out of time while ACM was validating certificate .* check that the domain is registered and delegated to these zones publicly\. /,
  );
  assert.deepEqual([answers.length, seconds], [1, 875]);
});

test("records that never come are told when time runs out", async () => {
  acm.looksUntilRecords = Infinity;
  const { body } = await run("Create");
  assert.match(
    body.Reason,
    /^The function ran out of time while ACM was preparing the validation records of certificate /,
  );
});

test("a certificate that fails is told at once", async () => {
  const { body, seconds } = await run(
    "Create",
    {},
    {},
    {
      atSecond: () =>
        Object.assign(acm.certificates.get(acm.arn(REGION, "new-1")) ?? {}, {
          Status: "FAILED",
          FailureReason: "CAA_ERROR",
        }),
    },
  );
  assert.match(body.Reason, /^Certificate \S+ ended in FAILED: CAA_ERROR /);
  assert.ok(seconds < 60);
});

test("a missing permission to describe is no time-out", async () => {
  acm.refuse(
    "DescribeCertificate",
    failure("AccessDeniedException", "not authorized to perform acm:DescribeCertificate"),
    99,
  );
  const { body, seconds } = await run("Create");
  assert.match(body.Reason, /^not authorized to perform acm:DescribeCertificate /);
  assert.ok(seconds < 60);
});

test("an update that changes no alias keeps the certificate and calls nothing", async () => {
  const arn = deployed();
  const more = {
    PhysicalResourceId: arn,
    OldResourceProperties: { ...PROPERTIES, RootDNSRole: "other", Aliases: aliases("a.b.example.com") },
  };
  const { body } = await run("Update", {}, more);
  assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data], ["SUCCESS", arn, { Arn: arn }]);
  assert.deepEqual([acm.calls, dns.calls], [[], []]);
});

test("an update of an environment of Copilot 1.6 keeps the certificate", async () => {
  const arn = deployed();
  const old = { DomainName: ENVIRONMENT, HostedZoneId: "ZENV", Region: REGION };
  const { body } = await run("Update", {}, { PhysicalResourceId: arn, OldResourceProperties: old });
  assert.equal(body.PhysicalResourceId, arn);
  assert.deepEqual([acm.calls, dns.calls], [[], []]);
});

test("an update of the aliases requests a new certificate", async () => {
  const arn = deployed();
  const more = { PhysicalResourceId: arn, OldResourceProperties: PROPERTIES };
  const { body } = await run("Update", { Aliases: aliases("www.example.com") }, more);
  assert.deepEqual([body.Status, body.PhysicalResourceId], ["SUCCESS", acm.arn(REGION, "new-1")]);
  assert.deepEqual(acm.deleted, []);
});

test("an update that fails before it has a certificate keeps the id, and after that has the new one", async () => {
  const arn = deployed();
  const more = { PhysicalResourceId: arn, OldResourceProperties: PROPERTIES };
  acm.refuse("RequestCertificate", failure("AccessDeniedException", "no"));
  assert.equal((await run("Update", { Aliases: aliases("www.example.com") }, more)).body.PhysicalResourceId, arn);
  dns.refuse("ChangeResourceRecordSets", failure("AccessDenied", "no"));
  const { body } = await run("Update", { Aliases: aliases("www.example.com") }, more);
  assert.deepEqual([body.Status, body.PhysicalResourceId], ["FAILED", acm.arn(REGION, "new-1")]);
});

for (const OldResourceProperties of [
  undefined,
  { ...PROPERTIES, Aliases: aliases("www.example.com") },
  { Aliases: "{" },
]) {
  test(`a certificate that has the wanted names is kept, old properties ${JSON.stringify(OldResourceProperties)?.slice(0, 12)}`, async () => {
    const arn = deployed();
    const { body } = await run("Update", {}, { PhysicalResourceId: arn, OldResourceProperties });
    assert.deepEqual([body.Status, body.PhysicalResourceId, acm.requests], ["SUCCESS", arn, []]);
  });
}

test("a certificate that still waits for its validation is helped", async () => {
  const arn = deployed("1", [], { Status: "PENDING_VALIDATION", looksUntilIssued: 2 });
  dns.zones.get("ZENV").records = [];
  const { body } = await run("Update", {}, { PhysicalResourceId: arn });
  assert.equal(body.PhysicalResourceId, arn);
  assert.deepEqual(dns.records("ZENV"), [line(ENVIRONMENT)]);
});

for (const [what, prepare] of [
  ["is gone", () => acm.certificates.clear()],
  ["timed out", (arn) => (acm.certificates.get(arn).Status = "VALIDATION_TIMED_OUT")],
]) {
  test(`a certificate that ${what} is requested again when the aliases change`, async () => {
    const arn = deployed();
    prepare(arn);
    const { body } = await run("Update", {}, { PhysicalResourceId: arn });
    assert.equal(body.PhysicalResourceId, acm.arn(REGION, "new-1"));
  });
}

test("an update whose recorded id is no certificate requests one, whatever the aliases", async () => {
  const more = { PhysicalResourceId: "2021/06/24/[$LATEST]abc", OldResourceProperties: PROPERTIES };
  const { body } = await run("Update", {}, more);
  assert.deepEqual([body.Status, body.PhysicalResourceId], ["SUCCESS", acm.arn(REGION, "new-1")]);
});

test("a new hosted zone of the environment gets the records of the certificate that stays", async () => {
  const arn = deployed();
  dns.zone("ZNEW", ENVIRONMENT, { owner: OWN });
  const { body } = await run(
    "Update",
    { EnvHostedZoneId: "ZNEW" },
    { PhysicalResourceId: arn, OldResourceProperties: PROPERTIES },
  );
  assert.equal(body.PhysicalResourceId, arn);
  assert.deepEqual(dns.records("ZNEW"), [line(ENVIRONMENT)]);
});

test("deletes the certificate and its records", async () => {
  const arn = deployed("1", ["www.example.com", "api.shop.example.com"]);
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data], ["SUCCESS", arn, {}]);
  assert.deepEqual(acm.deleted, [arn]);
  assert.deepEqual(
    ["ZENV", "ZAPP", "ZDOM"].flatMap((zone) => dns.records(zone)),
    [],
  );
  assert.equal(dns.batches.length, 3);
});

test("a second deletion finds nothing to do", async () => {
  const arn = deployed();
  await run("Delete", {}, { PhysicalResourceId: arn });
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, body.PhysicalResourceId, acm.deleted.length], ["SUCCESS", arn, 1]);
});

test("the deletion of what is no certificate does nothing", async () => {
  const { body } = await run("Delete", { Aliases: "{" }, { PhysicalResourceId: "2021/06/24/[$LATEST]abc" });
  assert.deepEqual([body.Status, body.PhysicalResourceId], ["SUCCESS", "2021/06/24/[$LATEST]abc"]);
  assert.deepEqual([acm.calls, dns.calls], [[], []]);
});

test("the deletion waits until the certificate is released", async () => {
  const arn = deployed("1", [], { InUseBy: ["arn:lb"] });
  const { body, seconds } = await run(
    "Delete",
    {},
    { PhysicalResourceId: arn },
    {
      atSecond: (second) => second === 400 && (acm.certificates.get(arn).InUseBy = []),
    },
  );
  assert.deepEqual([body.Status, acm.deleted], ["SUCCESS", [arn]]);
  assert.ok(seconds >= 400 && seconds < 440);
});

test("a certificate that stays in use keeps its records, and the answer names who uses it", async () => {
  const arn = deployed("1", [], { InUseBy: ["arn:lb-1", "arn:lb-2"] });
  const { body, answers } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.match(body.Reason, /^The function ran out of time while certificate \S+ was in use by arn:lb-1, arn:lb-2\. /);
  assert.deepEqual([answers.length, body.PhysicalResourceId, dns.records("ZENV")], [1, arn, [line(ENVIRONMENT)]]);
});

test("a certificate without records is deleted at once", async () => {
  const arn = deployed("1", [], { looksUntilRecords: Infinity, Status: "PENDING_VALIDATION" });
  dns.zones.get("ZENV").records = [];
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, acm.deleted], ["SUCCESS", [arn]]);
});

for (const [what, region, names, more] of [
  ["an update's new certificate", REGION, [ENVIRONMENT, `*.${ENVIRONMENT}`, "www.example.com"]],
  [
    "another environment's certificate",
    REGION,
    ["prod.shop.example.com", "*.prod.shop.example.com", "www.example.com", ENVIRONMENT],
  ],
  ["a user's certificate for CloudFront", "us-east-1", ["www.example.com", `*.${ENVIRONMENT}`]],
  ["a certificate with many names", REGION, ["a.org", "b.org", "www.example.com", ENVIRONMENT], { tells: 1 }],
]) {
  test(`records that ${what} needs stay`, async () => {
    const arn = deployed("1", ["www.example.com"]);
    acm.certificate(region, "2", names, more);
    const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
    assert.deepEqual([body.Status, acm.deleted], ["SUCCESS", [arn]]);
    assert.deepEqual([...dns.records("ZENV"), ...dns.records("ZDOM")], [line(ENVIRONMENT), line("www.example.com")]);
  });
}

for (const more of [{ Type: "IMPORTED" }, { Status: "EXPIRED" }, { Status: "FAILED" }]) {
  test(`a certificate with ${JSON.stringify(more)} needs no records`, async () => {
    const arn = deployed();
    acm.certificate(REGION, "2", [ENVIRONMENT], more);
    await run("Delete", {}, { PhysicalResourceId: arn });
    assert.deepEqual(dns.records("ZENV"), []);
  });
}

test("the copy for CloudFront, which goes as well, needs no records", async () => {
  const arn = deployed("1", ["www.example.com"]);
  acm.certificate("us-east-1", "copy", ["www.example.com", `*.${ENVIRONMENT}`, ENVIRONMENT]);
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, dns.records("ZENV"), dns.records("ZDOM")], ["SUCCESS", [], []]);
});

test("a region that an organization forbids is no obstacle", async () => {
  const arn = deployed();
  acm.refuse(
    "ListCertificates us-east-1",
    failure("AccessDeniedException", "explicit deny in a service control policy"),
    9,
  );
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, dns.records("ZENV")], ["SUCCESS", []]);
});

test("where there is no CloudFront its region is not asked", async () => {
  const arn = "arn:aws-cn:acm:cn-north-1:111122223333:certificate/1";
  acm.certificates.set(arn, {
    ...acm.certificates.get(acm.certificate(REGION, "1", [ENVIRONMENT])),
    CertificateArn: arn,
  });
  await run("Delete", { Region: "cn-north-1" }, { PhysicalResourceId: arn });
  assert.deepEqual(
    acm.calls.filter((call) => !call.endsWith("cn-north-1")),
    [],
  );
});

test("a record with another time to live is deleted, one with another value stays", async () => {
  const arn = acm.certificate(REGION, "1", [ENVIRONMENT, "www.example.com"]);
  dns.record("ZENV", recordSet(ENVIRONMENT, { TTL: 300 }));
  dns.record("ZDOM", recordSet("www.example.com", { ResourceRecords: [{ Value: "elsewhere." }] }));
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, dns.records("ZENV"), dns.records("ZDOM").length], ["SUCCESS", [], 1]);
});

test("a record that vanishes meanwhile does not keep the others", async () => {
  const arn = deployed("1", ["www.example.com", "api.example.com"]);
  dns.beforeChange = (zone) => {
    zone.records = zone.records.filter(({ Name }) => !Name.includes("www"));
  };
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, dns.records("ZDOM"), acm.deleted], ["SUCCESS", [], [arn]]);
});

test("any other error of the deletion is told as what it is", async () => {
  const arn = deployed();
  dns.refuse(
    "ChangeResourceRecordSets",
    failure("AccessDenied", "not authorized to perform route53:ChangeResourceRecordSets"),
  );
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.match(body.Reason, /^not authorized to perform route53:ChangeResourceRecordSets /);
  assert.deepEqual([body.PhysicalResourceId, acm.deleted], [arn, []]);
});

test("zones that are gone are no obstacle", async () => {
  const arn = deployed("1", ["www.example.com", "api.shop.example.com"]);
  dns.zones.clear();
  const { body } = await run("Delete", {}, { PhysicalResourceId: arn });
  assert.deepEqual([body.Status, acm.deleted], ["SUCCESS", [arn]]);
});

test("the certificate of an environment of Copilot 1.6 is deleted with what its properties tell", async () => {
  const arn = deployed();
  const ResourceProperties = {
    DomainName: ENVIRONMENT,
    HostedZoneId: "ZENV",
    SubjectAlternativeNames: [`*.${ENVIRONMENT}`],
  };
  const { body } = await invoke(certificateRequestHandler, {
    RequestType: "Delete",
    PhysicalResourceId: arn,
    ResourceProperties,
  });
  assert.deepEqual([body.Status, dns.records("ZENV"), acm.deleted], ["SUCCESS", [], [arn]]);
});
