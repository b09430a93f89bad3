"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const {
  aliasesInZones,
  environmentName,
  normalise,
  parseAliases,
  sameNames,
  zoneNames,
  zoneOf,
} = require("./names.js");

const ZONES = zoneNames("test.shop.example.com");

test("an environment has three zones", () => {
  assert.deepEqual(ZONES, {
    environment: "test.shop.example.com",
    application: "shop.example.com",
    domain: "example.com",
  });
  assert.equal(
    environmentName({ AppName: "shop", EnvName: "test", DomainName: "Example.com." }),
    "test.shop.example.com",
  );
  // As environments up to Copilot 1.6 have it.
  assert.equal(environmentName({ DomainName: "test.shop.example.com" }), "test.shop.example.com");
});

for (const [name, zone] of [
  ["test.shop.example.com", "environment"],
  ["api.test.shop.example.com", "environment"],
  ["*.test.shop.example.com", "environment"],
  ["API.Test.Shop.Example.Com.", "environment"],
  ["shop.example.com", "application"],
  ["api.shop.example.com", "application"],
  ["mytest.shop.example.com", "application"],
  ["example.com", "domain"],
  ["www.example.com", "domain"],
  // Each of these was put into a zone that is not its own: the pattern had no end and matched any character for a dot.
  ["workshop.example.com", "domain"],
  ["example.com.evil.org", undefined],
  ["myexample.com", undefined],
  ["exampleXcom", undefined],
  ["api.shopXexample.com", undefined],
  // More than one label was never served.
  ["a.b.example.com", undefined],
  ["a.b.shop.example.com", undefined],
  ["other.org", undefined],
  ["", undefined],
]) {
  test(`${name || "an empty name"} belongs to ${zone ? `the zone of the ${zone}` : "no zone"}`, () => {
    assert.equal(zoneOf(name, ZONES), zone);
  });
}

test("aliases keep their order and lose capitals, repetitions and foreign names", () => {
  const skipped = [];
  const text = JSON.stringify({
    web: ["WWW.example.com", "a.b.example.com"],
    api: ["api.example.com.", "www.example.com", 7],
    other: "x.example.com",
  });
  assert.deepEqual(
    aliasesInZones(text, ZONES, (line) => skipped.push(line)),
    ["www.example.com", "api.example.com", "x.example.com"],
  );
  assert.deepEqual(skipped, [
    "Alias a.b.example.com is skipped: it is not test.shop.example.com, shop.example.com, example.com or one label below",
  ]);
});

for (const [text, aliases] of [
  [undefined, {}],
  ["", {}],
  ["{}", {}],
  ['{"api":["a"]}', { api: ["a"] }],
]) {
  test(`${JSON.stringify(text)} has its aliases`, () => assert.deepEqual(parseAliases(text), aliases));
}

for (const text of ["{", "[]", "null", "7", '"text"']) {
  test(`${text} is no object of aliases`, () => {
    assert.throws(
      () => parseAliases(text),
      /^Error: The environment's parameter Aliases is no JSON object of workloads and their aliases/,
    );
  });
}

test("names are compared as sets, however Route 53 writes them", () => {
  assert.equal(normalise("\\052.Example.com."), "*.example.com");
  assert.ok(sameNames(["a.b.", "*.b", "a.b"], ["\\052.B", "A.b"]));
  assert.ok(!sameNames(["a"], ["a", "b"]));
  assert.ok(!sameNames(["a", "b"], ["a", "c"]));
});
