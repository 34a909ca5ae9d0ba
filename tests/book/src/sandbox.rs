//! The folder and the shell in which the steps of a page run.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{env, thread};

/// The longest time of a command: it may compile omegi on a busy machine.
const DEADLINE: Duration = Duration::from_secs(900);

/// The port that is bound by the page whose servers run.
const LOCK_PORT: u16 = 43_174;

/// The folder of a page, with a shell that runs in it.
pub(crate) struct Sandbox {
    folder: PathBuf,
    shell: Child,
    input: ChildStdin,
    exit_codes: Receiver<i32>,
    runs: usize,
    _ports: Option<TcpListener>,
}

/// A command that has ended.
pub(crate) struct Ended {
    pub(crate) exit_code: i32,
    /// Its output and its errors, in their order.
    pub(crate) output: String,
}

impl Sandbox {
    /// Makes an empty folder for a page and starts its shell.
    ///
    /// A page with `servers` waits until those of other pages have ended: they use the same ports.
    pub(crate) fn new(page: &str, receiver: &Path, servers: bool) -> io::Result<Self> {
        let ports = if servers { Some(lock()?) } else { None };
        let checkout = checkout();
        // Outside of the checkout, whose workspace cargo would find. A page has the same folder in
        // each run, so that cargo finds its build again.
        let name = format!("omegi-book{}", checkout.display()).replace('/', "-");
        let folder = env::temp_dir().canonicalize()?.join(name).join(page.trim_end_matches(".md"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        for name in ["bin", "home", "logs", ".cargo", "work"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let cargo = folder.join("bin/cargo");
        fs::write(&cargo, include_str!("cargo.sh"))?;
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755))?;
        symlink(receiver, folder.join("bin/otlp-receiver"))?;
        symlink(checkout.join("target/debug/cargo-omegi"), folder.join("bin/cargo-omegi"))?;

        let mut shell = shell(&folder, &checkout)?;
        let input = shell.stdin.take().expect("it is piped");
        let output = BufReader::new(shell.stdout.take().expect("it is piped"));
        let (sender, exit_codes) = channel();
        thread::spawn(move || {
            let codes = output.lines().map_while(Result::ok).filter_map(|line| line.parse().ok());
            for code in codes {
                let _ = sender.send(code);
            }
        });
        Ok(Self { folder, shell, input, exit_codes, runs: 0, _ports: ports })
    }

    /// Returns the folder of the page's files.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// Writes a file of the page.
    pub(crate) fn write(&self, path: &str, text: &str) -> io::Result<()> {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().expect("it is below the sandbox"))?;
        fs::write(path, text)
    }

    /// Runs a text in the page's shell.
    ///
    /// With `all` the exit code is that of the first command that fails, else that of the last one.
    pub(crate) fn run(&mut self, text: &str, all: bool) -> Result<Ended, String> {
        self.runs += 1;
        let _ = fs::remove_file(self.listening());
        let [script, log] = ["sh", "log"].map(|kind| self.folder.join(format!("logs/{}.{kind}", self.runs)));
        fs::write(&script, text).map_err(|error| error.to_string())?;
        let (before, after) = if all {
            ("failed=0; set -E; trap 'failed=$?' ERR; ", "; trap - ERR; set +E; echo $failed")
        } else {
            ("", "; echo $?")
        };
        let [script, log_name] = [&script, &log].map(|path| format!("'{}'", path.display()));
        writeln!(self.input, "{before}source {script} >{log_name} 2>&1 </dev/null{after}")
            .map_err(|error| format!("the shell has ended: {error}"))?;
        let exit_code = self.exit_codes.recv_timeout(DEADLINE);
        let is_listening = exit_code.is_err() || !starts_receiver(text) || await_file(&self.listening());
        let output = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
        if !is_listening {
            return Err(format!("otlp-receiver does not listen:\n{output}"));
        }
        match exit_code {
            Ok(exit_code) => Ok(Ended { exit_code, output }),
            Err(RecvTimeoutError::Timeout) => Err(format!("still runs after {DEADLINE:?}:\n{output}")),
            Err(RecvTimeoutError::Disconnected) => Err(format!("the shell has ended:\n{output}")),
        }
    }

    fn listening(&self) -> PathBuf {
        self.folder.join("logs/listening")
    }

    /// Deletes the page's folder.
    pub(crate) fn delete(self) -> io::Result<()> {
        let folder = self.folder.clone();
        drop(self);
        fs::remove_dir_all(folder)
    }
}

impl Drop for Sandbox {
    /// Ends the shell and all that it has started.
    fn drop(&mut self) {
        let group = format!("-{}", self.shell.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.shell.wait();
    }
}

/// Returns the root of the repository.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("it is there")
}

fn lock() -> io::Result<TcpListener> {
    let deadline = Instant::now() + 4 * DEADLINE;
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, LOCK_PORT)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(100));
            }
            bound => return bound,
        }
    }
}

fn shell(folder: &Path, checkout: &Path) -> io::Result<Child> {
    let path = env::var_os("PATH").unwrap_or_default();
    let cargo = env::split_paths(&path).map(|folder| folder.join("cargo")).find(|cargo| cargo.is_file());
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
    let or_home =
        |name: &str, folder: &str| env::var_os(name).unwrap_or_else(|| home.join(folder).into_os_string());
    let folders = [folder.join("bin")].into_iter().chain(env::split_paths(&path));
    let path = env::join_paths(folders).map_err(io::Error::other)?;
    let shared = checkout.join("target/pages");
    let runtime = env::var_os("CARGO_OMEGI_RUNTIME_DIR")
        .unwrap_or_else(|| checkout.join("target/omegi-runtime").into_os_string());

    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc"]).current_dir(folder.join("work")).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(folder.join("logs/shell"))?);
    for (name, _) in env::vars_os().filter(|(name, _)| !is_for_pages(name)) {
        command.env_remove(name);
    }
    command
        .env("PATH", path)
        .env("HOME", folder.join("home"))
        .env("PAGE", folder)
        .env("LISTENING", folder.join("logs/listening"))
        .env("CHECKOUT", checkout)
        .env("SHARED", &shared)
        .env("REAL_CARGO", cargo.unwrap_or_else(|| env!("CARGO").into()))
        .env("CARGO_HOME", or_home("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", or_home("RUSTUP_HOME", ".rustup"))
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_OMEGI_RUNTIME_DIR", runtime)
        .env("NO_PROXY", "localhost,127.0.0.1")
        .env("no_proxy", "localhost,127.0.0.1")
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "dumb");
    command.spawn()
}

/// Returns whether a page sees this variable of the runner: no settings of omegi, and nothing that
/// cargo sets for a test.
fn is_for_pages(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    let is_cargo = name.starts_with("CARGO")
        && !["CARGO_HTTP_", "CARGO_NET_", "CARGO_PROFILE_", "CARGO_INCREMENTAL"]
            .iter()
            .any(|kept| name.starts_with(kept));
    let is_omegi = name.starts_with("OMEGI_") || name.starts_with("OTEL_");
    !is_cargo
        && !is_omegi
        && !["LD_LIBRARY_PATH", "RUST_BACKTRACE", "RUSTDOCFLAGS", "OUT_DIR"].contains(&&*name)
}

fn starts_receiver(text: &str) -> bool {
    text.contains("otlp-receiver") && text.contains('&')
}

/// Waits for the file that the receiver makes when it listens, and returns whether it came.
fn await_file(path: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !path.exists() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    path.exists()
}
