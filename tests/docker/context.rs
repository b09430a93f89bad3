//! What `COPY . /` sees of a directory: the same as through Docker's own client.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use copilot::docker::Provided;
use copilot::docker::engine::Builder;

use crate::fixture::{Fixture, engine, files};

/// The files of the tree that every case ignores parts of.
const TREE: [&str; 24] = [
    "Dockerfile",
    "a",
    "a.txt",
    "b.md",
    "README.md",
    ".env",
    ".git/config",
    "dir/a.txt",
    "dir/b.go",
    "dir/sub/a.txt",
    "dir/sub/c.go",
    "dir/sub/deep/a.txt",
    "dir2/a.txt",
    "node_modules/x/index.js",
    "node_modules/x/a.txt",
    "src/main.rs",
    "src/node_modules/y/a.txt",
    "src/[x]/a.txt",
    "src/a b.txt",
    "x-y/a",
    "x/y",
    "x.z/a",
    "über/ä.txt",
    "build.Dockerfile",
];

/// Patterns that the cases are made of.
const PATTERNS: [&str; 34] = [
    "a",
    "a.txt",
    "*.txt",
    "**/*.txt",
    "**/a.txt",
    "dir",
    "dir/",
    "/dir",
    "./dir",
    "dir/*",
    "dir/**",
    "dir/sub",
    "**/sub",
    "*/*.txt",
    "*/sub/*",
    "**/node_modules",
    "node_modules",
    "**",
    "*",
    "d?r",
    "[a-d]*",
    "[^a-d]*",
    "x*",
    "über",
    "**/*.go",
    "src/a b.txt",
    "dir/../a",
    ".git",
    ".*",
    "Dockerfile",
    "*.md",
    ".dockerignore",
    "x/y",
    "**/deep/**",
];

/// How the same things may be written.
const FORMS: [&str; 13] = [
    "\u{feff}a\n",
    "a\r\nb.md\r\n",
    "# a\n #x\n",
    "  a  \n\t dir/sub\t\n",
    "a.txt",
    "\\a\ndir/\\*.txt\n",
    "src/\\[x\\]\n",
    "dir\\d\n\\w.txt\nx\\W\\w/a\n",
    "src/[[]x]\n",
    "/dir//sub/./deep/../\n",
    "dir\n! dir/sub \n",
    "*\n!*/\n!.dockerignore\n",
    "\u{feff}# \u{fc}ber\n\u{fc}ber\n",
];

/// How many ignore files are compared.
const CASES: usize = 104 + FORMS.len();

