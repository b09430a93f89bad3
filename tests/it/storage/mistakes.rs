//! What is refused, before anything is written.

use super::*;

/// Everything that the flags tell, before anything is written or read.
#[test]
fn wrong_flags() {
    let world = offline();
    let mut told = Told::default();
    for flags in [
        &["-t", "S3", "-n", "MyRaw", "-w", JOB, "-l", "workload"][..],
        &["-t", "Aurora", "-l", "environment", "--serverless-version", "v1"],
        &["-t", "Aurora", "--serverless-version", "v3"],
        &["-t", "EFS"],
        &["-l", "job"],
        &["-t", "S3", "-n", "raw", "--engine", "MySQL"],
        &["-t", "Aurora", "--no-sort"],
        &["-t", "DynamoDB", "--partition-key", "Email"],
        &["-t", "DynamoDB", "--sort-key", "Email:X"],
        &["-t", "DynamoDB", "--no-sort", "--sort-key", "a:S"],
        &["-t", "DynamoDB", "--no-sort", "--lsi", "abc:S"],
        &["-t", "DynamoDB", "--no-lsi", "--lsi", "abc:S"],
        &["-t", "DynamoDB", "--lsi", "id:S"],
        &["-t", "DynamoDB", "--partition-key", "abc:S", "--lsi", "abc:N"],
        &[
            "--lsi", "aaa:S", "--lsi", "bbb:S", "--lsi", "ccc:S", "--lsi", "ddd:S", "--lsi", "eee:S",
            "--lsi", "fff:S",
        ],
        &["-t", "Aurora", "--engine", "MySQL", "--initial-db", "1st"],
        &["-t", "Aurora", "--parameter-group", "my--pg"],
        &["--add-ingress-from", JOB, "-n", "raw"],
        &["--add-ingress-from", JOB, "-n", "raw", "-t", "S3", "-l", "workload"],
        &["--add-ingress-from", JOB, "-n", "raw", "-t", "S3", "-w", JOB],
        &["--add-ingress-from", JOB, "-n", "raw", "-t", "DynamoDB", "--partition-key", "a:S"],
    ] {
        told.runs(&flags.join(" "), &world, world.command(&[&["storage", "init"], flags].concat()), 2);
    }
    assert!(world.account.calls().0.is_empty());
    insta::assert_snapshot!(told.all(), @"
    -t S3 -n MyRaw -w report-gen -l workload (2):
    ✘ --name: `MyRaw` holds `M`: a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`

    -t Aurora -l environment --serverless-version v1 (2):
    ✘ --serverless-version: clusters of Aurora Serverless v1 cannot be created any more
      AWS has taken no new ones since 8 January 2025 and ended it on 31 March 2025. Leave the flag out to get Aurora Serverless v2.

    -t Aurora --serverless-version v3 (2):
    ✘ --serverless-version: `v3` is no version of Aurora Serverless
      Pass v2, or leave the flag out.

    -t EFS (2):
    error: invalid value 'EFS' for '--storage-type <TYPE>'
      [possible values: DynamoDB, S3, Aurora]

    For more information, try '--help'.

    -l job (2):
    error: invalid value 'job' for '--lifecycle <LEVEL>'
      [possible values: workload, environment]

    For more information, try '--help'.

    -t S3 -n raw --engine MySQL (2):
    ✘ --engine is for Aurora only, not for S3
      Leave --engine out, or pass --storage-type Aurora.

    -t Aurora --no-sort (2):
    ✘ --no-sort is for DynamoDB only, not for Aurora
      Leave --no-sort out, or pass --storage-type DynamoDB.

    -t DynamoDB --partition-key Email (2):
    ✘ --partition-key: `Email` is not of the form NAME:T, where T is S (string), N (number) or B (binary)

    -t DynamoDB --sort-key Email:X (2):
    ✘ --sort-key: `Email:X` is not of the form NAME:T, where T is S (string), N (number) or B (binary)

    -t DynamoDB --no-sort --sort-key a:S (2):
    ✘ --no-sort and --sort-key cannot be used together

    -t DynamoDB --no-sort --lsi abc:S (2):
    ✘ --no-sort and --lsi cannot be used together
      A local secondary index is another sort key, which only a table with a sort key has.

    -t DynamoDB --no-lsi --lsi abc:S (2):
    ✘ --no-lsi and --lsi cannot be used together
      A local secondary index is another sort key, which only a table with a sort key has.

    -t DynamoDB --lsi id:S (2):
    ✘ --lsi: `id` is too short: an index is named after its key, and its name has 3 to 255 letters of a to z, digits, `_`, `.` and `-`

    -t DynamoDB --partition-key abc:S --lsi abc:N (2):
    ✘ --lsi: `abc` is a key already, by --partition-key: every key is an attribute of its own

    --lsi aaa:S --lsi bbb:S --lsi ccc:S --lsi ddd:S --lsi eee:S --lsi fff:S (2):
    ✘ --lsi: a table has 5 local secondary indexes at most, not 6

    -t Aurora --engine MySQL --initial-db 1st (2):
    ✘ --initial-db: `1st` does not begin with a letter: a MySQL database's name has 1 to 64 letters of a to z, digits and `_`, and begins with a letter

    -t Aurora --parameter-group my--pg (2):
    ✘ --parameter-group: `my--pg` ends with `-` or has two of them in a row, which no parameter group's name does

    --add-ingress-from report-gen -n raw (2):
    ✘ --storage-type is missing, which --add-ingress-from needs

    --add-ingress-from report-gen -n raw -t S3 -l workload (2):
    ✘ --lifecycle workload cannot be used with --add-ingress-from
      Only storage of an environment can be used by several jobs.

    --add-ingress-from report-gen -n raw -t S3 -w report-gen (2):
    ✘ --workload cannot be used with --add-ingress-from
      --add-ingress-from names a job that shall use storage of the environment, which is there already.

    --add-ingress-from report-gen -n raw -t DynamoDB --partition-key a:S (2):
    ✘ --partition-key cannot be used with --add-ingress-from
      --add-ingress-from names a job that shall use storage of the environment, which is there already.
    ");
}

#[test]
fn without_a_terminal_every_missing_flag_is_named() {
    let world = offline();
    world.workspace.file("copilot/mailer/manifest.yml", &LOCATION.replace(JOB, "mailer"));
    let mut told = Told::default();
    for flags in [
        &[][..],
        &["-t", "S3", "-n", "raw", "-w", JOB],
        &["-t", "DynamoDB", "-n", "items", "-w", JOB, "-l", "workload"],
        &["-t", "Aurora", "-w", JOB, "-l", "workload"],
    ] {
        told.runs(&flags.join(" "), &world, world.command(&[&["storage", "init"], flags].concat()), 2);
    }
    assert!(world.account.calls().0.is_empty());
    insta::assert_snapshot!(told.all(), @"
     (2):
    ✘ --storage-type, --name, --workload and --lifecycle are missing and there is no terminal to ask on
      Pass --storage-type with one of: DynamoDB, S3, Aurora.
      Pass --name with the name of the storage.
      Pass --workload with the name of the job that uses the storage.
      Pass --lifecycle with one of: workload (created and deleted with the job), environment (for several jobs).

    -t S3 -n raw -w report-gen (2):
    ✘ --lifecycle is missing and there is no terminal to ask on
      Pass --lifecycle with one of: workload (created and deleted with the job), environment (for several jobs).

    -t DynamoDB -n items -w report-gen -l workload (2):
    ✘ --partition-key, --sort-key and --lsi are missing and there is no terminal to ask on
      Pass --partition-key with NAME:T, where T is S, N or B.
      Pass --sort-key with NAME:T, or pass --no-sort.
      Pass --lsi with NAME:T, once or several times, or pass --no-lsi.

    -t Aurora -w report-gen -l workload (2):
    ✘ --name, --engine and --initial-db are missing and there is no terminal to ask on
      Pass --name with the name of the storage.
      Pass --engine with one of: MySQL, PostgreSQL.
      Pass --initial-db with the name of the cluster's first database.
    ");
}

#[test]
fn wrong_workloads_and_workspaces() {
    let world = offline();
    world.workspace.file("copilot/front/manifest.yml", "name: front\ntype: Backend Service\n");
    let mut told = Told::default();
    for (case, flags) in [
        ("a service", &["-w", "front", "-l", "workload"][..]),
        ("no such job", &["-w", "gone", "-l", "workload"]),
        ("not registered either", &["-w", "gone", "-l", "environment"]),
        ("no environments", &["-w", JOB, "-l", "environment"]),
        ("access for a job that is elsewhere", &["--add-ingress-from", "gone"]),
    ] {
        let command = world.command(&[&["storage", "init", "-n", "raw", "-t", "S3"], flags].concat());
        told.runs(case, &world, command, 1);
    }
    insta::assert_snapshot!(told.all(), @"
    a service (1):
    ✘ front is a Backend Service, not a scheduled job
      Storage is set up for workloads of the type `Scheduled Job`.

    no such job (1):
    ✘ job gone not found in the workspace: there is no copilot/gone/manifest.yml
      Jobs in this workspace: report-gen.

    not registered either (1):
    ✘ job gone is neither in the workspace nor registered with application demo
      `copilot job ls` lists the application's jobs.

    no environments (1):
    ✘ this workspace has no environments: there is no copilot/environments
      Storage of an environment lies beside the environments' manifests: run the command in the workspace that has them.

    access for a job that is elsewhere (1):
    ✘ job gone not found in the workspace: there is no copilot/gone/manifest.yml
      Jobs in this workspace: report-gen.
    ");
}
