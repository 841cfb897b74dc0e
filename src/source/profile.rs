//! The profiles of the AWS CLI: which is chosen, and what the SDK would not say of it.

use std::path::PathBuf;

use super::environment::{ConfigError, Environment, Settings};

fn chosen(settings: &Settings, environment: &impl Environment) -> String {
    let chosen = settings.profile.clone().or_else(|| environment.var("AWS_PROFILE"));
    chosen.unwrap_or_else(|| "default".into())
}

/// Keys in the environment come before a profile that is not named on the command line.
pub(super) fn is_by_key(settings: &Settings, environment: &impl Environment) -> bool {
    settings.profile.is_none() && environment.var("AWS_ACCESS_KEY_ID").is_some()
}

/// Where the files of the AWS CLI are: the configuration, and the credentials.
fn paths(environment: &impl Environment) -> [String; 2] {
    let home = environment.var("HOME").map_or_else(PathBuf::new, PathBuf::from).join(".aws");
    [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")].map(|(variable, file)| {
        environment.var(variable).unwrap_or_else(|| home.join(file).to_string_lossy().into_owned())
    })
}

/// Both files; a profile may be in either.
fn text(environment: &impl Environment) -> String {
    paths(environment).map(|path| environment.read(&path).unwrap_or_default()).join("\n")
}

/// Refuses a profile that is not there, or that the SDK could not use.
pub fn check(settings: &Settings, environment: &impl Environment) -> Result<(), ConfigError> {
    let [config, credentials] = paths(environment);
    let text = text(environment);
    let name = chosen(settings, environment);
    let mut known: Vec<String> = profiles(&text).collect();
    known.sort();
    known.dedup();
    // "default" may be missing: then it is empty.
    if name == "default" || known.contains(&name) {
        return if is_by_key(settings, environment) { Ok(()) } else { check_code(&text, name) };
    }
    let known = if known.is_empty() { "none at all".into() } else { known.join(", ") };
    Err(ConfigError::NoProfile { name, config, credentials, known })
}

/// A role may ask for a code at each start, and so may the profile that its credentials are from. The
/// SDK does not know of codes: the service would say that access is denied.
fn check_code(text: &str, chosen: String) -> Result<(), ConfigError> {
    let mut seen: Vec<&str> = vec![];
    let mut name = chosen.as_str();
    while !seen.contains(&name) && key(text, name, "role_arn").is_some() {
        if key(text, name, "mfa_serial").is_some() {
            return Err(ConfigError::AsksForCode { name: chosen });
        }
        seen.push(name);
        name = key(text, name, "source_profile").unwrap_or(name);
    }
    Ok(())
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

/// The program that credentials come from, where it is the profile's own: what a role is taken on with is
/// left to the SDK.
pub fn credential_process(settings: &Settings, environment: &impl Environment) -> Option<String> {
    // What the SDK asks first.
    const BEFORE: [&str; 7] = [
        "role_arn",
        "credential_source",
        "web_identity_token_file",
        "sso_session",
        "sso_start_url",
        "sso_account_id",
        "login_session",
    ];
    let (text, name) = (text(environment), chosen(settings, environment));
    if is_by_key(settings, environment) || BEFORE.iter().any(|wanted| key(&text, &name, wanted).is_some()) {
        return None;
    }
    key(&text, &name, "credential_process").map(str::to_owned)
}

/// What renews credentials, by where they come from.
pub fn renewal(settings: &Settings, environment: &impl Environment) -> String {
    if is_by_key(settings, environment) {
        return "they are in AWS_ACCESS_KEY_ID: start again with new ones".into();
    }
    let name = chosen(settings, environment);
    let text = text(environment);
    let has = |wanted: &str| key(&text, &name, wanted).is_some();
    if has("sso_session") || has("sso_start_url") {
        format!("run aws sso login --profile {name}")
    } else if has("login_session") {
        format!("run aws login --profile {name}")
    } else {
        format!("renew those of the profile {name}, or log in (aws sso login, aws login)")
    }
}

/// A key of a profile in a file of the AWS CLI.
fn key<'a>(text: &'a str, profile: &str, wanted: &str) -> Option<&'a str> {
    entry(text, profile, wanted).map(|(_, value)| value)
}

