// Custom resource handler that delegates an environment's subdomain: an NS record in the application's zone, which may be in
// another account, points to the name servers of the environment's own zone.
//
// The physical id is the subdomain. Another id on an update makes CloudFormation delete the record that was just written.

"use strict";

const { normalise } = require("../shared/names.js");
const { customResource } = require("../shared/protocol.js");
const { Dns, missingZone } = require("../shared/route53.js");

const RECORD_TTL = 60;

exports.domainDelegationHandler = customResource({
  physicalId,
  Create: delegate,
  Update: delegate,
  Delete: withdraw,
});

function physicalId(event) {
  const { PhysicalResourceId: current, OldResourceProperties: before } = event;
  const name = event.ResourceProperties?.SubdomainName;
  const unchanged =
    event.RequestType === "Delete" ||
    [current, before?.SubdomainName].some((old) => normalise(old) === normalise(name));
  return (unchanged && current) || name;
}

async function delegate(request) {
  const { DomainName, NameServers, RootDNSRole, SubdomainName } = request.properties;
  const dns = await Dns.as(RootDNSRole, request);
  const zone = await dns.findZone(DomainName, SubdomainName);
  if (!zone) {
    throw new Error(missingZone(DomainName, RootDNSRole));
  }
  const record = {
    Name: SubdomainName,
    Type: "NS",
    TTL: RECORD_TTL,
    ResourceRecords: NameServers.map((Value) => ({ Value })),
  };
  await dns.inSync(await dns.submit(zone, [{ Action: "UPSERT", ResourceRecordSet: record }]));
}

// A record that is left behind lets a stranger take over the subdomain, so only its absence counts as success.
async function withdraw(request) {
  const { DomainName, RootDNSRole, SubdomainName = request.currentId } = request.properties;
  const dns = await Dns.as(RootDNSRole, request);
  const zone = await dns.findZone(DomainName, SubdomainName);
  if (!zone) {
    request.log(`Zone ${DomainName} is gone, and the delegation with it`);
    return;
  }
  const changes = await dns.deletions(zone, "NS", [{ Name: SubdomainName }], () => true);
  await dns.inSync(await dns.submit(zone, changes));
}
