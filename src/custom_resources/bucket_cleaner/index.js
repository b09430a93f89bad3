// Custom resource handler that empties a bucket before CloudFormation deletes it: all objects, all their versions and all
// delete markers.
//
// Another physical id on an update makes CloudFormation send a deletion for the old one, which empties a live bucket.

"use strict";

const { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } = require("@aws-sdk/client-s3");
const { customResource } = require("../shared/protocol.js");
const { poll } = require("../shared/waiting.js");

const ATTEMPTS = 4;
// A version that cannot be removed for a passing reason gets this many more chances.
const REPEATS = 2;

exports.handler = customResource({
  physicalId: ({ PhysicalResourceId, LogicalResourceId }) =>
    PhysicalResourceId || `bucket-cleaner-${LogicalResourceId}`,
  Create: () => {},
  Update: () => {},
  Delete: empty,
});

async function empty(request) {
  const bucket = new Bucket(request);
  request.activity = () =>
    `bucket ${bucket.name} was being emptied: ${bucket.removed} object versions are removed and at least ${bucket.left} are left. Delete the stack again to continue`;
  let repeats = 0;
  // Load balancers deliver log files minutes late, so the bucket is listed again until nothing is found.
  for (;;) {
    const { found, failures } = await bucket.removeAll();
    if (found === 0) {
      request.log(`Bucket ${bucket.name} is empty; ${bucket.removed} object versions were removed`);
      return;
    }
    if (failures.length > 0 && (repeats === REPEATS || !failures.every(isPassing))) {
      throw bucket.failure(found, failures);
    }
    repeats = failures.length > 0 ? repeats + 1 : 0;
  }
}

class Bucket {
  constructor(request) {
    this.request = request;
    this.name = request.properties.BucketName;
    this.client = new S3Client({ maxAttempts: ATTEMPTS });
    this.removed = 0;
    this.left = 0;
  }

  call(command) {
    return poll(this.request, () => this.client.send(command, { abortSignal: this.request.signal }));
  }

  // Goes through the bucket once. The next page is listed while the versions of one page are removed.
  async removeAll() {
    let found = 0;
    const failures = [];
    this.left = 0;
    for (let page = await this.list(); page;) {
      const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      found += versions.length;
      this.left += versions.length;
      const [failed, next] = await Promise.all([this.remove(versions), page.IsTruncated ? this.list(page) : undefined]);
      failures.push(...failed);
      page = next;
    }
    return { found, failures };
  }

  // A page of at most 1,000 versions, which is what one deletion takes. A bucket that is gone has none.
  async list(previous = {}) {
    try {
      return await this.call(
        new ListObjectVersionsCommand({
          Bucket: this.name,
          KeyMarker: previous.NextKeyMarker,
          VersionIdMarker: previous.NextVersionIdMarker,
        }),
      );
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }

  async remove(versions) {
    if (versions.length === 0) {
      return [];
    }
    const Objects = versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
    try {
      const command = new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects, Quiet: true } });
      const { Errors: failures = [] } = await this.call(command);
      this.removed += versions.length - failures.length;
      this.left -= versions.length - failures.length;
      return failures;
    } catch (error) {
      if (isMissing(error)) {
        return [];
      }
      throw error;
    }
  }

  failure(found, failures) {
    const { Key, VersionId, Code, Message } = failures[0];
    const version = VersionId ? ` (version ${VersionId})` : "";
    return new Error(
      `${failures.length} of ${found} object versions in bucket ${this.name} could not be removed. The first one: ${Key}${version}: ${Code}: ${Message}`,
    );
  }
}

function isMissing(error) {
  return ["NoSuchBucket", "NotFound"].includes(error.name);
}

function isPassing({ Code }) {
  return ["InternalError", "ServiceUnavailable", "SlowDown"].includes(Code);
}
