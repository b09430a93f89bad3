// Custom resource handler that flattens the aliases of an environment's services into the list that a CloudFront
// distribution takes: sorted, each once.

"use strict";

const { parseAliases } = require("../shared/names.js");
const { customResource } = require("../shared/protocol.js");

exports.handler = customResource({
  physicalId: ({ PhysicalResourceId, LogicalResourceId }) => PhysicalResourceId || LogicalResourceId,
  Create: flatten,
  Update: flatten,
  Delete: () => {},
});

function flatten(request) {
  const { Aliases, AdditionalStrings = [], FilterFor } = request.properties;
  const byWorkload = parseAliases(Aliases);
  // Some old versions do not say which workloads count.
  const workloads = FilterFor === undefined ? Object.keys(byWorkload) : FilterFor.split(",");
  const values = workloads
    .filter((workload) => Object.hasOwn(byWorkload, workload))
    .flatMap((workload) => byWorkload[workload]);
  request.data = { UniqueValues: [...new Set([...values, ...AdditionalStrings].filter(Boolean))].sort() };
}
