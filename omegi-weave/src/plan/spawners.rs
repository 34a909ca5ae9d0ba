//! Recognises calls that spawn work: on a thread, in a task, or in a thread pool.
//!
//! A wrong guess about a type would break the program. An `async` block or a closure shows by
//! itself that it can be wrapped. For any other expression the function must be known to take a
//! future, or something to call.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprCall, FnArg, Item, Local, Pat, PatIdent, PatType, Path, Signature, Type};

/// A way to spawn work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spawner {
    /// The name of the work in its span's path.
    pub(crate) part: &'static str,
    pub(crate) work: WorkKind,
    pub(crate) joined_by: JoinedBy,
}

/// The kind of work that a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkKind {
    /// A future.
    Future,
    /// Something to call.
    Callable,
    /// Unknown: only an `async` block is certain to fit.
    AsyncBlock,
    /// Something to call, where only a written closure is certain to fit.
    Closure,
}

/// The way in which the work can be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JoinedBy {
    /// By the handle that the call returns.
    Handle,
    /// In any case: the function, the scope or the set joins it.
    Always,
    /// Nothing can join it.
    Never,
}

const TASK: &str = "{task}";
const THREAD: &str = "{thread}";
const BLOCKING: &str = "{blocking}";
const JOB: &str = "{job}";
const SCOPE: &str = "{scope}";

