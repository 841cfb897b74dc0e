//! What the AWS SDK would panic on, or fail on without saying why, is checked as text before it.

use super::profile;

/// What the user chose on the command line; the rest is the environment's and the profile's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub profile: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
}

impl Settings {
    /// Refuses what cannot work, before a terminal is taken or a call made.
    pub fn check(&self) -> Result<(), ConfigError> {
        check(self, &Process)
    }
}

/// Why no call can be made at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "no AWS region: pass --region, set AWS_REGION, or set a region in the profile \
         (aws configure set region …)"
    )]
    NoRegion,
    #[error("the profile {name:?} is in neither {config} nor {credentials}; there is {known}")]
    NoProfile { name: String, config: String, credentials: String, known: String },
    #[error(
        "the profile {name:?} asks for a code (mfa_serial), which cannot be asked for here: run \
         eval \"$(aws configure export-credentials --profile {name} --format env)\" and start again \
         without --profile and AWS_PROFILE"
    )]
    AsksForCode { name: String },
    #[error("{name}={value:?} is not valid: {expected}")]
    Variable { name: &'static str, value: String, expected: &'static str },
    #[error("AWS_CA_BUNDLE={path:?} cannot be used: {reason}")]
    CaBundle { path: String, reason: String },
    #[error("a custom endpoint cannot be combined with {0}; unset one of them")]
    EndpointVariant(&'static str),
}

/// The process's environment, or a test's.
pub trait Environment {
    fn var(&self, name: &str) -> Option<String>;
    fn read(&self, path: &str) -> std::io::Result<String>;
}

/// The real one.
#[derive(Clone, Copy, Debug)]
pub struct Process;

impl Environment for Process {
    fn var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn read(&self, path: &str) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// Refuses what cannot work.
fn check(settings: &Settings, environment: &impl Environment) -> Result<(), ConfigError> {
    check_variables(environment)?;
    check_region(settings, environment)?;
    check_endpoint(settings, environment)?;
    profile::check(settings, environment)
}

fn check_variables(environment: &impl Environment) -> Result<(), ConfigError> {
    type Valid = fn(&str) -> bool;
    let boolean: Valid = |value| value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
    let rules: [(&'static str, Valid, &'static str); 4] = [
        (
            "AWS_MAX_ATTEMPTS",
            |value| value.parse::<u32>().is_ok_and(|number| number > 0),
            "a whole number from 1 is expected",
        ),
        (
            "AWS_RETRY_MODE",
            |value| ["standard", "adaptive", "legacy"].contains(&value.to_ascii_lowercase().as_str()),
            "\"standard\" or \"adaptive\" is expected",
        ),
        ("AWS_USE_FIPS_ENDPOINT", boolean, "\"true\" or \"false\" is expected"),
        ("AWS_USE_DUALSTACK_ENDPOINT", boolean, "\"true\" or \"false\" is expected"),
    ];
    for (name, is_valid, expected) in rules {
        if let Some(value) = environment.var(name).filter(|value| !is_valid(value)) {
            return Err(ConfigError::Variable { name, value, expected });
        }
    }
    Ok(())
}

fn check_region(settings: &Settings, environment: &impl Environment) -> Result<(), ConfigError> {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].map(|name| (name, environment.var(name)));
    for (name, value) in [("--region", settings.region.clone())].into_iter().chain(variables) {
        if let Some(value) = value.filter(|value| !is_region(value)) {
            return Err(ConfigError::Variable {
                name,
                value,
                expected: "a region like \"eu-west-1\" is expected",
            });
        }
    }
    Ok(())
}

fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn check_endpoint(settings: &Settings, environment: &impl Environment) -> Result<(), ConfigError> {
    const EXPECTED: &str = "a URL like \"http://localhost:8000\" is expected";
    let is_on = |name| environment.var(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let from_environment = ["AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "AWS_ENDPOINT_URL"]
        .into_iter()
        .find_map(|name| environment.var(name).map(|value| (name, value)));
    let chosen = settings.endpoint_url.clone().map(|value| ("--endpoint-url", value)).or(from_environment);
    let Some((name, value)) = chosen else { return Ok(()) };
    if !is_url(&value) {
        return Err(ConfigError::Variable { name, value, expected: EXPECTED });
    }
    for variant in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        if is_on(variant) {
            return Err(ConfigError::EndpointVariant(variant));
        }
    }
    Ok(())
}

/// What is set for DynamoDB and not for its streams, although the two are probably meant to go together.
pub fn endpoint_hint(settings: &Settings, environment: &impl Environment) -> Option<&'static str> {
    let is_set = |name| environment.var(name).is_some();
    (is_set("AWS_ENDPOINT_URL_DYNAMODB")
        && !is_set("AWS_ENDPOINT_URL_DYNAMODB_STREAMS")
        && settings.endpoint_url.is_none())
    .then_some(
        "AWS_ENDPOINT_URL_DYNAMODB does not hold for streams: set AWS_ENDPOINT_URL_DYNAMODB_STREAMS, too",
    )
}

/// What the SDK takes for a URL: a scheme, a host, and perhaps a port and a path.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let Some(rest) = rest.filter(|rest| rest.bytes().all(|byte| byte.is_ascii_graphic())) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (is_host, port) =
        if let Some((address, port)) = authority.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
            (address.parse::<std::net::Ipv6Addr>().is_ok(), port.strip_prefix(':').unwrap_or(port))
        } else {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            (!host.is_empty() && host.bytes().all(is_plain), port)
        };
    is_host && (port.is_empty() || port.parse::<u16>().is_ok())
}

