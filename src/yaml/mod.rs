//! YAML: trees with positions, tags and styles, and texts as they are written; the only user of the YAML
//! parser.
mod comments;
pub mod document;
mod documents;
pub mod emit;
pub mod load;
pub mod node;
pub mod raw;
pub mod scalar;
pub use documents::second_document;
pub use emit::{emit, emit_part};
pub use load::{MAX_DEPTH, SyntaxError, load};
pub use node::{Kind, Node, Scalar, Span, Style};
pub use raw::load_raw;
