//! Whole trees with all kinds of entries: what arrives in the image is what arrives through Docker's own client.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use copilot::docker::Provided;
use copilot::docker::engine::Builder;

use crate::context::{Client, Numbers};
use crate::fixture::{Fixture, engine, listing};

/// How many trees are compared for each builder.
const TREES: u64 = 24;

/// Parts of names; some would mean something in a pattern, a shell or an archive.
const NAMES: [&str; 18] = [
    "a",
    "b",
    "c.txt",
    "dir",
    "sub",
    "src",
    ".env",
    "a b",
    "über",
    "-x",
    "#x",
    "!y",
    "[z]",
    "st*r",
    "back\\slash",
    "new\nline",
    "Dockerfile",
    "q?",
];
/// Ignore files.
const IGNORED: [&str; 9] = [
    "",
    "",
    "a\n",
    "**/a\n",
    "*\n!dir\n!src\n",
    "dir/*\n!dir/sub\n",
    "Dockerfile\n.dockerignore\n",
    "**/*.txt\n",
    "src\n",
];

/// A tree that is made step by step.
struct Tree {
    numbers: Numbers,
    root: PathBuf,
    directories: Vec<PathBuf>,
    /// All that may have another name, by kind.
    files: Vec<PathBuf>,
    others: Vec<PathBuf>,
}

impl Tree {
    fn new(seed: u64, root: &Path) -> Self {
        let numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ (seed + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
        Self {
            numbers,
            root: root.to_owned(),
            directories: vec![root.to_owned()],
            files: Vec::new(),
            others: Vec::new(),
        }
    }

    /// A path that nothing has yet.
    fn free(&mut self) -> PathBuf {
        loop {
            let directory = self.directories[self.numbers.below(self.directories.len())].clone();
            let mut name = NAMES[self.numbers.below(NAMES.len())].to_owned();
            if self.numbers.below(12) == 0 {
                name += &"n".repeat(180);
            }
            let path = directory.join(name);
            // The Dockerfile's place is kept for it.
            if path != self.root.join("Dockerfile") && path.symlink_metadata().is_err() {
                return path;
            }
        }
    }

    fn grow(&mut self) {
        let path = self.free();
        match self.numbers.below(11) {
            0 | 1 => {
                fs::create_dir(&path).unwrap();
                let mode = [0o755, 0o700, 0o1777, 0o2755][self.numbers.below(4)];
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
                self.directories.push(path);
            }
            2..=4 => {
                let length = [0, 1, 600, 70_000][self.numbers.below(4)];
                fs::write(&path, "x".repeat(length)).unwrap();
                let mode = [0o644, 0o600, 0o755, 0o4755, 0o444][self.numbers.below(5)];
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
                let time = Duration::from_secs(1_000_000_000 + self.numbers.below(500_000_000) as u64);
                let file = fs::File::open(&path).unwrap();
                file.set_modified(SystemTime::UNIX_EPOCH + time).unwrap();
                self.files.push(path);
            }
            5 | 6 if !self.files.is_empty() => {
                let first = self.files[self.numbers.below(self.files.len())].clone();
                fs::hard_link(first, path).unwrap();
            }
            7 => {
                let target = ["a", "../a", "/etc/nowhere", "dir/sub", ".", "src"][self.numbers.below(6)];
                symlink(target, &path).unwrap();
                self.others.push(path);
            }
            8 => {
                Self::make(&["mkfifo"], &path, &[]);
                self.others.push(path);
            }
            9 if !self.others.is_empty() => {
                let first = self.others[self.numbers.below(self.others.len())].clone();
                fs::hard_link(first, path).unwrap();
            }
            10 => match self.numbers.below(3) {
                0 => drop(std::os::unix::net::UnixListener::bind(&path)),
                // Only root makes devices; for others the tree is without.
                1 => Self::make(&["mknod"], &path, &["c", "1", "3"]),
                _ => Self::make(&["mknod"], &path, &["b", "259", "70000"]),
            },
            _ => {}
        }
    }

    fn make(before: &[&str], path: &Path, after: &[&str]) {
        let program = before[0];
        let _ = Command::new(program)
            .arg("--")
            .arg(path)
            .args(after)
            .stderr(std::process::Stdio::null())
            .status();
    }
}

async fn compare(builder: Builder, client: &Client) {
    let engine = engine(builder).await;
    let mut differing = Vec::new();
    for seed in 0..TREES {
        let mut fixture = Fixture::new("");
        let root = fixture.dir.path().join("ws");
        fs::create_dir(&root).unwrap();
        // A label of its own: the classic builder shares images between steps, and another test may remove one meanwhile.
        let text = format!("FROM scratch\nLABEL tree={}\nCOPY . /in/\n", root.display());
        let place = match seed % 4 {
            1 => root.join("link"),
            2 if builder == Builder::Classic => fixture.dir.path().join("outside"),
            _ => root.join("Dockerfile"),
        };
        fs::write(if seed % 4 == 1 { root.join("real") } else { place.clone() }, &text).unwrap();
        if seed % 4 == 1 {
            symlink("real", &place).unwrap();
        }
        let mut tree = Tree::new(seed, &root);
        (0..40).for_each(|_| tree.grow());
        let ignored = IGNORED[usize::try_from(seed).unwrap() % IGNORED.len()];
        if !ignored.is_empty() {
            // Docker's classic client knows no ignore file of a Dockerfile's own.
            let own = builder == Builder::BuildKit && seed % 3 == 1;
            let name =
                if own { place.with_added_extension("dockerignore") } else { root.join(".dockerignore") };
            fs::write(name, ignored).unwrap();
        }
        (fixture.plan.context, fixture.plan.dockerfile) = (root.clone(), place.clone());
        let ours =
            fixture.build_with(&engine, Provided::default()).await.unwrap_or_else(|e| panic!("{seed}: {e}"));
        let theirs = client.build_file(&root, &place).unwrap_or_else(|| panic!("{seed}"));
        let (mut left, mut right) = (listing(&ours).await, listing(&theirs).await);
        for files in [&mut left, &mut right] {
            // The builder makes it.
            files.remove("in/");
            // The place that the ignore file gives to a Dockerfile from outside has a name of its own each time.
            if let Some(ignore) = files.get_mut("in/.dockerignore") {
                *ignore = ignore.split(".dockerfile.").next().unwrap_or_default().to_owned();
            }
        }
        assert!(left.len() > 3 || !ignored.is_empty(), "{left:?}");
        let names = left.keys().chain(right.keys());
        let unlike: Vec<_> = names.filter(|name| left.get(*name) != right.get(*name)).collect();
        for name in unlike {
            differing.push(format!(
                "{builder:?} tree {seed}, ignored {ignored:?}: {name:?}\n    ours   {:?}\n    theirs {:?}",
                left.get(name),
                right.get(name)
            ));
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_arrive_as_through_dockers_client_with_buildkit() {
    let probe = Fixture::new("FROM scratch\nLABEL a=b\n");
    let client = Client::find(probe.dir.path());
    // Without a client that speaks BuildKit there is nothing to compare with.
    if client.buildkit {
        compare(Builder::BuildKit, &client).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_arrive_as_through_dockers_client_without_buildkit() {
    compare(Builder::Classic, &Client { program: "docker", buildkit: false, current: true }).await;
}
