//! Building and pushing an image, against the `docker` command line that builds and pushes the same on the same engine and registry,
//! in turn with ours. Ours is a deploy to a stack that stays as it is: its "image" is the time from the first request for a
//! build to the last answer of the engine or of the registry, its "deploy" all of it, with what it asks of AWS (without latency).
//! Both reach the engine through the same watched socket, which takes its share of the time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;

use crate::builds::remove_images;
use crate::docker_watch::DockerWatch;
use crate::local_aws::{LocalAws, registry_host};
use crate::measured::median;
use crate::program::Program;
use crate::table::{Table, Targets, megabytes, seconds};
use crate::world::{APP, Image, JOB, World};

/// What the emulator's `GetAuthorizationToken` hands out.
const LOGIN: &str = "AWS:ministack-auth-token";
const TAG: &str = "bench";
const ROUNDS: usize = 5;
const LARGE_ROUNDS: usize = 3;
const FILES: usize = 20_000;
const FILE_SIZE: usize = 50 * 1024;
/// Containers that are built at once, and how long a step of each takes.
const CONTAINERS: [&str; 4] = ["report-gen", "one", "two", "three"];
const STEP_SECONDS: u64 = 2;
const CONTAINER_ROUNDS: usize = 3;

/// Measures and prints.
pub(crate) fn measure(aws: &LocalAws, ours: &Program, targets: &mut Targets) -> Result<()> {
    let world = World::new(aws, Image::Build)?;
    let repository = format!("{}/{APP}/{JOB}", registry_host(world.account().id()));
    let measured = Bench { aws, world: &world, ours, docker: DockerCli::find(&repository)? }.run(targets);
    let removed = aws.block_on(remove_images(repository));
    measured.and(removed)
}

struct Bench<'a> {
    aws: &'a LocalAws,
    world: &'a World<'a>,
    ours: &'a Program,
    docker: DockerCli,
}

/// How long each side took, in turn, and the most memory ours needed.
#[derive(Default)]
struct Pairs {
    image: Vec<Duration>,
    deploy: Vec<Duration>,
    docker: Vec<Duration>,
    peak: u64,
}

