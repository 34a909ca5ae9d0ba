//! The end of a call of the compiler: a judgement about the code, or a compiler that gave none.
//!
//! The weave may be the reason for a judgement, and for a crash. It is not the reason when the
//! compiler is killed, or when memory or the disk is full.

use std::process::ExitStatus;

use crate::compiler_output::CompilerOutput;

/// The ways in which a call of the compiler ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompilerEnd {
    /// The compiler accepts the code, or refuses it.
    Judged,
    /// The compiler died of a fault of its own, such as a full stack.
    Crashed,
    /// The compiler was killed, or the machine lacks something.
    Stopped,
}

impl CompilerEnd {
    /// Returns the way in which the call with this output has ended.
    pub(crate) fn of(output: &CompilerOutput) -> Self {
        let code = output.status.code();
        let signal = signal(output.status).or(code.filter(|code| *code > 128).map(|code| code - 128));
        match (code, signal) {
            (Some(0), _) => Self::Judged,
            _ if blames_machine(output) => Self::Stopped,
            (_, Some(signal)) if CRASHES.contains(&signal) => Self::Crashed,
            // A refusal, and a panic of the compiler: both tell why.
            (Some(1 | 101), _) if output.has_error() => Self::Judged,
            _ => Self::Stopped,
        }
    }
}

/// SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV.
const CRASHES: [i32; 6] = [4, 5, 6, if cfg!(target_os = "linux") { 7 } else { 10 }, 8, 11];

/// Returns whether an error without a place in the code, or a line that is no message about code,
/// speaks of a full disk, of memory, of too many files or processes, or of a killed linker.
fn blames_machine(output: &CompilerOutput) -> bool {
    const WORDS: [&str; 14] = [
        "(os error 5)",
        "(os error 11)",
        "(os error 12)",
        "(os error 23)",
        "(os error 24)",
        "(os error 28)",
        "(os error 122)",
        // A panic's message has the error as code.
        "Os { code: 11,",
        "Os { code: 12,",
        "Os { code: 28,",
        "No space left on device",
        "memory allocation of ",
        "failed: signal: ",
        "terminated with signal",
    ];
    let lines = output.messages.iter().filter(|line| !line.starts_with('{')).cloned();
    let mut texts = output.placeless_errors().map(|(_, text)| text).chain(lines);
    texts.any(|text| WORDS.iter().any(|words| text.contains(words)))
}

/// Returns the signal that killed the process.
#[cfg(unix)]
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
pub(crate) fn signal(_: ExitStatus) -> Option<i32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn end(status: i32, message: &str) -> CompilerEnd {
        let message = serde_json::json!({
            "$message_type": "diagnostic", "message": message, "code": null, "level": "error",
            "spans": [], "children": [], "rendered": format!("error: {message}\n"),
        });
        end_with(status, message.to_string())
    }

    fn end_with(status: i32, line: String) -> CompilerEnd {
        let status = ExitStatus::from_raw(status);
        CompilerEnd::of(&CompilerOutput { status, messages: vec![line] })
    }

    #[test]
    fn signals_codes_and_messages_tell_the_end() {
        let exit = |code: i32| code << 8;
        for (status, message, expected) in [
            (exit(0), "", CompilerEnd::Judged),
            (exit(1), "mismatched types", CompilerEnd::Judged),
            (exit(101), "the compiler unexpectedly panicked", CompilerEnd::Judged),
            (9, "", CompilerEnd::Stopped),
            (2, "", CompilerEnd::Stopped),
            (15, "", CompilerEnd::Stopped),
            (11, "", CompilerEnd::Crashed),
            (6, "", CompilerEnd::Crashed),
            // A shell in between.
            (exit(137), "", CompilerEnd::Stopped),
            (exit(139), "", CompilerEnd::Crashed),
            // sccache, of a compiler that was killed and of itself.
            (exit(254), "", CompilerEnd::Stopped),
            (exit(2), "", CompilerEnd::Stopped),
            (exit(1), "failed to write /t/a.o: No space left on device (os error 28)", CompilerEnd::Stopped),
            (exit(1), "linking with `cc` failed: signal: 9 (SIGKILL)", CompilerEnd::Stopped),
            (exit(1), "linking with `cc` failed: exit status: 1", CompilerEnd::Judged),
        ] {
            assert_eq!(end(status, message), expected, "{status}: {message}");
        }
        let panicked = "failed to spawn: Os { code: 11, kind: WouldBlock, message: \"…\" }";
        assert_eq!(end_with(exit(101), panicked.to_owned()), CompilerEnd::Stopped);
        let warning =
            r#"{"message": "unused", "code": null, "level": "warning", "spans": [], "children": []}"#;
        assert_eq!(end_with(exit(1), warning.to_owned()), CompilerEnd::Stopped);
        assert_eq!(end_with(6, "memory allocation of 8 bytes failed".to_owned()), CompilerEnd::Stopped);
    }
}
