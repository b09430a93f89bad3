"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { invoke } = require("../testing/lambda.js");
const { handler } = require("./index.js");

function run(RequestType, ResourceProperties, more = {}) {
  return invoke(handler, { RequestType, LogicalResourceId: "UniqueAliasesAction", ResourceProperties, ...more });
}

const ALIASES = JSON.stringify({
  web: ["b.example.com", "a.example.com"],
  api: ["b.example.com", "B.example.com"],
  other: ["x.example.com"],
});

for (const [what, properties, values] of [
  [
    "keeps the workloads it is told, sorts by code unit, and has each alias once",
    { Aliases: ALIASES, FilterFor: "web,api" },
    ["B.example.com", "a.example.com", "b.example.com"],
  ],
  [
    "adds the strings of static assets",
    { Aliases: ALIASES, FilterFor: "web", AdditionalStrings: ["", "static.example.com", "a.example.com"] },
    ["a.example.com", "b.example.com", "static.example.com"],
  ],
  [
    "takes all workloads where none are told",
    { Aliases: ALIASES },
    ["B.example.com", "a.example.com", "b.example.com", "x.example.com"],
  ],
  ["has an empty list where no workload counts", { Aliases: ALIASES, FilterFor: "" }, []],
  ["has an empty list without aliases", { Aliases: "", FilterFor: "web" }, []],
  ["knows no workload that an object has by itself", { Aliases: "{}", FilterFor: "constructor,toString" }, []],
]) {
  for (const type of ["Create", "Update"]) {
    test(`${type} ${what}`, async () => {
      const { body } = await run(type, properties);
      assert.deepEqual(
        [body.Status, body.PhysicalResourceId, body.Data],
        ["SUCCESS", "UniqueAliasesAction", { UniqueValues: values }],
      );
    });
  }
}

test("an update keeps the id that is recorded", async () => {
  assert.equal((await run("Update", {}, { PhysicalResourceId: "recorded" })).body.PhysicalResourceId, "recorded");
});

test("the deletion does nothing, whatever the properties", async () => {
  const { body } = await run("Delete", { Aliases: "{" }, { PhysicalResourceId: "UniqueAliasesAction" });
  assert.deepEqual([body.Status, body.PhysicalResourceId, body.Data], ["SUCCESS", "UniqueAliasesAction", {}]);
});

test("the same request delivered twice has the same answer", async () => {
  const answers = [await run("Create", { Aliases: ALIASES }), await run("Create", { Aliases: ALIASES })];
  assert.deepEqual(answers[0].body, answers[1].body);
});

test("aliases that cannot be read are a failure with an answer", async () => {
  const { body } = await run("Create", { Aliases: "{" });
  assert.match(body.Reason, /^The environment's parameter Aliases is no JSON object/);
  assert.equal(body.PhysicalResourceId, "UniqueAliasesAction");
});

test("more aliases than an answer takes are told", async () => {
  const many = Array.from({ length: 150 }, (_, n) => `a-rather-long-name-${n}.shop.example.com`);
  const { body } = await run("Update", { Aliases: JSON.stringify({ web: many }) });
  assert.match(
    body.Reason,
    /^The result needs \d+ bytes, but CloudFormation accepts 4096 bytes at most: use fewer or shorter values /,
  );
});
