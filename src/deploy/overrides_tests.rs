use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::deploy::differences::Differences;
use crate::deploy::events::CommandEvent;
use crate::template::inputs::ImageRef;
use crate::template::testing::{inputs, minimal_job};

/// A CDK app that changes nothing, and how often it was asked.
#[derive(Default)]
struct Counting {
    installed: AtomicUsize,
    ran: AtomicUsize,
}

impl CdkRunner for Counting {
    fn check(&self, _: &Path) -> Result<()> {
        Ok(())
    }

    async fn install(&self, _: &Path, _: &(dyn Fn(CommandEvent) + Sync)) -> Result<()> {
        self.installed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn synthesize(
        &self,
        _: &Path,
        input: &CdkInput<'_>,
        _: &(dyn Fn(CommandEvent) + Sync),
    ) -> Result<String> {
        assert_eq!((input.app, input.env), ("shop", "test"));
        self.ran.fetch_add(1, Ordering::SeqCst);
        Ok(input.template.to_owned())
    }
}

struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Event) {}

    fn differences(&self, _: &Differences) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_app_runs_again_only_for_another_template() {
    let cdk = Counting::default();
    let counts = || (cdk.installed.load(Ordering::SeqCst), cdk.ran.load(Ordering::SeqCst));
    let overrides = Overrides { source: Source::Cdk(PathBuf::from("app")), last: Mutex::new(None) };
    let mut job = minimal_job("report-gen");
    let mut inputs = inputs("report-gen");
    let first = overrides.template(&cdk, &job, &inputs, &Silent).await.unwrap();
    assert_eq!(counts(), (1, 1));
    // The main image is a parameter, so the template is the same with every image.
    inputs.images.insert("report-gen".to_owned(), ImageRef { tag: Some("v2".to_owned()), digest: None });
    assert_eq!(overrides.template(&cdk, &job, &inputs, &Silent).await.unwrap(), first);
    assert_eq!(counts(), (1, 1));
    job.cpu = 512;
    job.entrypoint = vec!["sh".to_owned()];
    assert_ne!(overrides.template(&cdk, &job, &inputs, &Silent).await.unwrap(), first);
    assert_eq!(counts(), (1, 2));
}