/// A generator whose numbers are the same in every run.
pub(crate) struct Numbers(pub u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

/// Ignore files: the forms, every pattern alone, every pattern taken back in, then random ones without end.
fn cases() -> impl Iterator<Item = String> {
    let alone = PATTERNS.iter().map(|pattern| format!("{pattern}\n"));
    let back = PATTERNS.iter().map(|pattern| format!("**\n!{pattern}\n"));
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let random = std::iter::repeat_with(move || {
        let count = 2 + numbers.below(4);
        let lines = (0..count).map(|_| {
            let negated = if numbers.below(3) == 0 { "!" } else { "" };
            format!("{negated}{}\n", PATTERNS[numbers.below(PATTERNS.len())])
        });
        lines.collect::<String>()
    });
    let forms = FORMS.iter().map(|form| (*form).to_owned());
    forms.chain(alone).chain(back).chain(random)
}

/// Files and directories of an image.
async fn paths(id: &str) -> BTreeSet<String> {
    files(id)
        .await
        .into_keys()
        .map(|name| name.trim_start_matches("./").trim_end_matches('/').to_owned())
        .collect()
}

/// Docker's own client.
pub(crate) struct Client {
    pub program: &'static str,
    pub buildkit: bool,
    /// Reads patterns the way clients have done since 2021.
    pub current: bool,
}

impl Client {
    /// The best there is: newer clients need a plugin for `BuildKit`, older ones do not.
    pub(crate) fn find(dir: &Path) -> Self {
        let clients = [("docker", true, true), ("/usr/bin/docker", true, false), ("docker", false, false)];
        let clients = clients.map(|(program, buildkit, current)| Self { program, buildkit, current });
        let [first, second, third] = clients;
        [first, second].into_iter().find(|client| client.build(dir).is_some()).unwrap_or(third)
    }

    /// Builds a directory and gives the image's id.
    fn build(&self, dir: &Path) -> Option<String> {
        self.build_file(dir, &dir.join("Dockerfile"))
    }

    /// Builds a directory with a Dockerfile and gives the image's id.
    pub(crate) fn build_file(&self, dir: &Path, dockerfile: &Path) -> Option<String> {
        let mut command = Command::new(self.program);
        command
            .args(["build", "--quiet", "--label", "copilot-test=client", "--file"])
            .args([dockerfile, dir]);
        command.env("DOCKER_BUILDKIT", if self.buildkit { "1" } else { "0" });
        let mut output = command.output().ok()?;
        // Another test removed an image while the engine looked through all of them.
        while String::from_utf8_lossy(&output.stderr).contains("unable to find image") {
            output = command.output().ok()?;
        }
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    /// Older clients take files back in only below directories that a `!` pattern names in full, and look at
    /// patterns behind such a one differently.
    fn agrees(&self, case: &str) -> bool {
        let is_back = |line: &&str| line.starts_with('!');
        let wild = case.lines().filter(is_back).any(|line| line.contains(['*', '?', '[']));
        let sorted = case.lines().is_sorted_by_key(|line| is_back(&line));
        self.current || (!wild && sorted)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ignore_files_mean_what_dockers_client_makes_of_them() {
    // An image without files is not an image to the classic builder, hence the label.
    let fixture = Fixture::new("FROM scratch\nLABEL a=b\nCOPY . /\n");
    for name in TREE.iter().skip(1) {
        let path = fixture.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let client = Client::find(fixture.dir.path());
    let engine = engine(Builder::BuildKit).await;
    for case in cases().filter(|case| client.agrees(case)).take(CASES) {
        fs::write(fixture.dir.path().join(".dockerignore"), &case).unwrap();
        let theirs = client.build(fixture.dir.path()).unwrap_or_else(|| panic!("{case:?}"));
        let ours = fixture
            .build_with(&engine, Provided::default())
            .await
            .unwrap_or_else(|e| panic!("{case:?}: {e}"));
        let (mut left, mut right) = (paths(&ours).await, paths(&theirs).await);
        if !client.current {
            // Older clients also send directories of which everything is left out.
            left.retain(|path| TREE.contains(&path.as_str()));
            right.retain(|path| TREE.contains(&path.as_str()));
        }
        assert_eq!(left, right, "{case:?}");
    }
}

#[tokio::test]
async fn an_ignored_dockerfile_is_not_copied() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPY . /\n")
            .file("a", "a")
            .file(".dockerignore", "Dockerfile\n.dockerignore\n");
        let id = fixture.build(builder).await.unwrap();
        assert_eq!(paths(&id).await, BTreeSet::from(["a".to_owned()]), "{builder:?}");
    }
}

#[tokio::test]
async fn a_dockerfile_outside_the_context_stays_outside() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        for ignore in ["", "b\n"] {
            let mut fixture = Fixture::new("FROM scratch\nCOPY . /\n").file("app/a", "a").file("app/b", "b");
            if !ignore.is_empty() {
                fixture = fixture.file("Dockerfile.dockerignore", ignore);
            }
            fixture.plan.context = fixture.dir.path().join("app");
            let id = fixture.build(builder).await.unwrap();
            let expected: &[&str] = if ignore.is_empty() { &["a", "b"] } else { &["a"] };
            assert_eq!(
                paths(&id).await,
                expected.iter().map(|name| (*name).to_owned()).collect(),
                "{builder:?}"
            );
        }
    }
}

#[tokio::test]
async fn links_modes_long_names_and_holes_arrive_as_they_are() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
        let fixture = Fixture::new("FROM scratch\nCOPY . /in/\nCOPY link /out/\nCOPY dirs/*.txt /globbed/\n")
            .file("target", "content")
            .file("dirs/a.txt", "a")
            .file(&long, "long");
        let root = fixture.dir.path();
        symlink("target", root.join("link")).unwrap();
        symlink("../target", root.join("dirs/linked.txt")).unwrap();
        symlink("/etc/nowhere", root.join("dangling")).unwrap();
        fs::write(root.join("script"), "#!").unwrap();
        fs::set_permissions(root.join("script"), fs::Permissions::from_mode(0o4751)).unwrap();
        fs::File::create(root.join("hole")).unwrap().set_len(3 << 20).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let id = fixture.build(builder).await.unwrap();
        let files = files(&id).await;
        assert_eq!(files["out/link"], "content", "{builder:?}");
        assert_eq!(files["globbed/a.txt"], "a");
        assert_eq!(files["globbed/linked.txt"], "content");
        assert_eq!(files[&format!("in/{long}")], "long");
        assert_eq!(files["in/hole"].len(), 3 << 20);
        assert!(files.contains_key("in/dangling"));
        // Docker's clients send sockets to BuildKit as empty files.
        let socket = (builder == Builder::BuildKit).then_some("");
        assert_eq!(files.get("in/socket").map(String::as_str), socket);
        // The classic builder drops the bit that a change of the owner would drop.
        let expected = if builder == Builder::BuildKit { 0o4751 } else { 0o751 };
        assert_eq!(mode(&id, "in/script").await, expected, "{builder:?}");
    }
}

/// The mode of a file of an image.
async fn mode(id: &str, name: &str) -> u32 {
    crate::fixture::headers(id).await[name]
}

#[tokio::test]
async fn names_that_are_not_text_are_told() {
    use std::os::unix::ffi::OsStrExt;
    let fixture = Fixture::new("FROM scratch\nCOPY . /\n");
    let name = std::ffi::OsStr::from_bytes(b"bad\xff");
    fs::write(fixture.dir.path().join(name), "").unwrap();
    let error = fixture.build(Builder::BuildKit).await.unwrap_err();
    assert!(error.to_string().contains("its name is not UTF-8"), "{error}");
}

