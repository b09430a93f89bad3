// The protocol between CloudFormation and a function behind a custom resource. The function gets a request and must send
// one answer to the presigned URL in it; without an answer CloudFormation waits for an hour. Lambda repeats a request whose
// function crashed, so everything a function does must be repeatable.
//
// The env controller has its own copy of this protocol: other bytes of its code would update a function in the stack of
// every deployed job.

"use strict";

const https = require("node:https");

// CloudFormation refuses longer answers.
const ANSWER_LIMIT_BYTES = 4096;
// Kept free at the end of the function's time, for all attempts to send the answer.
const RESERVE_MS = 25_000;
const PUT_ATTEMPTS = 3;
const PUT_LIMIT_MS = 5_000;
const PUT_PAUSE_MS = 1_000;

// One request, with the state of its answer. `physicalId` and `data` may be set by the work; `physicalId` also counts if the
// work fails later. `activity` says what the work is waiting for, in case time runs out; a function is called then.
class Request {
  constructor(event, signal) {
    this.type = event.RequestType;
    this.requestId = event.RequestId;
    this.currentId = event.PhysicalResourceId;
    this.properties = event.ResourceProperties ?? {};
    this.oldProperties = event.OldResourceProperties;
    this.signal = signal;
    this.physicalId = undefined;
    this.data = {};
    this.activity = "its work was under way";
    // The last error after which a call was repeated.
    this.trouble = undefined;
  }

  log(text) {
    console.log(text);
  }

  outOfTime() {
    const activity = typeof this.activity === "function" ? this.activity() : this.activity;
    const trouble = this.trouble ? ` The last failed call: ${messageOf(this.trouble)}` : "";
    return new Error(`The function ran out of time while ${activity}.${trouble}`);
  }
}

// A Lambda handler. `kind` has `physicalId(event, context)`, the id to answer unless the work sets another one, and the work
// for each request type: `Create(request)`, `Update(request)`, `Delete(request)`.
function customResource(kind) {
  return async (event, context) => {
    const abort = new AbortController();
    const request = new Request(event, abort.signal);
    const log = `${context.logGroupName}/${context.logStreamName}`;
    const answer = {
      Status: "SUCCESS",
      Reason: "",
      PhysicalResourceId: undefined,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
      Data: null,
    };
    let body;
    try {
      request.log(`${event.RequestType} of ${event.LogicalResourceId}`);
      request.physicalId = kind.physicalId(event, context);
      await withinTime(request, abort, context, () => work(kind, request));
      Object.assign(answer, { PhysicalResourceId: request.physicalId, Data: request.data });
      body = encodeSuccess(answer);
    } catch (error) {
      console.error(error?.stack ?? String(error));
      // CloudFormation refuses an answer without an id.
      answer.PhysicalResourceId = request.physicalId || event.PhysicalResourceId || context.logStreamName;
      body = encodeFailure(answer, messageOf(error), log);
    }
    await respond(event.ResponseURL, body);
  };
}

function work(kind, request) {
  if (!["Create", "Update", "Delete"].includes(request.type)) {
    throw new Error(`Unsupported request type ${request.type}`);
  }
  return kind[request.type](request);
}

// Ends the work while there is still time to answer. The work stops at its next call or pause, so it neither answers nor
// changes anything later.
async function withinTime(request, abort, context, start) {
  let timer;
  const expiry = new Promise((_, reject) => {
    timer = setTimeout(
      () => {
        // The rejection comes first: an aborted call fails with a message of its own.
        reject(request.outOfTime());
        abort.abort(new Error("out of time"));
      },
      Math.max(context.getRemainingTimeInMillis() - RESERVE_MS, 0),
    );
  });
  try {
    await Promise.race([start(), expiry]);
  } finally {
    clearTimeout(timer);
    abort.abort(new Error("the request is answered"));
  }
}

function encodeSuccess(answer) {
  const body = JSON.stringify(answer);
  const size = Buffer.byteLength(body);
  if (size > ANSWER_LIMIT_BYTES) {
    throw new Error(
      `The result needs ${size} bytes, but CloudFormation accepts ${ANSWER_LIMIT_BYTES} bytes at most: use fewer or shorter values`,
    );
  }
  return body;
}

// The answer with as much of the message as fits, and always with the place of the log.
function encodeFailure(answer, message, log) {
  const encode = (text) => JSON.stringify({ ...answer, Status: "FAILED", Reason: `${text} (Log: ${log})`, Data: null });
  let text = message.slice(0, ANSWER_LIMIT_BYTES);
  while (text && Buffer.byteLength(encode(text)) > ANSWER_LIMIT_BYTES) {
    text = text.slice(0, -50);
  }
  return encode(text);
}

// Route 53 puts the reasons of a refused batch into a list beside the message.
function messageOf(error) {
  if (error?.messages?.length > 0) {
    return error.messages.join("; ");
  }
  return String(error?.message || error?.name || error);
}

// The URL is a credential, so errors are logged by their message only.
async function respond(url, body) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await put(url, body);
    } catch (error) {
      console.error(`Attempt ${attempt} to answer CloudFormation failed: ${error.message}`);
      if (attempt === PUT_ATTEMPTS || error.permanent) {
        throw new Error(`CloudFormation got no answer: ${error.message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PUT_PAUSE_MS * attempt));
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
      if (response.statusCode >= 400) {
        const error = new Error(`HTTP status ${response.statusCode}`);
        error.permanent = response.statusCode < 500;
        reject(error);
        return;
      }
      response.on("end", resolve);
      response.on("error", reject);
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`no reply within ${PUT_LIMIT_MS / 1000} s`)),
      PUT_LIMIT_MS,
    );
    request.on("close", () => clearTimeout(timer));
    request.on("error", reject);
    request.end(bytes);
  });
}

module.exports = { customResource, messageOf };
