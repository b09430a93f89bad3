//! Many secrets: the limit of writes, and interrupts.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{hidden, init, initialising, many, one_environment, shop, value};
use crate::local_aws::{Action, Rule};
use crate::support::{ENV, Started};

#[test]
fn more_secrets_than_the_rate_allows() {
    let world = shop();
    many(&world, 12);
    world.account.fault(Rule::limit("ssm:PutParameter", 3));
    init(&world, &["--env", "test,prod", "--from-file", "many.env"]).succeeds();
    for index in 0..12 {
        let name = format!("KEY_{index:02}");
        assert_eq!(value(&world, ENV, &name), format!("hunter{index}"));
        assert_eq!(value(&world, "prod", &name), format!("hunter{index}"));
    }
}

#[test]
fn an_interrupt_tells_what_was_stored() {
    let world = one_environment();
    many(&world, 6);
    world.account.fault(Rule::on("ssm:PutParameter", Action::Delay(Duration::from_secs(30))).after(3));
    let mut command = initialising(&world, &["--from-file", "many.env"]);
    let started = Started::spawn(command.stdin(Stdio::null()));
    let cmdline = fs::read_to_string(format!("/proc/{}/cmdline", started.0.id())).unwrap();
    assert!(!cmdline.contains("hunter"), "{cmdline}");
    let patience = Instant::now() + Duration::from_secs(60);
    while world.account.calls().count("ssm:PutParameter") < 3 {
        assert!(Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(200));
    started.signal("INT");
    insta::assert_snapshot!(hidden(started.finish()), @"
    exit code: 130
    ----- stderr -----
    Found only one environment, defaulting to: test
    Stored KEY_00 in environment test: 7 characters.
    Stored KEY_01 in environment test: 7 characters.
    Stored KEY_02 in environment test: 7 characters.
    ! interrupted: 3 of 6 secrets were stored
      | stored in test: KEY_00, KEY_01, KEY_02
      | perhaps stored in test: KEY_03
      Run the command again to store the rest.
    ");
    world.account.clear_faults();
    init(&world, &["--from-file", "many.env"]).succeeds();
    for index in 0..6 {
        assert_eq!(value(&world, ENV, &format!("KEY_{index:02}")), format!("hunter{index}"));
    }
}
