// Tests of the aliases' handler against zones held in memory.

"use strict";

const assert = require("node:assert/strict");
const { beforeEach, test } = require("node:test");
const { failure, invoke, replaceModules } = require("../testing/lambda.js");
const { OWN, ROLE, Route53 } = require("../testing/route53.js");

const ID = "CustomDomainAction";
const BALANCER = { PublicAccessDNS: "lb-1.eu-west-1.elb.amazonaws.com", PublicAccessHostedZone: "ZLB" };
const CLOUDFRONT = { PublicAccessDNS: "d1.cloudfront.net", PublicAccessHostedZone: "Z2FDTNDATAQYW2" };
const ALIASES = JSON.stringify({
  web: ["www.example.com", "api.shop.example.com"],
  api: ["x.test.shop.example.com", "a.b.example.com"],
});
const PROPERTIES = {
  AppName: "shop",
  EnvName: "test",
  DomainName: "example.com",
  Aliases: ALIASES,
  AppDNSRole: ROLE,
  ...BALANCER,
};

let dns;
replaceModules(Route53.modules(() => dns));
const { handler } = require("./index.js");

beforeEach(() => {
  dns = new Route53();
  dns
    .zone("ZENV", "test.shop.example.com", { owner: OWN })
    .zone("ZAPP", "shop.example.com")
    .zone("ZDOM", "example.com");
});

function run(RequestType, properties = {}, more = {}, options = { seconds: 600 }) {
  const id = RequestType === "Create" ? {} : { PhysicalResourceId: ID };
  const event = {
    RequestType,
    LogicalResourceId: ID,
    ...id,
    ResourceProperties: { ...PROPERTIES, ...properties },
    ...more,
  };
  return invoke(handler, event, options);
}

function aliases(...names) {
  return { Aliases: JSON.stringify({ web: names }) };
}

function records() {
  return ["ZENV", "ZAPP", "ZDOM"].flatMap((zone) => dns.records(zone));
}

function line(name, { PublicAccessDNS, PublicAccessHostedZone } = BALANCER, health = true) {
  return `${name}. A -> ${PublicAccessDNS} ${PublicAccessHostedZone} health ${health}`;
}

function alias(name, DNSName = BALANCER.PublicAccessDNS, more = {}) {
  const AliasTarget = { DNSName, HostedZoneId: "ZLB", EvaluateTargetHealth: true };
  return { Name: `${name}.`, Type: "A", AliasTarget, ...more };
}

const ALL = [line("x.test.shop.example.com"), line("api.shop.example.com"), line("www.example.com")];

for (const type of ["Create", "Update"]) {
  test(`${type} points every alias to the load balancer, in the zone it belongs to`, async () => {
    const { body } = await run(type);
    assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data], ["SUCCESS", ID, {}]);
    assert.deepEqual(records(), ALL);
    assert.equal(dns.batches.length, 3);
  });
}

test("the same request delivered twice has the same answer and records", async () => {
  const answers = [await run("Create"), await run("Create")].map(({ body }) => body);
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(records(), ALL);
});

test("an update keeps the id that is recorded", async () => {
  const { body } = await run("Update", {}, { PhysicalResourceId: "recorded" });
  assert.equal(body.PhysicalResourceId, "recorded");
});

test("environments of Copilot 1.20 call the load balancer by its own name", async () => {
  const { PublicAccessDNS: LoadBalancerDNS, PublicAccessHostedZone: LoadBalancerHostedZone } = BALANCER;
  const old = {
    LoadBalancerDNS,
    LoadBalancerHostedZone,
    PublicAccessDNS: undefined,
    PublicAccessHostedZone: undefined,
  };
  await run("Create", old);
  assert.deepEqual(records(), ALL);
  await run("Delete", old);
  assert.deepEqual(records(), []);
});

test("an alias that a service gave up is removed with the same batch", async () => {
  await run("Create");
  dns.batches = [];
  const { body } = await run("Update", aliases("new.example.com"), { OldResourceProperties: PROPERTIES });
  assert.equal(body.Status, "SUCCESS");
  assert.deepEqual(records(), [line("new.example.com")]);
  assert.deepEqual(dns.batches, [
    ["zone ZDOM", `UPSERT ${line("new.example.com")}`, `DELETE ${line("www.example.com")}`],
    ["zone ZAPP", `DELETE ${line("api.shop.example.com")}`],
    ["zone ZENV", `DELETE ${line("x.test.shop.example.com")}`],
  ]);
});

