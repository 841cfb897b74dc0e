//! What the AWS SDK would panic on, or fail on without saying why, is checked as text before it.

use std::path::PathBuf;

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
    check_profile(settings, environment)
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

fn check_profile(settings: &Settings, environment: &impl Environment) -> Result<(), ConfigError> {
    let chosen = settings.profile.clone().or_else(|| environment.var("AWS_PROFILE"));
    let Some(name) = chosen else { return Ok(()) };
    let home = environment.var("HOME").map_or_else(PathBuf::new, PathBuf::from).join(".aws");
    let path = |variable, file: &str| {
        environment.var(variable).unwrap_or_else(|| home.join(file).to_string_lossy().into_owned())
    };
    let config = path("AWS_CONFIG_FILE", "config");
    let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    let mut known: Vec<String> = vec![];
    for file in [&config, &credentials] {
        known.extend(profiles(&environment.read(file).unwrap_or_default()));
    }
    known.sort();
    known.dedup();
    // "default" may be missing: then it is empty.
    if name == "default" || known.contains(&name) {
        return Ok(());
    }
    let known = if known.is_empty() { "none at all".into() } else { known.join(", ") };
    Err(ConfigError::NoProfile { name, config, credentials, known })
}

/// The names of the profiles in a file of the AWS CLI.
fn profiles(text: &str) -> impl Iterator<Item = String> + '_ {
    let sections = text.lines().filter_map(|line| line.trim().strip_prefix('[')?.split(']').next());
    sections.filter_map(|section| {
        let section = section.trim();
        match section.split_once(char::is_whitespace) {
            Some(("profile", name)) => Some(name.trim().trim_matches('"').to_owned()),
            Some(_) => None,
            None => Some(section.to_owned()),
        }
    })
}

/// What renews credentials, by where they come from.
pub fn renewal(settings: &Settings, environment: &impl Environment) -> String {
    let chosen = settings.profile.clone().or_else(|| environment.var("AWS_PROFILE"));
    if settings.profile.is_none() && environment.var("AWS_ACCESS_KEY_ID").is_some() {
        return "they are in AWS_ACCESS_KEY_ID: start again with new ones".into();
    }
    let name = chosen.unwrap_or_else(|| "default".into());
    let config = environment.read(&config_path(environment)).unwrap_or_default();
    let has = |wanted: &str| entries(&config, &name).any(|(_, key, _)| key == wanted);
    if has("sso_session") || has("sso_start_url") {
        format!("run aws sso login --profile {name}")
    } else if has("login_session") {
        format!("run aws login --profile {name}")
    } else {
        format!("renew those of the profile {name}, or log in (aws sso login, aws login)")
    }
}

/// The entries of a profile in a file of the AWS CLI, with their lines, counted from 1.
fn entries<'a>(text: &'a str, profile: &'a str) -> impl Iterator<Item = (usize, &'a str, &'a str)> {
    let lines = (1..).zip(text.lines());
    let lines = lines.skip_while(move |(_, line)| profiles(line).next().as_deref() != Some(profile)).skip(1);
    let own = lines.take_while(|(_, line)| !line.trim_start().starts_with('['));
    own.filter_map(|(at, line)| line.split_once('=').map(|(key, value)| (at, key.trim(), value.trim())))
}

/// An entry of a profile in the configuration of the AWS CLI: its value, the file and the line.
pub(super) fn profile_entry(
    environment: &impl Environment,
    profile: &str,
    key: &str,
) -> Option<(String, String, usize)> {
    let path = config_path(environment);
    let text = environment.read(&path).ok()?;
    let found = entries(&text, profile).find(|(_, name, value)| *name == key && !value.is_empty());
    found.map(|(line, _, value)| (value.to_owned(), path, line))
}

/// Where the configuration of the AWS CLI is.
fn config_path(environment: &impl Environment) -> String {
    let home = || environment.var("HOME").map_or_else(PathBuf::new, PathBuf::from).join(".aws/config");
    environment.var("AWS_CONFIG_FILE").unwrap_or_else(|| home().to_string_lossy().into_owned())
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
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Default)]
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

    fn with(vars: &[(&'static str, &'static str)]) -> Fake {
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

    fn said(settings: &Settings, vars: &[(&'static str, &'static str)]) -> String {
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
    fn an_unknown_profile_is_named_beside_those_there_are() {
        for name in ["prod", "a b", "old", "default"] {
            let settings = Settings { profile: Some(name.into()), ..Settings::default() };
            assert_eq!(said(&settings, &[]), "ok", "{name}");
        }
        assert_eq!(
            said(&Settings::default(), &[("AWS_PROFILE", "s")]),
            "the profile \"s\" is in neither /h/.aws/config nor /h/.aws/credentials; there is a b, default, old, prod"
        );
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
    fn what_renews_credentials_depends_on_where_they_are_from() {
        let config = "[default]\n[profile old]\nregion = x\n[profile prod]\nregion = y\nsso_session = s\n\
                      [profile new]\nlogin_session = a\n[sso-session s]\nsso_start_url = u\n";
        let renewed = |profile: Option<&str>, vars: &[(&'static str, &'static str)]| {
            let environment = Fake { files: [("/h/.aws/config", config)].into(), ..with(vars) };
            let settings = Settings { profile: profile.map(str::to_owned), ..Settings::default() };
            renewal(&settings, &environment)
        };
        assert_eq!(renewed(Some("prod"), &[]), "run aws sso login --profile prod");
        assert_eq!(renewed(None, &[("AWS_PROFILE", "prod")]), "run aws sso login --profile prod");
        assert_eq!(renewed(None, &[("AWS_PROFILE", "new")]), "run aws login --profile new");
        for profile in [None, Some("old")] {
            assert!(renewed(profile, &[]).starts_with("renew those of the profile "), "{profile:?}");
        }
        let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_PROFILE", "prod")];
        assert_eq!(renewed(None, &keys), "they are in AWS_ACCESS_KEY_ID: start again with new ones");
        assert_eq!(renewed(Some("prod"), &keys), "run aws sso login --profile prod");
    }

    #[test]
    fn a_ca_bundle_must_hold_certificates() {
        assert_eq!(ca_bundle(&with(&[])), Ok(None));
        assert!(ca_bundle(&with(&[("AWS_CA_BUNDLE", "/ca")])).is_ok_and(|pem| pem.is_some()));
        assert!(ca_bundle(&with(&[("AWS_CA_BUNDLE", "/empty")])).is_err());
        assert!(ca_bundle(&with(&[("AWS_CA_BUNDLE", "/none")])).is_err());
    }
}
