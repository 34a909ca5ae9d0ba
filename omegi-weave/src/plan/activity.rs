//! Finds in a body what tells of a long call: waits, I/O, work that it starts, loops.

use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAwait, ExprCall, ExprForLoop, ExprLoop, ExprMethodCall, ExprWhile, Item, Macro, Path,
};

use crate::parse::attributes;

/// The parts of a body that take time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Activity {
    /// True if the body has an `.await`, also in an `async` block.
    pub(crate) awaits: bool,
    /// True if it starts a task, a thread or a process.
    pub(crate) spawns: bool,
    /// True if it sleeps, or waits for a thread or a message.
    pub(crate) waits: bool,
    /// True if it uses files, the network, a database or the console.
    pub(crate) does_io: bool,
    /// The number of its loops.
    pub(crate) loops: u32,
}

/// A kind of call that takes time wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SlowCall {
    Spawn,
    Wait,
    Io,
}

/// Methods, with the number of their arguments if only that makes the name clear: a thread's
/// `join()`, unlike a path's `join(name)`.
const METHODS: [(&str, Option<usize>, SlowCall); 31] = [
    ("accept", Some(0), SlowCall::Io),
    ("connect", None, SlowCall::Io),
    ("execute", None, SlowCall::Io),
    ("fetch_all", None, SlowCall::Io),
    ("fetch_one", None, SlowCall::Io),
    ("join", Some(0), SlowCall::Wait),
    ("metadata", Some(0), SlowCall::Io),
    ("output", Some(0), SlowCall::Io),
    ("park", Some(0), SlowCall::Wait),
    ("query", None, SlowCall::Io),
    ("query_map", None, SlowCall::Io),
    ("query_row", None, SlowCall::Io),
    ("read_dir", Some(0), SlowCall::Io),
    ("read_line", Some(1), SlowCall::Io),
    ("read_to_end", Some(1), SlowCall::Io),
    ("recv", None, SlowCall::Wait),
    ("recv_from", None, SlowCall::Wait),
    ("recv_timeout", None, SlowCall::Wait),
    ("send_to", None, SlowCall::Io),
    ("set_len", Some(1), SlowCall::Io),
    ("spawn", None, SlowCall::Spawn),
    ("spawn_blocking", None, SlowCall::Spawn),
    ("spawn_local", None, SlowCall::Spawn),
    ("sync_all", Some(0), SlowCall::Io),
    ("sync_data", Some(0), SlowCall::Io),
    ("symlink_metadata", Some(0), SlowCall::Io),
    ("wait", Some(1), SlowCall::Wait),
    ("wait_timeout", Some(2), SlowCall::Wait),
    ("wait_with_output", Some(0), SlowCall::Wait),
    ("wait_while", Some(2), SlowCall::Wait),
    ("block_on", None, SlowCall::Wait),
];

/// Functions, by the last two names of their path; `*` stands for any name.
const FUNCTIONS: [(&str, &str, SlowCall); 22] = [
    ("Command", "new", SlowCall::Spawn),
    ("Connection", "open", SlowCall::Io),
    ("File", "create", SlowCall::Io),
    ("File", "create_new", SlowCall::Io),
    ("File", "open", SlowCall::Io),
    ("OpenOptions", "new", SlowCall::Io),
    ("TcpListener", "bind", SlowCall::Io),
    ("TcpStream", "connect", SlowCall::Io),
    ("TcpStream", "connect_timeout", SlowCall::Io),
    ("UdpSocket", "bind", SlowCall::Io),
    ("UnixListener", "bind", SlowCall::Io),
    ("UnixStream", "connect", SlowCall::Io),
    ("fs", "*", SlowCall::Io),
    ("io", "copy", SlowCall::Io),
    ("io", "read_to_string", SlowCall::Io),
    ("rayon", "*", SlowCall::Spawn),
    ("reqwest", "*", SlowCall::Io),
    ("task", "spawn", SlowCall::Spawn),
    ("task", "spawn_blocking", SlowCall::Spawn),
    ("thread", "*", SlowCall::Wait),
    ("tokio", "spawn", SlowCall::Spawn),
    ("ureq", "*", SlowCall::Io),
];

/// Functions of `std::thread`, which [`FUNCTIONS`] would take for a wait.
const OTHER_FUNCTIONS_OF_THREADS: [(&str, Option<SlowCall>); 5] = [
    ("available_parallelism", None),
    ("current", None),
    ("panicking", None),
    ("scope", Some(SlowCall::Spawn)),
    ("spawn", Some(SlowCall::Spawn)),
];

