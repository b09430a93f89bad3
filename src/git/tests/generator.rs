//! Makes repositories of every kind, the same ones for the same seed.

use std::os::unix::fs::PermissionsExt;

use super::words::*;
use super::*;

/// A small generator of numbers (xorshift).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        for (left, shift) in [(true, 13), (false, 7), (true, 17)] {
            self.0 ^= if left { self.0 << shift } else { self.0 >> shift };
        }
        usize::try_from((self.0 >> 11) % bound as u64).unwrap()
    }

    /// One of `n` times.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn some<'a>(&mut self, all: &[&'a str], most: usize) -> Vec<&'a str> {
        (0..self.below(most + 1)).map(|_| self.of(all)).collect()
    }
}

/// A repository, from where it is looked at, and what it was made of.
pub(super) struct Case {
    pub dir: PathBuf,
    pub variables: Vec<(&'static str, String)>,
    pub made: Vec<String>,
}

pub(super) struct Generator<'a> {
    pub base: &'a Path,
    pub chance: Chance,
    pub made: Vec<String>,
    /// Seconds since 1970, for commits.
    pub now: u64,
}

impl Generator<'_> {
    /// Runs git, which may refuse.
    fn git(&mut self, dir: &Path, args: &[&str]) -> bool {
        self.now += 60;
        let date = format!("{} +0000", self.now);
        let mut command = real_git();
        command.env("GIT_COMMITTER_DATE", &date).env("GIT_AUTHOR_DATE", &date).current_dir(dir).args(args);
        let done = command.output().unwrap().status.success();
        self.made.push(format!("{}git {}", if done { "" } else { "(failed) " }, args.join(" ")));
        done
    }

    fn write(&mut self, path: &Path, content: &str) {
        let shown = path.strip_prefix(self.base).unwrap().display().to_string();
        let written = path.parent().is_some_and(|dir| fs::create_dir_all(dir).is_ok())
            && match path.extension().is_some_and(|extension| extension == "u16") {
                true => {
                    let units = std::iter::once(0xfeff).chain(content.encode_utf16());
                    fs::write(path, units.flat_map(u16::to_le_bytes).collect::<Vec<_>>()).is_ok()
                }
                false => fs::write(path, content).is_ok(),
            };
        self.made.push(format!("{}write {shown} {content:?}", if written { "" } else { "(failed) " }));
    }

    pub(super) fn generate(mut self) -> Case {
        let main = self.base.join("main");
        fs::create_dir(&main).unwrap();
        match self.chance.below(10) {
            0 => self.git(&main, &["init", "-q", "--object-format=sha256"]),
            1 => self.git(&main, &["init", "-q", "--separate-git-dir", "../elsewhere"]),
            _ => self.git(&main, &["init", "-q"]),
        };
        let mut settings = self.chance.some(&CONFIG, 2);
        if self.chance.one_in(3) {
            let filter = script(self.base.join("clean"), "sed s/CONTENT/POINTER/");
            let smudge = script(self.base.join("smudge"), "sed s/POINTER/CONTENT/");
            self.git(&main, &["config", "filter.fake.clean", filter.to_str().unwrap()]);
            self.git(&main, &["config", "filter.fake.smudge", smudge.to_str().unwrap()]);
            if self.chance.one_in(2) {
                settings.push("filter.fake.required=true");
            }
        }
        for setting in settings {
            let (name, value) = setting.split_once('=').unwrap();
            self.git(&main, &["config", name, value]);
        }
        self.files(&main);
        self.git(&main, &["add", "-A"]);
        if self.chance.one_in(3) {
            self.git(&main, &["add", "-A", "-f"]);
        }
        if !self.chance.one_in(30) {
            self.git(&main, &["commit", "-q", "-m", "first"]);
        }
        self.history(&main);
        let dir = self.checkout(main);
        self.index(&dir);
        if !self.chance.one_in(3) {
            for _ in 0..=self.chance.below(2) {
                self.change(&dir);
            }
        }
        let variables = self.variables(&dir);
        let below = dir.join("sub/deep");
        let dir = if self.chance.one_in(5) && below.is_dir() { below } else { dir };
        Case { dir, variables, made: self.made }
    }

    fn lines(&mut self, all: &[&str], most: usize) -> String {
        self.chance.some(all, most).iter().map(|line| format!("{line}\n")).collect()
    }

    fn files(&mut self, dir: &Path) {
        for _ in 0..3 + self.chance.below(8) {
            let (path, content) = (self.chance.of(&PATHS), self.chance.of(&CONTENTS));
            self.write(&dir.join(path), content);
        }
        if self.chance.one_in(3) {
            let _ = std::os::unix::fs::symlink("README", dir.join("link"));
        }
        for path in [".gitignore", "sub/.gitignore", ".git/info/exclude", "build/.gitignore"] {
            let often = if path == ".gitignore" { 2 } else { 4 };
            if self.chance.one_in(often) {
                let lines = self.lines(&PATTERNS, 4);
                self.write(&dir.join(path), &lines);
            }
        }
        for path in [".gitattributes", "sub/.gitattributes", ".git/info/attributes"] {
            if self.chance.one_in(3) {
                let lines = self.lines(&ATTRIBUTES, 2);
                self.write(&dir.join(path), &lines);
            }
        }
    }

    /// Commits, branches and tags of all kinds.
    fn history(&mut self, dir: &Path) {
        for number in 0..self.chance.below(6) {
            let tag = self.chance.of(&["v1.0", "v1.1", "release/2", "a+b", "ümlaut", "v1.0.0-rc.1"]);
            match self.chance.below(7) {
                0 => self.git(dir, &["tag", tag]),
                1 | 2 => self.git(dir, &["tag", "-a", tag, "-m", "x"]),
                3 => self.git(dir, &["commit", "-q", "--allow-empty", "-m", &format!("more {number}")]),
                4 => {
                    let side = format!("side{number}");
                    self.git(dir, &["checkout", "-q", "-b", &side]);
                    self.git(dir, &["commit", "-q", "--allow-empty", "-m", &side]);
                    self.git(dir, &["tag", "-a", &format!("on-{side}"), "-m", "x"]);
                    self.git(dir, &["checkout", "-q", "-"]);
                    self.git(dir, &["commit", "-q", "--allow-empty", "-m", "on"]);
                    self.git(dir, &["merge", "-q", "--no-edit", &side])
                }
                5 => self.git(dir, &["checkout", "-q", "--detach"]),
                _ => self.git(dir, &["gc", "-q"]),
            };
        }
    }

    /// The first checkout, or another one of the same repository.
    fn checkout(&mut self, main: PathBuf) -> PathBuf {
        let source = format!("file://{}", main.display());
        let fresh = self.base.join("fresh");
        let clone = |flags: &[&'static str]| [&["clone", "-q"], flags].concat();
        let flags = match self.chance.below(12) {
            0 | 1 => clone(&[]),
            2 => clone(&["--depth", "1"]),
            3 => {
                self.git(&main, &["config", "uploadpack.allowFilter", "true"]);
                clone(&["--filter=blob:none"])
            }
            4 => {
                self.git(&main, &["config", "uploadpack.allowFilter", "true"]);
                clone(&["--filter=tree:0"])
            }
            5 => {
                if self.git(&main, &["worktree", "add", "-q", "../fresh"]) {
                    return fresh;
                }
                return main;
            }
            6 => {
                self.submodule(&main);
                return main;
            }
            _ => return main,
        };
        let base = self.base;
        if !self.git(base, &[flags.as_slice(), &[&source, "fresh"]].concat()) {
            return main;
        }
        if self.chance.one_in(2) {
            // As a machine that has the filters set up.
            for name in ["filter.fake.clean", "filter.fake.smudge"] {
                let file = self.base.join(name.rsplit('.').next().unwrap());
                if file.exists() {
                    self.git(&fresh, &["config", name, file.to_str().unwrap()]);
                }
            }
            self.git(&fresh, &["reset", "-q", "--hard"]);
        }
        fresh
    }

    fn submodule(&mut self, main: &Path) {
        let other = self.base.join("other");
        fs::create_dir(&other).unwrap();
        self.git(&other, &["init", "-q"]);
        self.write(&other.join("inner"), "inner\n");
        self.git(&other, &["add", "-A"]);
        self.git(&other, &["commit", "-q", "-m", "inner"]);
        self.git(main, &["submodule", "--quiet", "add", "-f", "../other", "module"]);
        if self.chance.one_in(2) {
            let how = self.chance.of(&["none", "untracked", "dirty", "all"]);
            let file = self.chance.of(&[".gitmodules", ".git/config"]);
            self.git(main, &["config", "-f", file, "submodule.module.ignore", how]);
        }
        self.git(main, &["add", ".gitmodules"]);
        self.git(main, &["commit", "-q", "-m", "module"]);
        let module = main.join("module");
        match self.chance.below(6) {
            0 => self.write(&module.join("inner"), "changed\n"),
            1 => self.write(&module.join("untracked"), ""),
            2 => {
                self.git(&module, &["commit", "-q", "--allow-empty", "-m", "on"]);
            }
            3 => {
                self.git(main, &["submodule", "--quiet", "deinit", "-f", "module"]);
            }
            _ => {}
        }
    }

    /// How the index is kept.
    fn index(&mut self, dir: &Path) {
        let path = self.chance.of(&PATHS);
        match self.chance.below(14) {
            0 => self.git(dir, &["update-index", "--split-index"]),
            1 => self.git(dir, &["sparse-checkout", "set", "sub"]),
            2 => self.git(dir, &["sparse-checkout", "set", "--no-cone", "/*", "!/sub/"]),
            3 => self.git(dir, &["sparse-checkout", "set", "--sparse-index", "build"]),
            4 => self.git(dir, &["update-index", "--assume-unchanged", path]),
            5 => self.git(dir, &["update-index", "--skip-worktree", path]),
            6 => self.git(dir, &["update-index", "--index-version", "4"]),
            7 => self.git(dir, &["update-index", "--untracked-cache"]),
            _ => true,
        };
    }

    /// One change, which may be none for git.
    fn change(&mut self, dir: &Path) {
        let path = self.chance.of(&PATHS);
        let file = dir.join(path);
        self.made.push(format!("change {path}"));
        match self.chance.below(18) {
            0..=4 => {
                let untracked = self.chance.of(&UNTRACKED);
                self.write(&dir.join(untracked), "");
            }
            5 => {
                let content = self.chance.of(&CONTENTS);
                self.write(&file, content);
            }
            6 => {
                if let Ok(content) = fs::read(&file) {
                    // The same once more, at another time.
                    std::thread::sleep(Duration::from_millis(10));
                    fs::write(&file, content).unwrap();
                    self.made.push("written once more".to_owned());
                }
            }
            7 => {
                if let Ok(content) = fs::read_to_string(&file) {
                    let content = content.replace("one", "eno");
                    self.write(&file, &content);
                }
            }
            8 => {
                if file.is_file() {
                    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
                    self.made.push("made executable".to_owned());
                }
            }
            9 => self.made.push(format!("removed: {}", fs::remove_file(&file).is_ok())),
            10 => {
                self.git(dir, &["mv", path, "renamed"]);
            }
            11 => {
                self.git(dir, &["rm", "-q", "--cached", path]);
            }
            12 => {
                if let Ok(content) = fs::read_to_string(&file) {
                    let content = match content.contains("\r\n") {
                        true => content.replace("\r\n", "\n"),
                        false => content.replace('\n', "\r\n"),
                    };
                    self.write(&file, &content);
                }
            }
            13 => {
                if fs::remove_file(&file).is_ok() {
                    std::os::unix::fs::symlink("README", &file).unwrap();
                    self.made.push("made a link".to_owned());
                }
            }
            14 => {
                let sub = dir.join("sub");
                if fs::rename(&sub, self.base.join("moved")).is_ok() {
                    std::os::unix::fs::symlink("../moved", &sub).unwrap();
                    self.made.push("sub is a link".to_owned());
                }
            }
            15 => {
                let nested = dir.join("nested");
                let _ = fs::create_dir(&nested);
                self.git(&nested, &["init", "-q"]);
            }
            16 => {
                self.write(&dir.join("intended"), "x");
                self.git(dir, &["add", "-N", "intended"]);
            }
            _ => {
                let content = self.chance.of(&CONTENTS);
                self.write(&file, content);
                self.git(dir, &["add", "-A"]);
            }
        }
    }

    fn variables(&mut self, dir: &Path) -> Vec<(&'static str, String)> {
        let text = |text: &str| text.to_owned();
        let variables = match self.chance.below(12) {
            0 => vec![
                ("GIT_CONFIG_COUNT", text("1")),
                ("GIT_CONFIG_KEY_0", text("status.showUntrackedFiles")),
                ("GIT_CONFIG_VALUE_0", text("no")),
            ],
            1 => vec![
                ("GIT_CONFIG_COUNT", text("1")),
                ("GIT_CONFIG_KEY_0", text("core.autocrlf")),
                ("GIT_CONFIG_VALUE_0", text("input")),
            ],
            2 => vec![
                ("GIT_DIR", dir.join(".git").display().to_string()),
                ("GIT_WORK_TREE", dir.display().to_string()),
            ],
            3 => {
                let index = self.base.join("index");
                let _ = fs::copy(dir.join(".git/index"), &index);
                vec![("GIT_INDEX_FILE", index.display().to_string())]
            }
            4 => {
                let file = self.base.join("config");
                let lines = self.lines(&PATTERNS, 3);
                self.write(&self.base.join("patterns"), &lines);
                let patterns = self.base.join("patterns");
                write(file.clone(), format!("[core]\nexcludesFile = {}\n", patterns.display()));
                vec![("GIT_CONFIG_GLOBAL", file.display().to_string())]
            }
            _ => Vec::new(),
        };
        self.made.push(format!("{variables:?}"));
        variables
    }
}
