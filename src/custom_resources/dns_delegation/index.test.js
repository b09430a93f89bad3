// Tests of the delegation's handler against zones held in memory.

"use strict";

const assert = require("node:assert/strict");
const { beforeEach, test } = require("node:test");
const { failure, invoke, replaceModules } = require("../testing/lambda.js");
const { OWN, ROLE, Route53 } = require("../testing/route53.js");

const NAME = "test.shop.example.com";
const PROPERTIES = {
  DomainName: "shop.example.com",
  SubdomainName: NAME,
  NameServers: ["ns-1.awsdns-1.com", "ns-2.awsdns-2.net"],
  RootDNSRole: ROLE,
};
const LINE = `${NAME}. NS 60 ns-1.awsdns-1.com ns-2.awsdns-2.net`;

let dns;
replaceModules(Route53.modules(() => dns));
const { domainDelegationHandler } = require("./index.js");

beforeEach(() => {
  dns = new Route53();
  dns.zone("ZENV", NAME, { owner: OWN }).zone("ZAPP", "shop.example.com").zone("ZDOM", "example.com");
});

function run(RequestType, properties = {}, more = {}, options = { seconds: 600 }) {
  const event = {
    RequestType,
    LogicalResourceId: "DelegateDNSAction",
    ResourceProperties: { ...PROPERTIES, ...properties },
    ...more,
  };
  return invoke(domainDelegationHandler, event, options);
}

function delegation(more = {}) {
  return {
    Name: `${NAME}.`,
    Type: "NS",
    TTL: 60,
    ResourceRecords: PROPERTIES.NameServers.map((Value) => ({ Value })),
    ...more,
  };
}

for (const type of ["Create", "Update"]) {
  test(`${type} writes the record and answers with the subdomain`, async () => {
    const { body } = await run(
      type,
      {},
      type === "Update" ? { PhysicalResourceId: NAME, OldResourceProperties: PROPERTIES } : {},
    );
    assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data], ["SUCCESS", NAME, {}]);
    assert.deepEqual(dns.batches, [["zone ZAPP", `UPSERT ${LINE}`]]);
  });
}

test("the same request delivered twice leaves one record", async () => {
  const answers = [await run("Create"), await run("Create")].map(({ body }) => body);
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(dns.records("ZAPP"), [LINE]);
});

test("waits until the record is known everywhere", async () => {
  dns.pendingLooks = 8;
  const { body, seconds } = await run("Create");
  assert.equal(body.Status, "SUCCESS");
  assert.ok(seconds > 30);
});

for (const [what, properties, before, id] of [
  ["an id with another spelling of the name stays", {}, PROPERTIES, `${NAME.toUpperCase()}.`],
  ["an id that is something else stays while the name does", {}, PROPERTIES, "2021/06/24/[$LATEST]abc"],
  ["an id without old properties stays if it is the name", {}, undefined, NAME],
]) {
  test(what, async () => {
    const { body } = await run("Update", properties, { PhysicalResourceId: id, OldResourceProperties: before });
    assert.deepEqual([body.Status, body.PhysicalResourceId], ["SUCCESS", id]);
  });
}

test("another subdomain has another id, so that the old record is deleted", async () => {
  const SubdomainName = "prod.shop.example.com";
  const { body } = await run(
    "Update",
    { SubdomainName },
    { PhysicalResourceId: NAME, OldResourceProperties: PROPERTIES },
  );
  assert.equal(body.PhysicalResourceId, SubdomainName);
});

for (const type of ["Create", "Update"]) {
  test(`${type} fails where the application's zone is missing, and keeps strangers' zones as they are`, async () => {
    dns.zones.delete("ZAPP");
    dns.zone("ZNEXT", "shop2.example.com");
    const { body } = await run(type, {}, { PhysicalResourceId: type === "Update" ? NAME : undefined });
    assert.deepEqual([body.Status, body.PhysicalResourceId, dns.batches], ["FAILED", NAME, []]);
    assert.match(body.Reason, /^Route 53 has no public hosted zone shop\.example\.com that role arn:\S+ can see\. /);
  });
}

test("of several zones the one that has the delegation is in use", async () => {
  dns.zone("ZA", "shop.example.com").zone("ZB", "shop.example.com", { isPrivate: true });
  dns.record("ZAPP", delegation());
  await run("Update", { NameServers: ["ns-3"] }, { PhysicalResourceId: NAME });
  assert.deepEqual([dns.records("ZA"), dns.records("ZAPP")], [[], [`${NAME}. NS 60 ns-3`]]);
});

test("deletes the record exactly as it is", async () => {
  dns.record("ZAPP", delegation({ TTL: 900, ResourceRecords: [{ Value: "ns-9" }] }));
  const { body } = await run("Delete", {}, { PhysicalResourceId: NAME });
  assert.deepEqual([body.Status, body.PhysicalResourceId, dns.records("ZAPP")], ["SUCCESS", NAME, []]);
});

test("a second deletion finds nothing to do", async () => {
  dns
    .record("ZAPP", delegation())
    .record("ZAPP", delegation({ Name: "testing.shop.example.com." }))
    .record("ZAPP", { ...delegation(), Type: "TXT" });
  await run("Delete", {}, { PhysicalResourceId: NAME });
  const { body } = await run("Delete", {}, { PhysicalResourceId: NAME });
  assert.deepEqual([body.Status, dns.batches.length, dns.records("ZAPP").length], ["SUCCESS", 1, 2]);
});

for (const [what, prepare] of [
  ["a zone that is gone", () => dns.zones.delete("ZAPP")],
  ["a zone that goes meanwhile", () => dns.refuse("ListResourceRecordSets", failure("NoSuchHostedZone", "gone"))],
  [
    "a zone that goes before the change",
    () => dns.refuse("ChangeResourceRecordSets", failure("NoSuchHostedZone", "gone")),
  ],
  ["a record that goes meanwhile", () => (dns.beforeChange = (zone) => (zone.records = []))],
]) {
  test(`${what} is no obstacle to the deletion`, async () => {
    dns.record("ZAPP", delegation());
    prepare();
    const { body } = await run("Delete", {}, { PhysicalResourceId: NAME });
    assert.deepEqual([body.Status, body.PhysicalResourceId], ["SUCCESS", NAME]);
  });
}

test("a role that cannot be assumed fails the deletion: the record would stay behind", async () => {
  dns.refuse("AssumeRole", failure("AccessDenied", "not authorized to perform sts:AssumeRole"));
  const { body } = await run("Delete", {}, { PhysicalResourceId: NAME });
  assert.match(body.Reason, /^not authorized to perform sts:AssumeRole /);
  assert.equal(body.PhysicalResourceId, NAME);
});

test("a change that never spreads is answered in time", async () => {
  dns.pendingLooks = Infinity;
  const { body, answers, seconds } = await run("Create");
  assert.match(body.Reason, /^The function ran out of time while Route 53 was distributing the changed records\. /);
  assert.deepEqual([answers.length, seconds, body.PhysicalResourceId], [1, 575, NAME]);
});

test("a zone that stays busy is told when time runs out", async () => {
  dns.refuse("ChangeResourceRecordSets", failure("PriorRequestNotComplete", "Another change is in progress"), Infinity);
  const { body } = await run("Create");
  assert.match(body.Reason, /The last failed call: Another change is in progress /);
});
