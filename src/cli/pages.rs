//! `dynascope completions SHELL` and `dynascope man`: what the table of arguments says of itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Cli;
use super::exit::{Exit, Failure, print};

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Whose completions
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// The page of this command; without it, that of dynascope
    command: Option<String>,
}

pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut text = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "dynascope", &mut text);
    print(&String::from_utf8_lossy(&text))
}

pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut page = Cli::command();
    page.build();
    if let Some(name) = &args.command {
        let known: Vec<&str> = page.get_subcommands().map(clap::Command::get_name).collect();
        let Some(command) = page.find_subcommand(name).filter(|command| !command.is_hide_set()) else {
            let reason = format!("there is no command {name:?}; there are {}", known.join(", "));
            return Err(Failure::new(reason));
        };
        page = command.clone();
    }
    let mut text = vec![];
    let rendered = Man::new(page).manual("dynascope").render(&mut text);
    rendered.map_err(|error| Failure::new(format!("cannot write the page: {error}")))?;
    print(&String::from_utf8_lossy(&text))
}
