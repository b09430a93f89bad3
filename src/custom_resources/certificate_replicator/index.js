// Custom resource handler that requests a copy of an environment's certificate in the region where CloudFront looks for it.
// ACM validates the copy by the DNS records of the original.
//
// The physical id is the copy's ARN, which the distribution refers to. Another id on an update makes CloudFormation delete
// the copy of the old id afterwards, so the id changes only if the original has other names.

"use strict";

const { Certificates, isArn, isUsable, regionOf } = require("../shared/certificates.js");
const { sameNames } = require("../shared/names.js");
const { customResource } = require("../shared/protocol.js");

exports.certificateReplicateHandler = customResource({
  physicalId: ({ PhysicalResourceId }, context) => PhysicalResourceId || context.logStreamName,
  Create: replicate,
  Update: replicate,
  Delete: remove,
});

async function replicate(request) {
  const { CertificateArn, EnvRegion, TargetRegion } = request.properties;
  const original = await new Certificates(request, EnvRegion).describe(CertificateArn);
  if (!original) {
    throw new Error(`Certificate ${CertificateArn}, of which a copy is needed in ${TargetRegion}, does not exist`);
  }
  const names = original.SubjectAlternativeNames;
  const copies = new Certificates(request, TargetRegion);
  const current = isArn(request.currentId) ? await copies.describe(request.currentId) : undefined;
  if (current && isUsable(current) && sameNames(current.SubjectAlternativeNames ?? [], names)) {
    request.log("The copy already has these names: keeping it");
    copies.adopt(request.currentId);
    await copies.validated(request.currentId, names);
    return;
  }
  const arn = await copies.order(original.DomainName, names);
  await copies.validated(arn, names);
}

async function remove(request) {
  if (!isArn(request.currentId)) {
    request.log(`${request.currentId} is no certificate: nothing to delete`);
    return;
  }
  const region = request.properties.TargetRegion ?? regionOf(request.currentId);
  await new Certificates(request, region).remove(request.currentId);
}
