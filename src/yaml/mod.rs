//! YAML: trees with positions, tags and styles; the only user of the YAML parser.
pub mod emit;
pub mod load;
pub mod node;
pub mod scalar;
pub use emit::emit;
pub use load::{SyntaxError, load};
pub use node::{Kind, Node, Scalar, Span, Style};
