//! Texts as a POSIX shell takes them.

/// One word of a shell, whatever the text holds: in single quotes, unless it needs none.
pub fn quoted(text: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_bare) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A parameter's name as an option: `KeyConditions` is `--key-conditions`.
pub(super) fn option(name: &str) -> String {
    let mut option = String::from("-");
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            option.push('-');
        }
        option.push(character.to_ascii_lowercase());
    }
    option
}

/// A comment that is harmless also where `#` begins none, as when it is pasted into an interactive
/// zsh: nothing in it means anything to a shell.
pub(super) fn comment(text: &str) -> String {
    let is_harmless = |character: char| character.is_ascii_alphanumeric() || " .,:-_/".contains(character);
    text.chars().map(|character| if is_harmless(character) { character } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn by_the_shell(word: &str) -> Vec<u8> {
        let output = Command::new("sh").args(["-c", &format!("printf %s {word}")]).output().unwrap();
        assert!(output.status.success(), "{word}");
        output.stdout
    }

    #[test]
    fn words_that_mean_something_to_a_shell_come_through() {
        for text in ["", "'", "''a'", "$(id)`id`", "a\nb", "\\", "!!", "*", "~", "-", "\"", "é漢👍", "#a"]
        {
            assert_eq!(by_the_shell(&quoted(text)), text.as_bytes(), "{text:?}");
        }
        assert_eq!(quoted("eu-west-1"), "eu-west-1");
    }

    #[test]
    fn parameters_become_options() {
        assert_eq!(option("Key"), "--key");
        assert_eq!(option("ExpressionAttributeNames"), "--expression-attribute-names");
    }

    #[test]
    fn a_comment_means_nothing_to_a_shell() {
        assert_eq!(comment("table a-b, 'x'; $(id)\n!"), "table a-b, ?x?? ??id???");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

        #[test]
        fn every_text_survives_a_shell(text in "[a'\"\\\\$`! \n\t*?~#;&|<>(){}\\[\\]é漢-]{0,20}|[^\0]{0,20}") {
            let printed = by_the_shell(&quoted(&text));
            prop_assert_eq!(printed, text.into_bytes());
        }
    }
}
