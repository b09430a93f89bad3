//! Tests of the local AWS itself: runs of jobs whose tasks are told, and what it answers about them.

mod logs;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::local_aws::{Account, TaskStory};
use crate::support::{JOB, LOCATION, STACK, Workspace, World, stable};

const GROUP: &str = "/copilot/demo-test-report-gen";

/// A deployed job, with more in its manifest.
fn deployed(more: &str) -> World {
    let world = World::new(Workspace::new(&format!("{LOCATION}{more}")));
    world.deploy(&[]).succeeds();
    world
}

fn quick() -> TaskStory {
    TaskStory::runs_for(Duration::ZERO)
}

fn long() -> TaskStory {
    TaskStory::runs_for(Duration::from_secs(600))
}

/// Waits until the newest task is in a state.
pub(crate) fn task_in(account: &Account<'_>, status: &str) -> Value {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let tasks = account.tasks(STACK).unwrap();
        if let Some(task) = tasks.last().filter(|task| task["lastStatus"] == status) {
            return task.clone();
        }
        assert!(Instant::now() < patience, "no task is {status}: {tasks:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Without what differs from run to run.
fn pretty(value: &Value, world: &World) -> String {
    fn blur(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let lower = name.to_lowercase();
                    if lower == "timestamp" || (lower.ends_with("at") && value.is_number()) {
                        *value = json!("TIME");
                    } else if ["requestid", "id"].contains(&lower.as_str()) && value.is_string() {
                        *value = json!("ID");
                    } else if let Some(inner) = value
                        .as_str()
                        .and_then(|text| serde_json::from_str::<Value>(text).ok())
                        .filter(Value::is_object)
                    {
                        *value = inner;
                        blur(value);
                    } else {
                        blur(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(blur),
            _ => (),
        }
    }
    let mut value = value.clone();
    blur(&mut value);
    let text = stable(&serde_json::to_string_pretty(&value).unwrap(), world);
    let ids = regex::Regex::new(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(subnet|sg)-[0-9a-f]+",
    )
    .unwrap();
    ids.replace_all(&text, "ID").into_owned()
}

#[test]
fn the_events_and_the_task_of_a_run_are_those_of_aws() {
    let world = deployed("");
    world.account.tell_tasks(STACK, [quick().lines(JOB, &["one", "two"])]).unwrap();
    let run = world.account.start_run(STACK, "first").unwrap();
    let ended = world.account.ended_run(&run).unwrap();
    assert_eq!(ended["status"], "SUCCEEDED");
    let history = world.account.history(&run).unwrap();
    insta::assert_snapshot!(pretty(&json!(history[..6]), &world), @r#"
    [
      {
        "id": 1,
        "type": "ExecutionStarted",
        "timestamp": "TIME",
        "executionStartedEventDetails": {
          "input": {},
          "roleArn": "arn:aws:iam::ACCOUNT:role/demo-test-report-gen-StateMachineRole-ID",
          "inputDetails": {
            "truncated": false
          }
        },
        "previousEventId": 0
      },
      {
        "id": 2,
        "type": "TaskStateEntered",
        "timestamp": "TIME",
        "stateEnteredEventDetails": {
          "name": "Run Fargate Task",
          "input": {},
          "inputDetails": {
            "truncated": false
          }
        },
        "previousEventId": 0
      },
      {
        "id": 3,
        "type": "TaskScheduled",
        "timestamp": "TIME",
        "taskScheduledEventDetails": {
          "resource": "runTask.sync",
          "resourceType": "ecs",
          "region": "us-west-2",
          "parameters": {
            "LaunchType": "FARGATE",
            "PlatformVersion": "LATEST",
            "Cluster": "demo-test-Cluster",
            "TaskDefinition": "arn:aws:ecs:us-west-2:ACCOUNT:task-definition/demo-test-report-gen:1",
            "PropagateTags": "TASK_DEFINITION",
            "Group": "first",
            "NetworkConfiguration": {
              "AwsvpcConfiguration": {
                "Subnets": [
                  "subnet-ID",
                  "subnet-ID"
                ],
                "AssignPublicIp": "ENABLED",
                "SecurityGroups": [
                  "sg-ID"
                ]
              }
            },
            "StartedBy": "AWS Step Functions"
          }
        },
        "previousEventId": 2
      },
      {
        "id": 4,
        "type": "TaskStarted",
        "timestamp": "TIME",
        "taskStartedEventDetails": {
          "resource": "runTask.sync",
          "resourceType": "ecs"
        },
        "previousEventId": 3
      },
      {
        "id": 5,
        "type": "TaskSubmitted",
        "timestamp": "TIME",
        "taskSubmittedEventDetails": {
          "resource": "runTask.sync",
          "resourceType": "ecs",
          "output": {
            "Failures": [],
            "SdkHttpMetadata": {
              "HttpStatusCode": 200
            },
            "SdkResponseMetadata": {
              "RequestId": "ID"
            },
            "Tasks": [
              {
                "TaskArn": "arn:aws:ecs:us-west-2:ACCOUNT:task/demo-test-Cluster/UUID",
                "ClusterArn": "arn:aws:ecs:us-west-2:ACCOUNT:cluster/demo-test-Cluster",
                "TaskDefinitionArn": "arn:aws:ecs:us-west-2:ACCOUNT:task-definition/demo-test-report-gen:1",
                "Overrides": {
                  "InferenceAcceleratorOverrides": [],
                  "ContainerOverrides": [
                    {
                      "Command": [],
                      "Environment": [],
                      "EnvironmentFiles": [],
                      "ResourceRequirements": [],
                      "Name": "report-gen"
                    }
                  ]
                },
                "LastStatus": "PROVISIONING",
                "DesiredStatus": "RUNNING",
                "LaunchType": "FARGATE",
                "Cpu": "256",
                "Memory": "512",
                "PlatformVersion": "1.4.0",
                "PlatformFamily": "Linux",
                "Connectivity": "CONNECTED",
                "ConnectivityAt": "TIME",
                "CreatedAt": "TIME",
                "Group": "first",
                "StartedBy": "AWS Step Functions",
                "Version": 1,
                "Containers": [
                  {
                    "GpuIds": [],
                    "ManagedAgents": [],
                    "ContainerArn": "arn:aws:ecs:us-west-2:ACCOUNT:container/UUID",
                    "TaskArn": "arn:aws:ecs:us-west-2:ACCOUNT:task/demo-test-Cluster/UUID",
                    "Name": "report-gen",
                    "Image": "registry.example/report-gen:1",
                    "LastStatus": "PENDING",
                    "NetworkBindings": [],
                    "NetworkInterfaces": [],
                    "Cpu": "0"
                  }
                ],
                "Attachments": [],
                "AvailabilityZone": "us-west-2a",
                "EnableExecuteCommand": false,
                "Tags": [],
                "EphemeralStorage": {
                  "SizeInGiB": 20
                }
              }
            ]
          },
          "outputDetails": {
            "truncated": false
          }
        },
        "previousEventId": 4
      },
      {
        "id": 6,
        "type": "TaskSucceeded",
        "timestamp": "TIME",
        "taskSucceededEventDetails": {
          "resource": "runTask.sync",
          "resourceType": "ecs",
          "output": {
            "TaskArn": "arn:aws:ecs:us-west-2:ACCOUNT:task/demo-test-Cluster/UUID",
            "ClusterArn": "arn:aws:ecs:us-west-2:ACCOUNT:cluster/demo-test-Cluster",
            "TaskDefinitionArn": "arn:aws:ecs:us-west-2:ACCOUNT:task-definition/demo-test-report-gen:1",
            "Overrides": {
              "InferenceAcceleratorOverrides": [],
              "ContainerOverrides": [
                {
                  "Command": [],
                  "Environment": [],
                  "EnvironmentFiles": [],
                  "ResourceRequirements": [],
                  "Name": "report-gen"
                }
              ]
            },
            "LastStatus": "STOPPED",
            "DesiredStatus": "STOPPED",
            "LaunchType": "FARGATE",
            "Cpu": "256",
            "Memory": "512",
            "PlatformVersion": "1.4.0",
            "PlatformFamily": "Linux",
            "Connectivity": "CONNECTED",
            "ConnectivityAt": "TIME",
            "PullStartedAt": "TIME",
            "PullStoppedAt": "TIME",
            "CreatedAt": "TIME",
            "StartedAt": "TIME",
            "StoppingAt": "TIME",
            "StoppedAt": "TIME",
            "StoppedReason": "Essential container in task exited",
            "StopCode": "EssentialContainerExited",
            "Group": "first",
            "StartedBy": "AWS Step Functions",
            "Version": 6,
            "Containers": [
              {
                "GpuIds": [],
                "ManagedAgents": [],
                "ContainerArn": "arn:aws:ecs:us-west-2:ACCOUNT:container/UUID",
                "TaskArn": "arn:aws:ecs:us-west-2:ACCOUNT:task/demo-test-Cluster/UUID",
                "Name": "report-gen",
                "Image": "registry.example/report-gen:1",
                "LastStatus": "STOPPED",
                "ExitCode": 0,
                "NetworkBindings": [],
                "NetworkInterfaces": [],
                "Cpu": "0"
              }
            ],
            "Attachments": [],
            "AvailabilityZone": "us-west-2a",
            "EnableExecuteCommand": false,
            "Tags": [],
            "EphemeralStorage": {
              "SizeInGiB": 20
            },
            "ExecutionStoppedAt": "TIME"
          },
          "outputDetails": {
            "truncated": false
          }
        },
        "previousEventId": 5
      }
    ]
    "#);
    assert_eq!(
        types(&history),
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
    assert_eq!(world.account.container_lines(STACK).unwrap(), ["one", "two"]);
    let streams = world.account.log_events(GROUP, "states/").unwrap();
    let (stream, lines) = streams.into_iter().next().unwrap();
    let name = regex::Regex::new(r"^states/demo-test-report-gen/\d{4}(-\d\d){4}/[0-9a-f]{8}$").unwrap();
    assert!(name.is_match(&stream), "{stream}");
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(types(&lines), types(&history));
    let first = regex::Regex::new(r"\d{13}").unwrap().replace(&lines[0].to_string(), "TIME").into_owned();
    insta::assert_snapshot!(stable(&first, &world), @r#"{"id":"1","type":"ExecutionStarted","details":{"input":"{}","roleArn":"arn:aws:iam::ACCOUNT:role/demo-test-report-gen-StateMachineRole-ID","inputDetails":{"truncated":"false"}},"redrive_count":"0","previous_event_id":"0","event_timestamp":"TIME","execution_arn":"arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:first"}"#);
    assert_eq!(lines[4]["details"]["output"], history[4]["taskSubmittedEventDetails"]["output"]);
    assert_eq!(lines[5]["previous_event_id"], "5");
}

#[test]
fn every_way_to_fail_is_retried() {
    let world = deployed("retries: 4\n");
    let pull = "CannotPullContainerError: pull image manifest has been retried 1 time(s)";
    let stories = [
        TaskStory::refused("ThrottlingException", "Rate exceeded"),
        TaskStory::unplaced("RESOURCE:MEMORY"),
        TaskStory::fails_to_start(pull),
        quick().exit(JOB, 137).reason(JOB, "OutOfMemoryError: Container killed due to memory usage"),
        quick(),
    ];
    world.account.tell_tasks(STACK, stories).unwrap();
    let started = Instant::now();
    let run = world.account.start_run(STACK, "stubborn").unwrap();
    assert_eq!(world.account.ended_run(&run).unwrap()["status"], "SUCCEEDED");
    assert!(started.elapsed() >= Duration::from_millis(4 * 200));
    let history = world.account.history(&run).unwrap();
    let failures: Vec<String> = history
        .iter()
        .filter(|event| event["type"].as_str().unwrap().ends_with("Failed"))
        .map(|event| {
            let details =
                event.as_object().unwrap().iter().find(|(name, _)| name.ends_with("Details")).unwrap().1;
            let cause = details["cause"].as_str().unwrap();
            let told = match serde_json::from_str::<Value>(cause) {
                Ok(task) if task.is_object() => format!(
                    "{} {} {} {} {} {}",
                    task["StopCode"],
                    task["StoppedReason"],
                    task["Group"],
                    task["StartedBy"],
                    task["Containers"][0]["ExitCode"],
                    task["Containers"][0]["Reason"]
                ),
                _ => cause.split("; Request").next().unwrap().to_owned(),
            };
            format!("{}: {} {told}", event["type"].as_str().unwrap(), details["error"].as_str().unwrap())
        })
        .collect();
    insta::assert_snapshot!(failures.join("\n"), @r#"
    TaskSubmitFailed: ECS.ThrottlingException Rate exceeded (Service: AmazonECS; Status Code: 400; Error Code: ThrottlingException
    TaskSubmitFailed: AmazonECS.Unknown [{"Reason":"RESOURCE:MEMORY"}]
    TaskFailed: States.TaskFailed "TaskFailedToStart" "CannotPullContainerError: pull image manifest has been retried 1 time(s)" "stubborn" "AWS Step Functions" null null
    TaskFailed: States.TaskFailed "EssentialContainerExited" "Essential container in task exited" "stubborn" "AWS Step Functions" 137 "OutOfMemoryError: Container killed due to memory usage"
    "#);
    let tasks = world.account.tasks(STACK).unwrap();
    assert_eq!(tasks.len(), 3);
    assert!(tasks.iter().all(|task| task["group"] == "stubborn"), "{tasks:?}");
    world.account.forget_stopped_tasks().unwrap();
    assert_eq!(world.account.tasks(STACK).unwrap(), Vec::<Value>::new());
}

#[test]
fn a_container_that_is_not_essential_fails_the_run() {
    let world = deployed(
        "sidecars:\n  helper:\n    image: registry.example/helper:1\n    essential: false\n    port: 8080\n",
    );
    world.account.tell_tasks(STACK, [quick().exit("helper", 137)]).unwrap();
    let ended = world.account.ended_run(&world.account.start_run(STACK, "helped").unwrap()).unwrap();
    assert_eq!(ended["status"], "FAILED");
    assert_eq!(ended["error"], "States.TaskFailed");
    let task: Value = serde_json::from_str(ended["cause"].as_str().unwrap()).unwrap();
    let codes: Vec<_> =
        task["Containers"].as_array().unwrap().iter().map(|one| one["ExitCode"].as_i64()).collect();
    assert_eq!(codes, [Some(0), Some(137)]);
    assert_eq!(task["StopCode"], "EssentialContainerExited");
}

#[test]
fn the_time_limit_ends_the_run_and_its_task() {
    let world = deployed("timeout: 1s\nretries: 2\n");
    world.account.tell_tasks(STACK, [long()]).unwrap();
    let run = world.account.start_run(STACK, "slow").unwrap();
    let ended = world.account.ended_run(&run).unwrap();
    assert_eq!(
        (&ended["status"], &ended["error"], &ended["cause"]),
        (&json!("TIMED_OUT"), &Value::Null, &Value::Null)
    );
    let task = task_in(&world.account, "STOPPED");
    assert_eq!(
        (&task["stopCode"], &task["containers"][0]["exitCode"]),
        (&json!("UserInitiated"), &json!(143))
    );
    let history = world.account.history(&run).unwrap();
    let last = history.last().unwrap();
    assert_eq!(last["executionTimedOutEventDetails"], json!({ "error": "States.Timeout" }));
    assert_eq!(types(&history)[4..], ["TaskSubmitted", "ExecutionTimedOut"]);
}

#[test]
fn a_stopped_run_stops_its_task() {
    let world = deployed("");
    world.account.tell_tasks(STACK, [long()]).unwrap();
    let run = world.account.start_run(STACK, "unwanted").unwrap();
    task_in(&world.account, "RUNNING");
    let input = json!({ "executionArn": run, "cause": "enough" });
    world.account.asks("states", "AWSStepFunctions.StopExecution", input).unwrap();
    let ended = world.account.ended_run(&run).unwrap();
    assert_eq!((&ended["status"], &ended["cause"]), (&json!("ABORTED"), &json!("enough")));
    assert_eq!(task_in(&world.account, "STOPPED")["stopCode"], "UserInitiated");
    let history = world.account.history(&run).unwrap();
    assert_eq!(history.last().unwrap()["executionAbortedEventDetails"], json!({ "cause": "enough" }));
}

#[test]
fn a_stopped_task_is_followed_by_the_next_attempt() {
    let world = deployed("retries: 1\n");
    world.account.tell_tasks(STACK, [long(), quick()]).unwrap();
    let run = world.account.start_run(STACK, "again").unwrap();
    let task = task_in(&world.account, "RUNNING");
    let input = json!({ "cluster": task["clusterArn"], "task": task["taskArn"], "reason": "by hand" });
    let answer = world.account.asks("ecs", "AmazonEC2ContainerServiceV20141113.StopTask", input).unwrap();
    assert_eq!(answer["task"]["desiredStatus"], "STOPPED");
    assert_eq!(answer["task"]["stopCode"], "UserInitiated");
    assert_eq!(world.account.ended_run(&run).unwrap()["status"], "SUCCEEDED");
    let tasks = world.account.tasks(STACK).unwrap();
    assert_eq!((tasks.len(), &tasks[0]["stoppedReason"]), (2, &json!("by hand")));
}

#[test]
fn what_is_not_there_is_refused_as_aws_does() {
    let world = deployed("");
    let account = &world.account;
    account.retry_wait(Duration::ZERO).unwrap();
    account.tell_tasks(STACK, [long()]).unwrap();
    let run = account.start_run(STACK, "only").unwrap();
    assert_eq!(account.start_run(STACK, "only").unwrap(), run);
    let other = run.replace("only", "other");
    let machine = run.replace(":execution:", ":stateMachine:").replace(":only", "");
    let missing = format!("{machine}-other");
    let calls = [
        ("StopExecution", json!({ "executionArn": other })),
        ("DescribeExecution", json!({ "executionArn": other })),
        ("GetExecutionHistory", json!({ "executionArn": other })),
        ("StartExecution", json!({ "stateMachineArn": machine, "name": "only", "input": "{\"a\":1}" })),
        ("StartExecution", json!({ "stateMachineArn": machine, "name": "a:b" })),
        ("StartExecution", json!({ "stateMachineArn": missing })),
        ("DescribeStateMachine", json!({ "stateMachineArn": missing })),
        ("ListExecutions", json!({ "stateMachineArn": missing })),
    ];
    let refused = |call: &str, input: &Value| {
        account.asks("states", &format!("AWSStepFunctions.{call}"), input.clone()).unwrap_err().to_string()
    };
    let told: Vec<String> = calls.iter().map(|(call, input)| refused(call, input)).collect();
    insta::assert_snapshot!(stable(&told.join("\n"), &world), @r#"
    AWSStepFunctions.StopExecution: {"__type": "ExecutionDoesNotExist", "message": "Execution Does Not Exist: 'arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:other'"}
    AWSStepFunctions.DescribeExecution: {"__type": "ExecutionDoesNotExist", "message": "Execution Does Not Exist: 'arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:other'"}
    AWSStepFunctions.GetExecutionHistory: {"__type": "ExecutionDoesNotExist", "message": "Execution Does Not Exist: 'arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:other'"}
    AWSStepFunctions.StartExecution: {"__type": "ExecutionAlreadyExists", "message": "Execution Already Exists: 'arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:only'"}
    AWSStepFunctions.StartExecution: {"__type": "InvalidName", "message": "Invalid Name: 'a:b'"}
    AWSStepFunctions.StartExecution: {"__type": "StateMachineDoesNotExist", "message": "State Machine Does Not Exist: 'arn:aws:states:us-west-2:ACCOUNT:stateMachine:demo-test-report-gen-other'"}
    AWSStepFunctions.DescribeStateMachine: {"__type": "StateMachineDoesNotExist", "message": "State Machine Does Not Exist: 'arn:aws:states:us-west-2:ACCOUNT:stateMachine:demo-test-report-gen-other'"}
    AWSStepFunctions.ListExecutions: {"__type": "StateMachineDoesNotExist", "message": "State Machine Does Not Exist: 'arn:aws:states:us-west-2:ACCOUNT:stateMachine:demo-test-report-gen-other'"}
    "#);
    // The state machine goes with its executions.
    account
        .asks("states", "AWSStepFunctions.DeleteStateMachine", json!({ "stateMachineArn": machine }))
        .unwrap();
    insta::assert_snapshot!(stable(&refused("DescribeExecution", &json!({ "executionArn": run })), &world), @r#"AWSStepFunctions.DescribeExecution: {"__type": "ExecutionDoesNotExist", "message": "Execution Does Not Exist: 'arn:aws:states:us-west-2:ACCOUNT:execution:demo-test-report-gen:only'"}"#);
}

#[test]
fn an_image_that_is_nowhere_cannot_be_pulled() {
    let world = deployed("");
    let ended = world.account.ended_run(&world.account.start_run(STACK, "pulls").unwrap()).unwrap();
    let task: Value = serde_json::from_str(ended["cause"].as_str().unwrap()).unwrap();
    assert_eq!(task["StopCode"], "TaskFailedToStart");
    insta::assert_snapshot!(task["StoppedReason"].as_str().unwrap(), @"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref registry.example/report-gen:1: registry.example/report-gen:1: not found");
}
