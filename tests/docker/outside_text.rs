//! Text of builds and registries that would drive a terminal, or a log's reader, in every view.

use crate::local_aws::Rule;
use crate::support::outside_text::{Arrange, JSON, wrong_in_views};
use crate::support::{Workspace, World};

const CASES: [(&str, Arrange); 2] = [
    ("an error of the registry", || {
        let world = World::new(Workspace::with_image());
        let message = Rule::error("ecr:GetAuthorizationToken", 400, "ServerException", JSON);
        world.account.fault(message);
        world
    }),
    ("a build's output", || {
        let world = World::new(Workspace::with_image());
        let name = "evil\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}2J\u{202e}";
        world.workspace.file("Dockerfile", &format!("FROM scratch\nWORKDIR /{name}\nCOPY {name} /content\n"));
        world
    }),
];

#[test]
fn nothing_of_an_image_drives_a_terminal() {
    assert_eq!(wrong_in_views(&CASES), "");
}
