//! The questions on a terminal.

use super::demo;
use rexpect::session::PtySession;

use super::networks::Network;
use crate::local_aws::LocalAws;
use crate::support::World;
use crate::support::terminal::{exit_code, in_shell, in_terminal, plain};

const DOWN: &str = "\u{1b}[B";

fn manifest(world: &World, env: &str) -> String {
    let path = world.workspace.path().join(format!("copilot/environments/{env}/manifest.yml"));
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Answers questions, each after it was asked; the exit code and the rest of what was shown.
fn answered(world: &World, args: &[&str], answers: &[(&str, &str)]) -> (i32, String) {
    answers_to(in_terminal(world, args, 120), answers)
}

fn answers_to(mut terminal: PtySession, answers: &[(&str, &str)]) -> (i32, String) {
    for (question, answer) in answers {
        terminal.exp_string(question).unwrap();
        terminal.send(answer).unwrap();
        terminal.flush().unwrap();
    }
    let rest = plain(&terminal.exp_eof().unwrap());
    (exit_code(&terminal), rest)
}

#[test]
fn name_and_default_network() {
    let world = demo();
    let answers =
        [("Name of the environment", "Test\r"), ("`test` would do", "\u{15}test\r"), ("Which network", "\r")];
    let (code, rest) = answered(&world, &["env", "init"], &answers);
    assert_eq!(code, 0, "{rest}");
    assert!(manifest(&world, "test").contains("# network:"), "{rest}");
}

#[test]
fn ranges_and_zones() {
    let world = demo();
    let answers = [
        ("Which network", &format!("{DOWN}\r")[..]),
        ("Address range of the VPC", "\r"),
        ("Availability zones", "\r"),
        ("public subnets", "\r"),
        ("private subnets", "\r"),
    ];
    let (code, rest) = answered(&world, &["env", "init", "--name", "test"], &answers);
    assert_eq!(code, 0, "{rest}");
    insta::assert_snapshot!(manifest(&world, "test").lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"), @"
    name: test
    type: Environment

    network:
      vpc:
        cidr: 10.0.0.0/16
        subnets:
          public:
            - cidr: 10.0.0.0/24
              az: us-west-2a
            - cidr: 10.0.1.0/24
              az: us-west-2b
          private:
            - cidr: 10.0.2.0/24
              az: us-west-2a
            - cidr: 10.0.3.0/24
              az: us-west-2b


    observability:
      container_insights: false
    ");
}

#[test]
fn a_vpc_of_ones_own() {
    let world = demo();
    let Network { vpc, public, private } = Network::new(&world);
    let answers = [
        ("Which network", &format!("{DOWN}{DOWN}\r")[..]),
        ("Which VPC?", &format!("{DOWN}\r")),
        // One is too few.
        ("Which public subnets?", " \r"),
        ("too few", ""),
        ("Which public subnets?", &format!(" {DOWN} \r")),
        ("Which private subnets?", &format!(" {DOWN} \r")),
    ];
    let (code, rest) = answered(&world, &["env", "init", "--name", "test"], &answers);
    assert_eq!(code, 0, "{rest}");
    let text = manifest(&world, "test");
    for id in [&vpc, &public[0], &public[1], &private[0], &private[1]] {
        assert!(text.contains(&format!("id: {id}\n")), "{text}");
    }
}

/// The profile of `AWS_PROFILE` comes first. An access key is typed without being shown.
#[test]
fn credentials() {
    let world = demo();
    let other = LocalAws::shared().account();
    let config = world.profiles(&[("dev", &world.account), ("prod", &other)]);
    let config = ("AWS_CONFIG_FILE", config.to_str().unwrap());
    let asked = |name: &str, env: &[(&str, &str)], answers: &[(&str, &str)]| {
        let args = ["env", "init", "--name", name, "--default-config"];
        answers_to(in_shell(&world, &args, "stty rows 40 cols 120; exec \"$@\"", env), answers)
    };
    for (name, env, answer) in [
        ("first", &[config, ("AWS_PROFILE", "prod")][..], "\r"),
        ("third", &[config][..], &format!("{DOWN}{DOWN}\r")),
    ] {
        let (code, rest) = asked(name, env, &[("Which credentials", answer)]);
        assert_eq!(code, 0, "{rest}");
        assert!(rest.contains("credentials of profile prod"), "{rest}");
    }
    let answers = [
        ("Which credentials", &format!("{DOWN}{DOWN}{DOWN}\r")[..]),
        ("Access key ID", &format!("{}\r", other.id())),
        ("Secret access key", "s3cr3t\r"),
        ("Session token", "\r"),
    ];
    let (code, rest) = asked("keys", &[config], &answers);
    assert_eq!(code, 0, "{rest}");
    assert!(!rest.contains("s3cr3t") && rest.contains("access key that was given"), "{rest}");
}

#[test]
fn ctrl_c_at_a_question_changes_nothing() {
    let world = demo();
    let (code, rest) = answered(&world, &["env", "init", "--name", "test"], &[("Which network", "\u{3}")]);
    assert_eq!(code, 130, "{rest}");
    assert!(rest.contains("nothing was changed"), "{rest}");
    assert!(super::writes(&world).is_empty() && manifest(&world, "test").is_empty());
}
