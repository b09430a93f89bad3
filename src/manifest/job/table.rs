//! The fields of a job's manifest.

use crate::manifest::table::{FROM_CFN, Shape, TEXT_OR_EXPORT, Table, field};

pub(in crate::manifest) const JOB: Table = &[
    field("name", Shape::Text, "Name of the job, which is that of its directory."),
    field("type", Shape::Word(&["Scheduled Job"]), "Kind of workload."),
    field("image", Shape::Fields(IMAGE), "The main container's image."),
    field(
        "entrypoint",
        WORDS,
        "Replaces the image's entry point. A text is split into words as a shell does it.",
    ),
    field("command", WORDS, "Replaces the image's command. A text is split into words as a shell does it."),
    field("cpu", Shape::Number, "CPU units of the task; 1024 are one vCPU. Default: 256."),
    field("memory", Shape::Number, "Memory of the task in MiB. Default: 512."),
    field(
        "platform",
        Shape::Any(&[Shape::Text, Shape::SomeOf(PLATFORM)]),
        "Operating system and architecture, such as linux/arm64. Default: linux/x86_64.",
    ),
    field(
        "count",
        Shape::Any(&[Shape::Number, Shape::Fields(AUTOSCALING)]),
        "Has no effect on a job: each run is one task.",
    ),
    field(
        "exec",
        Shape::Any(&[Shape::Flag, Shape::SomeOf(EXEC)]),
        "Has no effect on a job: its tasks run without ECS Exec.",
    ),
    field("variables", VARIABLES, "Environment variables of the main container."),
    field(
        "env_file",
        Shape::Text,
        "Path of a file of environment variables (.env) from the workspace's root, which must end in .env.",
    ),
    field("secrets", SECRETS, "Secrets that the main container gets as environment variables."),
    field("storage", Shape::Fields(STORAGE), "Disk space, volumes and file systems."),
    field("logging", Shape::Fields(LOGGING), "Where logs go and how long they are kept."),
    field("sidecars", Shape::Named(&Shape::Fields(SIDECAR)), "Further containers in the same task, by name."),
    field("on", Shape::Fields(ON), "When the job runs."),
    field(
        "timeout",
        Shape::Text,
        "How long a run may take with its retries, such as 1h30m, in whole seconds. Default: no limit.",
    ),
    field("retries", Shape::Number, "How often a run that failed is repeated. Default: 0."),
    field("network", Shape::Fields(NETWORK), "Subnets and security groups of the task."),
    field("publish", Shape::Fields(PUBLISH), "SNS topics that the job publishes to."),
    field(
        "taskdef_overrides",
        Shape::List(&Shape::Fields(OVERRIDE)),
        "Changes of the ECS task definition, made last, in this order.",
    ),
    field(
        "environments",
        Shape::Named(&Shape::Whole),
        "What is different in an environment, by its name: any other field of the manifest.",
    ),
];

/// A command line.
const WORDS: Shape = Shape::Any(&[Shape::Text, Shape::List(&Shape::Text)]);

const VARIABLES: Shape = Shape::Named(&TEXT_OR_EXPORT);
const SECRETS: Shape = Shape::Named(&Shape::Any(&[Shape::Text, Shape::SomeOf(SECRET)]));
const LABELS: Shape = Shape::Named(&Shape::Text);

pub(super) const SECRET: Table = &[
    field(
        "secretsmanager",
        Shape::Text,
        "Name of a secret in Secrets Manager; `name:key::` takes one key of a JSON value.",
    ),
    field("from_cfn", Shape::Text, "Name of the CloudFormation export whose value is the parameter's name."),
];

pub(super) const IMAGE: Table = &[
    field("build", BUILD_FORMS, "Builds the image: the path of a Dockerfile, or a map."),
    field("location", Shape::Text, "Uses an image of a registry instead of building one."),
    field(
        "credentials",
        Shape::Text,
        "ARN of the secret in Secrets Manager with the credentials for a private registry.",
    ),
    field("labels", LABELS, "Docker labels of the container."),
    field("depends_on", DEPENDENCIES, "What must have happened to other containers before this one starts."),
    field("healthcheck", Shape::Fields(HEALTHCHECK), "The container's health check."),
];

const BUILD_FORMS: Shape = Shape::Any(&[Shape::Text, Shape::SomeOf(BUILD)]);

const DEPENDENCIES: Shape = Shape::Named(&Shape::Text);