impl Bench<'_> {
    fn run(&self, targets: &mut Targets) -> Result<()> {
        let mut table =
            Table::new(1, &["what", "image s", "deploy s", "docker s", "image : docker", "peak MB"]);
        let context = tempfile::tempdir()?;
        let mut row = |name: &str, pairs: &Pairs, most: f64| -> Result<()> {
            let middle = |times: &[Duration]| median(times).context("no run was timed");
            let (ours, docker) = (middle(&pairs.image)?, middle(&pairs.docker)?);
            let ratio = ours.as_secs_f64() / docker.as_secs_f64();
            let cells =
                [seconds(ours), seconds(middle(&pairs.deploy)?), seconds(docker), format!("{ratio:.2}")];
            let peak = format!("{:.1}", megabytes(pairs.peak));
            table.row([name.to_owned()].into_iter().chain(cells).chain([peak]));
            targets.at_most(&format!("{name}, of docker's time"), ratio, most, "");
            Ok(())
        };

        self.world.write("Dockerfile", b"FROM scratch\nCOPY content /content\n")?;
        fs::copy(self.world.path().join("Dockerfile"), context.path().join("Dockerfile"))?;
        // The stack is made by the first deploy.
        self.deploy()?;
        let small = self.pairs(ROUNDS, context.path(), |round, side, directory| {
            Ok(fs::write(directory.join("content"), format!("{side} {round} {}", std::process::id()))?)
        })?;
        row("small context, changed", &small, 1.05)?;
        let unchanged = self.pairs(ROUNDS, context.path(), |_, _, _| Ok(()))?;
        row("small context, unchanged", &unchanged, 0.7)?;

        let name = format!("{FILES} files of 1 GB, half ignored");
        self.world.write("Dockerfile", b"FROM scratch\nCOPY . /\n")?;
        fs::copy(self.world.path().join("Dockerfile"), context.path().join("Dockerfile"))?;
        let large = self.pairs(LARGE_ROUNDS, context.path(), |round, side, directory| {
            many_files(directory, &format!("{side} {round} {}", std::process::id()))
        })?;
        row(&name, &large, 1.0)?;
        let touched = self.pairs(LARGE_ROUNDS, context.path(), |round, side, directory| {
            Ok(fs::write(directory.join("kept/0/0"), format!("{side} {round} {}", std::process::id()))?)
        })?;
        row("the same, one file changed", &touched, 1.0)?;
        targets.at_most("peak memory with that context", megabytes(large.peak), 64.0, "MB");
        println!("docker {}\n\n{table}", self.docker.version);
        fs::remove_dir_all(self.world.path().join("kept"))?;
        fs::remove_dir_all(self.world.path().join("ignored"))?;
        self.containers(targets)
    }

    /// Several containers against one, in turn, each with a step that takes its time without using the processor.
    fn containers(&self, targets: &mut Targets) -> Result<()> {
        fs::copy(sleeper(self.world.path())?, self.world.path().join("step"))?;
        let mut table = Table::new(1, &["containers", "s"]);
        let counts = [1, CONTAINERS.len()];
        let mut took = counts.map(|_| Vec::new());
        for round in 0..=CONTAINER_ROUNDS {
            for (count, took) in counts.iter().zip(&mut took) {
                let unique = format!("{round}-{count}-{}", std::process::id());
                let dockerfile = format!(
                    "FROM scratch\nCOPY step /step\nARG WHO\nRUN [\"/step\", \"{STEP_SECONDS}\", \"{unique}\"]\n"
                );
                self.world.write("Dockerfile", dockerfile.as_bytes())?;
                self.world.manifest(&containers(*count))?;
                let time = self.deploy()?.image;
                // In the first round the engine still removes what is left of the large context.
                if round > 0 {
                    took.push(time);
                }
            }
        }
        let mut medians = Vec::new();
        for (count, took) in counts.iter().zip(&took) {
            let time = median(took).context("no run was timed")?;
            table.row([count.to_string(), seconds(time)]);
            medians.push(time.as_secs_f64());
        }
        println!("{table}");
        if let [one, all] = medians.as_slice() {
            let name = format!("{} containers at once, of the time of one", CONTAINERS.len());
            targets.at_most(&name, all / one, 1.2, "");
        }
        Ok(())
    }

    /// Both sides in turn, now one first and now the other; `change` prepares each build in its directory.
    fn pairs(
        &self,
        rounds: usize,
        context: &Path,
        change: impl Fn(usize, &str, &Path) -> Result<()>,
    ) -> Result<Pairs> {
        let mut pairs = Pairs::default();
        for round in 0..rounds {
            let first = round % 2 == 0;
            for ours in [first, !first] {
                let (side, directory) =
                    if ours { ("copilot", self.world.path()) } else { ("docker", context) };
                change(round, side, directory)?;
                settle()?;
                if ours {
                    let deployed = self.deploy()?;
                    pairs.image.push(deployed.image);
                    pairs.deploy.push(deployed.whole);
                    pairs.peak = pairs.peak.max(deployed.peak);
                } else {
                    let socket = tempfile::tempdir()?;
                    let watch = DockerWatch::start(self.aws, socket.path())?;
                    pairs.docker.push(self.docker.build_and_push(context, &watch)?);
                }
            }
        }
        Ok(pairs)
    }

    fn deploy(&self) -> Result<Deployed> {
        let directory = tempfile::tempdir()?;
        let watch = DockerWatch::start(self.aws, directory.path())?;
        let ran = self.world.run_with(self.ours, &["--tag", TAG], &[watch.env()])?;
        let began = watch.build().context("nothing was built")?;
        let registry =
            self.world.account().calls_since(ran.started).filter(|call| call.service == "registry");
        let ended =
            registry.0.iter().map(|call| call.finished).chain(watch.answered()).max().context("no answer")?;
        Ok(Deployed { image: ended.duration_since(began), whole: ran.took, peak: ran.peak })
    }
}

/// One deploy of ours.
struct Deployed {
    /// Building and pushing.
    image: Duration,
    whole: Duration,
    /// Peak resident memory in bytes.
    peak: u64,
}

/// The lines of a manifest for so many containers, all built with different arguments.
fn containers(count: usize) -> String {
    let build = |indent: &str, name: &str| {
        format!(
            "{indent}image:\n{indent}  build:\n{indent}    dockerfile: ./Dockerfile\n{indent}    args:\n{indent}      WHO: {name}\n"
        )
    };
    let mut lines = String::new();
    for (index, name) in CONTAINERS.iter().take(count).enumerate() {
        match index {
            0 => lines.push_str(&build("", name)),
            1 => lines.push_str(&format!("sidecars:\n  {name}:\n{}", build("    ", name))),
            _ => lines.push_str(&format!("  {name}:\n{}", build("    ", name))),
        }
    }
    lines
}