for (const [from, to, health] of [
  [BALANCER, CLOUDFRONT, false],
  [CLOUDFRONT, BALANCER, true],
]) {
  test(`aliases given up while the target changes to ${to.PublicAccessDNS} are removed`, async () => {
    const old = { ...PROPERTIES, ...from, ...aliases("www.example.com", "api.example.com") };
    await run("Create", old);
    const { body } = await run("Update", { ...to, ...aliases("www.example.com") }, { OldResourceProperties: old });
    assert.equal(body.Status, "SUCCESS");
    assert.deepEqual(records(), [line("www.example.com", to, health)]);
  });
}

test("a record to CloudFront that is there keeps its health evaluation", async () => {
  dns.record("ZDOM", alias("www.example.com", "D1.CloudFront.net."));
  await run("Update", { ...CLOUDFRONT, ...aliases("www.example.com", "api.example.com") });
  assert.deepEqual(records(), [line("api.example.com", CLOUDFRONT, false), line("www.example.com", CLOUDFRONT, true)]);
});

test("takes over a record of that name", async () => {
  dns.record("ZDOM", alias("www.example.com", "elsewhere.example.org"));
  await run("Create", aliases("www.example.com"));
  assert.deepEqual(records(), [line("www.example.com")]);
});

for (const [what, record, stays] of [
  [
    "with capitals, final dot and dualstack",
    alias("www.example.com", "DualStack.LB-1.eu-west-1.elb.amazonaws.com."),
    false,
  ],
  [
    "without health evaluation",
    alias("www.example.com", undefined, { AliasTarget: { ...alias("").AliasTarget, EvaluateTargetHealth: false } }),
    false,
  ],
  ["of another environment's load balancer", alias("www.example.com", "lb-2.eu-west-1.elb.amazonaws.com"), true],
  ["that is weighted", alias("www.example.com", undefined, { SetIdentifier: "blue" }), true],
  ["with addresses", { Name: "www.example.com.", Type: "A", TTL: 60, ResourceRecords: [{ Value: "192.0.2.1" }] }, true],
]) {
  test(`the deletion ${stays ? "leaves" : "takes"} a record ${what}`, async () => {
    dns.record("ZDOM", record);
    const { body } = await run("Delete", aliases("www.example.com"));
    assert.deepEqual([body.Status, body.PhysicalResourceId, records().length], ["SUCCESS", ID, stays ? 1 : 0]);
  });
}

test("a second deletion finds nothing to do", async () => {
  await run("Create");
  await run("Delete");
  const batches = dns.batches.length;
  const { body } = await run("Delete");
  assert.deepEqual([body.Status, records(), dns.batches.length], ["SUCCESS", [], batches]);
});

test("zones that are gone are no obstacle to the deletion, and fail any other request", async () => {
  dns.zones.clear();
  dns.zone("ZNEXT", "example.net");
  assert.equal((await run("Delete")).body.Status, "SUCCESS");
  assert.match((await run("Create")).body.Reason, /^Route 53 has no public hosted zone /);
});

test("the environment's own zone is not looked for with the application's role", async () => {
  dns.zones.delete("ZENV");
  dns.zone("ZOTHER", "test.shop.example.com");
  const { body } = await run("Create");
  assert.match(
    body.Reason,
    /^Route 53 has no public hosted zone test\.shop\.example\.com that this account can see\. /,
  );
});

test("without the application's role its records are left on deletion", async () => {
  await run("Create");
  const { body } = await run("Delete", { AppDNSRole: undefined });
  assert.deepEqual([body.Status, records()], ["SUCCESS", [line("api.shop.example.com"), line("www.example.com")]]);
});

test("an alias that only looks like the application's goes to the domain's zone", async () => {
  const { body } = await run("Create", aliases("workshop.example.com", "example.com.evil.org"));
  assert.deepEqual([body.Status, records()], ["SUCCESS", [line("workshop.example.com")]]);
});

test("a change that Route 53 refuses fails with its reason", async () => {
  dns.refuse(
    "ChangeResourceRecordSets",
    failure("InvalidChangeBatch", "", { messages: ["a CNAME exists with that name"] }),
  );
  const { body } = await run("Create");
  assert.match(body.Reason, /^a CNAME exists with that name \(Log: /);
});

test("waiting for upserts and deletions fits into the function's time", async () => {
  await run("Create");
  dns.pendingLooks = 25;
  const { body, answers, seconds } = await run("Update", aliases("new.example.com"), {
    OldResourceProperties: PROPERTIES,
  });
  assert.deepEqual([body.Status, answers.length], ["SUCCESS", 1]);
  assert.ok(seconds < 575);
  dns.pendingLooks = Infinity;
  const late = await run("Update");
  assert.deepEqual([late.body.Status, late.answers.length, late.seconds], ["FAILED", 1, 575]);
});