/// The same with its line, counted from 1.
fn entry<'a>(text: &'a str, profile: &str, wanted: &str) -> Option<(usize, &'a str)> {
    let mut is_own = false;
    let mut pairs = (1..).zip(text.lines()).filter_map(|(at, line)| {
        if line.trim_start().starts_with('[') {
            is_own = profiles(line).next().as_deref() == Some(profile);
        }
        line.split_once('=').filter(|_| is_own).map(|(key, value)| (at, key.trim(), value.trim()))
    });
    pairs.find(|(_, key, _)| *key == wanted).map(|(at, _, value)| (at, value))
}

/// What the chosen profile says in the files of the AWS CLI, and where: file and line.
pub(super) fn told(
    settings: &Settings,
    environment: &impl Environment,
    wanted: &str,
) -> Option<(String, String)> {
    let name = chosen(settings, environment);
    paths(environment).into_iter().find_map(|path| {
        let text = environment.read(&path).ok()?;
        let (line, value) = entry(&text, &name, wanted)?;
        Some((value.to_owned(), format!("{path}:{line}")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::environment::tests::{Fake, said, with};
    use super::*;

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
    fn a_profile_that_asks_for_a_code_is_told_what_to_do() {
        let config = "[default]\n[profile base]\nmfa_serial = m\n[profile plain]\nrole_arn = r\nsource_profile = base\n\
                      [profile prod]\nrole_arn = r\nmfa_serial = arn:aws:iam::1:mfa/me\nsource_profile = base\n\
                      [profile far]\nrole_arn = r\nsource_profile = prod\n\
                      [profile round]\nrole_arn = r\nsource_profile = round\n";
        let said = |profile: Option<&str>, vars: &[(&'static str, &'static str)]| {
            let environment = Fake { files: [("/h/.aws/config", config)].into(), ..with(vars) };
            let settings = Settings { profile: profile.map(str::to_owned), ..Settings::default() };
            check(&settings, &environment).err().map_or("ok".into(), |error| error.to_string())
        };
        let expected = "the profile \"prod\" asks for a code (mfa_serial), which cannot be asked for here: run \
                        eval \"$(aws configure export-credentials --profile prod --format env)\" and start \
                        again without --profile and AWS_PROFILE";
        assert_eq!(said(Some("prod"), &[]), expected);
        assert_eq!(said(None, &[("AWS_PROFILE", "prod")]), expected);
        assert!(said(Some("far"), &[]).contains("export-credentials --profile far "));
        for profile in [None, Some("base"), Some("plain"), Some("round")] {
            assert_eq!(said(profile, &[]), "ok", "{profile:?}");
        }
        let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_PROFILE", "prod")];
        assert_eq!(said(None, &keys), "ok", "the keys come first");
        assert_eq!(said(Some("prod"), &keys), expected);
    }

    #[test]
    fn a_program_for_credentials_is_the_profile_s_own_unless_something_comes_before_it() {
        let config = "[default]\ncredential_process = own --x=y\n[profile role]\nrole_arn = r\n\
                      credential_process = of the role\n[profile none]\n";
        let found = |profile: Option<&str>, vars: &[(&'static str, &'static str)]| {
            let environment = Fake { files: [("/h/.aws/config", config)].into(), ..with(vars) };
            let settings = Settings { profile: profile.map(str::to_owned), ..Settings::default() };
            credential_process(&settings, &environment)
        };
        assert_eq!(found(None, &[]).as_deref(), Some("own --x=y"));
        assert_eq!(found(Some("role"), &[]), None);
        assert_eq!(found(Some("none"), &[]), None);
        let keys = [("AWS_ACCESS_KEY_ID", "AKIA")];
        assert_eq!(found(None, &keys), None);
        assert_eq!(found(Some("default"), &keys).as_deref(), Some("own --x=y"));
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
}
