//! Finds in a body what tells of a long call: waits, I/O, work that it starts, loops.

use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Block, Expr, ExprAwait, ExprCall, ExprClosure, ExprForLoop, ExprIf, ExprLoop, ExprMethodCall,
    ExprWhile, Item, Lit, Macro, Path,
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

/// The condition under which a method's name tells of a slow call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// None: the name is clear.
    Always,
    /// This number of arguments: a thread's `join()`, unlike a path's `join(name)`.
    Arguments(usize),
    /// A text as the first argument, or a receiver with a name of [`DATABASES`]: an interpreter
    /// executes too, and a tree answers queries.
    OfDatabase,
}
use Condition::{Always, Arguments, OfDatabase};

/// Methods that are slow.
///
/// Names that also belong to fast methods are missing: `Vec::set_len`, `write_all` into memory,
/// `metadata()` and `output()` that read a field, a `lock()` without a wait.
const METHODS: [(&str, Condition, SlowCall); 31] = [
    ("accept", Arguments(0), SlowCall::Io),
    ("block_on", Always, SlowCall::Wait),
    ("execute", OfDatabase, SlowCall::Io),
    ("execute_batch", Always, SlowCall::Io),
    ("fetch_all", Always, SlowCall::Io),
    ("fetch_one", Always, SlowCall::Io),
    ("fetch_optional", Always, SlowCall::Io),
    ("into_par_iter", Arguments(0), SlowCall::Spawn),
    ("join", Arguments(0), SlowCall::Wait),
    ("park", Arguments(0), SlowCall::Wait),
    ("par_bridge", Arguments(0), SlowCall::Spawn),
    ("par_iter", Arguments(0), SlowCall::Spawn),
    ("par_iter_mut", Arguments(0), SlowCall::Spawn),
    ("query", OfDatabase, SlowCall::Io),
    ("query_map", Always, SlowCall::Io),
    ("query_one", Always, SlowCall::Io),
    ("query_row", Always, SlowCall::Io),
    ("read_dir", Arguments(0), SlowCall::Io),
    ("read_line", Arguments(1), SlowCall::Io),
    ("recv", Always, SlowCall::Wait),
    ("recv_from", Always, SlowCall::Wait),
    ("recv_timeout", Always, SlowCall::Wait),
    ("send_to", Always, SlowCall::Io),
    ("spawn", Always, SlowCall::Spawn),
    ("spawn_blocking", Always, SlowCall::Spawn),
    ("spawn_local", Always, SlowCall::Spawn),
    ("sync_all", Arguments(0), SlowCall::Io),
    ("sync_data", Arguments(0), SlowCall::Io),
    ("wait", Arguments(1), SlowCall::Wait),
    ("wait_timeout", Arguments(2), SlowCall::Wait),
    ("wait_while", Arguments(2), SlowCall::Wait),
];

/// Usual names of a connection to a database, and of its statements.
const DATABASES: [&str; 10] =
    ["client", "conn", "connection", "db", "pool", "session", "statement", "stmt", "transaction", "tx"];

/// Functions, by the last two names of their path; `*` stands for any name.
const FUNCTIONS: [(&str, &str, SlowCall); 29] = [
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
    ("rayon", "join", SlowCall::Spawn),
    ("rayon", "scope", SlowCall::Spawn),
    ("rayon", "spawn", SlowCall::Spawn),
    ("reqwest", "*", SlowCall::Io),
    ("task", "spawn", SlowCall::Spawn),
    ("task", "spawn_blocking", SlowCall::Spawn),
    ("task", "spawn_local", SlowCall::Spawn),
    ("thread", "park", SlowCall::Wait),
    ("thread", "park_timeout", SlowCall::Wait),
    ("thread", "scope", SlowCall::Spawn),
    ("thread", "sleep", SlowCall::Wait),
    ("thread", "spawn", SlowCall::Spawn),
    ("tokio", "spawn", SlowCall::Spawn),
    ("ureq", "*", SlowCall::Io),
];

/// Macros that wait.
const WAITING_MACROS: [&str; 3] = ["join", "select", "try_join"];

/// Macros that write to the console. They count outside of conditions: diagnostics of a fast
/// function stand in a branch that is hardly ever taken.
const CONSOLE_MACROS: [&str; 4] = ["eprint", "eprintln", "print", "println"];

impl Activity {
    /// Searches a body, which stays as it is; syn's read-only visitor would be one more to compile.
    pub(crate) fn of(body: &mut Block) -> Self {
        let mut search = ActivitySearch { found: Self::default(), conditions: 0 };
        search.visit_block_mut(body);
        search.found
    }
}

struct ActivitySearch {
    found: Activity,
    /// The number of branches and closures around.
    conditions: u32,
}

