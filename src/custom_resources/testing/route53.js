// Hosted zones held in memory, with the checks of Route 53 that the functions meet, and the roles that reach them.

"use strict";

const assert = require("node:assert/strict");
const { failure, fakeClient } = require("./lambda.js");

const OWN = "own";
const ROLE = "arn:aws:iam::111122223333:role/shop-DNSDelegationRole";

class Route53 {
  constructor() {
    // Zones by id: name, owner, private, records.
    this.zones = new Map();
    // Every batch that was accepted, as lines.
    this.batches = [];
    // Every call, as `operation`.
    this.calls = [];
    // Errors by operation, thrown before it is carried out.
    this.refusals = [];
    this.pendingLooks = 1;
    // What happens right before a batch is carried out.
    this.beforeChange = () => {};
  }

  zone(id, name, { owner = ROLE, isPrivate = false } = {}) {
    this.zones.set(id, { id, name: `${name}.`, owner, isPrivate, records: [] });
    return this;
  }

  record(zone, record) {
    this.zones.get(zone).records.push(record);
    return this;
  }

  // The records of a zone as lines.
  records(zone) {
    return this.zones.get(zone).records.map(text).sort();
  }

  refuse(operation, error, times = 1) {
    this.refusals.push({ operation, error, times });
  }

  // The SDK's packages. `current()` is the Route 53 that answers a call.
  static modules(current) {
    const operations = ["ChangeResourceRecordSets", "GetChange", "ListHostedZonesByName", "ListResourceRecordSets"];
    const answer = (...call) => current().answer(...call);
    return {
      "@aws-sdk/client-route-53": fakeClient("Route53Client", operations, answer),
      "@aws-sdk/client-sts": fakeClient("STSClient", ["AssumeRole"], answer),
    };
  }

  answer(operation, input, { credentials, maxAttempts }) {
    assert.ok(maxAttempts > 1);
    this.calls.push(operation);
    const refusal = this.refusals.find((candidate) => candidate.operation === operation && candidate.times > 0);
    if (refusal) {
      refusal.times--;
      throw refusal.error;
    }
    return this[operation](input, credentials?.accessKeyId ?? OWN);
  }

  AssumeRole({ RoleArn }) {
    return { Credentials: { AccessKeyId: RoleArn, SecretAccessKey: "secret", SessionToken: "token" } };
  }

  // Zones from a name on, in the order of their labels from the right; one a page, as the worst case.
  ListHostedZonesByName({ DNSName, HostedZoneId }, identity) {
    const key = (name) => name.replace(/\.$/, "").split(".").reverse().join("\u0001");
    const own = [...this.zones.values()].filter(({ owner }) => owner === identity);
    const sorted = own.sort((a, b) => (`${key(a.name)}\u0000${a.id}` < `${key(b.name)}\u0000${b.id}` ? -1 : 1));
    const from = sorted.filter(
      (zone) => key(zone.name) > key(DNSName) || (key(zone.name) === key(DNSName) && zone.id >= (HostedZoneId ?? "")),
    );
    const [zone, next] = from;
    return {
      HostedZones: zone
        ? [{ Id: `/hostedzone/${zone.id}`, Name: zone.name, Config: { PrivateZone: zone.isPrivate } }]
        : undefined,
      IsTruncated: next !== undefined,
      NextDNSName: next?.name,
      NextHostedZoneId: next?.id,
    };
  }

  ListResourceRecordSets({ HostedZoneId, StartRecordName, StartRecordType, MaxItems }, identity) {
    const { records } = this.get(HostedZoneId, identity);
    const start = `${escape(StartRecordName)} ${StartRecordType}`;
    const key = ({ Name, Type }) => `${Name} ${Type}`;
    const from = records.filter((record) => key(record) >= start).sort((a, b) => (key(a) < key(b) ? -1 : 1));
    return { ResourceRecordSets: from.slice(0, MaxItems) };
  }

  ChangeResourceRecordSets({ HostedZoneId, ChangeBatch }, identity) {
    const zone = this.get(HostedZoneId, identity);
    this.beforeChange(zone);
    let records = [...zone.records];
    const lines = [];
    for (const { Action, ResourceRecordSet } of ChangeBatch.Changes) {
      const record = { ...ResourceRecordSet, Name: escape(ResourceRecordSet.Name) };
      assert.equal(
        lines.includes(`UPSERT ${text(record)}`),
        false,
        "Route 53 refuses a record that is in a batch twice",
      );
      if (!record.Name.endsWith(zone.name)) {
        throw refusedBatch(`RRSet with DNS name ${record.Name} is not permitted in zone ${zone.name}`);
      }
      const present = records.find((other) => other.Name === record.Name && other.Type === record.Type);
      if (Action === "DELETE") {
        const tried = `Tried to delete resource record set [name='${record.Name}', type='${record.Type}'] but`;
        if (!present) {
          throw refusedBatch(`${tried} it was not found`);
        }
        if (text(present) !== text(record)) {
          throw refusedBatch(`${tried} the values provided do not match the current values`);
        }
      }
      records = records.filter((other) => other !== present);
      if (Action === "UPSERT") {
        records.push(record);
      }
      lines.push(`${Action} ${text(record)}`);
    }
    zone.records = records;
    this.batches.push([`zone ${zone.id}`, ...lines]);
    this.looks = this.pendingLooks;
    return { ChangeInfo: { Id: `/change/C${this.batches.length}`, Status: "PENDING" } };
  }

  GetChange() {
    return { ChangeInfo: { Status: this.looks-- > 0 ? "PENDING" : "INSYNC" } };
  }

  get(id, identity) {
    const zone = this.zones.get(id);
    if (!zone) {
      throw failure("NoSuchHostedZone", `No hosted zone found with ID: ${id}`);
    }
    if (zone.owner !== identity) {
      throw failure("AccessDenied", `${identity} is not authorized to access zone ${id}`);
    }
    return zone;
  }
}

// Route 53 leaves the message empty and has its reasons in a list.
function refusedBatch(reason) {
  return failure("InvalidChangeBatch", "", { messages: [reason] });
}

function escape(name) {
  return `${name.replace(/\.$/, "").replace(/\*/g, "\\052")}.`;
}

function text({ Name, Type, TTL, ResourceRecords = [], AliasTarget, SetIdentifier }) {
  const alias =
    AliasTarget && `-> ${AliasTarget.DNSName} ${AliasTarget.HostedZoneId} health ${AliasTarget.EvaluateTargetHealth}`;
  return [Name, Type, TTL, alias, SetIdentifier, ...ResourceRecords.map(({ Value }) => Value)]
    .filter((part) => part !== undefined)
    .join(" ");
}

module.exports = { OWN, ROLE, Route53 };
