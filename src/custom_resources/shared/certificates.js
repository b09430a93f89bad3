// Certificates of AWS Certificate Manager (ACM), with validation by DNS records.

"use strict";

const { createHash } = require("node:crypto");
const {
  ACMClient,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListCertificatesCommand,
  RequestCertificateCommand,
} = require("@aws-sdk/client-acm");
const { messageOf } = require("./protocol.js");
const { poll, sleep } = require("./waiting.js");

const ATTEMPTS = 4;
const RELEASE_PAUSE_MS = 15_000;
// ACM lists RSA certificates of up to 2048 bits unless it is asked for others.
const KEY_TYPES = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"];
// A certificate in one of these states is never renewed, so it needs no records.
const DEAD = ["FAILED", "VALIDATION_TIMED_OUT", "REVOKED", "EXPIRED"];

// The certificates of one region.
class Certificates {
  constructor(request, region) {
    this.request = request;
    this.client = new ACMClient({ region, maxAttempts: ATTEMPTS });
  }

  call(command) {
    return poll(this.request, () => this.client.send(command, { abortSignal: this.request.signal }));
  }

  // Requests a certificate and makes its ARN the resource's physical id at once, so that CloudFormation can delete it
  // whatever fails afterwards. The token lets a repeated request find the certificate of the first one.
  async order(domain, names) {
    const { properties, requestId } = this.request;
    const command = new RequestCertificateCommand({
      DomainName: domain,
      SubjectAlternativeNames: names,
      ValidationMethod: "DNS",
      IdempotencyToken: createHash("sha256").update(requestId).digest("hex").slice(0, 32),
      Tags: [
        { Key: "copilot-application", Value: properties.AppName },
        { Key: "copilot-environment", Value: properties.EnvName },
      ],
    });
    try {
      const { CertificateArn: arn } = await this.call(command);
      this.request.log(`Requested certificate ${arn} for ${names.join(", ")}`);
      this.adopt(arn);
      return arn;
    } catch (error) {
      if (error.name !== "LimitExceededException") {
        throw error;
      }
      const quotas =
        "ACM limits the names of a certificate (10 unless raised) and the certificates of a year; every change of aliases takes a new one";
      throw new Error(
        `${messageOf(error)} The certificate has ${names.length} names. ${quotas}. Use fewer aliases or ask AWS to raise the quota`,
      );
    }
  }

  // Answers with this certificate.
  adopt(arn) {
    this.request.physicalId = arn;
    this.request.data = { Arn: arn };
  }

  // The certificate, or undefined if there is none.
  async describe(arn) {
    try {
      return (await this.call(new DescribeCertificateCommand({ CertificateArn: arn }))).Certificate;
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
  }

  // The certificate, once ACM has made the validation records of all its names.
  withRecords(arn, names) {
    this.request.activity = `ACM was preparing the validation records of certificate ${arn}`;
    return poll(this.request, async () => {
      const certificate = await this.describe(arn);
      refuseDead(certificate);
      return validationRecords(certificate).length >= names.length ? certificate : undefined;
    });
  }

  async validated(arn, names) {
    this.request.activity =
      `ACM was validating certificate ${arn} for ${names.join(", ")}; ` +
      "its DNS records are in place, so check that the domain is registered and delegated to these zones publicly";
    await poll(this.request, async () => {
      const certificate = await this.describe(arn);
      refuseDead(certificate);
      return certificate?.Status === "ISSUED" || undefined;
    });
  }

  // Deletes the certificate as soon as nothing uses it. `prepare` is called with it first.
  async remove(arn, prepare = () => {}) {
    for (;;) {
      const certificate = await this.describe(arn);
      if (!certificate) {
        this.request.log(`Certificate ${arn} is gone already`);
        return;
      }
      const users = certificate.InUseBy ?? [];
      this.request.activity = `certificate ${arn} was in use by ${users.join(", ") || "another resource"}`;
      if (users.length === 0) {
        await prepare(certificate);
        try {
          await this.call(new DeleteCertificateCommand({ CertificateArn: arn }));
          this.request.log(`Deleted certificate ${arn}`);
          return;
        } catch (error) {
          if (isMissing(error)) {
            return;
          }
          if (error.name !== "ResourceInUseException") {
            throw error;
          }
        }
      }
      await sleep(RELEASE_PAUSE_MS, this.request.signal);
    }
  }

  // The names of each certificate but one whose renewal depends on DNS records.
  async namesOfOthers(arn) {
    const names = [];
    let token;
    do {
      const command = new ListCertificatesCommand({ NextToken: token, Includes: { keyTypes: KEY_TYPES } });
      const page = await this.call(command);
      for (const summary of page.CertificateSummaryList ?? []) {
        const foreign = ["IMPORTED", "PRIVATE"].includes(summary.Type);
        if (summary.CertificateArn !== arn && !foreign && !DEAD.includes(summary.Status)) {
          names.push(await this.namesOf(summary));
        }
      }
      token = page.NextToken;
    } while (token);
    return names;
  }

  async namesOf(summary) {
    const { SubjectAlternativeNameSummaries: names, HasAdditionalSubjectAlternativeNames: more } = summary;
    if (names && !more) {
      return [summary.DomainName, ...names];
    }
    const certificate = await this.describe(summary.CertificateArn);
    return certificate?.SubjectAlternativeNames ?? [summary.DomainName];
  }
}

// The validation records that a certificate has so far, one a name, as `{ name, record }`.
function validationRecords(certificate) {
  const options = certificate?.DomainValidationOptions ?? [];
  return options
    .filter(({ ResourceRecord }) => ResourceRecord)
    .map(({ DomainName, ResourceRecord }) => ({ name: DomainName, record: ResourceRecord }));
}

function isUsable({ Status }) {
  return !DEAD.includes(Status);
}

function refuseDead(certificate) {
  if (certificate && !isUsable(certificate)) {
    const reason = certificate.FailureReason ? `: ${certificate.FailureReason}` : "";
    throw new Error(`Certificate ${certificate.CertificateArn} ended in ${certificate.Status}${reason}`);
  }
}

function isMissing(error) {
  return error.name === "ResourceNotFoundException";
}

// Whether a physical id is a certificate's. Failed creations, and updates by some old versions, recorded log stream names.
function isArn(id) {
  return String(id ?? "").startsWith("arn:");
}

function regionOf(arn) {
  return arn.split(":")[3];
}

module.exports = { Certificates, isArn, isUsable, regionOf, validationRecords };
