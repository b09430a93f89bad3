//! A job as short texts, one for each field that differs from a job with nothing but the required fields.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::manifest::job::*;
use crate::yaml::{Kind, Node, Style};

/// The facts of a job.
pub(crate) fn facts(job: &Job) -> Vec<String> {
    let usual = [
        "image repo/app",
        "schedule cron(0 0 * * ? *)",
        "cpu 256",
        "memory 512",
        "count 1",
        "placement public",
    ];
    let mut list = List(Vec::new());
    list.image("", &job.image);
    list.words("entrypoint", &job.entrypoint);
    list.words("command", &job.command);
    list.add("cpu", job.cpu);
    list.add("memory", job.memory);
    list.add("count", job.count);
    list.some("platform", job.platform.map(|p| format!("{:?} {:?}", p.os, p.arch)));
    list.variables("variables.", &job.variables);
    list.secrets("secrets.", &job.secrets);
    list.some("env_file", job.env_file.as_ref());
    list.storage(&job.storage);
    list.logging(&job.logging);
    for (name, sidecar) in &job.sidecars {
        list.sidecar(name, sidecar);
    }
    list.add("placement", placement(&job.network.placement));
    for group in &job.network.security_groups {
        list.add("security group", imported(group));
    }
    for topic in &job.topics {
        let fifo = topic.fifo.map(|fifo| fifo.content_based_deduplication);
        let suffix = match fifo {
            None => "",
            Some(None) => " fifo",
            Some(Some(true)) => " fifo deduplicated",
            Some(Some(false)) => " fifo not deduplicated",
        };
        list.add("topic", format!("{}{suffix}", topic.name));
    }
    list.add("schedule", job.schedule.parameter());
    list.some("retries", (job.retries > 0).then_some(job.retries));
    list.some("timeout", job.timeout_seconds);
    for rule in &job.taskdef_overrides {
        list.add("override", format!("{} = {}", rule.path, flow(&rule.value)));
    }
    list.0.retain(|fact| !usual.contains(&fact.as_str()));
    list.0
}

struct List(Vec<String>);

impl List {
    fn add(&mut self, name: &str, value: impl Display) {
        self.0.push(format!("{name} {value}"));
    }

    fn some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn words(&mut self, name: &str, words: &[String]) {
        if !words.is_empty() {
            self.add(name, format!("{words:?}"));
        }
    }

    fn texts(&mut self, prefix: &str, texts: &BTreeMap<String, String>) {
        for (name, text) in texts {
            self.add(&format!("{prefix}{name}"), text);
        }
    }

    fn variables(&mut self, prefix: &str, variables: &BTreeMap<String, Variable>) {
        for (name, variable) in variables {
            let value = match variable {
                Variable::Plain(text) => format!("{text:?}"),
                Variable::FromCfn(export) => format!("import {export}"),
            };
            self.add(&format!("{prefix}{name}"), value);
        }
    }

    fn secrets(&mut self, prefix: &str, secrets: &BTreeMap<String, Secret>) {
        for (name, secret) in secrets {
            let value = match secret {
                Secret::Plain(text) => format!("{text:?}"),
                Secret::FromCfn(export) => format!("import {export}"),
                Secret::SecretsManager(name) => format!("secretsmanager {name}"),
            };
            self.add(&format!("{prefix}{name}"), value);
        }
    }

    fn image(&mut self, prefix: &str, image: &Image) {
        let name = |field: &str| format!("{prefix}{field}");
        match &image.source {
            ImageSource::Location(location) => self.add(&name("image"), location),
            ImageSource::Build(build) => {
                self.add(&name("build"), build.dockerfile.as_deref().unwrap_or("its context"));
                self.some(&name("build.context"), build.context.as_ref());
                self.some(&name("build.target"), build.target.as_ref());
                self.texts(&name("build.args."), &build.args);
                self.words(&name("build.cache_from"), &build.cache_from);
            }
        }
        self.some(&name("credentials"), image.credentials.as_ref());
        self.texts(&name("labels."), &image.labels);
        self.texts(&name("depends_on."), &image.depends_on);
        if let Some(check) = &image.healthcheck {
            let HealthCheck { command, interval, retries, start_period, timeout } = check;
            let numbers =
                format!("every {interval} retries {retries} start {start_period} timeout {timeout}");
            self.add(&name("healthcheck"), format!("{command:?} {numbers}"));
        }
    }