/// Waits until the disk has what was written before, which would slow down whoever comes next.
fn settle() -> Result<()> {
    ensure!(Command::new("sync").status().context("run sync")?.success(), "sync failed");
    Ok(())
}

/// Half of the files are not sent.
fn many_files(directory: &Path, side: &str) -> Result<()> {
    fs::write(directory.join(".dockerignore"), "ignored\n.git\ncopilot\n")?;
    // The number of the file, then what makes it differ from the other side's.
    let mut content = vec![0; size_of::<usize>()];
    content.extend(side.as_bytes());
    content.resize(FILE_SIZE, b'.');
    for number in 0..FILES {
        let half = if number % 2 == 0 { "kept" } else { "ignored" };
        let directory = directory.join(half).join((number / 200).to_string());
        fs::create_dir_all(&directory)?;
        let head = number.to_le_bytes();
        if let Some(start) = content.get_mut(..head.len()) {
            start.copy_from_slice(&head);
        }
        fs::write(
            directory.join(if number == 0 { "0".to_owned() } else { format!("file-{number}") }),
            &content,
        )?;
    }
    Ok(())
}

/// A static program that sleeps for as many seconds as it is told.
fn sleeper(directory: &Path) -> Result<PathBuf> {
    let (source, program) = (directory.join("sleeper.rs"), directory.join("sleeper"));
    fs::write(
        &source,
        "fn main() { let s = std::env::args().nth(1).unwrap().parse().unwrap(); \
         std::thread::sleep(std::time::Duration::from_secs(s)); }",
    )?;
    let status = Command::new("rustc")
        .args(["--edition=2024", "-O", "-C", "target-feature=+crt-static", "-C", "strip=symbols", "-o"])
        .args([&program, &source])
        .status()
        .context("run rustc")?;
    ensure!(status.success(), "rustc ended with {status}");
    Ok(program)
}

/// A `docker` that can build with `BuildKit`, logged in to the registry.
struct DockerCli {
    program: PathBuf,
    version: String,
    repository: String,
    config: tempfile::TempDir,
}

impl DockerCli {
    /// The first that can: newer ones need a plugin for it that may not be there.
    fn find(repository: &str) -> Result<Self> {
        let config = tempfile::tempdir()?;
        let host = repository.split('/').next().unwrap_or(repository);
        let auth = base64::engine::general_purpose::STANDARD.encode(LOGIN);
        let auths = serde_json::json!({ "auths": { host: { "auth": auth } } });
        fs::write(config.path().join("config.json"), auths.to_string())?;
        let context = tempfile::tempdir()?;
        fs::write(context.path().join("Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n")?;
        let mut cli = Self {
            program: PathBuf::new(),
            version: String::new(),
            repository: repository.to_owned(),
            config,
        };
        for program in ["docker", "/usr/bin/docker"] {
            cli.program = PathBuf::from(program);
            if cli.call(context.path(), &["build", "--quiet", "."], None).is_ok() {
                let version =
                    Command::new(program).args(["version", "--format", "{{.Client.Version}}"]).output()?;
                cli.version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
                return Ok(cli);
            }
        }
        anyhow::bail!("the bench needs a `docker` command line that builds with BuildKit")
    }

    fn build_and_push(&self, context: &Path, watch: &DockerWatch) -> Result<Duration> {
        let names = ["latest", TAG].map(|tag| format!("{}:{tag}", self.repository));
        let started = std::time::Instant::now();
        let build = ["build", "--platform", "linux/amd64", "-t", &names[0], "-t", &names[1], "."];
        self.call(context, &build, Some(watch))?;
        for name in &names {
            self.call(context, &["push", name], Some(watch))?;
        }
        Ok(started.elapsed())
    }

    fn call(&self, directory: &Path, args: &[&str], watch: Option<&DockerWatch>) -> Result<()> {
        let output = Command::new(&self.program)
            .args(args)
            .current_dir(directory)
            .env("DOCKER_BUILDKIT", "1")
            .env("DOCKER_CONFIG", self.config.path())
            .envs(watch.map(DockerWatch::env))
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("run {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "docker {} ended with {}:\n{said}", args.join(" "), output.status);
        Ok(())
    }
}
