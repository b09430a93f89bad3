//! AWS Certificate Manager: whether a certificate is there.

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use serde_json::json;

use super::session::Session;
use super::signed::{self, Call, Refusal};
use crate::error::Result;
use crate::ops::env::init::port::Certificates;

impl Certificates for Session {
    async fn has_certificate(&self, arn: &str) -> Result<bool> {
        let call = Call {
            service: "acm",
            permission: "acm:DescribeCertificate",
            target: &format!("certificate {arn}"),
            headers: &[
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-target", "CertificateManager.DescribeCertificate"),
            ],
            body: json!({ "CertificateArn": arn }).to_string(),
        };
        signed::send(self, call, read).await
    }
}

fn read(response: &HttpResponse) -> Result<bool, OrchestratorError<Refusal>> {
    match signed::json(response) {
        Ok(_) => Ok(true),
        Err(error) => match error.as_operation_error().and_then(|refusal| refusal.code()) {
            Some("ResourceNotFoundException" | "InvalidArnException") => Ok(false),
            _ => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn a_certificate_is_there_or_not() {
        let read = |status: u16, body: &str| {
            read(&HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))).ok()
        };
        assert_eq!(read(200, r#"{"Certificate":{}}"#), Some(true));
        assert_eq!(read(400, r#"{"__type":"ResourceNotFoundException"}"#), Some(false));
        assert_eq!(read(400, r#"{"__type":"AccessDeniedException"}"#), None);
    }
}
