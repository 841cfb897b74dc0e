//! The examples at the end of each help.

pub const DYNASCOPE: &str = "\
Examples:
  dynascope                                  all streams of the account and region
  dynascope orders                           a table's stream, read at once
  dynascope orders payments                  two streams together, in one list
  dynascope orders --since 2h --filter \"status = 'PAID' AND total > 100\"
  dynascope --profile prod --region eu-west-1 orders
  dynascope --endpoint-url http://localhost:8000 orders      DynamoDB Local
  dynascope demo                             a look around without an account
  dynascope -- demo                          a table of yours that is called demo";

pub const DEMO: &str = "\
Examples:
  dynascope demo                             the explorer on live tables
  dynascope demo --filter '@event = REMOVE'   only deletions, of the stream that is opened
  dynascope demo --faults                    with throttles and expired iterators
  dynascope demo --seed 7 --at 2026-11-20T12:00:00Z --speed 60
  dynascope demo --headless --port 8000      only the service; prints its endpoint";

pub const STREAMS: &str = "\
Examples:
  dynascope streams                          a table for people
  dynascope streams --table orders
  dynascope streams | jq -r '.[].streamArn'  JSON in a pipe";

pub const SHARDS: &str = "\
Examples:
  dynascope shards orders                    the tree: a split indents
  dynascope shards orders -o json            as JSON on a terminal, too
  dynascope shards orders | jq -r '.[] | select(.state == \"open\") | .shardId'";

pub const TAIL: &str = "\
Examples:
  dynascope tail orders                      what is written from now on
  dynascope tail orders --from trim-horizon --no-follow -o jsonl > orders.jsonl
  dynascope tail orders -m 1 --timeout 30s   wait for one record: exit 3 if none came
  dynascope tail orders --since 15m --filter \"status = 'PAID' AND total > 100\"
  dynascope tail orders --expect 1 --timeout 30s --ready-file /tmp/ready
  dynascope tail orders -o jsonl | jq -c .dynamodb.NewImage
  dynascope tail orders --checkpoint orders.state -o jsonl >> orders.jsonl
  dynascope tail orders --since 15m --capture incident.jsonl.zst   all that is read, to a file
  dynascope tail orders --keep status,total.amount    all else becomes hashes: to show to others";

pub const OPEN: &str = "\
Examples:
  dynascope open orders.jsonl.zst            what was captured, as if it were read now
  dynascope open *.jsonl --filter \"status = 'PAID'\"
  dynascope open event.json                  the records of a Lambda event
  dynascope tail orders -m 1000 | dynascope open -";

pub const CAT: &str = "\
Examples:
  dynascope cat orders.jsonl.zst             every record, a line each
  dynascope cat *.jsonl --filter \"status = 'PAID'\" -o csv > paid.csv
  dynascope cat orders.jsonl --since 2026-11-20T02:00:00Z --until 2026-11-20T03:00:00Z
  dynascope cat orders.jsonl -o lambda-event --batch-size 100 > events.jsonl
  dynascope cat - --grep ord#91              what zcat orders.jsonl.gz, say, writes into the pipe";

pub const ITEM: &str = "\
Examples:
  dynascope item orders ord#91               what changed, when, from what to what
  dynascope item orders cust#7 2026-11-20 --since 2h
  dynascope item orders ord#91 | jq -c .dynamodb.NewImage";

pub const CONFIG: &str = "\
Examples:
  dynascope config                           each setting, its value, and where it is from
  dynascope --profile prod config            what a flag changes
  dynascope config | grep keys.              every action of the explorer and its keys";

pub const COMPLETIONS: &str = "\
Examples:
  dynascope completions bash > ~/.local/share/bash-completion/completions/dynascope
  dynascope completions zsh > ~/.zfunc/_dynascope
  dynascope completions fish > ~/.config/fish/completions/dynascope.fish";

pub const MAN: &str = "\
Examples:
  dynascope man > ~/.local/share/man/man1/dynascope.1
  dynascope man tail > ~/.local/share/man/man1/dynascope-tail.1";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::super::Cli;

    /// The commands of a help's examples, without what a shell would do with them.
    fn commands(help: &str) -> Vec<Vec<String>> {
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        examples.filter(|line| !line.trim().is_empty()).map(words).collect()
    }

    /// The words of a command as a shell takes them. What stands behind several blanks explains.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quote = None;
        for letter in line.trim().split("   ").next().unwrap_or_default().chars() {
            match (letter, quote) {
                ('|' | '>', None) => break,
                (' ', None) => words.push(String::new()),
                ('\'' | '"', None) => quote = Some(letter),
                (_, Some(open)) if letter == open => quote = None,
                _ => words.last_mut().unwrap().push(letter),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_command_has_examples_and_all_of_them_are_understood() {
        let mut cli = Cli::command();
        let names: Vec<String> = cli.get_subcommands().map(|it| it.get_name().to_owned()).collect();
        let mut helps = vec![cli.render_long_help().to_string()];
        for name in &names {
            let command = cli.find_subcommand_mut(name).unwrap();
            if !command.is_hide_set() {
                helps.push(command.render_long_help().to_string());
            }
        }
        for help in helps {
            let commands = commands(&help);
            assert!(!commands.is_empty(), "no examples in:\n{help}");
            for command in commands {
                assert_eq!(command[0], "dynascope", "{command:?}");
                let parsed = Cli::try_parse_from(&command);
                assert!(parsed.is_ok(), "{command:?}: {}", parsed.unwrap_err());
            }
        }
    }
}