#[tokio::test]
async fn a_copy_of_what_the_ignore_file_hides_says_so() {
    let mut said = String::new();
    for builder in [Builder::BuildKit, Builder::Classic] {
        for dockerfile in ["COPY keep conf/secret /", "ADD [\"conf\", \"/\"]", "ARG X=gone\nCOPY $X /"] {
            let fixture = Fixture::new(&format!("FROM scratch\n{dockerfile}\n"))
                .file("keep", "")
                .file("conf/secret", "")
                .file(".dockerignore", "# private\n\nconf*\n");
            let error = fixture.build(builder).await.unwrap_err();
            let hints = error.cause.hints().join(" ").replace(fixture.dir.path().to_str().unwrap(), "");
            said += &format!("{builder:?} {dockerfile:?}: {hints}\n");
        }
    }
    insta::assert_snapshot!(said, @r#"
    BuildKit "COPY keep conf/secret /": conf/secret is there, but line 3 of /.dockerignore, `conf*`, leaves it out of the build context. To keep it, add `!conf/secret` below that line.
    BuildKit "ADD [\"conf\", \"/\"]": conf is there, but line 3 of /.dockerignore, `conf*`, leaves it out of the build context. To keep it, add `!conf` below that line.
    BuildKit "ARG X=gone\nCOPY $X /": 
    Classic "COPY keep conf/secret /": conf/secret is there, but line 3 of /.dockerignore, `conf*`, leaves it out of the build context. To keep it, add `!conf/secret` below that line.
    Classic "ADD [\"conf\", \"/\"]": conf is there, but line 3 of /.dockerignore, `conf*`, leaves it out of the build context. To keep it, add `!conf` below that line.
    Classic "ARG X=gone\nCOPY $X /":
    "#);
}

#[tokio::test]
async fn an_ignore_file_in_another_encoding_is_named() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPY . /\n").file("secret", "");
        let wide: Vec<u8> = "\u{feff}secret\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(fixture.dir.path().join(".dockerignore"), wide).unwrap();
        let error = fixture.build(builder).await.unwrap_err().to_string();
        assert!(
            error.ends_with("/.dockerignore: it is in UTF-16, in which Docker finds no pattern"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_ignore_file_of_a_dockerfile_that_is_a_link_has_the_links_name() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        // Docker follows only the first with BuildKit, and both without it.
        for (link, target) in [("Link", "docker/Real"), ("Link", "../outside/Real")] {
            let mut fixture = Fixture::new("")
                .file("ws/docker/Real", "FROM scratch\nCOPY . /\n")
                .file("outside/Real", "FROM scratch\nCOPY . /\n")
                .file("ws/a", "")
                .file("ws/b", "")
                .file("ws/docker/Real.dockerignore", "a\n")
                .file("outside/Real.dockerignore", "a\n")
                .file("ws/Link.dockerignore", "b\n*docker*\nLink\n");
            let root = fixture.dir.path().join("ws");
            symlink(target, root.join(link)).unwrap();
            (fixture.plan.context, fixture.plan.dockerfile) = (root.clone(), root.join(link));
            let id = fixture.build(builder).await.unwrap();
            let mut left = paths(&id).await;
            // The classic builder takes the Dockerfile away again, but not its directory.
            left.remove("docker");
            assert_eq!(left, BTreeSet::from(["a".to_owned()]), "{builder:?} {target}");
        }
    }
}

#[tokio::test]
async fn an_ignore_file_that_buildkit_does_not_follow_is_warned_about() {
    let mut fixture = Fixture::new("").file("ws/Dockerfile", "FROM scratch\nCOPY a /\n").file("ws/a", "a");
    let root = fixture.dir.path().join("ws");
    fs::write(fixture.dir.path().join("ignored"), "a\n").unwrap();
    symlink("../ignored", root.join(".dockerignore")).unwrap();
    (fixture.plan.context, fixture.plan.dockerfile) = (root.clone(), root.join("Dockerfile"));
    let id = fixture.build(Builder::BuildKit).await.unwrap();
    assert_eq!(paths(&id).await, BTreeSet::from(["a".to_owned()]));
    insta::assert_snapshot!(fixture.warnings().join("\n").replace(root.to_str().unwrap(), ""), @"/.dockerignore is a link that leads out of its directory, where BuildKit does not follow it: nothing that it lists is left out of the build context. Put the file itself there");
}

#[tokio::test]
async fn a_malformed_pattern_is_told_with_its_line() {
    for builder in [Builder::BuildKit, Builder::Classic] {
        let fixture = Fixture::new("FROM scratch\nCOPY . /\n").file(".dockerignore", "ok\n[a\n");
        let error = fixture.build(builder).await.unwrap_err().to_string();
        assert!(
            error.contains(".dockerignore: line 2: pattern `[a` has a malformed character class")
                || error.contains("line 2: pattern `[a`"),
            "{builder:?} {error}"
        );
    }
}
