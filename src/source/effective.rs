//! Which flag, variable or file decides whose streams are read. Never what a secret is.

use super::environment::{Environment, Process, Settings};
use super::profile;

/// A setting, and what set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    pub name: &'static str,
    pub value: String,
    pub from: String,
}

/// What is in force for AWS, by the order of the AWS CLI: flags, variables, the profile.
pub fn effective(settings: &Settings) -> Vec<Effective> {
    decide(settings, &Process)
}

fn decide(settings: &Settings, environment: &impl Environment) -> Vec<Effective> {
    let by_flag = |flag: &str, value: &Option<String>| Some((value.clone()?, flag.to_owned()));
    let by_variable =
        |names: &[&str]| names.iter().find_map(|name| Some((environment.var(name)?, (*name).to_owned())));
    let (name, profile_from) = by_flag("--profile", &settings.profile)
        .or_else(|| by_variable(&["AWS_PROFILE"]))
        .unwrap_or_else(|| ("default".into(), "default".into()));
    let in_profile = |key: &str| profile::told(settings, environment, key);
    let region = by_flag("--region", &settings.region)
        .or_else(|| by_variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]))
        .or_else(|| in_profile("region"))
        .unwrap_or_else(|| ("none: a stream's ARN names its own".into(), "default".into()));
    let endpoint = by_flag("--endpoint-url", &settings.endpoint_url)
        .or_else(|| by_variable(&["AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "AWS_ENDPOINT_URL"]))
        .or_else(|| in_profile("endpoint_url"))
        .unwrap_or_else(|| ("AWS's own".into(), "default".into()));
    let credentials = if profile::is_by_key(settings, environment) {
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY".to_owned()
    } else {
        format!("the profile {name}")
    };
    let mut all = vec![
        Effective { name: "profile", value: name, from: profile_from },
        Effective { name: "region", value: region.0, from: region.1 },
        Effective { name: "endpoint-url", value: without_secrets(&endpoint.0), from: endpoint.1 },
        Effective { name: "credentials", value: "not shown".into(), from: credentials },
    ];
    let proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    for (name, names) in [("proxy", &proxies[..]), ("ca-bundle", &["AWS_CA_BUNDLE"])] {
        if let Some((value, from)) = by_variable(names) {
            all.push(Effective { name, value: without_secrets(&value), from });
        }
    }
    all
}

/// A URL without its user, its password and its query.
fn without_secrets(url: &str) -> String {
    let (url, query) = url.split_once(['?', '#']).map_or((url, ""), |(url, _)| (url, "?…"));
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let host = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, host)| format!("…@{host}"));
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    format!("{scheme}{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::super::environment::tests::Fake;
    use super::*;

    const CONFIG: &str =
        "[default]\nregion = eu-west-1\n\n[profile prod]\nregion=us-east-1\nendpoint_url = http://p:1\n";

    fn said(settings: &Settings, vars: &[(&'static str, &'static str)]) -> Vec<String> {
        let vars = [("HOME", "/h")].into_iter().chain(vars.iter().copied()).collect();
        let environment = Fake { vars, files: [("/h/.aws/config", CONFIG)].into() };
        let line = |it: Effective| format!("{} = {} ({})", it.name, it.value, it.from);
        decide(settings, &environment).into_iter().map(line).collect()
    }

    #[test]
    fn a_flag_beats_a_variable_and_a_variable_the_profile() {
        let none = Settings::default();
        assert_eq!(
            said(&none, &[]),
            [
                "profile = default (default)",
                "region = eu-west-1 (/h/.aws/config:2)",
                "endpoint-url = AWS's own (default)",
                "credentials = not shown (the profile default)",
            ]
        );
        assert_eq!(
            said(&none, &[("AWS_PROFILE", "prod")])[..3],
            [
                "profile = prod (AWS_PROFILE)",
                "region = us-east-1 (/h/.aws/config:5)",
                "endpoint-url = http://p:1 (/h/.aws/config:6)",
            ]
        );
        let vars = [("AWS_REGION", "a"), ("AWS_DEFAULT_REGION", "b"), ("AWS_ENDPOINT_URL", "http://e")];
        assert_eq!(
            said(&none, &vars)[1..3],
            ["region = a (AWS_REGION)", "endpoint-url = http://e (AWS_ENDPOINT_URL)"]
        );
        let flags = Settings {
            profile: Some("x".into()),
            region: Some("y".into()),
            endpoint_url: Some("http://z".into()),
        };
        assert_eq!(
            said(&flags, &vars)[..3],
            ["profile = x (--profile)", "region = y (--region)", "endpoint-url = http://z (--endpoint-url)"]
        );
    }

    #[test]
    fn no_secret_is_ever_told() {
        let vars = [
            ("AWS_ACCESS_KEY_ID", "AKIASECRET"),
            ("AWS_SECRET_ACCESS_KEY", "SECRET"),
            ("AWS_SESSION_TOKEN", "SECRET"),
            ("HTTPS_PROXY", "http://me:SECRET@proxy:3128/path?token=SECRET"),
            ("AWS_ENDPOINT_URL", "https://me:SECRET@host/?SECRET"),
        ];
        let said = said(&Settings::default(), &vars).join("\n");
        assert!(!said.contains("SECRET\n") && said.matches("SECRET").count() == 1, "{said}");
        assert!(
            said.contains("credentials = not shown (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"),
            "{said}"
        );
        assert!(said.contains("proxy = http://…@proxy:3128/path?… (HTTPS_PROXY)"), "{said}");
        assert_eq!(without_secrets("proxy:3128"), "proxy:3128");
        assert_eq!(without_secrets("me:x@proxy:3128"), "…@proxy:3128");
        assert_eq!(without_secrets("/etc/ca.pem"), "/etc/ca.pem");
    }
}
