// Certificates held in memory, in several regions, with what the functions meet of ACM: records that come late, validation
// that takes time, certificates in use.

"use strict";

const assert = require("node:assert/strict");
const { failure, fakeClient } = require("./lambda.js");

class Acm {
  constructor() {
    // By ARN. Beside what ACM tells: `looksUntilRecords`, `looksUntilIssued`.
    this.certificates = new Map();
    this.tokens = new Map();
    // Every call, as `operation region`.
    this.calls = [];
    this.requests = [];
    this.deleted = [];
    this.refusals = [];
    this.looksUntilRecords = 1;
    this.looksUntilIssued = 1;
  }

  arn(region, number) {
    return `arn:aws:acm:${region}:111122223333:certificate/${number}`;
  }

  // A certificate that is already there.
  certificate(region, number, names, more = {}) {
    const CertificateArn = this.arn(region, number);
    this.certificates.set(CertificateArn, {
      CertificateArn,
      DomainName: names[0],
      SubjectAlternativeNames: names,
      Type: "AMAZON_ISSUED",
      Status: "ISSUED",
      InUseBy: [],
      looksUntilRecords: 0,
      looksUntilIssued: 0,
      ...more,
    });
    return CertificateArn;
  }

  refuse(operation, error, times = 1) {
    this.refusals.push({ operation, error, times });
  }

  // The SDK's package. `current()` is the ACM that answers a call.
  static modules(current) {
    const operations = ["RequestCertificate", "DescribeCertificate", "ListCertificates", "DeleteCertificate"];
    return { "@aws-sdk/client-acm": fakeClient("ACMClient", operations, (...call) => current().answer(...call)) };
  }

  answer(operation, input, { region, maxAttempts }) {
    assert.ok(region && maxAttempts > 1);
    const call = `${operation} ${region}`;
    this.calls.push(call);
    const refusal = this.refusals.find((candidate) => call.startsWith(candidate.operation) && candidate.times > 0);
    if (refusal) {
      refusal.times--;
      throw refusal.error;
    }
    return this[operation](input, region);
  }

  RequestCertificate(input, region) {
    const known = this.tokens.get(input.IdempotencyToken);
    if (known) {
      return { CertificateArn: known };
    }
    this.requests.push({ region, ...input });
    const arn = this.certificate(region, `new-${this.requests.length}`, input.SubjectAlternativeNames, {
      Status: "PENDING_VALIDATION",
      looksUntilRecords: this.looksUntilRecords,
      looksUntilIssued: this.looksUntilIssued,
    });
    this.tokens.set(input.IdempotencyToken, arn);
    return { CertificateArn: arn };
  }

  DescribeCertificate({ CertificateArn }, region) {
    const certificate = this.get(CertificateArn, region);
    const ready = certificate.looksUntilRecords-- <= 0;
    if (ready && certificate.Status === "PENDING_VALIDATION" && certificate.looksUntilIssued-- <= 0) {
      certificate.Status = "ISSUED";
    }
    const DomainValidationOptions = certificate.SubjectAlternativeNames.map((DomainName) => ({
      DomainName,
      ...(ready && { ResourceRecord: validationRecord(DomainName) }),
    }));
    return { Certificate: { DomainValidationOptions, ...certificate } };
  }

  // One certificate a page.
  ListCertificates({ NextToken = "0", Includes }, region) {
    assert.ok(Includes.keyTypes.includes("EC_prime256v1"));
    const own = [...this.certificates.values()].filter(({ CertificateArn }) => CertificateArn.split(":")[3] === region);
    const {
      CertificateArn,
      DomainName,
      Type,
      Status,
      SubjectAlternativeNames: all = [],
      tells = 100,
    } = own[Number(NextToken)] ?? {};
    const summary = {
      CertificateArn,
      DomainName,
      Type,
      Status,
      SubjectAlternativeNameSummaries: all.slice(0, tells),
      HasAdditionalSubjectAlternativeNames: all.length > tells,
    };
    const more = Number(NextToken) + 1 < own.length;
    return {
      CertificateSummaryList: CertificateArn ? [summary] : undefined,
      NextToken: more ? String(Number(NextToken) + 1) : undefined,
    };
  }

  DeleteCertificate({ CertificateArn }, region) {
    const { InUseBy } = this.get(CertificateArn, region);
    if (InUseBy.length > 0) {
      throw failure("ResourceInUseException", `Certificate ${CertificateArn} is in use.`);
    }
    this.certificates.delete(CertificateArn);
    this.deleted.push(CertificateArn);
    return {};
  }

  get(arn, region) {
    const certificate = this.certificates.get(arn);
    if (!certificate || arn.split(":")[3] !== region) {
      throw failure("ResourceNotFoundException", `Could not find certificate ${arn}.`);
    }
    return certificate;
  }
}

// A name and everything below it have the same record.
function validationRecord(name) {
  const base = name.replace(/^\*\./, "");
  return { Name: `_x.${base}.`, Type: "CNAME", Value: `_y.${base}.acm-validations.aws.` };
}

module.exports = { Acm, validationRecord };