pub(super) const BUILD: Table = &[
    field("dockerfile", Shape::Text, "Path of the Dockerfile from the workspace's root."),
    field("context", Shape::Text, "Build context. Default: the Dockerfile's directory."),
    field("target", Shape::Text, "Stage of the Dockerfile to build. Default: the last."),
    field("args", Shape::Named(&Shape::Text), "Build arguments (ARG)."),
    field("cache_from", Shape::List(&Shape::Text), "Images whose layers the build may use."),
    field(
        "cache_to",
        Shape::List(&Shape::Text),
        "Where the build's cache is stored: an image, or `type=inline`.",
    ),
    field(
        "secrets",
        Shape::Named(&Shape::SomeOf(BUILD_SECRET)),
        "Secrets for RUN --mount=type=secret, by id. No layer holds them.",
    ),
    field(
        "ssh",
        Shape::Any(&[Shape::Flag, Shape::List(&Shape::Text)]),
        "Lends the SSH agent to RUN --mount=type=ssh: true, or the ids that the Dockerfile uses.",
    ),
    field(
        "contexts",
        Shape::Named(&Shape::Text),
        "Further build contexts by name: a directory, docker-image://IMAGE or an address.",
    ),
    field("no_cache", Shape::Flag, "Builds without the cache."),
    field("network", Shape::Word(&["default", "none", "host"]), "Network of the build's RUN steps."),
];

pub(super) const BUILD_SECRET: Table = &[
    field("env", Shape::Text, "Environment variable of this machine with the value."),
    field("file", Shape::Text, "File of this machine with the value, from the workspace's root."),
    field("ssm", Shape::Text, "Name of an SSM parameter with the value."),
    field("secretsmanager", Shape::Text, "Name of a secret in Secrets Manager with the value."),
];

pub(super) const HEALTHCHECK: Table = &[
    field("command", Shape::List(&Shape::Text), "The command, beginning with CMD or CMD-SHELL."),
    field("interval", Shape::Duration, "Time between two checks. Default: 10s."),
    field("retries", Shape::Number, "Failures in a row that make the container unhealthy. Default: 2."),
    field("timeout", Shape::Duration, "How long one check may take. Default: 5s."),
    field(
        "start_period",
        Shape::Duration,
        "Time after the start in which failures do not count. Default: 0s.",
    ),
];

pub(super) const PLATFORM: Table = &[
    field("osfamily", Shape::Text, "Operating system, such as linux or windows_server_2022_core."),
    field("architecture", Shape::Text, "Architecture: x86_64 or arm64."),
];

/// Fields of the autoscaling settings of AWS Copilot CLI.
pub(super) const AUTOSCALING: Table = &[
    field("spot", Shape::Anything, "For services only."),
    field("range", Shape::Anything, "For services only."),
    field("cooldown", Shape::Anything, "For services only."),
    field("cpu_percentage", Shape::Anything, "For services only."),
    field("memory_percentage", Shape::Anything, "For services only."),
    field("requests", Shape::Anything, "For services only."),
    field("response_time", Shape::Anything, "For services only."),
    field("queue_delay", Shape::Anything, "For services only."),
];

pub(super) const EXEC: Table = &[field("enable", Shape::Flag, "Has no effect on a job.")];

pub(super) const STORAGE: Table = &[
    field("ephemeral", Shape::Number, "Disk space of the task in GiB, from 20 to 200. Default: 20."),
    field("readonly_fs", Shape::Flag, "The main container cannot write to its own file system."),
    field("volumes", Shape::Named(&Shape::Fields(VOLUME)), "Volumes of the main container, by name."),
];

pub(super) const VOLUME: Table = &[
    field("path", Shape::Text, "Where the main container has the volume."),
    field("read_only", Shape::Flag, "The main container cannot write to it. Default: true."),
    field(
        "efs",
        Shape::Any(&[Shape::Flag, Shape::SomeOf(EFS)]),
        "Keeps the volume on EFS: true for a file system of the environment, or a map. Default: it lives as long as the task.",
    ),
];

pub(super) const EFS: Table = &[
    field("id", TEXT_OR_EXPORT, "ID of a file system of your own."),
    field("root_dir", Shape::Text, "Directory of your file system. Default: /."),
    field("auth", Shape::Fields(EFS_AUTH), "How the task gets access to your file system."),
    field("uid", Shape::Number, "User who owns the job's directory on the environment's file system."),
    field("gid", Shape::Number, "Group that owns the job's directory on the environment's file system."),
];

pub(super) const EFS_AUTH: Table = &[
    field("iam", Shape::Flag, "Access is checked with the task's role. Default: true."),
    field("access_point_id", Shape::Text, "ID of an access point of your file system."),
];

pub(super) const LOGGING: Table = &[
    field("retention", Shape::Number, "Days for which CloudWatch Logs keeps the logs. Default: 30."),
    field("image", Shape::Text, "Image of the FireLens container that routes the logs."),
    field("destination", Shape::Named(&Shape::Text), "Options of the FireLens log driver, such as Name."),
    field("enableMetadata", Shape::Flag, "Adds ECS metadata to each log line. Default: true."),
    field("secretOptions", SECRETS, "Options of the FireLens log driver that are secrets."),
    field("configFilePath", Shape::Text, "Path of the configuration in the FireLens image."),
    field("variables", VARIABLES, "Environment variables of the FireLens container."),
    field("secrets", SECRETS, "Secrets of the FireLens container."),
    field("env_file", Shape::Text, "File of environment variables of the FireLens container."),
];

