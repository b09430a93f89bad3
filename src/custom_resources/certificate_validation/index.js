// Custom resource handler of an environment's certificate: requests it, proves to ACM that the domain is ours by DNS records,
// and deletes certificate and records again.
//
// The physical id is the certificate's ARN, which listeners refer to. Another id on an update makes CloudFormation delete
// the certificate of the old id afterwards, so the id changes only if a new certificate was requested.

"use strict";

const { Certificates, isArn, isUsable, regionOf, validationRecords } = require("../shared/certificates.js");
const { aliasesInZones, environmentName, normalise, sameNames, zoneNames, zoneOf } = require("../shared/names.js");
const { customResource } = require("../shared/protocol.js");
const { EnvironmentZones } = require("../shared/route53.js");
const { isTransient } = require("../shared/waiting.js");

const RECORD_TTL = 60;
// CloudFront's certificates are in this region, in the partition that has CloudFront.
const CLOUDFRONT = { partition: "aws", region: "us-east-1" };

exports.certificateRequestHandler = customResource({
  physicalId: ({ PhysicalResourceId }, context) => PhysicalResourceId || context.logStreamName,
  Create: (request) => issue(request, wantedNames(request)),
  Update: update,
  Delete: remove,
});

// The certificate's names: the environment's domain, everything below it, and the aliases of services.
function wantedNames(request) {
  const environment = environmentName(request.properties);
  const aliases = aliasesInZones(request.properties.Aliases, zoneNames(environment), (text) => request.log(text));
  return [...new Set([environment, `*.${environment}`, ...aliases])];
}

async function issue(request, names) {
  const certificates = new Certificates(request, request.properties.Region);
  const arn = await certificates.order(environmentName(request.properties), names);
  await validate(request, certificates, arn, names);
}

async function validate(request, certificates, arn, names) {
  const certificate = await certificates.withRecords(arn, names);
  await publish(request, certificate);
  await certificates.validated(arn, names);
}

async function update(request) {
  const names = wantedNames(request);
  const { currentId, properties, oldProperties } = request;
  // Some old versions answered an update with the name of their log stream.
  if (!isArn(currentId)) {
    request.log(`${currentId} is no certificate: requesting one`);
    return issue(request, names);
  }
  const certificates = new Certificates(request, properties.Region);
  if (sameAliases(properties, oldProperties)) {
    request.log("The aliases did not change: keeping the certificate");
    certificates.adopt(currentId);
    if (zoneId(properties) !== zoneId(oldProperties)) {
      await publish(request, await certificates.describe(currentId));
    }
    return undefined;
  }
  const current = await certificates.describe(currentId);
  if (current && isUsable(current) && sameNames(current.SubjectAlternativeNames ?? [], names)) {
    request.log("The certificate already has these names: keeping it");
    certificates.adopt(currentId);
    return current.Status === "ISSUED" ? undefined : validate(request, certificates, currentId, names);
  }
  return issue(request, names);
}

function sameAliases(properties, oldProperties) {
  try {
    const [now, before] = [properties, oldProperties].map((values) =>
      aliasesInZones(values.Aliases, zoneNames(environmentName(values))),
    );
    return sameNames(now, before);
  } catch {
    // No old properties, or none that can be read.
    return false;
  }
}

function zoneId(properties) {
  return properties.EnvHostedZoneId ?? properties.HostedZoneId;
}

function zonesOf(request, names) {
  const { properties } = request;
  return new EnvironmentZones(request, names, { zoneId: zoneId(properties), role: properties.RootDNSRole });
}

// The certificate's records by the zone they belong in. A name and everything below it share a record.
function recordsByZone(certificate, names, keep = () => false) {
  const byZone = new Map();
  for (const { name, record } of validationRecords(certificate)) {
    const kind = zoneOf(baseName(name), names);
    if (kind && !keep(name)) {
      const records = byZone.get(kind) ?? new Map();
      byZone.set(kind, records.set(normalise(record.Name), record));
    }
  }
  return [...byZone].map(([kind, records]) => [kind, [...records.values()]]);
}

function baseName(name) {
  return normalise(name).replace(/^\*\./, "");
}

async function publish(request, certificate) {
  const names = zoneNames(environmentName(request.properties));
  const zones = zonesOf(request, names);
  const pending = [];
  for (const [kind, records] of recordsByZone(certificate, names)) {
    const { dns, id } = await zones.need(kind);
    const changes = records.map(({ Name, Type, Value }) => ({
      Action: "UPSERT",
      ResourceRecordSet: { Name, Type, TTL: RECORD_TTL, ResourceRecords: [{ Value }] },
    }));
    pending.push({ dns, ids: await dns.submit(id, changes) });
  }
  await settle(pending);
}

async function settle(pending) {
  for (const { dns, ids } of pending) {
    await dns.inSync(ids);
  }
}

async function remove(request) {
  if (!isArn(request.currentId)) {
    request.log(`${request.currentId} is no certificate: nothing to delete`);
    return;
  }
  const certificates = new Certificates(request, request.properties.Region ?? regionOf(request.currentId));
  await certificates.remove(request.currentId, (certificate) => unpublish(request, certificate));
}

// Deletes the certificate's records, but for those that another certificate of the account needs for its renewal: the record
// of a name is the same for all of them.
async function unpublish(request, certificate) {
  // Requests of old versions have neither the application's name nor the environment's.
  const names = zoneNames(normalise(certificate.DomainName));
  const needed = new Set((await namesElsewhere(request, certificate)).map(baseName));
  const keep = (name) => {
    const kept = needed.has(baseName(name));
    if (kept) {
      request.log(`Keeping the validation record of ${name}: another certificate needs it`);
    }
    return kept;
  };
  const zones = zonesOf(request, names);
  const pending = [];
  for (const [kind, records] of recordsByZone(certificate, names, keep)) {
    const zone = await zones.open(kind);
    if (!zone) {
      request.log(`There is no zone ${names[kind]} to delete validation records from`);
      continue;
    }
    const changes = await zone.dns.deletions(zone.id, "CNAME", records, isValidation);
    pending.push({ dns: zone.dns, ids: await zone.dns.submit(zone.id, changes) });
  }
  await settle(pending);
}

function isValidation({ ResourceRecords = [] }, { Value }) {
  return ResourceRecords.length === 1 && normalise(ResourceRecords[0].Value) === normalise(Value);
}

// The names of all other certificates that may need the records. The copy for CloudFront does not count: it has the names of
// its original and goes with it, be it later.
async function namesElsewhere(request, { CertificateArn: arn, SubjectAlternativeNames: own = [] }) {
  const [region, partition] = [regionOf(arn), arn.split(":")[1]];
  const here = (await new Certificates(request, region).namesOfOthers(arn)).flat();
  if (partition !== CLOUDFRONT.partition || region === CLOUDFRONT.region) {
    return here;
  }
  try {
    const there = await new Certificates(request, CLOUDFRONT.region).namesOfOthers(arn);
    return [...here, ...there.filter((names) => !sameNames(names, own)).flat()];
  } catch (error) {
    // An organization may forbid the region. Then nothing in use there depends on these records.
    if (isTransient(error) || !/AccessDenied|UnrecognizedClient/.test(error.name)) {
      throw error;
    }
    request.log(`Certificates in ${CLOUDFRONT.region} cannot be listed and are left out: ${error.message}`);
    return here;
  }
}
