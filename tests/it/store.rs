//! The configuration store's adapter against a Parameter Store.

use std::collections::BTreeMap;

use copilot::aws::Session;
use copilot::store::port::{Created, Parameters as _};
use copilot::store::{self, Application, Environment};
use serde_json::{Value, json};

use crate::local_aws::LocalAws;

#[test]
fn records_are_written_as_the_old_tool_writes_them() {
    let account = LocalAws::shared().account();
    let vars: BTreeMap<String, String> =
        account.env().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let emulator = account.emulator();
    let id = account.id().to_owned();
    LocalAws::shared().block_on(async move {
        let session = Session::load(vars).await.unwrap();
        let application =
            Application { name: "shop".to_owned(), account: id.clone(), ..Application::default() };
        let parameter = application.parameter();
        assert_eq!(session.create(&parameter).await.unwrap(), Created::New);
        let other = Application { account: "1".to_owned(), ..application.clone() }.parameter();
        assert_eq!(session.create(&other).await.unwrap(), Created::Existing);
        assert_eq!(store::read_application(&session, "shop").await.unwrap().account, id);

        let bounded = Application { permissions_boundary: Some("fence".to_owned()), ..application };
        store::overwrite(&session, &bounded.parameter()).await.unwrap();
        let found = store::applications(&session).await.unwrap();
        assert_eq!(found, [Application { version: "1.0".to_owned(), ..bounded }]);

        let input = json!({ "ResourceType": "Parameter", "ResourceId": parameter.name });
        let tags = emulator.json("ssm", "AmazonSSM.ListTagsForResource", &input).await.unwrap();
        assert_eq!(tags["TagList"], json!([{ "Key": "copilot-application", "Value": "shop" }]));
        let input = json!({ "ParameterFilters": [{ "Key": "Name", "Values": [parameter.name] }] });
        let about = emulator.json("ssm", "AmazonSSM.DescribeParameters", &input).await.unwrap();
        let about = &about["Parameters"][0];
        assert_eq!(
            (&about["Description"], &about["Type"]),
            (&json!("Copilot Application"), &json!("String"))
        );

        // More than a page.
        for index in 0..25 {
            let environment = Environment {
                app: "shop".to_owned(),
                name: format!("env-{index:02}"),
                ..Environment::default()
            };
            session.create(&environment.parameter()).await.unwrap();
        }
        let names: Vec<String> =
            store::environments(&session, "shop").await.unwrap().into_iter().map(|env| env.name).collect();
        assert_eq!((names.len(), names.first().map(String::as_str)), (25, Some("env-00")));

        session.delete(&parameter.name).await.unwrap();
        session.delete(&parameter.name).await.unwrap();
        assert_eq!(session.read(&parameter.name).await.unwrap(), None);
        let gone: Value = json!(session.list(store::APPLICATIONS).await.unwrap());
        assert_eq!(gone, json!([]));
    });
}
