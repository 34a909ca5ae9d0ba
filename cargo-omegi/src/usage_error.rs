//! Turns the errors of the command line's parser into one line with a remedy.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _, Error};

use crate::cli::{Cli, NAME};
use crate::command_error::{CommandError, CommandErrorKind};

/// Returns the error of a command line; `command` is its first word.
pub(crate) fn usage_error(command: &str, error: &Error) -> CommandError {
    let typed = |kind| texts(error, kind).into_iter().next().unwrap_or_default();
    let argument = typed(ContextKind::InvalidArg);
    // The first word can be an option that belongs to no command.
    let command = if command.starts_with('-') { NAME.to_owned() } else { format!("{NAME} {command}") };
    let lists = format!("`{command} --help` lists its options");
    let (message, remedy) = match error.kind() {
        ErrorKind::InvalidSubcommand => (
            format!("there is no command `{}`", typed(ContextKind::InvalidSubcommand)),
            format!("`{NAME} --help` lists the commands"),
        ),
        ErrorKind::UnknownArgument => (format!("`{command}` has no option `{argument}`"), lists),
        ErrorKind::MissingRequiredArgument => (format!("`{command}` needs a value for {argument}"), lists),
        ErrorKind::InvalidValue if typed(ContextKind::InvalidValue).is_empty() => {
            (format!("`{}` needs a value", option(&argument)), format!("write `{argument}`"))
        }
        ErrorKind::InvalidValue => (
            format!("`{}` is not a value of {argument}", typed(ContextKind::InvalidValue)),
            format!("write one of {}", texts(error, ContextKind::ValidValue).join(", ")),
        ),
        ErrorKind::ArgumentConflict => {
            (format!("`{}` stands twice", option(&argument)), "name it once".to_owned())
        }
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            (line.strip_prefix("error: ").unwrap_or(line).to_owned(), lists)
        }
    };
    CommandError::new(
        CommandErrorKind::Usage,
        format!("cannot read the command line: {message}"),
        format!("{}{remedy}", suggestion(error)),
    )
}

/// Returns the question for the right spelling, if there is one near.
fn suggestion(error: &Error) -> String {
    if let Some(typed) = texts(error, ContextKind::InvalidSubcommand).first() {
        // The parser's own suggestions miss swapped letters in short words: `rnu`.
        let commands = Cli::command();
        let names = commands.get_subcommands().map(Command::get_name);
        let question = omegi_weave::did_you_mean(typed, names);
        return question.strip_prefix("; ").map(|question| format!("{question} ")).unwrap_or_default();
    }
    let kinds = [ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let near = kinds.into_iter().find_map(|kind| texts(error, kind).pop());
    near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default()
}

/// Returns the name of the option in `--package <SPEC>`.
fn option(shown: &str) -> &str {
    shown.split(' ').next().unwrap_or(shown)
}

fn texts(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}
