//! Overrides by a CDK app.

use super::{LOCATION, Workspace};

const CDK: &str = "copilot/report-gen/overrides/cdk.json";

/// Stands in for the real `aws-cdk`: a Node.js program that npm installs from a directory.
const FAKE_CDK: &str = r#"#!/usr/bin/env node
const fs = require("fs");
const { app, fails, hangs, prints } = JSON.parse(fs.readFileSync("cdk.json", "utf8"));
fs.appendFileSync("runs.log", process.argv.slice(2).join(" ") + "\n");
console.error("\u001b[33m[Warning]\u001b[0m by the app " + app);
if (prints) { console.log(prints); process.exit(0); }
if (fails) { console.error("Error: Cannot find module './override'"); process.exit(fails); }
if (hangs) {
  const child = require("child_process").spawn("sleep", ["300"], { stdio: "inherit" });
  fs.writeFileSync("pids", process.pid + " " + child.pid);
  setTimeout(() => {}, 300000);
} else {
  const { COPILOT_APPLICATION_NAME: name, COPILOT_ENVIRONMENT_NAME: env } = process.env;
  const input = fs.readFileSync(".build/in.yml", "utf8");
  console.log(input
    .replace("RetentionInDays: !Ref LogRetention", "RetentionInDays: 545\n      LogGroupClass: " + name + "-" + env)
    .replace("Parameters:\n", "Parameters:\n  BootstrapVersion:\n    Type: AWS::SSM::Parameter::Value<String>\n")
    + "Rules:\n  CheckBootstrapVersion:\n    Assertions: []\n");
}
"#;

/// A workspace with a CDK app of these settings.
pub(crate) fn with_cdk_app(settings: &str) -> Workspace {
    let workspace = Workspace::new(LOCATION);
    workspace.file("fake-cdk/cdk.js", FAKE_CDK);
    workspace.file(
        "fake-cdk/package.json",
        r#"{ "name": "aws-cdk", "version": "2.0.0", "bin": { "cdk": "cdk.js" } }"#,
    );
    workspace.file(CDK, settings);
    let overrides = "copilot/report-gen/overrides";
    workspace.file(
        &format!("{overrides}/package.json"),
        r#"{ "name": "override", "private": true, "devDependencies": { "aws-cdk": "file:../../../fake-cdk" } }"#,
    );
    workspace.file(
        &format!("{overrides}/.npmrc"),
        "audit=false\nfund=false\nupdate-notifier=false\noffline=true\n",
    );
    workspace
}
