//! The dependency rule of `src/lib.rs`, checked on the source text: which top-level module may name which other one, and
//! that no two files need each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

/// Module and the modules it may use. `error`, `files` and `text` are open to all.
const ALLOWED: [(&str, &[&str]); 27] = [
    ("addons", &["archive", "manifest", "template", "yaml"]),
    ("archive", &[]),
    ("aws", &["manifest", "ops", "stack", "store", "template"]),
    ("cdk", &["ops", "programs", "report"]),
    (
        "cli",
        &[
            "aws",
            "cdk",
            "context",
            "docker",
            "git",
            "image",
            "ops",
            "programs",
            "report",
            "stack",
            "ui",
            "workspace",
        ],
    ),
    ("context", &["local_time"]),
    ("custom_resources", &["archive"]),
    ("diff", &["template", "yaml"]),
    ("docker", &["image", "ops", "programs"]),
    ("error", &[]),
    ("files", &[]),
    ("git", &["programs"]),
    ("image", &["manifest"]),
    ("lib", &[]),
    ("local_time", &[]),
    ("main", &["cli"]),
    ("manifest", &["yaml"]),
    (
        "ops",
        &[
            "addons",
            "custom_resources",
            "diff",
            "git",
            "image",
            "manifest",
            "report",
            "stack",
            "store",
            "template",
            "workspace",
            "yaml",
        ],
    ),
    ("programs", &[]),
    ("report", &["diff", "image"]),
    ("stack", &["diff", "manifest", "report", "template", "yaml"]),
    ("store", &[]),
    ("template", &["manifest", "yaml"]),
    ("text", &[]),
    ("ui", &["context", "diff", "image", "ops", "report"]),
    ("workspace", &["manifest", "yaml"]),
    ("yaml", &[]),
];

/// Modules of the pure domain and what they must not contain.
const PURE: [&str; 4] = ["diff", "manifest", "template", "yaml"];
const IMPURE: [&str; 10] = [
    "crate::files",
    "async fn",
    ".await",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "tokio::",
    "aws_sdk",
    "console::",
];

/// A module path below the crate, such as `["stack", "follow"]`.
type Module = Vec<String>;

/// The source files without unit tests, by module.
fn sources() -> BTreeMap<Module, PathBuf> {
    fn collect(dir: &Path, root: &Path, found: &mut BTreeMap<Module, PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // Folders of unit tests may look at everything.
                if path.file_name().unwrap() != "tests" {
                    collect(&path, root, found);
                }
            } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
                let relative = path.strip_prefix(root).unwrap().with_extension("");
                let mut module: Module =
                    relative.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
                module.pop_if(|last| last == "mod");
                found.insert(module, path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 30, "the source files were not found");
    found
}

/// Files that hold unit tests only.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_str().unwrap();
    matches!(name, "tests" | "testing") || name.ends_with("_tests") || name.starts_with("test_")
}

/// Collects the paths that a file names, from the crate on; what is for tests only is left out.
struct Named {
    /// Where the code stands; longer inside of inline modules.
    module: Module,
    paths: BTreeSet<Module>,
}

impl Named {
    fn of(module: &Module, code: &str) -> BTreeSet<Module> {
        let file = syn::parse_file(code).unwrap();
        let mut named = Self { module: module.clone(), paths: BTreeSet::new() };
        named.visit_file(&file);
        named.paths
    }

    fn add(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else { return };
        let base = match first.as_str() {
            "crate" | "copilot" => Module::new(),
            "self" => self.module.clone(),
            "super" => self.module[..self.module.len().saturating_sub(1)].to_vec(),
            _ => return,
        };
        let mut full = base;
        for name in rest {
            match name.as_str() {
                "super" => drop(full.pop()),
                name => full.push(name.to_owned()),
            }
        }
        self.paths.insert(full);
    }