    fn storage(&mut self, storage: &Storage) {
        self.some("ephemeral", storage.ephemeral);
        self.some("readonly_fs", storage.readonly_fs);
        for (name, volume) in &storage.volumes {
            let kind = match &volume.kind {
                VolumeKind::Scratch => "scratch".to_owned(),
                VolumeKind::ManagedEfs { owner: None } => "managed".to_owned(),
                VolumeKind::ManagedEfs { owner: Some((uid, gid)) } => format!("managed {uid}:{gid}"),
                VolumeKind::Efs { id, root_dir, iam, access_point_id } => {
                    let mut kind = format!("efs {}", imported(id));
                    let parts = [("root", root_dir.clone()), ("iam", iam.map(|on| on.to_string()))];
                    for (what, value) in parts.into_iter().chain([("point", access_point_id.clone())]) {
                        kind.extend(value.map(|value| format!(" {what} {value}")));
                    }
                    kind
                }
            };
            let mode = volume.read_only.map(|read_only| format!(" read_only {read_only}"));
            self.add(
                &format!("volume {name}"),
                format!("{} {kind}{}", volume.path, mode.unwrap_or_default()),
            );
        }
    }

    fn logging(&mut self, logging: &Logging) {
        self.some("retention", (logging.retention != 30).then_some(logging.retention));
        let Some(router) = &logging.router else { return };
        self.add("router", router.image.as_deref().unwrap_or("of AWS"));
        self.texts("router.destination.", &router.destination);
        self.some("router.metadata", router.enable_metadata);
        self.secrets("router.options.", &router.secret_options);
        self.some("router.config", router.config_file_path.as_ref());
        self.variables("router.variables.", &router.variables);
        self.secrets("router.secrets.", &router.secrets);
        self.some("router.env_file", router.env_file.as_ref());
    }

    fn sidecar(&mut self, name: &str, sidecar: &Sidecar) {
        let prefix = format!("{name}.");
        let field = |field: &str| format!("{prefix}{field}");
        self.image(&prefix, &sidecar.image);
        self.some(&field("essential"), sidecar.essential);
        self.some(
            &field("port"),
            sidecar.port.as_ref().map(|(number, protocol)| format!("{number}/{protocol}")),
        );
        self.words(&field("entrypoint"), &sidecar.entrypoint);
        self.words(&field("command"), &sidecar.command);
        self.variables(&field("variables."), &sidecar.variables);
        self.secrets(&field("secrets."), &sidecar.secrets);
        self.some(&field("env_file"), sidecar.env_file.as_ref());
        for mount in &sidecar.mount_points {
            let mode = if mount.read_only { "" } else { " writable" };
            self.add(&field("mount"), format!("{} at {}{mode}", mount.source_volume, mount.path));
        }
    }
}

fn placement(placement: &Placement) -> String {
    match placement {
        Placement::Public => "public".to_owned(),
        Placement::Private => "private".to_owned(),
        Placement::Subnets(ids) => format!("in {ids:?}"),
        Placement::SubnetsFromTags(tags) => format!("by tags {tags:?}"),
    }
}

fn imported(text: &Imported) -> String {
    match text {
        Imported::Plain(text) => text.clone(),
        Imported::FromCfn(export) => format!("import {export}"),
    }
}

/// A tree in one line: texts in quotes, everything that YAML gives a type without.
pub(crate) fn flow(node: &Node) -> String {
    let value = match &node.kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain => scalar.text.clone(),
        Kind::Scalar(scalar) => format!("{:?}", scalar.text),
        Kind::Sequence(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Kind::Mapping(entries) => {
            let entry = |(key, value): &(Node, Node)| {
                format!("{}: {}", key.as_text().unwrap_or_default(), flow(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    };
    node.tag.as_ref().map_or_else(|| value.clone(), |tag| format!("{tag} {value}"))
}