pub(super) const SIDECAR: Table = &[
    field("port", Shape::Text, "Port that the container listens on, such as 2000/udp."),
    field(
        "image",
        Shape::Any(&[Shape::Text, Shape::SomeOf(SIDECAR_IMAGE)]),
        "The container's image: a registry's, or a map with `build` or `location`.",
    ),
    field("essential", Shape::Flag, "The task ends when this container does. Default: true."),
    field(
        "credentialsParameter",
        Shape::Text,
        "ARN of the secret in Secrets Manager with the credentials for a private registry.",
    ),
    field("variables", VARIABLES, "Environment variables of the container."),
    field("secrets", SECRETS, "Secrets that the container gets as environment variables."),
    field(
        "env_file",
        Shape::Text,
        "Path of a file of environment variables (.env) from the workspace's root.",
    ),
    field("mount_points", Shape::List(&Shape::Fields(MOUNT_POINT)), "Volumes of the job in this container."),
    field("labels", LABELS, "Docker labels of the container."),
    field("depends_on", DEPENDENCIES, "What must have happened to other containers before this one starts."),
    field("healthcheck", Shape::Fields(HEALTHCHECK), "The container's health check."),
    field("entrypoint", WORDS, "Replaces the image's entry point."),
    field("command", WORDS, "Replaces the image's command."),
];

pub(super) const SIDECAR_IMAGE: Table = &[
    field("build", BUILD_FORMS, "Builds the image: the path of a Dockerfile, or a map."),
    field("location", Shape::Text, "Uses an image of a registry."),
];

pub(super) const MOUNT_POINT: Table = &[
    field("source_volume", Shape::Text, "Name of a volume below `storage.volumes`."),
    field("path", Shape::Text, "Where this container has the volume."),
    field("read_only", Shape::Flag, "This container cannot write to it. Default: true."),
];

pub(super) const ON: Table = &[field(
    "schedule",
    Shape::Text,
    "When the job runs, in UTC: @daily, @every 2h, a cron expression, rate(…), cron(…), or none.",
)];

pub(super) const NETWORK: Table = &[
    field("vpc", Shape::Fields(VPC), "The task's place in the environment's VPC."),
    field(
        "connect",
        Shape::Any(&[Shape::Flag, Shape::SomeOf(CONNECT)]),
        "Has no effect on a job: Service Connect is for services.",
    ),
];

pub(super) const CONNECT: Table = &[field("alias", Shape::Text, "Has no effect on a job.")];

pub(super) const VPC: Table = &[
    field(
        "placement",
        Shape::Any(&[Shape::Word(&["public", "private"]), Shape::SomeOf(PLACEMENT)]),
        "Kind of the task's subnets, or a map with `subnets`. Private ones reach the internet through NAT gateways. Default: public.",
    ),
    field(
        "security_groups",
        Shape::Any(&[Shape::List(&TEXT_OR_EXPORT), Shape::SomeOf(SECURITY_GROUPS)]),
        "Security groups beside the environment's own.",
    ),
];

pub(super) const PLACEMENT: Table = &[field(
    "subnets",
    Shape::Any(&[Shape::List(&Shape::Text), Shape::SomeOf(SUBNETS)]),
    "IDs of subnets, or a map with `from_tags`.",
)];

pub(super) const SUBNETS: Table = &[field(
    "from_tags",
    Shape::Named(&Shape::Any(&[Shape::Text, Shape::List(&Shape::Text)])),
    "Tags that a subnet must have, each with one of these values.",
)];

pub(super) const SECURITY_GROUPS: Table = &[
    field("groups", Shape::List(&TEXT_OR_EXPORT), "IDs of security groups."),
    field(
        "deny_default",
        Shape::Flag,
        "The task is not in the environment's own security group. Default: false.",
    ),
];

pub(super) const PUBLISH: Table =
    &[field("topics", Shape::List(&Shape::Fields(TOPIC)), "Topics that the job may publish to.")];

pub(super) const TOPIC: Table = &[
    field("name", Shape::Text, "Name of the topic."),
    field("fifo", Shape::Any(&[Shape::Flag, Shape::SomeOf(FIFO)]), "Makes it a FIFO topic. Default: false."),
];

pub(super) const FIFO: Table =
    &[field("content_based_deduplication", Shape::Flag, "Equal messages within five minutes count as one.")];

pub(super) const OVERRIDE: Table = &[
    field(
        "path",
        Shape::Text,
        "Path in the task definition, such as ContainerDefinitions[0].Ulimits[-].Name.",
    ),
    field("value", Shape::Anything, "The value to write there."),
];

pub(super) const EXPORT: Table = FROM_CFN;
