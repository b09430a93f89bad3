// Custom resource handler that switches an environment's shared resources on and off for one workload.
//
// An environment stack has parameters such as `EFSWorkloads` and `NATWorkloads`: comma-separated lists of the workloads
// that want the feature. Every job stack carries one instance of this resource, which puts the job on the lists it asks
// for, takes it off all others, and returns the outputs of the environment stack (`ManagedFileSystemID`, ...).
//
// The handler must not throw: whatever happens is reported to CloudFormation, which would otherwise wait for an hour.

"use strict";

const https = require("node:https");
const { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } = require("@aws-sdk/client-cloudformation");

// The function's own timeout is 15 minutes; the rest is for the answer.
const TIME_LIMIT_MS = 14.5 * 60 * 1000;
const FIRST_POLL_MS = 250;
const SLOWEST_POLL_MS = 15 * 1000;
const UPDATE_ATTEMPTS = 8;
const RESPONSE_ATTEMPTS = 3;
// CloudFormation takes no longer answers.
const ANSWER_LIMIT_BYTES = 4096;
const REASON_LIMIT = 1000;

// Bookkeeping of the environment stack that no workload reads.
const PRIVATE_OUTPUTS = new Set(["EnabledFeatures", "LastForceDeployID"]);
// What a job's template reads.
const NEEDED_OUTPUT = "ManagedFileSystemID";

exports.handler = async (event, context) => {
  const answer = {
    Status: "SUCCESS",
    Reason: "",
    PhysicalResourceId: physicalId(event),
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: null,
  };
  try {
    answer.Data = await withTimeLimit((signal) => apply(event, signal));
  } catch (error) {
    console.error(error);
    answer.Status = "FAILED";
    const reason = String(error.message).slice(0, REASON_LIMIT);
    answer.Reason = `${reason} (Log: ${context.logGroupName}/${context.logStreamName})`;
  }
  await respond(event.ResponseURL, encode(answer));
};

// The answer as JSON. Outputs that do not fit are left out, the needed one last: a refused answer would fail the
// deployment for values that nothing reads.
function encode(answer) {
  const spare = Object.keys(answer.Data || {}).filter((key) => key !== NEEDED_OUTPUT);
  let body = JSON.stringify(answer);
  while (Buffer.byteLength(body) > ANSWER_LIMIT_BYTES && spare.length > 0) {
    delete answer.Data[spare.pop()];
    body = JSON.stringify(answer);
  }
  return body;
}

// The misspelling is part of every deployed stack: another id on an update would make CloudFormation delete the old
// resource afterwards, and so take the workload off the lists again.
function physicalId(event) {
  const { EnvStack, Workload } = event.ResourceProperties;
  return event.PhysicalResourceId || `envcontoller/${EnvStack}/${Workload}`;
}

async function apply(event, signal) {
  const { EnvStack: stackName, Workload: workload, Parameters = [], Aliases = [] } = event.ResourceProperties;
  const environment = new Environment(stackName, signal);
  switch (event.RequestType) {
    case "Create":
    case "Update":
      return environment.enrol(workload, Parameters.filter(isWorkloadList), Aliases);
    case "Delete":
      try {
        return await environment.enrol(workload, [], []);
      } catch (error) {
        // A workload may outlive its environment; there is nothing left to take it off.
        if (isMissingStack(error)) {
          return {};
        }
        throw error;
      }
    default:
      throw new Error(`Unsupported request type ${event.RequestType}`);
  }
}

class Environment {
  constructor(stackName, signal) {
    // No adaptive retry mode: its client-side rate limiting would eat the time limit.
    this.reader = new CloudFormationClient({ maxAttempts: 8 });
    // An update that is repeated after a while could undo what another workload did meanwhile.
    this.writer = new CloudFormationClient({ maxAttempts: 1 });
    this.stackName = stackName;
    this.signal = signal;
  }

  // Brings the lists into the wanted shape. Several workloads may be doing this at once, and CloudFormation admits one
  // update at a time, so the decision is taken anew from the stack's present parameters after every wait.
  async enrol(workload, features, aliases) {
    let updated = false;
    let failures = 0;
    for (;;) {
      const stack = await this.describe();
      const parameters = editParameters(stack.Parameters || [], workload, features, aliases);
      if (!parameters) {
        return outputs(stack);
      }
      if (updated && stack.StackStatus.includes("ROLLBACK")) {
        const reason = stack.StackStatusReason ? `: ${stack.StackStatusReason}` : "";
        throw new Error(`Update of environment stack ${this.stackName} ended in ${stack.StackStatus}${reason}`);
      }
      try {
        await this.update(stack, parameters);
        updated = true;
      } catch (error) {
        if (isWithoutEffect(error)) {
          return outputs(stack);
        }
        failures += isTransient(error);
        if (!(isBusy(error) || isTransient(error)) || failures === UPDATE_ATTEMPTS) {
          throw error;
        }
        updated = false;
      }
      await this.settled(Math.min(FIRST_POLL_MS * 2 ** failures, SLOWEST_POLL_MS));
    }
  }

