//! YAML: trees with positions, tags and styles; the only user of the YAML parser.
pub mod emit;
pub mod node;
pub use emit::emit;
pub use node::{Kind, Node, Scalar, Span, Style};
