//! Runs a deployed job once: starts its state machine, waits for the end and collects what the container wrote.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::emulator::Emulator;

const RUN_LIMIT: Duration = Duration::from_secs(60);
const LOG_LIMIT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(100);
/// State machines log into the job's group too; the container's streams start like this.
const CONTAINER_STREAMS: &str = "copilot/";

/// Runs the job `<app>-<env>-<job>` and returns the lines its containers logged.
pub(super) async fn run_once(emulator: &Emulator, job_stack: &str) -> Result<Vec<String>> {
    let Emulator { account, region, .. } = emulator;
    let machine = format!("arn:aws:states:{region}:{account}:stateMachine:{job_stack}");
    let input = json!({ "stateMachineArn": machine });
    let started = emulator.json("states", "AWSStepFunctions.StartExecution", &input).await?;
    let execution = started["executionArn"].as_str().context("StartExecution names no execution")?.to_owned();
    let deadline = Instant::now() + RUN_LIMIT;
    loop {
        let input = json!({ "executionArn": execution });
        let state = emulator.json("states", "AWSStepFunctions.DescribeExecution", &input).await?;
        match state["status"].as_str() {
            Some("SUCCEEDED") => break,
            Some("RUNNING") if Instant::now() < deadline => tokio::time::sleep(POLL).await,
            _ => bail!("the execution did not succeed: {state}"),
        }
    }
    let group = format!("/copilot/{job_stack}");
    let deadline = Instant::now() + LOG_LIMIT;
    loop {
        let lines = container_lines(emulator, &group).await?;
        if !lines.is_empty() || Instant::now() >= deadline {
            return Ok(lines);
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn container_lines(emulator: &Emulator, group: &str) -> Result<Vec<String>> {
    let input = json!({ "logGroupName": group, "logStreamNamePrefix": CONTAINER_STREAMS });
    let found = emulator.json("logs", "Logs_20140328.FilterLogEvents", &input).await?;
    let events = found["events"].as_array().cloned().unwrap_or_default();
    Ok(events
        .iter()
        .filter_map(|event| Some(Value::as_str(&event["message"])?.trim_end().to_owned()))
        .collect())
}
