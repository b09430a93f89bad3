//! The questions on a terminal.

use super::*;

#[test]
fn everything_is_asked_on_a_terminal() {
    let world = world();
    world.workspace.file("copilot/mailer/manifest.yml", &LOCATION.replace(JOB, "mailer"));
    let mut terminal = in_terminal(&world, &["storage", "init"], 100);
    let down = "\u{1b}[B";
    for (question, answer) in [
        ("What shall data be stored in?", "\r"),
        ("Which job uses the storage?", &format!("{down}\r")),
        ("What is the name of the table?", "it ems\r"),
        ("holds", "\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}items\r"),
        ("What does the table belong to?", "\r"),
        ("name of the partition key", "Email\r"),
        ("What are the values of Email?", "\r"),
        ("Shall the table have a sort key", &format!("{down}\r")),
        ("name of the sort key", "when\r"),
        ("What are the values of when?", &format!("{down}\r")),
        ("Shall there be another sort key", &format!("{down}\r")),
        ("name of the other sort key", "Points\r"),
        ("What are the values of Points?", "\r"),
        ("Shall there be one more?", "\r"),
    ] {
        terminal.exp_string(question).unwrap();
        terminal.send(answer).unwrap();
        terminal.flush().unwrap();
    }
    let rest = plain(&terminal.exp_eof().unwrap());
    assert!(rest.contains("✔ Wrote copilot/report-gen/addons/items.yml"), "{rest}");
    assert_eq!(exit_code(&terminal), 0);
    insta::assert_snapshot!(read(&world, "copilot/report-gen/addons/items.yml").split("\n  itemsAccessPolicy").next().unwrap(), @r#"
    # The table items.

    Parameters:
      App:
        Type: String
        Description: Your application's name.
      Env:
        Type: String
        Description: The environment name your service, job, or workflow is being deployed to.
      Name:
        Type: String
        Description: Your workload's name.

    Resources:
      items:
        Metadata:
          aws:copilot:description: An Amazon DynamoDB table for items
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: !Sub ${App}-${Env}-${Name}-items
          BillingMode: PAY_PER_REQUEST
          AttributeDefinitions:
            - AttributeName: Email
              AttributeType: S
            - AttributeName: when
              AttributeType: "N"
            - AttributeName: Points
              AttributeType: S
          KeySchema:
            - AttributeName: Email
              KeyType: HASH
            - AttributeName: when
              KeyType: RANGE
          LocalSecondaryIndexes:
            - IndexName: Points
              KeySchema:
                - AttributeName: Email
                  KeyType: HASH
                - AttributeName: Points
                  KeyType: RANGE
              Projection:
                ProjectionType: ALL
    "#);
}

#[test]
fn ctrl_c_at_a_question_writes_nothing() {
    let world = world();
    let before = tree(world.workspace.path());
    let mut terminal = in_terminal(&world, &["storage", "init"], 100);
    terminal.exp_string("What shall data be stored in?").unwrap();
    terminal.send_control('c').unwrap();
    let rest = plain(&terminal.exp_eof().unwrap());
    assert_eq!(exit_code(&terminal), 130, "{rest}");
    assert_eq!(before, tree(world.workspace.path()));
}
