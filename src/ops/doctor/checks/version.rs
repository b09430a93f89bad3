//! Templates that a newer version of the program deployed: this one does not write over them.

use std::cmp::Ordering;

use super::unknown::settled;
use crate::ops::doctor::facts::{AppFacts, EnvFacts, JobFacts, Known};
use crate::ops::doctor::finding::{About, Check, Finding};
use crate::ops::doctor::port::Account;
use crate::template::version::{TEMPLATE_VERSION, compare};

pub(crate) async fn version<A: Account>(
    app: &AppFacts<'_, A>,
    envs: &[EnvFacts<'_, A>],
    jobs: &[JobFacts<'_, A>],
) -> Finding {
    let about = About::all(Check::Version);
    settled(&about, read(app, envs, jobs).await.map(|versions| judge(&about, &versions)))
}

async fn read<A: Account>(
    app: &AppFacts<'_, A>,
    envs: &[EnvFacts<'_, A>],
    jobs: &[JobFacts<'_, A>],
) -> Known<Vec<(String, String)>> {
    let mut versions = Vec::new();
    if let Some(set) = app.set().await? {
        versions.push((format!("application {}", app.name), set.version.clone()));
    }
    for env in envs {
        if let Some(template) = env.template().await? {
            versions.push((format!("environment {}", env.name()), template.version.clone()));
        }
    }
    for job in jobs {
        if let Some(template) = job.template().await? {
            let what = format!("job {} in {}", job.name, job.env.name());
            versions.push((what, template.version.clone()));
        }
    }
    Ok(versions)
}

fn judge(about: &About, versions: &[(String, String)]) -> Finding {
    let newer: Vec<String> = versions
        .iter()
        .filter(|(_, version)| compare(version, TEMPLATE_VERSION) == Ordering::Greater)
        .map(|(what, version)| format!("{what} ({version})"))
        .collect();
    if newer.is_empty() {
        return about.ok(format!("nothing was deployed by a newer version than {TEMPLATE_VERSION}"));
    }
    about
        .failure(format!(
            "a newer version deployed {}, and this one, which writes {TEMPLATE_VERSION}, does not write over that",
            newer.join(", ")
        ))
        .advice("Install the newest version of copilot.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_templates_are_told() {
        let about = About::all(Check::Version);
        let judged = |versions: &[(&str, &str)]| {
            let versions: Vec<_> =
                versions.iter().map(|(what, version)| ((*what).to_owned(), (*version).to_owned())).collect();
            let found = judge(&about, &versions);
            format!("{:?}: {}", found.status, found.evidence)
        };
        let told = [
            judged(&[("environment test", "v1.34.1"), ("job a in test", "bootstrap")]),
            judged(&[("environment test", "v2.0.0"), ("job a in test", "v1.34.1")]),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Ok: nothing was deployed by a newer version than v1.34.1+rs.1.35.0
        Failure: a newer version deployed environment test (v2.0.0), and this one, which writes v1.34.1+rs.1.35.0, does not write over that
        ");
    }
}