/// The certificates of AWS_CA_BUNDLE, in PEM.
pub fn ca_bundle(environment: &impl Environment) -> Result<Option<Vec<u8>>, ConfigError> {
    let Some(path) = environment.var("AWS_CA_BUNDLE") else { return Ok(None) };
    let wrong = |reason: String| ConfigError::CaBundle { path: path.clone(), reason };
    let text = environment.read(&path).map_err(|error| wrong(error.to_string()))?;
    if text.contains("-----BEGIN CERTIFICATE-----") {
        Ok(Some(text.into_bytes()))
    } else {
        Err(wrong("it holds no certificate in PEM".into()))
    }
}

#[cfg(test)]
pub mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, Default)]
    pub struct Fake {
        pub vars: BTreeMap<&'static str, &'static str>,
        pub files: BTreeMap<&'static str, &'static str>,
    }

    impl Environment for Fake {
        fn var(&self, name: &str) -> Option<String> {
            self.vars.get(name).map(ToString::to_string)
        }

        fn read(&self, path: &str) -> std::io::Result<String> {
            let text = self.files.get(path).map(ToString::to_string);
            text.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
        }
    }

    pub fn with(vars: &[(&'static str, &'static str)]) -> Fake {
        let files = [
            (
                "/h/.aws/config",
                "[default]\nregion = x\n[profile prod]\n[ profile \"a b\" ]\n[sso-session s]\n",
            ),
            ("/h/.aws/credentials", "[old]\n"),
            ("/ca", "-----BEGIN CERTIFICATE-----"),
            ("/empty", ""),
        ];
        let vars = [("HOME", "/h")].into_iter().chain(vars.iter().copied()).collect();
        Fake { vars, files: files.into() }
    }

    pub fn said(settings: &Settings, vars: &[(&'static str, &'static str)]) -> String {
        check(settings, &with(vars)).err().map_or("ok".into(), |error| error.to_string())
    }

    #[test]
    fn what_the_sdk_panics_on_is_refused_with_a_sentence() {
        let none = Settings::default();
        for (name, value) in [
            ("AWS_MAX_ATTEMPTS", "0"),
            ("AWS_MAX_ATTEMPTS", "many"),
            ("AWS_RETRY_MODE", "never"),
            ("AWS_USE_FIPS_ENDPOINT", "1"),
            ("AWS_REGION", "eu west"),
            ("AWS_ENDPOINT_URL", "localhost:8000"),
            ("AWS_DEFAULT_REGION", "eu west"),
            ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "http://"),
            ("AWS_ENDPOINT_URL", "http://[::1"),
            ("AWS_ENDPOINT_URL", "http://[nothing]:1"),
            ("AWS_ENDPOINT_URL", "http://localhost:port"),
            ("AWS_ENDPOINT_URL", "http://localhost:70000"),
        ] {
            let said = said(&none, &[(name, value)]);
            assert!(said.starts_with(&format!("{name}={value:?} is not valid: ")), "{said}");
        }
        assert_eq!(said(&none, &[("AWS_MAX_ATTEMPTS", "3"), ("AWS_RETRY_MODE", "Standard")]), "ok");
    }

    #[test]
    fn endpoints_are_urls() {
        for url in
            ["http://localhost:8000", "http://[::1]:8000/path", "https://vpce-1.example.com/", "http://a_b?c"]
        {
            assert_eq!(said(&Settings::default(), &[("AWS_ENDPOINT_URL", url)]), "ok", "{url}");
        }
    }

    #[test]
    fn a_custom_endpoint_excludes_variants() {
        let settings = Settings { endpoint_url: Some("http://localhost:8000".into()), ..Settings::default() };
        assert_eq!(said(&settings, &[]), "ok");
        let said = said(&settings, &[("AWS_USE_FIPS_ENDPOINT", "true")]);
        assert_eq!(
            said,
            "a custom endpoint cannot be combined with AWS_USE_FIPS_ENDPOINT; unset one of them"
        );
    }

    #[test]
    fn an_endpoint_of_dynamodb_alone_is_told_not_to_hold_for_streams() {
        let local = ("AWS_ENDPOINT_URL_DYNAMODB", "http://localhost:8000");
        let hint = |settings: &Settings, vars: &[(&'static str, &'static str)]| {
            endpoint_hint(settings, &with(vars)).is_some()
        };
        let none = Settings::default();
        assert!(hint(&none, &[local]));
        assert!(hint(&none, &[local, ("AWS_ENDPOINT_URL", "http://elsewhere:1")]));
        assert!(!hint(&none, &[]));
        assert!(!hint(&none, &[local, ("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "http://localhost:8000")]));
        let chosen = Settings { endpoint_url: Some("http://localhost:8000".into()), ..none };
        assert!(!hint(&chosen, &[local]));
    }

    #[test]
    fn a_ca_bundle_must_hold_certificates() {
        assert_eq!(ca_bundle(&with(&[])), Ok(None));
        assert!(ca_bundle(&with(&[("AWS_CA_BUNDLE", "/ca")])).is_ok_and(|pem| pem.is_some()));
        assert!(ca_bundle(&with(&[("AWS_CA_BUNDLE", "/empty")])).is_err());
        assert!(ca_bundle(&with(&[("AWS_CA_BUNDLE", "/none")])).is_err());
    }
}
