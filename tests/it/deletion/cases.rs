//! What went wrong for people who deleted applications and environments, here or with neighbouring tools.

use std::time::Duration;

use super::{changes, demo, world};
use crate::local_aws::{Action, Event, REGION, Rule, Script};
use crate::support::{ENV, JOB};

/// The role that administers the stack set is gone.
#[test]
fn the_stack_sets_role_is_gone() {
    let world = world(demo());
    world.emulated(REGION, |emulator| async move {
        emulator.query("iam", "DeleteRole", &[("RoleName", "demo-adminrole")]).await.unwrap();
    });
    insta::assert_snapshot!(world.said(&world.run(&["app", "delete", "--yes"])), @r#"
    exit code: 1
    ----- stderr -----
    ✘ application demo was not deleted: role demo-adminrole, with which stack set demo-infrastructure deletes its stacks, is missing
      Stack demo-infrastructure-roles made it. Give it this trust policy: {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]}
    "#);
    assert_eq!(changes(&world), Vec::<String>::new());
}

/// CloudFormation says that an instance cannot be operated, because the role does not trust it.
#[test]
fn an_instance_that_cannot_be_operated() {
    let world = world(demo());
    let body = format!(
        "<ListStackInstancesResponse><ListStackInstancesResult><Summaries><member><Account>{}</Account><Region>{REGION}</Region>\
         <StackId>{}</StackId><Status>INOPERABLE</Status><StatusReason>Account {} should have 'demo-adminrole' role with trust \
         relationship to CloudFormation service.</StatusReason></member></Summaries></ListStackInstancesResult>\
         </ListStackInstancesResponse>",
        world.account.id(),
        world.app.regions[REGION].stack_id,
        world.account.id()
    );
    let answer = Action::Replace { status: 200, content_type: "text/xml".to_owned(), body };
    world.account.fault(Rule::on("cloudformation:ListStackInstances", answer));
    insta::assert_snapshot!(world.said(&world.run(&["app", "delete", "--yes"])), @r#"
    exit code: 1
    ----- stderr -----
    ✘ application demo was not deleted: role demo-adminrole, with which stack set demo-infrastructure deletes its stacks, does not trust who must assume it
      | Account ACCOUNT should have 'demo-adminrole' role with trust relationship to CloudFormation service.
      Stack demo-infrastructure-roles made it. Give it this trust policy: {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]}
    "#);
    assert_eq!(changes(&world), Vec::<String>::new());
}

/// A repository that is named like the application's is not emptied.
#[test]
fn repositories_of_others_are_kept() {
    let world = world(demo());
    world.images("demo/report", 3);
    let said = world.run(&["app", "delete", "--yes"]).succeeds();
    assert!(
        said.contains("Kept: repository demo/report in us-west-2, which this application did not make."),
        "{said}"
    );
    assert_eq!(world.account.calls().of_program().count("ecr:BatchDeleteImage"), 0);
    assert!(world.inventory(&[REGION]).contains("repository demo/report"));
}

