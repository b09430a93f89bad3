// Custom resource handler of the aliases of an environment's services: an A record each, which points to the load balancer or
// to the CloudFront distribution before it.
//
// The physical id is the logical one, for good. Another id on an update makes CloudFormation delete the records just written.

"use strict";

const { aliasesInZones, environmentName, normalise, zoneNames, zoneOf } = require("../shared/names.js");
const { customResource } = require("../shared/protocol.js");
const { EnvironmentZones } = require("../shared/route53.js");

// The zone of all CloudFront distributions. Route 53 cannot evaluate the health of one.
const CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2";

exports.handler = customResource({
  physicalId: ({ PhysicalResourceId, LogicalResourceId }) => PhysicalResourceId || LogicalResourceId,
  Create: (request) => point(request, []),
  Update: (request) => point(request, staleAliases(request)),
  Delete: (request) => withdraw(request, aliasesOf(request.properties)),
});

// Environments of old versions know the load balancer only.
function targetOf(properties) {
  return {
    name: properties.PublicAccessDNS ?? properties.LoadBalancerDNS,
    zone: properties.PublicAccessHostedZone ?? properties.LoadBalancerHostedZone,
  };
}

function aliasesOf(properties, log) {
  return aliasesInZones(properties.Aliases, zoneNames(environmentName(properties)), log);
}

function staleAliases({ properties, oldProperties = {} }) {
  const kept = new Set(aliasesOf(properties));
  return aliasesOf(oldProperties).filter((alias) => !kept.has(alias));
}

function zonesOf(request) {
  const names = zoneNames(environmentName(request.properties));
  return { names, zones: new EnvironmentZones(request, names, { role: request.properties.AppDNSRole }) };
}

function byZone(aliases, names) {
  const groups = new Map();
  for (const alias of aliases) {
    const kind = zoneOf(alias, names);
    groups.set(kind, [...(groups.get(kind) ?? []), alias]);
  }
  return groups;
}

// Points all aliases to the target and removes those that no service has any more, in one batch a zone: the records have
// different names, and waiting for the two kinds one after the other takes too long.
async function point(request, stale) {
  const { names, zones } = zonesOf(request);
  const aliases = byZone(
    aliasesOf(request.properties, (text) => request.log(text)),
    names,
  );
  const gone = byZone(stale, names);
  const pending = [];
  for (const kind of new Set([...aliases.keys(), ...gone.keys()])) {
    const zone = aliases.has(kind) ? await zones.need(kind) : await zones.open(kind);
    if (zone) {
      const changes = await upserts(request, zone, aliases.get(kind) ?? []);
      changes.push(...(await deletions(request, zone, gone.get(kind) ?? [])));
      pending.push({ zone, ids: await zone.dns.submit(zone.id, changes) });
    }
  }
  await settle(pending);
}

async function withdraw(request, aliases) {
  const { names, zones } = zonesOf(request);
  const pending = [];
  for (const [kind, group] of byZone(aliases, names)) {
    const zone = await zones.open(kind);
    if (zone) {
      pending.push({ zone, ids: await zone.dns.submit(zone.id, await deletions(request, zone, group)) });
    } else {
      request.log(`There is no zone ${names[kind]} to delete aliases from`);
    }
  }
  await settle(pending);
}

async function settle(pending) {
  for (const { zone, ids } of pending) {
    await zone.dns.inSync(ids);
  }
}

async function upserts(request, zone, aliases) {
  const target = targetOf(request.properties);
  const changes = [];
  for (const alias of aliases) {
    const AliasTarget = {
      DNSName: target.name,
      HostedZoneId: target.zone,
      EvaluateTargetHealth: await evaluatesHealth(zone, alias, target),
    };
    changes.push({ Action: "UPSERT", ResourceRecordSet: { Name: alias, Type: "A", AliasTarget } });
  }
  return changes;
}

async function evaluatesHealth(zone, alias, target) {
  if (target.zone !== CLOUDFRONT_ZONE) {
    return true;
  }
  // What is there already works.
  const record = await zone.dns.findRecord(zone.id, alias, "A");
  return record && pointsTo(record, [target]) ? record.AliasTarget.EvaluateTargetHealth : false;
}

// The record may point to the old target or to the new one, or be somebody else's by now: the same alias may belong to
// another environment, or the user may have moved it.
function deletions(request, zone, aliases) {
  const targets = [request.properties, request.oldProperties ?? {}].map(targetOf);
  const records = aliases.map((alias) => ({ Name: alias }));
  return zone.dns.deletions(zone.id, "A", records, (record) => pointsTo(record, targets));
}

function pointsTo(record, targets) {
  const plain = (name) => normalise(name).replace(/^dualstack\./, "");
  const name = record.AliasTarget?.DNSName;
  return (
    Boolean(name) &&
    !record.SetIdentifier &&
    targets.some((target) => target.name && plain(target.name) === plain(name))
  );
}
