//! More secrets than Parameter Store takes at once.

use std::time::Instant;

use crate::local_aws::Rule;
use crate::secrets::{init, many, shop};
use crate::support::ENV;

const SECRETS: usize = 60;

/// Calls that may be refused. 120 writes with 340 ms between them take 41 s. Each refusal costs 0.3 s more, so with these all
/// are stored within a minute, unless the machine is busy: the calls are counted, since the time says more about the machine.
const REFUSALS: usize = 60;

#[test]
#[ignore = "takes minutes: make faults"]
fn sixty_secrets_for_two_environments_at_three_writes_a_second() {
    let world = shop();
    many(&world, SECRETS);
    world.account.fault(Rule::limit("ssm:PutParameter", 3));
    let begun = Instant::now();
    init(&world, &["--env", "test,prod", "--from-file", "many.env"]).succeeds();
    let calls = world.account.calls().count("ssm:PutParameter");
    println!("120 secrets in {:.0?} with {calls} calls", begun.elapsed());
    assert!(calls <= 2 * SECRETS + REFUSALS, "{calls} calls for {} secrets", 2 * SECRETS);
    for env in [ENV, "prod"] {
        let missing = (0..SECRETS).filter(|index| world.secret(env, &format!("KEY_{index:02}")).is_none());
        assert_eq!(missing.count(), 0, "{env}");
    }
}
