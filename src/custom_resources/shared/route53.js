// Records in the hosted zones of an environment. Its own zone is in the environment's account; the application's zone and the
// domain's zone may be in another account and are reached by way of a role.

"use strict";

const {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} = require("@aws-sdk/client-route-53");
const { AssumeRoleCommand, STSClient } = require("@aws-sdk/client-sts");
const { messageOf } = require("./protocol.js");
const { normalise } = require("./names.js");
const { poll } = require("./waiting.js");

const ATTEMPTS = 4;

// Route 53 as one identity sees it.
class Dns {
  constructor(request, credentials) {
    this.request = request;
    this.client = new Route53Client({ maxAttempts: ATTEMPTS, ...(credentials && { credentials }) });
  }

  static async as(role, request) {
    // The role's partition may not have the region that an SDK would choose by itself.
    const sts = new STSClient({ maxAttempts: ATTEMPTS, region: process.env.AWS_REGION });
    const command = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "copilot-custom-resource" });
    const { Credentials } = await poll(request, () => sts.send(command, { abortSignal: request.signal }));
    return new Dns(request, {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    });
  }

  call(command) {
    return poll(this.request, () => this.client.send(command, { abortSignal: this.request.signal }));
  }

  // The id of the public zone of that name, if there is one. The API lists zones from the name on in alphabetical order, so
  // the first one may be a stranger's. Of several zones the one that delegates `child` is in use.
  async findZone(name, child) {
    const zones = await this.zonesNamed(name);
    if (zones.length > 1 && child) {
      for (const zone of zones) {
        if (await this.findRecord(zone, child, "NS")) {
          return zone;
        }
      }
    }
    return zones[0];
  }

  async zonesNamed(name) {
    const found = [];
    for (let start = { DNSName: name }; ;) {
      const page = await this.call(new ListHostedZonesByNameCommand(start));
      for (const zone of page.HostedZones ?? []) {
        if (normalise(zone.Name) !== normalise(name)) {
          return found;
        }
        if (!zone.Config?.PrivateZone) {
          found.push(zone.Id.replace(/^\/hostedzone\//, ""));
        }
      }
      if (!page.IsTruncated) {
        return found;
      }
      start = { DNSName: page.NextDNSName, HostedZoneId: page.NextHostedZoneId };
    }
  }

  // The record of exactly that name and type, as it is.
  async findRecord(zone, name, type) {
    const command = new ListResourceRecordSetsCommand({
      HostedZoneId: zone,
      StartRecordName: name,
      StartRecordType: type,
      MaxItems: 1,
    });
    const { ResourceRecordSets: [record] = [] } = await this.call(command);
    return record && normalise(record.Name) === normalise(name) && record.Type === type ? record : undefined;
  }

  // The records of these names that `isOurs` recognises, as changes that delete them exactly as they are: Route 53 refuses to
  // delete a record by another time to live or other values. No zone, no records.
  async deletions(zone, type, wanted, isOurs) {
    const changes = [];
    try {
      for (const record of wanted) {
        const found = await this.findRecord(zone, record.Name, type);
        if (found && isOurs(found, record)) {
          changes.push({ Action: "DELETE", ResourceRecordSet: found });
        } else {
          this.request.log(
            `Record ${record.Name} (${type}) is ${found ? "somebody else's by now and stays" : "gone already"}`,
          );
        }
      }
    } catch (error) {
      if (!isMissingZone(error)) {
        throw error;
      }
    }
    return changes;
  }

  // Makes the changes in one batch, and returns the ids to wait for.
  async submit(zone, changes) {
    if (changes.length === 0) {
      return [];
    }
    for (const { Action, ResourceRecordSet } of changes) {
      this.request.log(`${Action} ${ResourceRecordSet.Name} (${ResourceRecordSet.Type}) in zone ${zone}`);
    }
    try {
      return [await this.send(zone, changes)];
    } catch (error) {
      if (isMissingZone(error) && changes.every(isDeletion)) {
        return [];
      }
      if (error.name !== "InvalidChangeBatch" || !changes.some(isDeletion)) {
        throw error;
      }
    }
    // A record that vanished meanwhile makes Route 53 refuse the whole batch.
    const ids = [];
    for (const change of changes) {
      try {
        ids.push(await this.send(zone, [change]));
      } catch (error) {
        if (!isDeletion(change) || !isMissingRecord(error)) {
          throw error;
        }
      }
    }
    return ids;
  }

  async send(zone, changes) {
    const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes: changes } });
    return (await this.call(command)).ChangeInfo.Id;
  }

  // Waits until all of Route 53's servers know the changes.
  async inSync(ids) {
    this.request.activity = "Route 53 was distributing the changed records";
    for (const id of ids) {
      await poll(this.request, async () => {
        const { ChangeInfo } = await this.call(new GetChangeCommand({ Id: id }));
        return ChangeInfo.Status === "INSYNC" || undefined;
      });
    }
  }
}

// The three zones of an environment, each looked up when it is needed.
class EnvironmentZones {
  constructor(request, names, { zoneId, role }) {
    this.request = request;
    this.names = names;
    this.zoneId = zoneId;
    this.role = role;
    this.known = new Map();
  }

  // The zone, or undefined where it does not exist or nothing tells how to reach it.
  open(kind) {
    if (!this.known.has(kind)) {
      this.known.set(kind, this.find(kind));
    }
    return this.known.get(kind);
  }

  async need(kind) {
    const zone = await this.open(kind);
    if (!zone) {
      throw new Error(missingZone(this.names[kind], kind === "environment" ? undefined : this.role));
    }
    return zone;
  }

  async find(kind) {
    if (kind === "environment") {
      const dns = new Dns(this.request);
      const id = this.zoneId || (await dns.findZone(this.names.environment));
      return id && { dns, id };
    }
    if (!this.role) {
      return undefined;
    }
    this.account ??= Dns.as(this.role, this.request);
    const dns = await this.account;
    const child = kind === "application" ? this.names.environment : this.names.application;
    const id = await dns.findZone(this.names[kind], child);
    return id && { dns, id };
  }
}

function missingZone(name, role) {
  const viewer = role ? `role ${role}` : "this account";
  return `Route 53 has no public hosted zone ${name} that ${viewer} can see. Restore the zone, then deploy the environment again`;
}

function isDeletion({ Action }) {
  return Action === "DELETE";
}

function isMissingZone(error) {
  return error.name === "NoSuchHostedZone";
}

function isMissingRecord(error) {
  return error.name === "InvalidChangeBatch" && /not found/.test(messageOf(error));
}

module.exports = { Dns, EnvironmentZones, missingZone };
