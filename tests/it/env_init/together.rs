//! Several at the same moment.

use std::process::Stdio;
use std::time::Duration;

use super::{command, demo, said};
use crate::local_aws::{Action, Rule};
use crate::support::{Started, World};

fn start(world: &World, env: &str, flags: &[&str]) -> Started {
    let mut command = world.command(&[&["env", "init", "--name", env, "--default-config"], flags].concat());
    Started::spawn(command.stdin(Stdio::null()))
}

/// Both read the stack set before either changes it.
#[test]
fn two_environments_at_once() {
    let world = demo();
    world
        .account
        .fault(Rule::on("cloudformation:UpdateStackSet", Action::Delay(Duration::from_secs(1))).times(2));
    let runs = ["test", "prod"].map(|env| start(&world, env, &[]));
    for run in runs {
        said(&run.finish(), 0);
    }
    assert!(world.recorded("/environments/test").is_some() && world.recorded("/environments/prod").is_some());
}

#[test]
fn two_environments_of_two_regions_at_once() {
    let world = demo();
    world.account.fault(
        Rule::on("cloudformation:CreateStackInstances", Action::Delay(Duration::from_millis(500))).times(2),
    );
    let runs = [start(&world, "test", &[]), start(&world, "eu", &["--region", "eu-west-1"])];
    for run in runs {
        said(&run.finish(), 0);
    }
    assert!(world.recorded("/environments/eu").unwrap().contains("eu-west-1"));
}

#[test]
fn the_same_environment_twice() {
    for delayed in ["cloudformation:ExecuteChangeSet", "cloudformation:CreateChangeSet", "ssm:PutParameter"] {
        let world = demo();
        world.account.fault(Rule::on(delayed, Action::Delay(Duration::from_secs(1))));
        let runs = [(); 2].map(|()| Started::spawn(command(&world, &[]).stdin(Stdio::null())));
        for run in runs {
            said(&run.finish(), 0);
        }
        assert!(world.recorded("/environments/test").is_some(), "{delayed}");
        assert_eq!(world.account.calls().count("iam:DeleteRole"), 0, "{delayed}");
    }
}