    fn tree(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.tree(&part.tree, path);
                path.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, path)),
            UseTree::Name(_) | UseTree::Rename(_) | UseTree::Glob(_) => {
                let mut whole = path.clone();
                match tree {
                    UseTree::Name(name) if name.ident != "self" => whole.push(name.ident.to_string()),
                    UseTree::Rename(name) if name.ident != "self" => whole.push(name.ident.to_string()),
                    _ => {}
                }
                self.add(&whole);
            }
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|argument| argument == "test")
    })
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names);
        visit::visit_path(self, path);
    }
}

/// Code without comments and without unit tests, as text.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let mut violations = Vec::new();
    for (module, path) in sources() {
        let shown = module.join("::");
        let allowed = ALLOWED.iter().find(|(name, _)| *name == module[0]);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("the rule does not know {shown}"));
        let known = |name: &str| ALLOWED.iter().any(|(other, _)| *other == name);
        for used in Named::of(&module, &std::fs::read_to_string(&path).unwrap()) {
            let Some(used) = used.first().map(String::as_str).filter(|used| known(used)) else { continue };
            let open = used == module[0] || matches!(used, "error" | "files" | "text");
            if module[0] != "lib" && !open && !allowed.contains(&used) {
                violations.push(format!("{shown} uses {used}"));
            }
        }
        if PURE.contains(&module[0].as_str()) {
            let code = code(&path);
            violations
                .extend(IMPURE.iter().filter(|w| code.contains(*w)).map(|w| format!("{shown} contains {w}")));
        }
    }
    assert!(violations.is_empty(), "the dependency rule is broken:\n{}", violations.join("\n"));
}

/// Files that need each other, each group in order.
fn circles(uses: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<Vec<String>> {
    let reached = |start: &Module| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(module) = open.pop() {
            for next in &uses[module] {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&Module, BTreeSet<&Module>> =
        uses.keys().map(|module| (module, reached(module))).collect();
    let circle_of = |module: &Module| -> Vec<String> {
        let others = reach[module].iter().filter(|other| reach[*other].contains(module));
        others.map(|other| other.join("::")).collect()
    };
    let found: BTreeSet<Vec<String>> = uses.keys().map(circle_of).filter(|circle| circle.len() > 1).collect();
    found.into_iter().collect()
}

/// Which file uses which. Parts of a module use what the module itself offers; that it has parts is no use of them.
fn file_uses(files: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let file_of = |path: &Module| {
        let candidates = (1..=path.len()).rev().map(|length| path[..length].to_vec());
        candidates.into_iter().find(|module| files.contains_key(module))
    };
    let used = |(module, code): (&Module, &String)| {
        let used = Named::of(module, code).iter().filter_map(file_of).filter(|used| used != module).collect();
        (module.clone(), used)
    };
    files.iter().map(used).collect()
}

#[test]
fn no_two_files_need_each_other() {
    let texts = sources().into_iter().filter(|(module, _)| !matches!(module[0].as_str(), "lib" | "main"));
    let texts = texts.map(|(module, path)| (module, std::fs::read_to_string(path).unwrap())).collect();
    let found: Vec<String> = circles(&file_uses(&texts)).iter().map(|circle| circle.join(", ")).collect();
    assert!(found.is_empty(), "these files need each other:\n{}", found.join("\n"));
}

#[test]
fn circles_are_found_inside_folders_and_through_others() {
    let files = [
        (&["a"][..], "mod b; mod c; mod d; use b::x;"),
        (&["a", "b"], "use super::c::{self, y}; use super::Shared;"),
        (&["a", "c"], "fn y() { crate::a::d::z() }"),
        (&["a", "d"], "use crate::{e, a::{b::x}}; #[cfg(test)] mod tests { use crate::f; }"),
        (&["e"], "mod inner { use super::super::f::Type; }"),
        (&["f"], "#[cfg(test)]\nuse crate::e;"),
    ];
    let files = files
        .map(|(module, code)| (module.iter().map(|name| (*name).to_owned()).collect(), code.to_owned()))
        .into();
    assert_eq!(circles(&file_uses(&files)), [["a::b", "a::c", "a::d"]]);
}
