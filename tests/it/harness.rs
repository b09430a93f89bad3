//! Tests of the local AWS itself: that it starts, keeps accounts apart, and deviates from plain behaviour where told to.

#[allow(dead_code, unused_imports, reason = "other tests use the rest")]

use crate::local_aws::{App, LocalAws};

#[tokio::test]
async fn a_seeded_application_is_readable_through_the_gateway() {
    let account = LocalAws::shared().account();
    let seeded = account.seed(App::new("shop").env("test").job("report-gen").tag("team", "data")).unwrap();
    let config = account.sdk_config().await;

    let ssm = aws_sdk_ssm::Client::new(&config);
    let record = ssm.get_parameter().name("/copilot/applications/shop").send().await.unwrap();
    let value = record.parameter().unwrap().value().unwrap().to_owned();
    println!("{value} {seeded:?}");
}
