//! What `job package` of a plain job costs a processor: over TLS, with the system's certificates, as against AWS.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::https_proxy::HttpsProxy;
use crate::local_aws::LocalAws;
use crate::measured::{least, median};
use crate::program::Program;
use crate::table::{Table, Targets, milliseconds};
use crate::world::{ENV, Image, JOB, World};

const RUNS: usize = 20;
/// Where systems keep all certificates that they trust in one file.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Measures and prints.
pub(crate) fn measure(aws: &LocalAws, programs: &[Program], targets: &mut Targets) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let proxy = HttpsProxy::start(aws, directory.path())?;
    let roots = roots(&proxy, directory.path())?;
    let world = World::new(aws, Image::Location)?;
    let args = ["job", "package", "--name", JOB, "--env", ENV];
    let mut runs: Vec<(Vec<Duration>, Duration)> = programs.iter().map(|_| Default::default()).collect();
    for _ in 0..RUNS {
        for (program, (times, used)) in programs.iter().zip(&mut runs) {
            let mut command = program.command(world.path(), &args);
            let env = world.account().env().into_iter().filter(|(name, _)| *name != "AWS_ENDPOINT_URL");
            command.envs(env).env("HTTPS_PROXY", proxy.url()).env("SSL_CERT_FILE", &roots);
            let before = processor_time_of_children()?;
            times.push(program.measure(command, directory.path())?.took);
            *used += processor_time_of_children()?.saturating_sub(before);
        }
    }
    let mut table =
        Table::new(1, &["job package over TLS", "min ms", "median ms", "processor ms", "of the peer's"]);
    let processor = |used: Duration| used.as_secs_f64() * 1e3 / RUNS as f64;
    let peer = runs.get(1).map(|(_, used)| processor(*used));
    for (program, (times, used)) in programs.iter().zip(&runs) {
        let (min, middle) = least(times).zip(median(times)).context("no run was timed")?;
        table.row([
            program.name.to_owned(),
            milliseconds(min),
            milliseconds(middle),
            format!("{:.1}", processor(*used)),
            peer.map_or_else(String::new, |peer| format!("{:.2}", processor(*used) / peer)),
        ]);
    }
    println!("{table}");
    let ours = processor(runs.first().context("no program")?.1);
    targets.at_most("processor time of `job package`", ours, 25.0, "ms");
    if let Some(peer) = peer {
        targets.at_most("the same, of the peer's", ours / peer, 0.4, "");
    }
    Ok(())
}

/// A file with the certificates of the system and of the proxy.
fn roots(proxy: &HttpsProxy, directory: &Path) -> Result<std::path::PathBuf> {
    let system = BUNDLES.iter().find_map(|file| fs::read_to_string(file).ok());
    let system = system.context("this system has no file with certificates")?;
    let roots = directory.join("roots.pem");
    fs::write(&roots, format!("{system}\n{}", fs::read_to_string(proxy.authority())?))?;
    Ok(roots)
}

/// The processor time of all processes that this one has waited for.
fn processor_time_of_children() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(") ").context("read /proc/self/stat")?.1;
    // Counted from the field after the name: user and system time of children, in hundredths of a second.
    let ticks: u64 =
        fields.split_whitespace().skip(13).take(2).map(|field| field.parse().unwrap_or(0u64)).sum();
    Ok(Duration::from_millis(ticks * 10))
}