/// Functions, by the last two names of their path.
const FUNCTIONS: [(&str, &str, Spawner); 11] = [
    ("tokio", "spawn", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    ("task", "spawn", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    ("tokio", "spawn_local", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    ("task", "spawn_local", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    (
        "tokio",
        "spawn_blocking",
        Spawner { part: BLOCKING, work: WorkKind::Callable, joined_by: JoinedBy::Handle },
    ),
    (
        "task",
        "spawn_blocking",
        Spawner { part: BLOCKING, work: WorkKind::Callable, joined_by: JoinedBy::Handle },
    ),
    ("thread", "spawn", Spawner { part: THREAD, work: WorkKind::Callable, joined_by: JoinedBy::Handle }),
    ("rayon", "spawn", Spawner { part: JOB, work: WorkKind::Callable, joined_by: JoinedBy::Never }),
    ("rayon", "join", Spawner { part: JOB, work: WorkKind::Callable, joined_by: JoinedBy::Always }),
    // rayon calls the scope's closure in the pool as well.
    ("rayon", "scope", Spawner { part: SCOPE, work: WorkKind::Closure, joined_by: JoinedBy::Always }),
    ("rayon", "spawn_fifo", Spawner { part: JOB, work: WorkKind::Callable, joined_by: JoinedBy::Never }),
];

/// Functions that call a closure with a scope, and join the work that the scope's `spawn` starts.
const SCOPES: [(&str, &str, &str); 3] =
    [("thread", "scope", THREAD), ("rayon", "scope", JOB), ("rayon", "in_place_scope", JOB)];

/// Methods that may spawn work.
const METHODS: [&str; 5] = ["spawn", "spawn_local", "spawn_blocking", "spawn_on", "spawn_local_on"];

/// Returns the spawner that `call` calls, if it is a known function.
pub(crate) fn function(call: &ExprCall) -> Option<Spawner> {
    let (before, last) = last_names(&call.func)?;
    let (.., spawner) = FUNCTIONS.iter().find(|(module, name, _)| before == module && last == name)?;
    let arguments = if last == "join" { 2 } else { 1 };
    (call.args.len() == arguments).then_some(*spawner)
}

/// Returns the name of work in the scope that `call` opens, if it opens one.
pub(crate) fn scope(call: &ExprCall) -> Option<&'static str> {
    let (before, last) = last_names(&call.func)?;
    SCOPES.iter().find(|(module, name, _)| before == module && last == name).map(|(.., part)| *part)
}

/// Returns whether a method of this name may spawn work.
pub(crate) fn is_method(name: &Ident) -> bool {
    METHODS.iter().any(|method| name == method)
}

/// Returns the last two names of a path to a function of another crate.
fn last_names(function: &Expr) -> Option<(&Ident, &Ident)> {
    let Expr::Path(path) = function else { return None };
    let segments = &path.path.segments;
    let is_own = ["crate", "self", "super", "Self"].iter().any(|own| segments[0].ident == own);
    let mut last = segments.iter().rev();
    let (name, module) = (last.next()?, last.next()?);
    (!is_own && name.arguments.is_none()).then_some((&module.ident, &name.ident))
}

/// The variables of a function whose `spawn` is known.
#[derive(Default)]
pub(crate) struct SpawnReceivers {
    /// Every variable with its type, once for each binding.
    bound: Vec<(Ident, Option<KnownReceiver>)>,
    /// The scopes that are open.
    scopes: Vec<(Ident, &'static str)>,
}

/// A type whose `spawn` is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KnownReceiver {
    JoinSet,
    ThreadBuilder,
}

impl SpawnReceivers {
    pub(crate) fn read(sig: &mut Signature, body: &mut Block) -> Self {
        let mut receivers = Self::default();
        receivers.visit_signature_mut(sig);
        receivers.visit_block_mut(body);
        receivers
    }

    /// Opens a scope; [`leave`](Self::leave) closes it.
    pub(crate) fn enter(&mut self, scope: Ident, part: &'static str) {
        self.scopes.push((scope, part));
    }

    /// Closes the innermost scope.
    pub(crate) fn leave(&mut self) {
        self.scopes.pop();
    }

    /// Returns the spawner that the method `name` of `receiver` is.
    pub(crate) fn spawner(&self, receiver: &Expr, name: &Ident) -> Spawner {
        if let Some(part) = self.scope(receiver).filter(|_| name == "spawn") {
            return Spawner { part, work: WorkKind::Closure, joined_by: JoinedBy::Always };
        }
        match self.receiver(receiver) {
            Some(KnownReceiver::JoinSet) if name == "spawn_blocking" => {
                Spawner { part: BLOCKING, work: WorkKind::Callable, joined_by: JoinedBy::Always }
            }
            Some(KnownReceiver::JoinSet) => {
                Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Always }
            }
            Some(KnownReceiver::ThreadBuilder) if name == "spawn" => {
                Spawner { part: THREAD, work: WorkKind::Closure, joined_by: JoinedBy::Handle }
            }
            _ => Spawner { part: TASK, work: WorkKind::AsyncBlock, joined_by: JoinedBy::Handle },
        }
    }

    /// Returns the name of work in `receiver`, if that is a scope.
    pub(crate) fn scope(&self, receiver: &Expr) -> Option<&'static str> {
        let name = variable(receiver)?;
        self.scopes.iter().rev().find(|(scope, _)| scope == name).map(|(_, part)| *part)
    }

    /// Returns the type of an expression; of a variable only if every variable of that name has it.
    fn receiver(&self, expr: &Expr) -> Option<KnownReceiver> {
        let Some(name) = variable(expr) else { return made(expr) };
        let mut bound = self.bound.iter().filter(|(bound, _)| bound == name).map(|(_, receiver)| *receiver);
        let first = bound.next()??;
        bound.all(|receiver| receiver == Some(first)).then_some(first)
    }

    fn bind(&mut self, pat: &Pat, receiver: Option<KnownReceiver>) {
        if let Pat::Ident(pat) = pat {
            self.bound.push((pat.ident.clone(), receiver));
        }
    }
}

impl VisitMut for SpawnReceivers {
    fn visit_fn_arg_mut(&mut self, node: &mut FnArg) {
        if let FnArg::Typed(PatType { pat, ty, .. }) = node {
            self.bind(pat, typed(ty));
        }
    }

    fn visit_local_mut(&mut self, node: &mut Local) {
        let made = node.init.as_ref().and_then(|init| made(&init.expr));
        match &node.pat {
            Pat::Type(PatType { pat, ty, .. }) => self.bind(pat, typed(ty).or(made)),
            pat => self.bind(pat, made),
        }
        if let Some(init) = &mut node.init {
            visit_mut::visit_local_init_mut(self, init);
        }
        if !matches!(node.pat, Pat::Ident(_) | Pat::Type(_)) {
            visit_mut::visit_pat_mut(self, &mut node.pat);
        }
    }

    fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
        self.bound.push((node.ident.clone(), None));
        visit_mut::visit_pat_ident_mut(self, node);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Returns the name of a variable, if `expr` is one.
fn variable(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Paren(paren) => variable(&paren.expr),
        Expr::Group(group) => variable(&group.expr),
        _ => None,
    }
}

/// Recognises the written type of a variable.
fn typed(ty: &Type) -> Option<KnownReceiver> {
    match ty {
        Type::Reference(ty) => typed(&ty.elem),
        Type::Path(ty) => (ty.path.segments.last()?.ident == "JoinSet").then_some(KnownReceiver::JoinSet),
        _ => None,
    }
}

/// Recognises constructors: `JoinSet::new()`, `thread::Builder::new().name(…)`.
fn made(expr: &Expr) -> Option<KnownReceiver> {
    match expr {
        Expr::MethodCall(call) => made(&call.receiver)
            .filter(|made| *made == KnownReceiver::ThreadBuilder && !is_method(&call.method)),
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => constructed(&function.path),
            _ => None,
        },
        _ => None,
    }
}

fn constructed(function: &Path) -> Option<KnownReceiver> {
    let mut last = function.segments.iter().rev();
    let (constructor, ty) = (last.next()?, last.next()?);
    let module = last.next();
    if ty.ident == "JoinSet" && (constructor.ident == "new" || constructor.ident == "default") {
        Some(KnownReceiver::JoinSet)
    } else if ty.ident == "Builder"
        && constructor.ident == "new"
        && module.is_none_or(|module| module.ident == "thread")
    {
        Some(KnownReceiver::ThreadBuilder)
    } else {
        None
    }
}