impl ActivitySearch {
    fn note(&mut self, slow: Option<SlowCall>) {
        match slow {
            Some(SlowCall::Spawn) => self.found.spawns = true,
            Some(SlowCall::Wait) => self.found.waits = true,
            Some(SlowCall::Io) => self.found.does_io = true,
            None => {}
        }
    }
}

impl VisitMut for ActivitySearch {
    fn visit_expr_await_mut(&mut self, node: &mut ExprAwait) {
        self.found.awaits = true;
        visit_mut::visit_expr_await_mut(self, node);
    }

    fn visit_expr_call_mut(&mut self, node: &mut ExprCall) {
        if let Expr::Path(function) = &*node.func {
            self.note(slow_function(&function.path));
        }
        visit_mut::visit_expr_call_mut(self, node);
    }

    fn visit_expr_method_call_mut(&mut self, node: &mut ExprMethodCall) {
        self.note(slow_method(node));
        visit_mut::visit_expr_method_call_mut(self, node);
    }

    fn visit_expr_for_loop_mut(&mut self, node: &mut ExprForLoop) {
        self.found.loops += 1;
        visit_mut::visit_expr_for_loop_mut(self, node);
    }

    fn visit_expr_loop_mut(&mut self, node: &mut ExprLoop) {
        self.found.loops += 1;
        visit_mut::visit_expr_loop_mut(self, node);
    }

    fn visit_expr_while_mut(&mut self, node: &mut ExprWhile) {
        self.found.loops += 1;
        visit_mut::visit_expr_while_mut(self, node);
    }

    fn visit_expr_if_mut(&mut self, node: &mut ExprIf) {
        self.visit_expr_mut(&mut node.cond);
        self.conditions += 1;
        self.visit_block_mut(&mut node.then_branch);
        if let Some((_, branch)) = &mut node.else_branch {
            self.visit_expr_mut(branch);
        }
        self.conditions -= 1;
    }

    fn visit_arm_mut(&mut self, node: &mut Arm) {
        self.conditions += 1;
        visit_mut::visit_arm_mut(self, node);
        self.conditions -= 1;
    }

    fn visit_expr_closure_mut(&mut self, node: &mut ExprClosure) {
        self.conditions += 1;
        visit_mut::visit_expr_closure_mut(self, node);
        self.conditions -= 1;
    }

    fn visit_macro_mut(&mut self, node: &mut Macro) {
        let is_one_of = |names: &[&str]| {
            node.path.segments.last().is_some_and(|last| names.iter().any(|n| last.ident == n))
        };
        self.found.waits |= is_one_of(&WAITING_MACROS);
        self.found.does_io |= self.conditions == 0 && is_one_of(&CONSOLE_MACROS);
        self.found.awaits |= attributes::mentions_word(node.tokens.clone(), "await");
    }

    // A nested function runs only when something calls it.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn slow_function(path: &Path) -> Option<SlowCall> {
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    let (name, module) = (names.next()?, names.next()?);
    let known = FUNCTIONS.iter().find(|(m, n, _)| module == m && (*n == "*" || name == n));
    known.map(|(.., slow)| *slow)
}

fn slow_method(call: &ExprMethodCall) -> Option<SlowCall> {
    let (_, condition, slow) = METHODS.iter().find(|(name, ..)| call.method == name)?;
    let applies = match condition {
        Always => true,
        Arguments(number) => call.args.len() == *number,
        OfDatabase => call.args.first().is_some_and(is_text) || is_database(&call.receiver),
    };
    applies.then_some(*slow)
}

fn is_text(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(node) => matches!(node.lit, Lit::Str(_)),
        Expr::Macro(node) => node.mac.path.is_ident("format"),
        Expr::Reference(node) => is_text(&node.expr),
        _ => false,
    }
}

fn is_database(receiver: &Expr) -> bool {
    let name = match receiver {
        Expr::Path(node) => node.path.segments.last().map(|segment| segment.ident.to_string()),
        Expr::Field(node) => Some(node.member.to_token_stream().to_string()),
        Expr::MethodCall(node) => Some(node.method.to_string()),
        Expr::Paren(node) => return is_database(&node.expr),
        Expr::Reference(node) => return is_database(&node.expr),
        Expr::Try(node) => return is_database(&node.expr),
        _ => None,
    };
    name.is_some_and(|name| DATABASES.contains(&&*name))
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
            ("for a in b { println!(\"{a}\") }", Activity { loops: 1, ..does_io }),
            ("if DEBUG { println!(\"{a}\") }", Activity::default()),
            ("match a { 1 => eprintln!(), _ => b() }", Activity::default()),
            ("c.execute(\"DELETE\", [])", does_io),
            ("self.conn()?.execute(sql, [])", does_io),
            ("self.execute(operation)", Activity::default()),
            ("tree.query(range)", Activity::default()),
            ("unsafe { v.set_len(n) }", Activity::default()),
            ("thread::yield_now()", Activity::default()),
            ("v.par_iter().sum()", spawns),
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
