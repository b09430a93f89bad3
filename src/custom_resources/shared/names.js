// Names of an environment: its three DNS zones, and which aliases of its services belong to them.

"use strict";

// The environment's own zone, the application's and the domain's. A name below several of them is in the first one.
const ZONES = ["environment", "application", "domain"];

// Lower case, without the final dot, and without Route 53's octal escapes (`\052` is `*`).
function normalise(name) {
  const plain = String(name ?? "").replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
  return plain.toLowerCase().replace(/\.$/, "");
}

// The name of the environment's zone, `test.shop.example.com`. Stacks of old versions have it in `DomainName` and no names of
// application and environment.
function environmentName({ AppName, EnvName, DomainName }) {
  return normalise(AppName && EnvName ? `${EnvName}.${AppName}.${DomainName}` : DomainName);
}

// The names of the three zones. Names of environments and applications have no dots.
function zoneNames(environment) {
  const parent = (name) => name.slice(name.indexOf(".") + 1);
  const application = parent(environment);
  return { environment, application, domain: parent(application) };
}

// The zone a name belongs to: it is the zone's own name or has one label more. Names with more labels were never put into
// certificates and zones, and stay out, because they would suddenly appear in those of live environments.
function zoneOf(name, zones) {
  const host = normalise(name);
  return ZONES.find((kind) => {
    const zone = zones[kind];
    return host === zone || (host.endsWith(`.${zone}`) && !host.slice(0, -zone.length - 1).includes("."));
  });
}

// The aliases as text by workload, `{"api": ["a.example.com"]}`. Services put it into the environment's parameter `Aliases`.
function parseAliases(text) {
  if (!text) {
    return {};
  }
  try {
    const aliases = JSON.parse(text);
    if (aliases === null || typeof aliases !== "object" || Array.isArray(aliases)) {
      throw new Error("no object");
    }
    return aliases;
  } catch (error) {
    throw new Error(
      `The environment's parameter Aliases is no JSON object of workloads and their aliases (${error.message}): ${text}`,
    );
  }
}

// The aliases that belong to a zone, each once, in their order.
function aliasesInZones(text, zones, log = () => {}) {
  const all = Object.values(parseAliases(text))
    .flat()
    .filter((alias) => typeof alias === "string");
  return [...new Set(all.map(normalise))].filter((alias) => {
    const inside = zoneOf(alias, zones) !== undefined;
    if (!inside) {
      log(`Alias ${alias} is skipped: it is not ${Object.values(zones).join(", ")} or one label below`);
    }
    return inside;
  });
}

function sameNames(some, others) {
  const [left, right] = [some, others].map((names) => new Set(names.map(normalise)));
  return left.size === right.size && [...left].every((name) => right.has(name));
}

module.exports = { aliasesInZones, environmentName, normalise, parseAliases, sameNames, zoneNames, zoneOf };
