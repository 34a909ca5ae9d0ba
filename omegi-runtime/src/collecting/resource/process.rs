//! The process, and its compiler ([OpenTelemetry], process).
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/process/

use crate::exporting::utc::Utc;
use crate::settings::MASK;

use super::super::scrubbing::Scrubber;
use super::builder::ResourceBuilder;
use super::host_environment::HostEnvironment;

/// The ticks in a second of `/proc/self/stat`: Linux shows this many, whatever it counts
/// internally.
const TICKS: u64 = 100;

/// The most characters of the command line.
const CHARACTERS: usize = 2048;

pub(super) fn detect(resource: &mut ResourceBuilder, environment: &HostEnvironment, scrubber: &mut Scrubber) {
    resource.add("process.pid", i64::from(std::process::id()));
    #[cfg(unix)]
    resource.add("process.parent_pid", i64::from(std::os::unix::process::parent_id()));
    if let Ok(path) = std::env::current_exe() {
        resource.add_detected(
            "process.executable.name",
            path.file_name().map(|it| it.to_string_lossy().into_owned()),
        );
        resource.add_detected("process.executable.path", Some(path.to_string_lossy().into_owned()));
    }
    let arguments: Vec<_> = std::env::args_os().map(|it| it.to_string_lossy().into_owned()).collect();
    resource.add_detected("process.command", arguments.first().cloned());
    resource.add_detected("process.command_line", Some(command_line(&arguments, scrubber)));
    resource.add_detected("process.owner", owner(environment));
    resource.add_detected("process.creation.time", created(environment));
    resource.add("process.runtime.name", "rustc");
    resource.add("process.runtime.version", env!("BUILT_BY_RUSTC"));
    resource.add(
        "process.runtime.description",
        concat!("rustc ", env!("BUILT_BY_RUSTC"), ", ", env!("BUILT_FOR_TARGET")),
    );
}

/// The command line without the values of arguments with the name of a secret, as in `--password
/// x`.
///
/// Values such as `--password=x` are found as in any text.
fn command_line(arguments: &[String], scrubber: &mut Scrubber) -> String {
    let mut line = Vec::new();
    let mut is_value = false;
    for (nth, argument) in arguments.iter().enumerate() {
        line.push(if is_value { MASK } else { argument });
        let name = argument.trim_start_matches('-');
        is_value = nth > 0 && name.len() < argument.len() && !name.contains('=') && scrubber.is_secret(name);
    }
    line.join(" ").chars().take(CHARACTERS).collect()
}

/// The name of the user that the process runs as.
fn owner(environment: &HostEnvironment) -> Option<String> {
    let of_system = || {
        let status = environment.file("proc/self/status")?;
        let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        let effective = ids.split_whitespace().nth(1)?;
        let users = environment.file("etc/passwd")?;
        let user = users.lines().find(|line| line.split(':').nth(2) == Some(effective))?;
        user.split(':').next().map(str::to_owned)
    };
    of_system().or_else(|| environment.variable(&["USER", "USERNAME"]))
}

/// The start time of the process.
fn created(environment: &HostEnvironment) -> Option<String> {
    let own = environment.file("proc/self/stat")?;
    // The second field is the command in parentheses, and may contain blanks. This is the 22nd
    // field.
    let ticks: u64 = own.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let system = environment.file("proc/stat")?;
    let booted: u64 = system.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    let since_boot = ticks.checked_mul(1_000_000_000 / TICKS)?;
    let unix_ns = booted.checked_mul(1_000_000_000)?.checked_add(since_boot)?;
    Some(Utc { unix_ns }.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Masking;

    #[test]
    fn values_of_secret_arguments_are_masked() {
        let arguments =
            ["shop", "--password", "hunter2", "--n", "1", "key", "a", "-token", "-x"].map(str::to_owned);
        let line = command_line(&arguments, &mut Scrubber::new(Masking::default().into(), None));
        assert_eq!(line, "shop --password **** --n 1 key a -token ****");
    }
}
