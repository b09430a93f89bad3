//! What the configuration store needs from outside.
#![allow(async_fn_in_trait, reason = "used generically, never boxed")]

use crate::error::Result;

/// The parameters of the application's account and region.
pub trait Parameters {
    /// A parameter's value; `None` when there is none of that name.
    async fn read(&self, name: &str) -> Result<Option<String>>;
    /// Names and values of all parameters right below a path, in AWS's order.
    async fn list(&self, path: &str) -> Result<Vec<(String, String)>>;
    /// Creates a parameter. One that is there already stays as it is.
    async fn create(&self, parameter: &Parameter) -> Result<Created>;
    /// Gives a parameter that is there already another value. Its tags stay.
    async fn overwrite(&self, parameter: &Parameter) -> Result<()>;
    /// Deletes a parameter, if there is one.
    async fn delete(&self, name: &str) -> Result<()>;
    /// Account and region of these parameters, for messages.
    async fn place(&self) -> String;
}

/// A parameter to write; a plain text for SSM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its path.
    pub name: String,
    /// A record, as JSON.
    pub value: String,
    /// What a person reads in the console.
    pub description: String,
    /// Tags it is created with.
    pub tags: Vec<(&'static str, String)>,
}

/// What came of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was created.
    New,
    /// One of that name was there already, and may have another value.
    Existing,
}
