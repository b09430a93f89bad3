//! What is never shown of a build: secrets, and files that a link stands for.

use std::fs;

use copilot::docker::Provided;
use copilot::docker::engine::Builder;

use crate::fixture::Fixture;

#[tokio::test]
async fn a_secret_is_hidden_however_a_step_prints_it() {
    let mount = "RUN --mount=type=secret,id=token";
    let steps =
        format!("FROM scratch\nCOPY step /step\n{mount} [\"/step\", \"dress\", \"/run/secrets/token\"]\n");
    let mut fixture = Fixture::new(&steps).with_program();
    fixture.plan.no_cache = true;
    let secret = copilot::image::plan::BuildSecret::Env("TOKEN".to_owned());
    fixture.plan.secrets.insert("token".to_owned(), secret);
    let values = [("token".to_owned(), b"hunter2-and-more".to_vec())];
    let provided =
        Provided { secrets: std::sync::Arc::new(values.into_iter().collect()), ..Provided::default() };
    let engine = crate::fixture::engine(Builder::BuildKit).await;
    let error = fixture.build_with(&engine, provided).await.unwrap_err();
    let log = error.without_container().log_lines().join("\n");
    let steps = fixture.steps();
    let printed: Vec<_> = steps.iter().filter(|line| line.starts_with("log ")).cloned().collect();
    insta::assert_snapshot!(format!("{}\n{log}", printed.join("\n")), @r"
    log dress /run/secrets/token
    log ***
    log ***
    dress /run/secrets/token
    ***
    ***
    ");
}

#[tokio::test]
async fn no_line_of_a_file_is_shown_that_a_link_stands_for() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("credentials");
    fs::write(&secret, "hunter2 is the password\n").unwrap();
    let mut shown = String::new();
    for builder in [Builder::BuildKit, Builder::Classic] {
        for link in [false, true] {
            let fixture = Fixture::new("");
            let dockerfile = &fixture.plan.dockerfile;
            fs::remove_file(dockerfile).unwrap();
            match link {
                true => std::os::unix::fs::symlink(&secret, dockerfile).unwrap(),
                false => drop(fs::copy(&secret, dockerfile).unwrap()),
            }
            let directory = fixture.dir.path().display().to_string();
            let error = fixture.build(builder).await.unwrap_err().without_container();
            let lines =
                [vec![error.to_string()], error.detail_lines().to_vec(), error.hints().to_vec()].concat();
            shown += &format!("{builder:?}\n  {}\n", lines.join("\n  ").replace(&directory, "DIR"));
        }
    }
    insta::assert_snapshot!(shown, @r"
    BuildKit
      Dockerfile:1: dockerfile parse error line 1: unknown instruction: HUNTER2
         1 | hunter2 is the password
    BuildKit
      Dockerfile:1: the builder cannot read the Dockerfile
      DIR/Dockerfile is a link that leads out of the workspace, so nothing of it is shown.
    Classic
      Dockerfile:1: dockerfile parse error line 1: unknown instruction: HUNTER2
         1 | hunter2 is the password
    Classic
      Dockerfile:1: the builder cannot read the Dockerfile
      DIR/Dockerfile is a link that leads out of the workspace, so nothing of it is shown.
    ");
}
