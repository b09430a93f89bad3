//! Behaviour of the old tool that was observed manifest by manifest, as tables: storage, network, topics,
//! logging, containers, overrides, environments and what is rendered from them. Every observed row is in a
//! table, also where this project decides differently; such a row says why.
//! Tables Q and AA, which need an environment's stack, are beside the checks of `deploy`.

mod containers;
mod environments;
pub(super) mod facts;
mod network;
mod overrides;
mod rendered_storage;
mod rendering;
mod resources;
mod row;
mod storage;

/// Observed rows that no test covers, and why: first and last row of each group.
const NOT_COVERED: [(&str, &str, &str); 3] = [
    ("AA1", "AA3", "needs EC2: `tests/it/deploy.rs` looks subnets up by tag"),
    ("AA5", "AA5", "needs EC2: `tests/it/deploy.rs` looks subnets up by tag"),
    ("N01", "N25", "about `job init`, a command that does not exist yet"),
];

/// Files with rows.
const FILES: [&str; 9] = [
    include_str!("containers.rs"),
    include_str!("environments.rs"),
    include_str!("network.rs"),
    include_str!("overrides.rs"),
    include_str!("rendered_storage.rs"),
    include_str!("rendering.rs"),
    include_str!("resources.rs"),
    include_str!("storage.rs"),
    include_str!("../../../ops/job/plan/checks/tests.rs"),
];

/// The tables with their numbers of rows.
const TABLES: [(&str, usize); 13] = [
    ("M", 48),
    ("N", 25),
    ("P", 30),
    ("Q", 8),
    ("R", 16),
    ("S", 8),
    ("U", 35),
    ("V", 15),
    ("W", 50),
    ("X", 18),
    ("Y", 74),
    ("Z", 8),
    ("AA", 9),
];

#[test]
fn every_row_is_covered_or_listed() {
    let mut missing = Vec::new();
    for (table, count) in TABLES {
        for number in 1..=count {
            let id = if table.len() > 1 { format!("{table}{number}") } else { format!("{table}{number:02}") };
            let listed = NOT_COVERED.iter().any(|(first, last, why)| {
                let range = *first..=*last;
                id.len() == first.len() && range.contains(&id.as_str()) && !why.is_empty()
            });
            if FILES.iter().any(|text| text.contains(&format!("\"{id}"))) == listed {
                missing.push(id);
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "neither covered nor listed, or both");
}