/// Macros that wait or write to the console.
const MACROS: [(&str, SlowCall); 7] = [
    ("eprint", SlowCall::Io),
    ("eprintln", SlowCall::Io),
    ("join", SlowCall::Wait),
    ("print", SlowCall::Io),
    ("println", SlowCall::Io),
    ("select", SlowCall::Wait),
    ("try_join", SlowCall::Wait),
];

impl Activity {
    /// Searches a body, which stays as it is; syn's read-only visitor would be one more to compile.
    pub(crate) fn of(body: &mut Block) -> Self {
        let mut activity = Self::default();
        activity.visit_block_mut(body);
        activity
    }

    fn note(&mut self, slow: Option<SlowCall>) {
        match slow {
            Some(SlowCall::Spawn) => self.spawns = true,
            Some(SlowCall::Wait) => self.waits = true,
            Some(SlowCall::Io) => self.does_io = true,
            None => {}
        }
    }
}

impl VisitMut for Activity {
    fn visit_expr_await_mut(&mut self, node: &mut ExprAwait) {
        self.awaits = true;
        visit_mut::visit_expr_await_mut(self, node);
    }

    fn visit_expr_call_mut(&mut self, node: &mut ExprCall) {
        if let Expr::Path(function) = &*node.func {
            self.note(slow_function(&function.path));
        }
        visit_mut::visit_expr_call_mut(self, node);
    }

    fn visit_expr_method_call_mut(&mut self, node: &mut ExprMethodCall) {
        let known = METHODS.iter().find(|(name, arguments, _)| {
            node.method == name && arguments.is_none_or(|arguments| arguments == node.args.len())
        });
        self.note(known.map(|(.., slow)| *slow));
        visit_mut::visit_expr_method_call_mut(self, node);
    }

    fn visit_expr_for_loop_mut(&mut self, node: &mut ExprForLoop) {
        self.loops += 1;
        visit_mut::visit_expr_for_loop_mut(self, node);
    }

    fn visit_expr_loop_mut(&mut self, node: &mut ExprLoop) {
        self.loops += 1;
        visit_mut::visit_expr_loop_mut(self, node);
    }

    fn visit_expr_while_mut(&mut self, node: &mut ExprWhile) {
        self.loops += 1;
        visit_mut::visit_expr_while_mut(self, node);
    }

    fn visit_macro_mut(&mut self, node: &mut Macro) {
        let known = node.path.segments.last().and_then(|name| MACROS.iter().find(|(m, _)| name.ident == m));
        self.note(known.map(|(_, slow)| *slow));
        self.awaits |= attributes::mentions_word(node.tokens.clone(), "await");
    }

    // A nested function runs only when something calls it.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn slow_function(path: &Path) -> Option<SlowCall> {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    let (name, module) = (names.next()?, names.next()?);
    if module == "thread"
        && let Some((_, slow)) = OTHER_FUNCTIONS_OF_THREADS.iter().find(|(known, _)| name == known)
    {
        return *slow;
    }
    let known = FUNCTIONS.iter().find(|(m, n, _)| module == m && (*n == "*" || name == n));
    known.map(|(.., slow)| *slow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    #[test]
    fn slow_calls_are_found_by_their_names() {
        let awaits = Activity { awaits: true, ..Activity::default() };
        let spawns = Activity { spawns: true, ..Activity::default() };
        let waits = Activity { waits: true, ..Activity::default() };
        let does_io = Activity { does_io: true, ..Activity::default() };
        for (text, expected) in [
            ("a.join(b)", Activity::default()),
            ("a.join()", waits),
            ("std::thread::sleep(d)", waits),
            ("thread::current().id()", Activity::default()),
            ("thread::scope(|s| a(s))", spawns),
            ("tokio::task::spawn(f)", spawns),
            ("s.spawn(|| a())", spawns),
            ("std::fs::read_to_string(p)", does_io),
            ("File::open(p)", does_io),
            ("c.query_row(q, [], f)", does_io),
            ("println!(\"{a}\")", does_io),
            ("async move { f().await }", awaits),
            ("vec![f().await]", awaits),
            ("fn g() { fs::read(p) }", Activity::default()),
            ("|| fs::read(p)", does_io),
            ("for a in b { while c { loop {} } }", Activity { loops: 3, ..Activity::default() }),
        ] {
            assert_eq!(Activity::of(&mut parse_str(&format!("{{ {text} }}")).unwrap()), expected, "{text}");
        }
    }
}