/// Protected stacks are found before anything is deleted, and the protection is never lifted.
#[test]
fn stacks_with_termination_protection() {
    let world = world(demo());
    world.artifacts(REGION, 1);
    for stack in ["demo-test", "demo-infrastructure-roles"] {
        world.protect(stack, true);
    }
    world.protect(&world.app.regions[REGION].stack_id, true);
    insta::assert_snapshot!(world.said(&world.run(&["app", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ application demo was not deleted: 3 things are in the way
      | stack demo-infrastructure-roles has termination protection
      | stack StackSet-demo-infrastructure-UUID in us-west-2 has termination protection
      | stack demo-test has termination protection
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name demo-infrastructure-roles`, if the stack may go.
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name StackSet-demo-infrastructure-UUID`, if the stack may go.
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name demo-test`, if the stack may go.
    ");
    insta::assert_snapshot!(world.said(&world.run(&["env", "delete", "--name", ENV, "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ environment test was not deleted: 2 things are in the way
      | stack demo-test has termination protection
      | stack StackSet-demo-infrastructure-UUID in us-west-2 has termination protection
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name demo-test`, if the stack may go.
      Lift it with `aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name StackSet-demo-infrastructure-UUID`, if the stack may go.
    ");
    assert_eq!(changes(&world), Vec::<String>::new());
}

/// Somebody writes to the bucket after it was emptied, once and again and again.
#[test]
fn a_bucket_that_fills_again() {
    let full = "ResourceLogicalId:PipelineBuiltArtifactBucket, ResourceType:AWS::S3::Bucket, ResourceStatusReason:The bucket you \
                tried to delete is not empty. You must delete all versions in the bucket. (Service: S3, Status Code: 409)";
    let once = world(demo());
    once.artifacts(REGION, 2);
    once.account.fault(Rule::error("stackset:DeleteInstance", 400, "Failed", full).times(1));
    once.run(&["app", "delete", "--yes"]).succeeds();
    assert_eq!(once.account.calls().of_program().count("cloudformation:DeleteStackInstances"), 2);

    let always = world(demo());
    always.artifacts(REGION, 2);
    always.account.fault(Rule::error("stackset:DeleteInstance", 400, "Failed", full));
    // What is in the bucket in the end, although every deletion is answered with success.
    let deleted =
        "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>".to_owned();
    let answer = Action::Replace { status: 200, content_type: "application/xml".to_owned(), body: deleted };
    always.account.fault(Rule::on("s3:DeleteObjects", answer));
    insta::assert_snapshot!(always.outline(&always.run(&["app", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ operation UUID of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: ResourceLogicalId:PipelineBuiltArtifactBucket, ResourceType:AWS::S3::Bucket, ResourceStatusReason:The bucket you tried to delete is not empty. You must delete all versions in the bucket. (Service: S3, Status Code: 409)
      | bucket BUCKET holds 2 versions again, the newest of manual/1
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id UUID`, remove the cause and run the command again.
      Something writes there all the time: 3 times what it wrote was removed. Stop it, then run the command again.
    ");
    assert_eq!(always.account.calls().of_program().count("cloudformation:DeleteStackInstances"), 3);
    assert!(always.inventory(&[REGION]).contains("parameter /copilot/applications/demo\n"));
    always.account.clear_faults();
    always.run(&["app", "delete", "--yes"]).succeeds();
}

/// A successful answer may hold refusals of single versions.
#[test]
fn versions_under_a_retention_lock() {
    let world = world(demo());
    world.artifacts(REGION, 40);
    let refused = |key: &str| {
        format!(
            "<Error><Key>manual/{key}</Key><VersionId>v{key}</VersionId><Code>AccessDenied</Code><Message>Access Denied because object protected by object lock.</Message></Error>"
        )
    };
    let body = format!(
        "<?xml version=\"1.0\"?><DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}{}</DeleteResult>",
        refused("3"),
        refused("17")
    );
    let answer = Action::Replace { status: 200, content_type: "application/xml".to_owned(), body };
    world.account.fault(Rule::on("s3:DeleteObjects", answer));
    insta::assert_snapshot!(world.outline(&world.run(&["app", "delete", "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ 2 of 40 versions in bucket BUCKET could not be removed: AccessDenied: Access Denied because object protected by object lock.
      | manual/3 (v3): AccessDenied: Access Denied because object protected by object lock.
      | manual/17 (v17): AccessDenied: Access Denied because object protected by object lock.
      A retention period or a legal hold (S3 Object Lock), or a policy of the bucket, keeps them. Lift it or wait for its end, then run the command again.
    ");
    let calls = world.account.calls().of_program();
    assert_eq!(calls.count("s3:DeleteObjects"), 2);
    assert_eq!(calls.count("cloudformation:DeleteStackInstances"), 0);
}

/// Something that was made outside is still in a subnet.
#[test]
fn a_network_interface_in_a_subnet() {
    let world = world(demo());
    let id = world.interface("ELB net/legacy/1f");
    let said = world.said(&world.run(&["env", "delete", "--name", ENV, "--yes"])).replace(&id, "ENI");
    insta::assert_snapshot!(said.lines().skip_while(|line| !line.contains('✘')).collect::<Vec<_>>().join("\n"), @r#"
    ✘ stack demo-test cannot be deleted: it ended as DELETE_FAILED: PublicSubnet1 (AWS::EC2::Subnet) is DELETE_FAILED: The subnet 'subnet-ID' has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400) (HandlerErrorCode: InvalidRequest) DependencyViolation
      | VPC (AWS::EC2::VPC) is DELETE_FAILED: AWS::EC2::VPC delete failed: b'<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n    <Errors><Error>\n        <Code>DependencyViolation</Code>\n        <Message>The vpc \'vpc-ID\' has dependencies and cannot be deleted.</Message>\n    </Error></Errors>\n    <RequestID>UUID</RequestID>\n</Response>'
      | PublicSubnet1 (subnet-ID) is used by network interface ENI: ELB net/legacy/1f; security groups: sg-ID
      Remove what keeps them from being deleted, then run the command again.
      Or give them up with `aws cloudformation delete-stack --stack-name demo-test --retain-resources PublicSubnet1 VPC`; they then stay in the account, outside of any stack.
      The interfaces belong to something that was made outside of this stack. Remove it, then run this again.
    "#);
    let left = world.inventory(&[REGION]);
    for kept in [
        "role demo-test-CFNExecutionRole",
        "role demo-test-EnvManagerRole",
        "parameter /copilot/applications/demo/environments/test",
    ] {
        assert!(left.contains(kept), "{left}");
    }
    world.remove_interface(&id);
    world.run(&["env", "delete", "--name", ENV, "--yes"]).succeeds();
    assert_eq!(world.inventory(&[REGION]).matches("demo-test").count(), 0);
}

/// A bucket of the environment's addons holds objects.
#[test]
fn a_bucket_of_the_addons() {
    let world = world(demo());
    let nested = "demo-test-AddonsStack-1";
    let bucket = Event::resource(
        "Raw",
        "AWS::S3::Bucket",
        "DELETE_FAILED",
        "The bucket you tried to delete is not empty",
    );
    let story = vec![
        Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
        Event::nested("AddonsStack", nested, "DELETE_IN_PROGRESS", ""),
        Event::nested("AddonsStack", nested, "DELETE_FAILED", "Embedded stack was not successfully deleted"),
        Event::stack("DELETE_FAILED", "The following resource(s) failed to delete: [AddonsStack]."),
    ];
    let inner = vec![
        Event::stack("DELETE_IN_PROGRESS", "User Initiated"),
        bucket,
        Event::stack("DELETE_FAILED", "The following resource(s) failed to delete: [Raw]."),
    ];
    world.account.tell(nested, Script { events: inner, every: Duration::ZERO }, None);
    world.account.story(
        "demo-test",
        "DeleteStack",
        Script { events: story, every: Duration::from_millis(50) },
    );
    let said = world.said(&world.run(&["env", "delete", "--name", ENV, "--yes"]));
    insta::assert_snapshot!(said.lines().skip_while(|line| !line.contains('✘')).collect::<Vec<_>>().join("\n"), @"
    ✘ stack demo-test cannot be deleted: it ended as DELETE_FAILED: Raw (AWS::S3::Bucket) of stack demo-test-AddonsStack-1 (behind AddonsStack) is DELETE_FAILED: The bucket you tried to delete is not empty
      | AddonsStack (AWS::CloudFormation::Stack) is DELETE_FAILED: Embedded stack was not successfully deleted
      Remove what keeps them from being deleted, then run the command again.
      Or give them up with `aws cloudformation delete-stack --stack-name demo-test --retain-resources AddonsStack`; they then stay in the account, outside of any stack.
      What bucket Raw-1 holds is yours and is not deleted by this program. If it may go: `aws s3 rm --recursive s3://Raw-1`, with versioning also all versions (the console's Empty does both); then run this again.
    ");
    assert!(world.inventory(&[REGION]).contains("parameter /copilot/applications/demo/environments/test"));
}

/// An operation of the stack set fails, and CloudFormation says why.
#[test]
fn a_region_that_cannot_be_deleted() {
    let world = world(demo().job(JOB));
    let reason = "ResourceLogicalId:KMSKey, ResourceType:AWS::KMS::Key, ResourceStatusReason:User is not authorized to perform \
                  kms:ScheduleKeyDeletion";
    world.account.fault(Rule::error("stackset:DeleteInstance", 400, "Failed", reason));
    insta::assert_snapshot!(world.outline(&world.run(&["env", "delete", "--name", ENV, "--yes"])), @"
    exit code: 1
    ----- stderr -----
    ✘ operation UUID of stack set demo-infrastructure failed
      | account ACCOUNT, us-west-2: FAILED: ResourceLogicalId:KMSKey, ResourceType:AWS::KMS::Key, ResourceStatusReason:User is not authorized to perform kms:ScheduleKeyDeletion
      Look at it with `aws cloudformation list-stack-set-operation-results --stack-set-name demo-infrastructure --operation-id UUID`, remove the cause and run the command again.
    ");
    assert!(world.inventory(&[REGION]).contains("parameter /copilot/applications/demo/environments/test"));
    world.account.clear_faults();
    world.run(&["env", "delete", "--name", ENV, "--yes"]).succeeds();
}