  async describe() {
    const command = new DescribeStacksCommand({ StackName: this.stackName });
    const { Stacks = [] } = await this.reader.send(command, { abortSignal: this.signal });
    if (Stacks.length !== 1) {
      throw new Error(`Cannot find environment stack ${this.stackName}`);
    }
    return Stacks[0];
  }

  async update(stack, parameters) {
    const role = (stack.Outputs || []).find((output) => output.OutputKey === "CFNExecutionRoleARN");
    const command = new UpdateStackCommand({
      StackName: this.stackName,
      UsePreviousTemplate: true,
      Parameters: parameters,
      Capabilities: stack.Capabilities,
      RoleARN: role?.OutputValue,
    });
    await this.writer.send(command, { abortSignal: this.signal });
  }

  // Waits until no operation is running on the stack, whatever its outcome: it may have been another workload's.
  async settled(firstDelay) {
    for (let delay = firstDelay; ; delay = Math.min(delay * 2, SLOWEST_POLL_MS)) {
      await sleep(delay, this.signal);
      const { StackStatus } = await this.describe();
      if (!StackStatus.endsWith("_IN_PROGRESS")) {
        return;
      }
    }
  }
}

// The complete parameter list for an update, or null when every list already is as it should be. What is not edited keeps
// the value it has when the update begins: another workload may have changed it since it was read.
function editParameters(current, workload, features, aliases) {
  let changed = false;
  const edited = current.map(({ ParameterKey, ParameterValue }) => {
    let value = ParameterValue;
    if (isWorkloadList(ParameterKey)) {
      value = editList(ParameterValue, workload, features.includes(ParameterKey));
    } else if (ParameterKey === "Aliases") {
      value = editAliases(ParameterValue, workload, aliases);
    }
    if (value === ParameterValue) {
      return { ParameterKey, UsePreviousValue: true };
    }
    changed = true;
    return { ParameterKey, ParameterValue: value };
  });
  return changed ? edited : null;
}

function isWorkloadList(key) {
  return key.endsWith("Workloads");
}

function editList(value, workload, wanted) {
  const names = (value || "").split(",").filter(Boolean);
  if (names.includes(workload) === wanted) {
    return value;
  }
  return (wanted ? [...names, workload] : names.filter((name) => name !== workload)).join(",");
}

function editAliases(value, workload, aliases) {
  const byWorkload = JSON.parse(value || "{}");
  const same = JSON.stringify(byWorkload[workload] || []) === JSON.stringify(aliases);
  if (same) {
    return value;
  }
  if (aliases.length > 0) {
    byWorkload[workload] = aliases;
  } else {
    delete byWorkload[workload];
  }
  return Object.keys(byWorkload).length > 0 ? JSON.stringify(byWorkload) : "";
}

function outputs(stack) {
  const published = (stack.Outputs || []).filter(({ OutputKey }) => !PRIVATE_OUTPUTS.has(OutputKey));
  return Object.fromEntries(published.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

function isBusy(error) {
  return /is in \w+_IN_PROGRESS state and can ?not be updated/.test(error.message);
}

// Whether the same call may succeed later, or has succeeded without an answer: the stack's state tells.
function isTransient(error) {
  const lost = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(error.code) || error.name === "TimeoutError";
  return lost || /Throttl|TooManyRequests|RequestLimitExceeded/.test(error.name) || error.$metadata?.httpStatusCode >= 500;
}

// CloudFormation refuses an update that changes nothing.
function isWithoutEffect(error) {
  return error.message.includes("No updates are to be performed");
}

function isMissingStack(error) {
  return /does not exist|^Cannot find environment stack/.test(error.message);
}

async function withTimeLimit(work) {
  const abort = new AbortController();
  let timer;
  const expiry = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error("Lambda took longer than 14.5 minutes to update environment");
      // The rejection comes first: an aborted call fails with a message of its own.
      reject(error);
      abort.abort(error);
    }, TIME_LIMIT_MS);
  });
  try {
    return await Promise.race([work(abort.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop);
  });
}

async function respond(url, body) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await put(url, body);
    } catch (error) {
      console.error(error);
      if (attempt === RESPONSE_ATTEMPTS || error.permanent) {
        throw error;
      }
    }
  }
}

// The answer goes to a presigned URL whose signature covers an empty content type.
function put(url, body) {
  const bytes = Buffer.from(body, "utf8");
  const headers = { "Content-Type": "", "Content-Length": bytes.length };
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method: "PUT", headers }, (response) => {
      response.resume();
      if (response.statusCode < 400) {
        response.on("end", resolve);
        response.on("error", reject);
        return;
      }
      const error = new Error(`CloudFormation refused the answer with HTTP status ${response.statusCode}`);
      error.permanent = response.statusCode < 500;
      reject(error);
    });
    request.on("error", reject);
    request.end(bytes);
  });
}
